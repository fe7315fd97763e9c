"""The exceptions that clipdash raises.

::

    ClipdashError
    └── InputError          the input is at fault: one or two sentences, exit code 2
        ├── LabelError      a label set, a label file, a template
        ├── EncoderError    an encoder that is missing or cannot be used
        ├── StoreError      a store that is missing, damaged or refused
        ├── FileError       a table of annotations, predictions or counts that cannot be used
        ├── BuildError      images and annotations that no store can be built from
        ├── ProbeError      the file of a probe
        ├── AccessError     what a role does not cover, a sign-in that lets nobody in, a rule file
        ├── RecordsError    saved label sets, audits, drafts and seals that cannot be kept or read
        ├── EditConflict    a save upon what someone else has changed meanwhile
        └── QueryError      an attribute, value, rule or number asked for

Anything else that is raised is a bug of ours or a failure of the machine, and is never dressed up as bad input.
"""

import logging
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from tempfile import gettempdir
from traceback import extract_tb, format_exception, format_tb
from uuid import uuid4

from platformdirs import user_data_path, user_log_path

__all__ = [
    "AccessError",
    "BuildError",
    "ClipdashError",
    "EditConflict",
    "EncoderError",
    "Fault",
    "FileError",
    "InputError",
    "LabelError",
    "ProbeError",
    "QueryError",
    "RecordsError",
    "StoreError",
    "count_faults",
    "describe_error",
    "find_data_folder",
    "make_private",
    "record_fault",
    "suggest",
]


class ClipdashError(Exception):
    """The root of every exception that clipdash raises on purpose."""


class InputError(ClipdashError):
    """The input is at fault; the message says what was found, what was expected and what to do."""


class LabelError(InputError):
    """A label set cannot be used.

    Parameters
    ----------
    message : str
        One or two sentences for the reader.
    line : int, optional
        The line of the typed text or file that is at fault, counted from 1.
    place : int, optional
        The label of the set that is at fault, counted from 0, where no line is known.
    """

    def __init__(self, message: str, line: int | None = None, place: int | None = None) -> None:
        super().__init__(message)
        self.line, self.place = line, place


class EncoderError(InputError):
    """An encoder is missing, or what it would need is not on this machine."""


class StoreError(InputError):
    """A store is missing, damaged, of another version, or must not be overwritten."""


class FileError(InputError):
    """A table of annotations, predictions or counts cannot be read, or does not fit the others."""


class BuildError(InputError):
    """Images and annotations do not make a store."""


_AWAY = (
    "Saving, and opening what was saved, is not possible now. Nothing that was saved is lost, and no reload or restart "
    "is needed: try again in a while, and tell whoever runs this clipdash if it lasts."
)


class RecordsError(InputError):
    """A label set, audit, draft or seal cannot be kept or read; what was saved before is as it was."""

    @property
    def away(self) -> bool:
        """Whether the database is at fault, which raised an error of its own, and not what was to be kept."""
        return self.__cause__ is not None

    @property
    def brief(self) -> str:
        """The sentence for readers who can do nothing about a database; the message itself is for whoever runs it."""
        return _AWAY if self.away else str(self)


class EditConflict(InputError):  # noqa: N818  nobody made an error
    """Nothing was saved, since someone else changed the same meanwhile.

    Parameters
    ----------
    message : str
        One or two sentences for the reader.
    mine : object
        What was to be saved.
    theirs : object
        What is saved now.
    """

    def __init__(self, message: str, mine: object, theirs: object) -> None:
        super().__init__(message)
        self.mine, self.theirs = mine, theirs


class AccessError(InputError):
    """The visitor's role does not cover an act, a sign-in lets nobody in, or a rule file cannot be read."""


class ProbeError(InputError):
    """The file of a probe cannot be used, or there is no such probe."""


class QueryError(InputError):
    """An attribute, a value, a rule or a number that was asked for does not exist or makes no sense."""


