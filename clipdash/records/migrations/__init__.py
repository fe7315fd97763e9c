"""The steps from an empty database, or an older one, to the tables of today, taken by Alembic.

A new step is a file in `versions/` that names the one before it, and its number in `clipdash.records.tables.HEAD`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from clipdash.errors import RecordsError

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["upgrade"]


def upgrade(connection: "Connection") -> None:
    """Take the steps that are missing, in the transaction of `connection`.

    Raises
    ------
    RecordsError
        If the tables are of a later clipdash.
    """
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise RecordsError(
            f"The records are of a later clipdash than this one ({error}). Update clipdash, or keep records elsewhere."
        ) from error
