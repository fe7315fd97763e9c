"""A probe run on a store: every run that fits, and why the others do not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import InputError, QueryError
from clipdash.labels import LabelSet
from clipdash.probes.fit import find_fits, say_missing
from clipdash.probes.kinds import HOW
from clipdash.probes.own import Own
from clipdash.probes.probe import Probe
from clipdash.probes.runs import Run
from clipdash.probes.schema import PublishedRow, PublishedTable
from clipdash.probes.task import Task
from clipdash.store import Readable, Store, StoreRef

if TYPE_CHECKING:
    from clipdash.store import Manifest

__all__ = ["ProbeResult", "RunResult", "check_result", "list_missing", "run_probe"]

_FILES = {"options": "a file of options (--options options.csv)", "labels": "a list of labels (--label-file FILE)"}


@dataclass(frozen=True)
class RunResult:
    """A run and its result, or why there is none.

    Parameters
    ----------
    run : Run
        What was asked.
    result : object or None
        What the core returned; its type is that of the kind.
    missing : tuple of str
        What is not there, in words.
    fault : str
        Why the core refused it.
    """

    run: Run
    result: Any = None
    missing: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class ProbeResult:
    """A probe on a store.

    Parameters
    ----------
    probe : Probe
        The experiment.
    store : StoreRef
        The images.
    runs : tuple of RunResult
        One a run, in the order of the probe.
    """

    probe: Probe
    store: StoreRef
    runs: tuple[RunResult, ...]

    def find_own(self, table: PublishedTable, row: PublishedRow, column: int) -> Own | None:
        """Return the figure computed here that stands beside a published one, if there is one."""
        found = next((each for each in self.runs if each.run.key == row.run and each.result is not None), None)
        if found is None:
            return None
        values = table.group_values[column] if table.group_values else ()
        if table.group_values and not values:
            return None

        def pick(group: Any) -> bool:
            fits = not values or group.get(table.group_attribute) in values
            return fits and all(group.get(attribute) in kept for attribute, kept in row.within.items())

        return HOW[found.run.kind].pool(found.result, row.figure, pick)


def list_missing(run: Run, store_lacks: tuple[str, ...], options: Any, labels: Any) -> tuple[str, ...]:
    """Return what is not there for a run: of the store, and of the files."""
    given = {"options": options, "labels": labels}
    file = [_FILES[run.file]] if run.file and given[run.file] is None else []
    return (*store_lacks, *file)


def run_probe(
    probe: Probe,
    store: Store,
    *,
    variant: str | None = None,
    options: Readable | None = None,
    labels: LabelSet | None = None,
    templates: tuple[str, ...] = (),
    read: Callable[[str], Encoder] = read_encoder,
    progress: Callable[[int, int, str], None] | None = None,
) -> ProbeResult:
    """Run every run of a probe that a store fits.

    Parameters
    ----------
    probe : Probe
        The experiment.
    store : Store
        The images.
    variant : str, optional
        Of the store; the first by default. A run over a grid takes all of them.
    options : Path or Upload, optional
        Options of each image, for runs that need them.
    labels : LabelSet, optional
        The labels of a file, for runs that need them.
    templates : tuple of str
        Templates of a file, for runs over a grid.
    read : callable
        Loads the encoder that the store names.
    progress : callable, optional
        Takes how much is done, of how much, and what is being done.

    Returns
    -------
    ProbeResult
        A run that does not fit, or that the core refuses, has no result and says why.

    Raises
    ------
    QueryError
        The store has no such variant.
    """
    name = store.variant(variant).name
    found = []
    fits = find_fits(probe, store.manifest, name)
    for place, fit in enumerate(fits):
        missing = list_missing(fit.run, fit.missing, options, labels)
        if missing:
            found.append(RunResult(fit.run, missing=missing))
            continue
        tell = _tell(progress, place, len(fits), fit.run.title)
        tell(0, 1)
        task = Task(probe, store, name, read, options, labels, templates, tell)
        found.append(_run(task, fit.run))
    return ProbeResult(probe, StoreRef(store.name, store.digest), tuple(found))


def check_result(result: ProbeResult, images: "Manifest") -> None:
    """Refuse a result in which nothing was run.

    Parameters
    ----------
    result : ProbeResult
        What was run.
    images : Manifest
        Of the store.

    Raises
    ------
    QueryError
        It says what the store lacks and how to build one that fits, or which file is needed, or what the core said.
    """
    if any(each.result is not None for each in result.runs):
        return
    fault = next((each.fault for each in result.runs if each.fault), None)
    if fault is not None:
        raise QueryError(fault)
    fits = find_fits(result.probe, images)
    waiting = [each for each, fit in zip(result.runs, fits, strict=True) if fit.fits]
    if waiting:
        raise QueryError(f'"{waiting[0].run.title}" needs {"; ".join(waiting[0].missing)}.')
    raise QueryError(say_missing(result.probe, fits, result.store.name))


def _run(task: Task, run: Run) -> RunResult:
    try:
        return RunResult(run, HOW[run.kind].run(task, run))
    except InputError as error:
        return RunResult(run, fault=str(error))


def _tell(
    progress: Callable[[int, int, str], None] | None, place: int, runs: int, title: str
) -> Callable[[int, int], None]:
    """Return what a run tells how far it is; all runs together count to 1,000 a run."""

    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress(1000 * place + 1000 * done // max(total, 1), 1000 * runs, title)

    return tell
