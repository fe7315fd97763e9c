"""A question asked of a store part by part: mapped over ranges of its rows, and reduced by adding the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from clipdash.audit.rule import Rule
from clipdash.audit.table import Table, add_tables
from clipdash.audit.tabulation import tabulate
from clipdash.build.cluster import LOCAL, Job, open_engine
from clipdash.errors import QueryError
from clipdash.store import RemoteStore, Store, open_anywhere
from clipdash.zeroshot import PreparedLabels, cut_rows, predict_rows

__all__ = ["Question", "tabulate_parts", "tabulate_rows"]


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of every part; small, for it is sent to each process.

    Parameters
    ----------
    sides : sequence of PreparedLabels
        One label set, or two of a comparison.
    by : sequence of str
        The attributes to group by.
    where : mapping of str to sequence of str, optional
        The filter.
    cluster : str, optional
        The attribute that says which images hang together.
    rule : Rule, optional
        The rule that will be applied.
    """

    sides: Sequence[PreparedLabels]
    by: Sequence[str]
    where: Mapping[str, Sequence[str]] | None = None
    cluster: str | None = None
    rule: Rule | None = None


class _Tabulator:
    """Tabulates ranges of the rows of a store that it opened itself; only their numbers and tables travel."""

    def __init__(self, reference: str, digest: str, question: Question) -> None:
        self._store, self._question = open_anywhere(reference), question
        if self._store.digest != digest:
            raise QueryError(
                f'The store "{self._store.name}" that {reference} names for one of the processes is another one than '
                "was asked about; it was replaced, or their folders are not the same. Ask again."
            )

    def __call__(self, rows: range) -> Table:
        return tabulate_rows(self._store, self._question, rows)


def tabulate_rows(store: Store | RemoteStore, question: Question, rows: range) -> Table:
    """Predict and count some rows of a store.

    Parameters
    ----------
    store : Store or RemoteStore
        The images.
    question : Question
        What to count.
    rows : range
        As `clipdash.zeroshot.cut_rows` gives them; perhaps none.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        As `tabulate`.
    """
    return tabulate(
        store.read_people(rows),
        question.by,
        *(predict_rows(store, side, rows) for side in question.sides),
        where=question.where,
        cluster=question.cluster,
        rule=question.rule,
    )


def tabulate_parts(
    store: Store | RemoteStore, question: Question, *, engine: str = LOCAL, shards: int | None = None
) -> Table:
    """Count the images of a store part by part, on an engine.

    Parameters
    ----------
    store : Store or RemoteStore
        The images. Every process opens it by the same path or URL.
    question : Question
        What to count.
    engine : str
        As `clipdash.build.cluster.open_engine` takes it.
    shards : int, optional
        At most so many parts; by default as many as run at the same time.

    Returns
    -------
    Table
        That of `tabulate` over all images, whatever the engine and the number of parts.

    Raises
    ------
    InputError
        As `tabulate`; the engine cannot be used, or a process finds another store.
    """
    if shards is not None and shards < 1:
        raise QueryError(f"{shards} shards were asked for; expected at least 1.")
    tabulate_rows(store, question, range(0))  # what is wrong with the question is said before anything is started
    reference = store.url if isinstance(store, RemoteStore) else f"{store.path.resolve()}"
    job: Job[range, Table] = Job(partial(_Tabulator, reference, store.digest, question))
    with open_engine(engine) as hands:
        parts = cut_rows(store.manifest.images, shards or hands.count_hands(job))
        return add_tables(table for _, table in hands.run(job, parts))
