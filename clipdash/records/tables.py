"""The tables of the records, as the newest migration leaves them."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

__all__ = ["AUDITS", "DRAFTS", "HEAD", "METADATA", "SEALS", "SEEN", "SETS", "TRIES", "VERSIONS", "Json", "Moment"]

#: The newest migration in `clipdash/records/migrations/versions/`.
HEAD = "0002"


class Json(TypeDecorator[Any]):
    """Plain data as text. Escaped, so that any character a text may hold can be kept by any database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Write plain data; NaN is none."""
        del dialect
        return json.dumps(value, allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read it back."""
        del dialect
        return None if value is None else json.loads(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a moment that knows its zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


METADATA = MetaData()

#: Digests only: the label sets of which some result was shown on a store.
SEEN = Table("seen", METADATA, Column("store", Text, primary_key=True), Column("label_set", Text, primary_key=True))

#: Digests only: no label, no image, no name, no time.
TRIES = Table(
    "tries",
    METADATA,
    Column("store", Text, primary_key=True),
    Column("question", Text, primary_key=True),
    Column("groups", Integer),
)
SETS = Table(
    "label_sets",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),  # the newest
    Column("deleted", Moment),
)
VERSIONS = Table(
    "label_versions",
    METADATA,
    Column("set_id", Text, ForeignKey("label_sets.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("labels", Json, nullable=False),
    Column("note", Text, nullable=False),
    Column("sought", Text, nullable=False),  # what a search looks in: folded, so that both databases find the same
    Column("created", Moment, nullable=False),
)
AUDITS = Table(
    "audits",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("question", Json, nullable=False),
    Column("result", Json, nullable=False),
    Column("store", Text, nullable=False),
    Column("store_digest", Text, nullable=False),
    Column("question_digest", Text, nullable=False),
    Column("versions", Json, nullable=False),
    Column("notes", Text, nullable=False),
    Column("sought", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("deleted", Moment),
    Index("audits_of_a_question", "store_digest", "question_digest"),
)
DRAFTS = Table(
    "drafts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("payload", Json, nullable=False),
    Column("changed", Moment, nullable=False),
)
SEALS = Table(
    "seals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("store_digest", Text, nullable=False),
    Column("facts", Json, nullable=False),
    Column("sealed", Moment, nullable=False),
    UniqueConstraint("digest", "store_digest", name="one_seal_a_question"),
)
