"""Comparisons that were registered before anybody saw their result."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from clipdash.access import note
from clipdash.errors import RecordsError
from clipdash.records.database import insert_once, read_records, write_records
from clipdash.records.questions import digest_facts, list_facts_of
from clipdash.records.tables import SEALS
from clipdash.records.texts import make_id
from clipdash.records.tries import find_seen, find_try

if TYPE_CHECKING:
    from clipdash.audit import Shift

__all__ = ["Seal", "check_unseen", "find_seal", "seal_question"]


@dataclass(frozen=True)
class Seal:
    """That a comparison was registered, and when.

    Parameters
    ----------
    id : str
        Short, not to be guessed.
    digest, store_digest : str
        Of all facts and of the store: a change of either is another comparison, without a seal.
    facts : mapping
        What was registered, as plain data.
    sealed : datetime
        In UTC.
    """

    id: str
    digest: str
    store_digest: str
    facts: Mapping[str, Any]
    sealed: datetime


def seal_question(store_digest: str, facts: Mapping[str, Any]) -> Seal:
    """Register a comparison; one that is registered already keeps its first seal.

    Parameters
    ----------
    store_digest : str
        Of the store.
    facts : mapping
        What is registered, as `list_facts` returns it.

    Raises
    ------
    RecordsError
        If the comparison was made on this store before, or the database cannot be written.
    """
    digest = digest_facts(facts, whole=True)
    with write_records() as connection:
        sealed = _find(connection, digest, store_digest)
        if sealed is not None:
            return sealed
        _refuse_seen(connection, store_digest, facts)
        seal = Seal(make_id(), digest, store_digest, dict(facts), datetime.now(UTC))
        if not insert_once(connection, SEALS, **asdict(seal)):
            return _find(connection, digest, store_digest) or seal  # someone else was first
    note("sealed", "comparison", seal.id, digest=digest, store_digest=store_digest)
    return seal


def check_unseen(store_digest: str, facts: Mapping[str, Any]) -> None:
    """Refuse a comparison that can no longer be registered.

    Raises
    ------
    RecordsError
        If the comparison was made on this store before, or the database cannot be read.
    """
    with read_records() as connection:
        if _find(connection, digest_facts(facts, whole=True), store_digest) is None:
            _refuse_seen(connection, store_digest, facts)


def _refuse_seen(connection: Connection, store_digest: str, facts: Mapping[str, Any]) -> None:
    """Refuse what was compared before, and two lists each of which some result was shown of."""
    if find_try(connection, store_digest, digest_facts(facts)) or find_seen(connection, store_digest, facts["sets"]):
        raise RecordsError(
            "Results of both lists were shown on this store before, so this one may be known: it cannot be "
            "registered any more. Change a list to register another comparison."
        )


def find_seal(result: "Shift") -> Seal | None:
    """Return the seal of a comparison that was made; None where just this one was not registered.

    Raises
    ------
    RecordsError
        If the database cannot be read.
    """
    if result.store is None:
        return None
    facts = list_facts_of(result)
    asked = [facts]
    if sum(not row.withheld for row in result.rows) < 2:  # the intervals of one group hold together anyhow
        asked.append(facts | {"simultaneous": True})
    with read_records() as connection:
        digests = [digest_facts(one, whole=True) for one in asked]
        found = [_find(connection, digest, result.store.digest) for digest in digests]
    return next((seal for seal in found if seal is not None), None)


def _find(connection: Connection, digest: str, store_digest: str) -> Seal | None:
    found = select(SEALS).where(SEALS.c.digest == digest, SEALS.c.store_digest == store_digest)
    row = connection.execute(found).one_or_none()
    return None if row is None else Seal(**row._mapping)
