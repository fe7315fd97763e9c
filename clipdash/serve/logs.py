"""The application's log: as it comes, or with ``CLIPDASH_LOG_FORMAT=json`` as one line of JSON a record.

No address of a request is logged with its query, which may hold labels; as JSON no message of an exception either.
"""

import logging
import os
import sys
import threading
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from clipdash.errors import describe_error

__all__ = ["FORMAT_VARIABLE", "is_json", "set_up_logs", "take_over"]

FORMAT_VARIABLE = "CLIPDASH_LOG_FORMAT"
#: Those that log addresses of requests.
_OF_REQUESTS = ("uvicorn.access", "uvicorn.error", "uvicorn.asgi")
_FIELDS = {"levelname": "level", "name": "logger"}
_LEFT_OUT = [*RESERVED_ATTRS, "color_message"]


class _Formatter(JsonFormatter):
    """A record as a line of JSON; of an exception where it was raised and what it is, not what it says."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  the library's name
        """Return the traceback without messages."""
        return describe_error(ei[1]) if ei[1] is not None else ""


class _HideQueries(logging.Filter):
    """Cuts the query off every address in a record's arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record through, with its addresses cut."""
        if isinstance(record.args, tuple):
            record.args = tuple(_cut_query(part) for part in record.args)
        return True


def is_json() -> bool:
    """Say whether the log is to be lines of JSON."""
    return os.environ.get(FORMAT_VARIABLE, "").strip().casefold() == "json"


def set_up_logs() -> None:
    """Set the log up; once, before anything is served."""
    for name in _OF_REQUESTS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, _HideQueries) for known in logger.filters):
            logger.addFilter(_HideQueries())
    if not is_json():
        return
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a record that cannot be written would be printed with its arguments
    sys.excepthook = _log_end
    threading.excepthook = lambda told: _log_end(told.exc_type, told.exc_value, told.exc_traceback)
    root = logging.getLogger()
    handler = logging.StreamHandler()
    fields = ["levelname", "name", "message"]
    handler.setFormatter(_Formatter(fields, rename_fields=_FIELDS, timestamp="at", reserved_attrs=_LEFT_OUT))
    for known in [root, *root.manager.loggerDict.values()]:
        if isinstance(known, logging.Logger) and any(map(_prints, known.handlers)):
            take_over(known)
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def take_over(logger: logging.Logger) -> None:
    """Have a logger that prints by itself hand its records on instead."""
    for handler in filter(_prints, list(logger.handlers)):
        logger.removeHandler(handler)
    logger.propagate = True


def _prints(handler: logging.Handler) -> bool:
    return type(handler) is logging.StreamHandler


def _cut_query(part: object) -> object:
    return part.partition("?")[0] if isinstance(part, str) and part.startswith("/") else part


def _log_end(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    logging.getLogger("clipdash").critical("An exception ended a thread", exc_info=(kind, error, trace))  # type: ignore[arg-type]
