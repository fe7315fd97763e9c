"""What was tried on a store, counted on this machine: whoever tries many label sets finds one that moves.

The counter is a warning beside p values and no correction. It holds digests only: no label, no image, no name, no time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

from clipdash.errors import find_data_folder

if TYPE_CHECKING:
    from clipdash.audit import Shift

__all__ = ["Tries", "count_tries", "digest_question", "find_records", "forget_try", "record_try"]

_FILE = "records.sqlite"
_TABLE = "create table if not exists tries (store text, question text, groups integer, primary key (store, question))"


@dataclass(frozen=True)
class Tries:
    """How many different comparisons were tried on a store, and how many groups they showed in all."""

    comparisons: int
    groups: int


def find_records() -> Path:
    """Return the file of records, in the folder that `find_data_folder` names."""
    return find_data_folder() / _FILE


def digest_question(result: "Shift") -> str:
    """Return what tells one comparison from another: sets, variants, groups, filter, rule and threshold."""
    facts = [
        [label_set.digest for label_set in (result.before, result.after)],
        list(result.table.variants),
        list(result.by),
        {attribute: list(values) for attribute, values in sorted(result.where.items())},
        str(result.rule),
        *([] if result.table.mode.single else [str(result.table.mode)]),
    ]
    return sha256(dumps(facts, sort_keys=True).encode()).hexdigest()


def record_try(result: "Shift") -> Tries | None:
    """Record a comparison of a store, once however often it is made, and return the count.

    Parameters
    ----------
    result : Shift
        The comparison.

    Returns
    -------
    Tries or None
        None where the result is of no store, or records cannot be kept on this machine.
    """
    if result.store is None:
        return None
    shown = sum(not row.withheld for row in result.rows)
    with _open() as records:
        if records is None:
            return None
        row = (result.store.digest, digest_question(result), shown)
        records.execute("insert or ignore into tries values (?, ?, ?)", row)
        return _count(records, result.store.digest)


def forget_try(store: str, question: str) -> None:
    """Take a comparison back that was on the page only while one was typing; both are digests."""
    with _open() as records:
        if records is not None:
            records.execute("delete from tries where store = ? and question = ?", (store, question))


def count_tries(store: str) -> Tries | None:
    """Return what was tried on the store of that digest; None where no records can be kept."""
    with _open() as records:
        return None if records is None else _count(records, store)


def _count(records: sqlite3.Connection, store: str) -> Tries:
    found = records.execute("select count(*), coalesce(sum(groups), 0) from tries where store = ?", (store,))
    return Tries(*found.fetchone())


@contextmanager
def _open() -> Iterator[sqlite3.Connection | None]:
    """Yield the records in one transaction; None where the disk does not let them be kept."""
    path = find_records()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=5)
    except (OSError, sqlite3.OperationalError):
        yield None
        return
    with closing(connection):
        try:
            connection.execute(_TABLE)
        except sqlite3.DatabaseError:  # read-only, locked for long, or no database at all
            yield None
            return
        with connection:
            yield connection
