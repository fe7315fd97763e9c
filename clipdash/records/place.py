"""Where the records lie: a file on this machine, or the database that ``$CLIPDASH_DATABASE`` names."""

import os
from pathlib import Path

from clipdash.errors import RecordsError, find_data_folder

__all__ = ["VARIABLE", "find_database", "find_records"]

VARIABLE = "CLIPDASH_DATABASE"
_FILE = "records.sqlite"
_DRIVER = "postgresql+psycopg://"


def find_records() -> Path:
    """Return the file of records, in the folder that `find_data_folder` names."""
    return find_data_folder() / _FILE


def find_database() -> str | None:
    """Return the address of the PostgreSQL database that ``$CLIPDASH_DATABASE`` names; None means the file.

    Raises
    ------
    RecordsError
        If the variable holds something else; the address itself is not repeated, since it may hold a password.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return None
    for scheme in (_DRIVER, "postgresql://"):
        if named.startswith(scheme):
            return _DRIVER + named.removeprefix(scheme)
    raise RecordsError(
        f"{VARIABLE} does not begin with postgresql://. Expected postgresql://USER:PASSWORD@HOST/NAME; without the "
        f"variable, records are kept in {find_records()}."
    )
