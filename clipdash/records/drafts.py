"""What is being typed, kept for a while, so that a reload or a restart loses nothing."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from clipdash.access import Act
from clipdash.errors import RecordsError
from clipdash.records.database import insert_once, read_records, write_records
from clipdash.records.tables import DRAFTS
from clipdash.records.texts import is_id, make_id

__all__ = ["keep_draft", "read_draft"]

_LARGEST = 1_000_000  # characters of JSON
_KEPT = timedelta(days=180)


def keep_draft(payload: Mapping[str, Any], draft_id: str | None = None) -> str:
    """Keep a draft in place of what it was, and return its name; drafts untouched for 180 days are dropped.

    Parameters
    ----------
    payload : mapping
        Plain data.
    draft_id : str, optional
        The draft to replace; left out, or no name of a draft, a new one begins.

    Raises
    ------
    RecordsError
        If the draft is too large, or the database cannot be written.
    """
    size = len(json.dumps(payload))
    if size > _LARGEST:
        raise RecordsError(
            f"This draft takes {size:,} characters; at most {_LARGEST:,} are kept. Download the label files instead."
        )
    name = draft_id if draft_id is not None and is_id(draft_id) else make_id()
    now = datetime.now(UTC)
    with write_records(Act.READ) as connection:
        replaced = update(DRAFTS).where(DRAFTS.c.id == name).values(payload=dict(payload), changed=now)
        if connection.execute(replaced).rowcount != 1:
            connection.execute(delete(DRAFTS).where(DRAFTS.c.changed < now - _KEPT))
            if not insert_once(connection, DRAFTS, id=name, payload=dict(payload), changed=now):
                connection.execute(replaced)
    return name


def read_draft(draft_id: str) -> dict[str, Any] | None:
    """Return a draft; None where there is none of that name.

    Raises
    ------
    RecordsError
        If the database cannot be read.
    """
    if not is_id(draft_id):
        return None
    with read_records() as connection:
        found: dict[str, Any] | None = connection.execute(
            select(DRAFTS.c.payload).where(DRAFTS.c.id == draft_id)
        ).scalar_one_or_none()
    return found
