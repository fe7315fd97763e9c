"""Lists too long for a link, kept for a while, so that the link, a reload or a restart finds them as they were."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update

from clipdash.access import Act
from clipdash.errors import RecordsError
from clipdash.records.database import insert_once, read_records, write_records
from clipdash.records.tables import DRAFTS
from clipdash.records.texts import is_id

__all__ = ["Draft", "keep_draft", "read_draft"]

_LARGEST = 1_000_000  # characters of JSON
_KEPT = timedelta(days=180)
_PASSING = timedelta(seconds=2)
_DIGITS = 32


class Draft(NamedTuple):
    """A draft that was kept.

    Parameters
    ----------
    name : str
        Digest of what it holds: what a link names by it can never change.
    began : datetime, optional
        When it was kept for the first time; None where the same was kept before.
    """

    name: str
    began: datetime | None = None


def keep_draft(payload: Mapping[str, Any], after: Draft | None = None) -> Draft:
    """Keep a draft under the digest of what it holds; those that nobody kept again for 180 days are dropped.

    Parameters
    ----------
    payload : mapping
        Plain data.
    after : Draft, optional
        The one before it. If it began less than two seconds ago, and nobody else has kept the same since, it was there
        only while somebody typed, and is dropped.

    Raises
    ------
    RecordsError
        If the draft is too large, or the database cannot be written.
    """
    content = json.dumps(payload, sort_keys=True)
    if len(content) > _LARGEST:
        raise RecordsError(
            f"This draft takes {len(content):,} characters; at most {_LARGEST:,} are kept. Download the label files "
            "instead."
        )
    name, now = sha256(content.encode()).hexdigest()[:_DIGITS], datetime.now(UTC)
    with write_records(Act.READ) as connection:
        if after is not None and after.began is not None and now - after.began < _PASSING:
            connection.execute(delete(DRAFTS).where(DRAFTS.c.id == after.name, DRAFTS.c.changed == after.began))
        if insert_once(connection, DRAFTS, id=name, payload=dict(payload), changed=now):
            connection.execute(delete(DRAFTS).where(DRAFTS.c.changed < now - _KEPT))
            return Draft(name, now)
        connection.execute(update(DRAFTS).where(DRAFTS.c.id == name).values(changed=now))
    return Draft(name)


def read_draft(name: str) -> dict[str, Any] | None:
    """Return a draft; None where there is none of that name.

    Raises
    ------
    RecordsError
        If the database cannot be read.
    """
    if not is_id(name):
        return None
    with read_records() as connection:
        found: dict[str, Any] | None = connection.execute(
            select(DRAFTS.c.payload).where(DRAFTS.c.id == name)
        ).scalar_one_or_none()
    return found
