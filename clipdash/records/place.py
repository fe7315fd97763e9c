"""Where the records lie: a file on this machine, or the database that ``$CLIPDASH_DATABASE`` names."""

import os
from pathlib import Path
from urllib.parse import quote

from clipdash.errors import RecordsError, find_data_folder

__all__ = ["PASSWORD_FILE", "VARIABLE", "find_database", "find_records"]

VARIABLE = "CLIPDASH_DATABASE"
PASSWORD_FILE = "CLIPDASH_DATABASE_PASSWORD_FILE"  # noqa: S105  # nosec B105  # the name of a setting
_FILE = "records.sqlite"
_DRIVER = "postgresql+psycopg://"


def find_records() -> Path:
    """Return the file of records, in the folder that `find_data_folder` names."""
    return find_data_folder() / _FILE


def find_database() -> str | None:
    """Return the address of the PostgreSQL database that ``$CLIPDASH_DATABASE`` names; None means the file.

    Where the address holds no password, the file that ``$CLIPDASH_DATABASE_PASSWORD_FILE`` names does; it is read each
    time, so that a password may change while the app runs.

    Raises
    ------
    RecordsError
        If the variable holds something else, or there is no such file; neither variable is repeated, since it may hold
        a password.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return None
    for scheme in (_DRIVER, "postgresql://"):
        if named.startswith(scheme):
            return _DRIVER + _add_password(named.removeprefix(scheme))
    raise RecordsError(
        f"{VARIABLE} does not begin with postgresql://. Expected postgresql://USER:PASSWORD@HOST/NAME; without the "
        f"variable, records are kept in {find_records()}."
    )


def _add_password(address: str) -> str:
    """Return `address`, which begins after its ``//``, with the password of the file unless it holds one."""
    file = os.environ.get(PASSWORD_FILE, "").strip()
    place = address.partition("/")[0].partition("?")[0]
    user, _, _ = place.rpartition("@")
    if not file or ":" in user:
        return address
    if not user:
        raise RecordsError(
            f"{PASSWORD_FILE} is set, but {VARIABLE} names no user. Expected postgresql://USER@HOST/NAME beside it."
        )
    return f"{user}:{quote(_read_password(file), safe='')}{address[len(user) :]}"


def _read_password(file: str) -> str:
    try:
        password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no text"
        raise RecordsError(
            f"The file that {PASSWORD_FILE} names cannot be read ({reason}). Expected one that holds the password of "
            "the database and that clipdash may read."
        ) from None
    if not password:
        raise RecordsError(f"The file that {PASSWORD_FILE} names is empty. Expected the password of the database.")
    return password
