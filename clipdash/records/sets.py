"""Label sets that a reviewer keeps, each save a version."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from clipdash.access import Verb
from clipdash.access import note as write_entry
from clipdash.errors import EditConflict, RecordsError
from clipdash.labels import LabelSet, dump_labels
from clipdash.records.database import read_records, write_records
from clipdash.records.tables import SETS, VERSIONS
from clipdash.records.texts import check_text, fold, is_id, make_id, matches

__all__ = [
    "SavedLabels",
    "delete_labels",
    "duplicate_labels",
    "list_labels",
    "list_versions",
    "read_saved_labels",
    "restore_labels",
    "save_labels",
]


@dataclass(frozen=True)
class SavedLabels:
    """One version of a label set that was saved.

    Parameters
    ----------
    id : str
        Names the set through all its versions.
    version : int
        From 1; a save of anything else makes the next.
    label_set : LabelSet
        The set, exactly as it was saved.
    note : str
        What the reviewer wrote about this version.
    created : datetime
        When this version was saved, in UTC.
    deleted : datetime or None
        When the set was deleted, in UTC; it can be restored.
    """

    id: str
    version: int
    label_set: LabelSet
    note: str
    created: datetime
    deleted: datetime | None = None

    @property
    def name(self) -> str:
        """The name of the set, in this version."""
        return self.label_set.name

    @property
    def digest(self) -> str:
        """The digest of the set: of what decides a result."""
        return self.label_set.digest

    @property
    def toml(self) -> str:
        """The set as a label file."""
        return dump_labels(self.label_set)


def save_labels(
    label_set: LabelSet, *, note: str = "", based_on: int | None = None, set_id: str | None = None
) -> SavedLabels:
    """Save a label set: a new one, or the next version of one that is saved.

    Parameters
    ----------
    label_set : LabelSet
        The set.
    note : str
        What to say about this version.
    based_on : int, optional
        The version that was changed; left out, whatever is the newest.
    set_id : str, optional
        The set of which this is a version; left out, a new one begins.

    Returns
    -------
    SavedLabels
        The version that now holds this; where nothing differs from the newest, the newest.

    Raises
    ------
    EditConflict
        If someone saved another version, or deleted the set, since `based_on`.
    RecordsError
        If there is no such set, the note cannot be kept, or the database cannot be written.
    """
    check_text(note, "the note")
    with write_records() as connection:
        if set_id is None:
            saved = _begin_set(connection, label_set, note)
        else:
            newest = _read(connection, set_id)
            if newest.deleted is None and (newest.label_set, newest.note) == (label_set, note):
                return newest
            based = newest.version if based_on is None else based_on
            raised = update(SETS).where(SETS.c.id == set_id, SETS.c.version == based, SETS.c.deleted.is_(None))
            if connection.execute(raised.values(version=based + 1)).rowcount != 1:
                raise _make_conflict(label_set, _read(connection, set_id))
            saved = _add_version(connection, set_id, based + 1, label_set, note)
    return _log("saved", saved)


def read_saved_labels(set_id: str, version: int | None = None) -> SavedLabels:
    """Return a saved set, deleted or not: the newest version, or another one.

    Raises
    ------
    RecordsError
        If there is none, or the database cannot be read.
    """
    with read_records() as connection:
        return _read(connection, set_id, version)


def list_versions(set_id: str) -> list[SavedLabels]:
    """Return every version of a set, newest first.

    Raises
    ------
    RecordsError
        If there is no such set, or the database cannot be read.
    """
    with read_records() as connection:
        _read(connection, set_id)
        found = _select().where(VERSIONS.c.set_id == set_id).order_by(VERSIONS.c.version.desc())
        return [_make(row) for row in connection.execute(found)]


def list_labels(search: str = "", *, deleted: bool = False, limit: int = 200) -> list[SavedLabels]:
    """Return the newest version of each set, newest first.

    Parameters
    ----------
    search : str
        Words that name, note or labels hold, without regard to case; none means every set.
    deleted : bool
        Those that were deleted instead of those that were not.
    limit : int
        The most to return.

    Raises
    ------
    RecordsError
        If the database cannot be read.
    """
    found = _select().where(VERSIONS.c.version == SETS.c.version, *matches(VERSIONS, search))
    found = found.where(SETS.c.deleted.is_not(None) if deleted else SETS.c.deleted.is_(None))
    found = found.order_by(VERSIONS.c.created.desc(), SETS.c.id).limit(limit)
    with read_records() as connection:
        return [_make(row) for row in connection.execute(found)]


def duplicate_labels(set_id: str, name: str) -> SavedLabels:
    """Begin a new set with the newest version of another, under another name.

    Raises
    ------
    LabelError
        If no set can have that name.
    RecordsError
        If there is no such set, or the database cannot be written.
    """
    with write_records() as connection:
        saved = _read(connection, set_id)
        copy = _begin_set(connection, saved.label_set.replace(name=name), saved.note)
    return _log("saved", copy, copy_of=set_id)


def delete_labels(set_id: str) -> SavedLabels:
    """Take a set off the list, and return it; `restore_labels` brings it back with all its versions.

    Raises
    ------
    RecordsError
        If there is no such set, or the database cannot be written.
    """
    return _mark(set_id, datetime.now(UTC))


def restore_labels(set_id: str) -> SavedLabels:
    """Put a deleted set back on the list, and return it.

    Raises
    ------
    RecordsError
        If there is no such set, or the database cannot be written.
    """
    return _mark(set_id, None)


def _mark(set_id: str, deleted: datetime | None) -> SavedLabels:
    with write_records() as connection:
        _read(connection, set_id)
        connection.execute(update(SETS).where(SETS.c.id == set_id).values(deleted=deleted))
        saved = _read(connection, set_id)
    return _log("deleted" if deleted else "restored", saved)


def _log(verb: Verb, saved: SavedLabels, copy_of: str | None = None) -> SavedLabels:
    """Note what was done with a label set, and return it."""
    texts = {"name": saved.name, "note": saved.note, "labels": list(saved.label_set.texts)}
    write_entry(verb, "label set", saved.id, texts=texts, version=saved.version, copy_of=copy_of)
    return saved


def _begin_set(connection: Connection, label_set: LabelSet, note: str) -> SavedLabels:
    set_id = make_id()
    connection.execute(insert(SETS).values(id=set_id, version=1))
    return _add_version(connection, set_id, 1, label_set, note)


def _add_version(connection: Connection, set_id: str, version: int, label_set: LabelSet, note: str) -> SavedLabels:
    saved = SavedLabels(set_id, version, label_set, note, datetime.now(UTC))
    values: dict[str, Any] = {
        "set_id": set_id,
        "version": version,
        "digest": label_set.digest,
        "labels": label_set.model_dump(mode="json"),
        "note": note,
        "sought": fold((label_set.name, note, *label_set.texts)),
        "created": saved.created,
    }
    connection.execute(insert(VERSIONS).values(values))
    return saved


def _select() -> Select[Any]:
    return select(VERSIONS, SETS.c.deleted).join_from(VERSIONS, SETS)


def _read(connection: Connection, set_id: str, version: int | None = None) -> SavedLabels:
    found = _select().where(VERSIONS.c.set_id == set_id)
    found = found.where(VERSIONS.c.version == (SETS.c.version if version is None else version))
    row = connection.execute(found).one_or_none() if is_id(set_id) else None
    if row is None:
        which = "" if version is None else f" in version {version}"
        raise RecordsError(f"There is no saved label set of that name{which}; the page Audits lists those there are.")
    return _make(row)


def _make(row: Row[Any]) -> SavedLabels:
    # Through JSON: only there does the strict model take a list for a tuple.
    label_set = LabelSet.model_validate_json(json.dumps(row.labels))
    return SavedLabels(row.set_id, row.version, label_set, row.note, row.created, row.deleted)


def _make_conflict(mine: LabelSet, theirs: SavedLabels) -> EditConflict:
    what = "deleted it" if theirs.deleted else f"saved version {theirs.version} of it"
    return EditConflict(
        f"Nothing was saved: while this label set was being changed, someone {what}. Compare both, then choose.",
        mine,
        theirs,
    )