def suggest(name: str, options: Iterable[str]) -> str:
    """Return a sentence that names the existing option nearest to `name`, or lists the first few.

    Parameters
    ----------
    name : str
        What was asked for.
    options : iterable of str
        What exists.

    Returns
    -------
    str
        For example ``'The nearest is "skin_tone".'``; with no close match the first eight options; with no
        options at all ``"There is none."``.
    """
    known = list(dict.fromkeys(options))
    if not known:
        return "There is none."
    folded = {option.casefold(): option for option in reversed(known)}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f'The nearest is "{folded[close[0]]}".'
    shown = ", ".join(f'"{option}"' for option in known[:8])
    return f"There are: {shown}{' and more' if len(known) > 8 else ''}."


def find_data_folder() -> Path:
    """Return the folder in which this machine keeps what it may: ``$CLIPDASH_RECORDS``, else the user's data folder."""
    named = os.environ.get("CLIPDASH_RECORDS")
    return Path(named) if named else user_data_path("clipdash")


@dataclass(frozen=True)
class Fault:
    """Where the traceback of a bug was kept: a short reference for the reader, and the log file if one can be written.

    Without one, the traceback went to standard error.
    """

    reference: str
    path: Path | None

    def __str__(self) -> str:
        """Return the one sentence that a reader sees in place of a traceback."""
        where = self.path or "the log of the program (standard error)"
        return f"{self.brief} The details are in {where}."

    @property
    def brief(self) -> str:
        """The sentence without the name of a file, for readers who have no business on this machine."""
        return f"Something went wrong on our side (reference {self.reference})."


_logger = logging.getLogger("clipdash.faults")
_logger.addHandler(logging.NullHandler())  # where nobody set up logs, whoever shows the fault has said it
_recorded = [0]
_LONGEST_CHAIN = 10


def count_faults() -> int:
    """Return how many bugs this process recorded."""
    return _recorded[0]


def describe_error(error: BaseException) -> str:
    """Return the traceback of an error without any message: a message may repeat what was typed."""
    chain: list[str] = []
    one: BaseException | None = error
    while one is not None and len(chain) < _LONGEST_CHAIN:
        chain.insert(0, f"{''.join(format_tb(one.__traceback__))}{type(one).__qualname__} (message left out)\n")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "which led to\n".join(chain)


def make_private(path: Path) -> None:
    """Make a file, and the folders above it, unless it is there; nobody but its owner reads the file.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def record_fault(error: BaseException) -> Fault:
    """Append the traceback of `error` to the log of faults and return its reference.

    Parameters
    ----------
    error : BaseException
        A bug of ours or a failure of the machine; never an `InputError`.

    Returns
    -------
    Fault
        The log is ``faults.log`` in ``$CLIPDASH_LOGS``, else in the user's log folder, else (neither can be
        written) in the folder for temporary files, else standard error. Messages of exceptions, which may repeat what
        was typed, are left out where ``$CLIPDASH_FAULT_MESSAGES`` is off, and always from the application's log.
    """
    _recorded[0] += 1
    reference = uuid4().hex[:8]
    whole = os.environ.get("CLIPDASH_FAULT_MESSAGES", "").strip().casefold() != "off"
    said = "".join(format_exception(error)) if whole else describe_error(error)
    entry = f"--- {datetime.now(UTC).isoformat(timespec='seconds')} {reference}\n{said}\n"
    path = _append_fault(entry)
    frames = extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    kind = type(error).__qualname__
    facts = {"reference": reference, "error": kind, "place": place, "file": str(path or "")}
    _logger.error("A bug was recorded: reference %s, %s at %s", reference, kind, place, extra=facts)
    return Fault(reference, path)


def _append_fault(entry: str) -> Path | None:
    """Append to the first log that can be written; where none can, to standard error."""
    named = os.environ.get("CLIPDASH_LOGS")
    for folder in (Path(named) if named else user_log_path("clipdash"), None):
        try:
            path = (
                folder or Path(gettempdir())
            ) / "faults.log"  # a folder for temporary files is looked for by writing to it
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(file, "a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(entry)
        except OSError:
            continue
        return path
    with suppress(OSError):  # which may lead to the same disk
        print(entry, file=sys.stderr)
    return None
