"""What was tried on a store, counted: whoever tries many label sets finds one that moves.

The counter is a warning beside p values and no correction. It holds digests only: no label, no image, no name, no time.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, delete, func, select

from clipdash.access import Act
from clipdash.errors import RecordsError
from clipdash.records.database import insert_once, read_records, write_records
from clipdash.records.place import VARIABLE, find_records
from clipdash.records.questions import digest_question
from clipdash.records.tables import SEEN, TRIES

if TYPE_CHECKING:
    from clipdash.audit import Shift

__all__ = ["Tries", "count_tries", "forget_try", "record_seen", "record_try", "was_tried"]

_PATIENCE, _REST = 1.0, 30.0  # seconds
_resting: dict[tuple[str | None, Path], float] = {}
_T = TypeVar("_T")


@dataclass(frozen=True)
class Tries:
    """How many different comparisons were tried on a store, and how many groups they showed in all."""

    comparisons: int
    groups: int


def record_try(result: "Shift") -> Tries | None:
    """Record a comparison of a store, once however often it is made, and return the count.

    Parameters
    ----------
    result : Shift
        The comparison.

    Returns
    -------
    Tries or None
        None where the result is of no store, or records cannot be kept.
    """
    if result.store is None:
        return None
    store, shown = result.store.digest, sum(not row.withheld for row in result.rows)

    def record() -> Tries:
        with write_records(Act.READ) as connection:
            insert_once(connection, TRIES, store=store, question=digest_question(result), groups=shown)
            _record_seen(connection, store, (result.before.digest, result.after.digest))
            return _count(connection, store)

    return _attempt(record)


def record_seen(store: str, label_sets: Iterable[str]) -> None:
    """Record that some result of label sets was shown on a store; all are digests. Never taken back.

    Parameters
    ----------
    store : str
        Digest of the store.
    label_sets : iterable of str
        Digests of the label sets.
    """

    def record() -> None:
        with write_records(Act.READ) as connection:
            _record_seen(connection, store, label_sets)

    _attempt(record)


def _record_seen(connection: Connection, store: str, label_sets: Iterable[str]) -> None:
    for digest in sorted(set(label_sets)):
        insert_once(connection, SEEN, store=store, label_set=digest)


def forget_try(store: str, question: str) -> None:
    """Take a comparison back that was on the page only while one was typing; both are digests."""

    def forget() -> None:
        with write_records(Act.READ) as connection:
            connection.execute(delete(TRIES).where(TRIES.c.store == store, TRIES.c.question == question))

    _attempt(forget)


def count_tries(store: str) -> Tries | None:
    """Return what was tried on the store of that digest; None where no records can be kept."""

    def count() -> Tries:
        with read_records() as connection:
            return _count(connection, store)

    return _attempt(count)


def was_tried(store: str, question: str) -> bool:
    """Say whether a comparison was made on a store, and so its result may have been seen; both are digests.

    Raises
    ------
    RecordsError
        If the database cannot be reached or read.
    """
    with read_records() as connection:
        return find_try(connection, store, question)


def find_seen(connection: Connection, store: str, label_sets: Iterable[str]) -> bool:
    """Say whether results of all these label sets were shown on a store."""
    asked = set(label_sets)
    found = select(SEEN.c.label_set).where(SEEN.c.store == store, SEEN.c.label_set.in_(asked))
    return {row.label_set for row in connection.execute(found)} == asked


def find_try(connection: Connection, store: str, question: str) -> bool:
    """Say the same on a connection that is open."""
    found = select(TRIES.c.store).where(TRIES.c.store == store, TRIES.c.question == question)
    return connection.execute(found).first() is not None


def _attempt(act: Callable[[], _T]) -> _T | None:
    """Return what `act` returns; None where no records can be kept.

    Each run of a page counts: a database that let one run wait for its answer is not asked again for a while.
    """
    began, where = monotonic(), (os.environ.get(VARIABLE), find_records())
    if began < _resting.get(where, began):
        return None
    try:
        return act()
    except RecordsError:
        if monotonic() - began > _PATIENCE:
            _resting[where] = monotonic() + _REST
        return None


def _count(connection: Connection, store: str) -> Tries:
    counted = select(func.count(), func.coalesce(func.sum(TRIES.c.groups), 0)).where(TRIES.c.store == store)
    comparisons, groups = connection.execute(counted).one()
    return Tries(comparisons, int(groups))
