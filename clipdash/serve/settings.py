"""The settings that would show their fault only to visitors: looked at before the server starts."""

from clipdash.access import check_log
from clipdash.records import find_database
from clipdash.serve.headers import find_ancestors
from clipdash.zeroshot import find_budget

__all__ = ["check_settings"]


def check_settings() -> None:
    """See that what the environment says of frames, memory, records and the audit log can be read.

    Raises
    ------
    InputError
        If it cannot; the message names the variable. A database that does not answer is no fault of a setting.
    """
    for look in (find_ancestors, find_budget, find_database, check_log):
        look()
