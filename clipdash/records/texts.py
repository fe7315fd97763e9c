"""What a reviewer typed, as a database keeps it: exact, and findable."""

import re
import secrets
import string
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Table

from clipdash.errors import RecordsError

__all__ = ["check_text", "fold", "is_id", "make_id", "matches"]

# No database text can hold either; PostgreSQL refuses both, SQLite one.
_UNFIT = re.compile(r"[\x00\ud800-\udfff]")
_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_LETTERS = string.ascii_letters + string.digits
_LONGEST_SEARCH = 1_000


def make_id() -> str:
    """Return a name for a row that nobody guesses (71 bits) and that stands in an address as it is."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


def is_id(name: str) -> bool:
    """Say whether `name` can be that of a row."""
    return _ID.fullmatch(name) is not None


def check_text(value: str, what: str, *, blank: bool = True) -> str:
    """Return a text as it is, if a database can keep it.

    Raises
    ------
    RecordsError
        If it holds a null character or half of a surrogate pair, or is blank where it may not be.
    """
    if _UNFIT.search(value):
        raise RecordsError(f"In {what} stands a character that no database can keep (a null character); take it out.")
    if not blank and not value.strip():
        raise RecordsError(f"{what.capitalize()} is blank; write a few words by which it can be found again.")
    return value


def fold(texts: Iterable[str]) -> str:
    """Return texts in the form in which they are searched: one a line, without regard to case."""
    return "\n".join(_fold(text) for text in texts if text)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", _UNFIT.sub("", text).casefold())


def matches(table: Table, search: str) -> list[ColumnElement[bool]]:
    """Return the conditions of rows that hold every word of a search, in any order and part of a word too."""
    words = _fold(search[:_LONGEST_SEARCH]).split()
    return [table.c.sought.contains(word, autoescape=True) for word in words]
