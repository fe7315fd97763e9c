"""Audits that a reviewer keeps: what was asked, what came out, and what was thought of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from clipdash.access import Verb, note
from clipdash.errors import EditConflict, RecordsError
from clipdash.records.database import read_records, write_records
from clipdash.records.tables import AUDITS
from clipdash.records.texts import check_text, fold, is_id, make_id, matches

__all__ = [
    "SavedAudit",
    "change_audit",
    "delete_audit",
    "duplicate_audit",
    "find_audits",
    "list_audits",
    "read_audit",
    "restore_audit",
    "save_audit",
]


@dataclass(frozen=True)
class SavedAudit:
    """An audit or a comparison that was saved.

    Parameters
    ----------
    id : str
        Short, not to be guessed, and as it is in an address.
    title, notes : str
        What the reviewer wrote; both can be changed.
    question : mapping
        What the page asked, as `clipdash.report.question.Question` is written as JSON.
    result : mapping
        What came out, as `clipdash.report.to_json` returns it.
    store, store_digest : str
        The store; both empty where none was read.
    question_digest : str
        Tells the question from others, as `digest_question` returns it; may be empty.
    versions : mapping of str to str
        Package to version, of what can change a figure.
    revision : int
        From 1, raised by each change.
    created, changed : datetime
        In UTC.
    deleted : datetime or None
        When it was deleted, in UTC; it can be restored.
    """

    id: str
    title: str
    question: Mapping[str, Any]
    result: Mapping[str, Any]
    store: str
    store_digest: str
    question_digest: str
    versions: Mapping[str, str]
    notes: str
    revision: int
    created: datetime
    changed: datetime
    deleted: datetime | None = None


def save_audit(
    title: str,
    question: Mapping[str, Any],
    result: Mapping[str, Any],
    *,
    digests: tuple[str, str],
    versions: Mapping[str, str],
    notes: str = "",
) -> SavedAudit:
    """Save an audit or a comparison.

    Parameters
    ----------
    title, notes : str
        What the reviewer wrote.
    question, result : mapping
        What the page asked and what came out, as plain data.
    digests : tuple of str
        Of the store (empty where none was read) and of the question.
    versions : mapping of str to str
        Package to version.

    Raises
    ------
    RecordsError
        If the title is blank, a text cannot be kept, or the database cannot be written.
    """
    now = datetime.now(UTC)
    audit = SavedAudit(
        id=make_id(),
        title=check_text(title, "the title", blank=False),
        question=dict(question),
        result=dict(result),
        store=(result.get("store") or {}).get("name", ""),
        store_digest=digests[0],
        question_digest=digests[1],
        versions=dict(versions),
        notes=check_text(notes, "the notes"),
        revision=1,
        created=now,
        changed=now,
    )
    with write_records() as connection:
        _insert(connection, audit)
    return _log("saved", audit)


def read_audit(audit_id: str) -> SavedAudit:
    """Return a saved audit, deleted or not.

    Raises
    ------
    RecordsError
        If there is none, or the database cannot be read.
    """
    with read_records() as connection:
        return _read(connection, audit_id)


def list_audits(search: str = "", *, deleted: bool = False, limit: int = 200) -> list[SavedAudit]:
    """Return the saved audits, newest first.

    Parameters
    ----------
    search : str
        Words that title, notes, store or lists of labels hold, without regard to case; none means every audit.
    deleted : bool
        Those that were deleted instead of those that were not.
    limit : int
        The most to return.

    Raises
    ------
    RecordsError
        If the database cannot be read.
    """
    kept = AUDITS.c.deleted.is_not(None) if deleted else AUDITS.c.deleted.is_(None)
    return _list(kept, *matches(AUDITS, search), limit=limit)


def find_audits(store_digest: str, question_digest: str) -> list[SavedAudit]:
    """Return the audits that were saved of a question on a store, newest first; both are digests.

    Raises
    ------
    RecordsError
        If the database cannot be read.
    """
    same = (AUDITS.c.store_digest == store_digest, AUDITS.c.question_digest == question_digest)
    return _list(*same, AUDITS.c.deleted.is_(None))


def change_audit(audit_id: str, revision: int, *, title: str | None = None, notes: str | None = None) -> SavedAudit:
    """Change the title, the notes or both.

    Parameters
    ----------
    audit_id : str
        Which audit.
    revision : int
        The revision that was changed.
    title, notes : str, optional
        What to put in place; left out, they stay.

    Raises
    ------
    EditConflict
        If someone changed or deleted it since.
    RecordsError
        If there is no such audit, a text cannot be kept, or the database cannot be written.
    """
    changes: dict[str, Any] = {}
    if title is not None:
        changes["title"] = check_text(title, "the title", blank=False)
    if notes is not None:
        changes["notes"] = check_text(notes, "the notes")
    with write_records() as connection:
        now = _read(connection, audit_id)
        changed = replace(now, **changes)
        values = {**changes, "sought": _seek(changed), "revision": revision + 1, "changed": datetime.now(UTC)}
        same = (AUDITS.c.id == audit_id, AUDITS.c.revision == revision, AUDITS.c.deleted.is_(None))
        if connection.execute(update(AUDITS).where(*same).values(values)).rowcount != 1:
            raise _make_conflict(changes, _read(connection, audit_id))
        audit = _read(connection, audit_id)
    return _log("changed", audit)


def duplicate_audit(audit_id: str) -> SavedAudit:
    """Save an audit once more, as one of its own with the same content.

    Raises
    ------
    RecordsError
        If there is no such audit, or the database cannot be written.
    """
    now = datetime.now(UTC)
    with write_records() as connection:
        audit = _read(connection, audit_id)
        title = f"{audit.title} (copy)"
        copy = replace(audit, id=make_id(), title=title, revision=1, created=now, changed=now, deleted=None)
        _insert(connection, copy)
    return _log("saved", copy, copy_of=audit_id)


def delete_audit(audit_id: str) -> SavedAudit:
    """Take an audit off the list, and return it; `restore_audit` brings it back.

    Raises
    ------
    RecordsError
        If there is no such audit, or the database cannot be written.
    """
    return _mark(audit_id, datetime.now(UTC))


def restore_audit(audit_id: str) -> SavedAudit:
    """Put a deleted audit back on the list, and return it.

    Raises
    ------
    RecordsError
        If there is no such audit, or the database cannot be written.
    """
    return _mark(audit_id, None)


def _mark(audit_id: str, deleted: datetime | None) -> SavedAudit:
    with write_records() as connection:
        _read(connection, audit_id)
        marked = update(AUDITS).where(AUDITS.c.id == audit_id)
        connection.execute(marked.values(deleted=deleted, revision=AUDITS.c.revision + 1))
        audit = _read(connection, audit_id)
    return _log("deleted" if deleted else "restored", audit)


def _log(verb: Verb, audit: SavedAudit, copy_of: str | None = None) -> SavedAudit:
    """Note what was done with an audit, and return it."""
    texts = {"title": audit.title, "notes": audit.notes}
    note(verb, "audit", audit.id, texts=texts, store=audit.store, revision=audit.revision, copy_of=copy_of)
    return audit


def _insert(connection: Connection, audit: SavedAudit) -> None:
    connection.execute(insert(AUDITS).values({**asdict(audit), "sought": _seek(audit)}))


def _seek(audit: SavedAudit) -> str:
    lists = (str(audit.question.get(side) or "") for side in ("before", "after"))
    return fold((audit.title, audit.notes, audit.store, *lists))


def _list(*conditions: Any, limit: int | None = None) -> list[SavedAudit]:
    found = select(AUDITS).where(*conditions).order_by(AUDITS.c.created.desc(), AUDITS.c.id).limit(limit)
    with read_records() as connection:
        return [_make(row) for row in connection.execute(found)]


def _read(connection: Connection, audit_id: str) -> SavedAudit:
    row = connection.execute(select(AUDITS).where(AUDITS.c.id == audit_id)).one_or_none() if is_id(audit_id) else None
    if row is None:
        raise RecordsError("There is no saved audit of that name; the page Audits lists those there are.")
    return _make(row)


def _make(row: Row[Any]) -> SavedAudit:
    return SavedAudit(**{field.name: row._mapping[field.name] for field in fields(SavedAudit)})


def _make_conflict(mine: Mapping[str, str], theirs: SavedAudit) -> EditConflict:
    what = "deleted" if theirs.deleted else "changed"
    return EditConflict(
        f"Nothing was saved: while this audit was being edited, someone {what} it. Compare both, then choose.",
        mine,
        theirs,
    )
