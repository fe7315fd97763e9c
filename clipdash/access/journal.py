"""The audit log: who opened, saved, exported, deleted what, as one line of JSON an act.

It is off until ``$CLIPDASH_AUDIT_LOG`` names a file, or ``-`` for standard output. What was typed is not in it unless
``$CLIPDASH_AUDIT_LABELS`` is 1. `docs/audit-log.md` says what a line holds.
"""

import fcntl
import logging
import os
import pwd
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from clipdash.access.visitor import NOBODY, OWNER, Role, Visitor, find_visitor
from clipdash.errors import AccessError, InputError

__all__ = [
    "LABELS_VARIABLE",
    "LOG_VARIABLE",
    "Entry",
    "Kind",
    "Verb",
    "check_log",
    "count_entries",
    "find_log_fault",
    "is_logging",
    "keep_answer_clean",
    "note",
]

LOG_VARIABLE, LABELS_VARIABLE = "CLIPDASH_AUDIT_LOG", "CLIPDASH_AUDIT_LABELS"

Verb = Literal[
    "opened",
    "saved",
    "changed",
    "deleted",
    "restored",
    "sealed",
    "exported",
    "built",
    "imported",
    "cancelled",
    "discarded",
    "signed in",
    "signed out",
    "refused",
]
Kind = Literal[
    "page",
    "store",
    "audit",
    "label set",
    "comparison",
    "images",
    "thumbnail",
    "report",
    "table",
    "chart",
    "file",
    "act",
    "sign-in",
]

_LONGEST = 200  # characters of a name, an id or a fact
_WAIT = 2.0  # seconds, for another process that writes a line
_PAUSE = 0.01
_OUTPUT, _ERRORS = 1, 2
_output: ContextVar[int] = ContextVar("output", default=_OUTPUT)
_logger = logging.getLogger("clipdash.audit")


def _clean(text: object) -> object:
    """Escape what no encoding can write."""
    return text.encode("utf-8", "backslashreplace").decode() if isinstance(text, str) else text


def _cut(text: object) -> object:
    return text[:_LONGEST] if isinstance(text, str) else text


_Typed = Annotated[str, BeforeValidator(_clean)]
_Text = Annotated[_Typed, BeforeValidator(_cut)]


class Entry(BaseModel):
    """A line of the audit log.

    Parameters
    ----------
    at : str
        When, in UTC to the millisecond.
    who : str
        As the sign-in names them; ``local:ACCOUNT`` without sign-in and on the command line; empty for nobody.
    sub : str or None
        The sign-in's own name of them, which is nobody else's; left out where `who` is that name.
    role : str or None
        What they were signed in as; None where no rule lets them in.
    verb, kind : str
        What was done, and to what kind of thing.
    id : str
        Which one: of a page its name, of a store its name, of a file what it was called, of a record its id.
    facts : mapping
        What else tells one act from another; never what was typed.
    texts : mapping
        What was typed; only where it was asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str
    who: _Text
    sub: _Text | None = None
    role: Role | None
    verb: Verb
    kind: Kind
    id: _Text
    facts: dict[str, _Text | int | float | bool] = {}
    texts: dict[str, _Typed | list[_Typed]] | None = None

    def to_line(self) -> str:
        """Return the entry as JSON on one line, in ASCII."""
        missing = {key for key in ("sub", "texts") if getattr(self, key) is None}
        return self.model_dump_json(exclude=missing, ensure_ascii=True)


class _State:
    """What became of the lines so far, in this process."""

    def __init__(self) -> None:
        self.written = self.failed = 0
        self.fault: str | None = None
        self.lock = Lock()


_state = _State()


def is_logging() -> bool:
    """Say whether acts are logged here."""
    return bool(_find_place())


def note(
    verb: Verb,
    kind: Kind,
    identity: str = "",
    *,
    visitor: Visitor | None = None,
    texts: Mapping[str, Any] | None = None,
    **facts: str | float | bool | None,
) -> None:
    """Add a line to the audit log, if there is one. The act goes on even where the line cannot be written.

    Parameters
    ----------
    verb, kind, identity : str
        What was done to what; the act is over, or was refused.
    visitor : Visitor, optional
        Who did it; by default whoever acts here and now.
    texts : mapping of str to str or to list of str, optional
        What was typed; left out unless ``$CLIPDASH_AUDIT_LABELS`` asks for it.
    **facts
        What else tells this act from another, such as a version; nothing that was typed. None is left out.
    """
    place = _find_place()
    if not place:
        return
    actor = visitor or _find_actor()
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    asked = dict(texts) if texts and os.environ.get(LABELS_VARIABLE, "").strip() == "1" else None
    who = f"local:{_name_account()}" if actor is OWNER else actor.name
    known = {name: fact for name, fact in facts.items() if fact is not None}
    sub = actor.subject if actor.subject not in ("", who) else None
    entry = Entry(at=at, who=who, sub=sub, role=actor.role, verb=verb, kind=kind, id=identity, facts=known, texts=asked)
    with _state.lock:
        _try_to_write(place, f"{entry.to_line()}\n".encode())


def find_log_fault() -> str | None:
    """Return what is wrong with the audit log in a sentence for the reader, if its last line could not be written."""
    return _state.fault if is_logging() else None


def count_entries() -> tuple[int, int]:
    """Return how many lines this process wrote, and how many it could not write."""
    return _state.written, _state.failed


@contextmanager
def keep_answer_clean() -> Iterator[None]:
    """Have ``-`` mean standard error inside: the standard output of a command is its answer."""
    token = _output.set(_ERRORS)
    try:
        yield
    finally:
        _output.reset(token)


def check_log() -> None:
    """See that the audit log can be written, where ``$CLIPDASH_AUDIT_LOG`` names one; `AccessError` where it cannot."""
    place = _find_place()
    try:
        if place:
            _write(place, b"")
    except OSError as error:
        raise AccessError(
            f"The audit log {place}, which {LOG_VARIABLE} names, cannot be written ({error.strerror or error}). "
            "Expected a file in a folder that is there and that clipdash may write, or - for standard output."
        ) from error


def _find_place() -> str:
    return os.environ.get(LOG_VARIABLE, "").strip()


def _find_actor() -> Visitor:
    try:
        return find_visitor()
    except InputError:  # the rule file cannot be read: then nobody is let in
        return NOBODY


def _name_account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run as a number
        return str(os.getuid())


def _try_to_write(place: str, line: bytes) -> None:
    try:
        _write(place, line)
    except OSError as error:
        reason = error.strerror or str(error)
        _state.failed += 1
        _state.fault = (
            f"The audit log cannot be written now ({reason}). What you do goes on, but is not logged: tell whoever "
            "runs clipdash."
        )
        _logger.error("A line of the audit log %s was lost: %s.", place, reason)
    else:
        _state.written += 1
        _state.fault = None


def _write(place: str, line: bytes) -> None:
    """Append a line as a whole, or nothing; the file is opened anew each time, so that it may be moved away."""
    if place == "-":
        _write_all(_output.get(), line)
        return
    file = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY, 0o600)
    try:
        state = os.fstat(file)
        if not stat.S_ISREG(state.st_mode):  # a pipe or a terminal
            _write_all(file, line)
            return
        _lock(file)
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # the machine went down within a line
        try:
            _write_all(file, b"\n" * torn + line)
        except OSError:
            os.ftruncate(file, size)  # nobody else has written meanwhile
            raise
    finally:
        os.close(file)  # gives the lock back


def _lock(file: int) -> None:
    """Wait for other processes that write, but not for one that hangs."""
    until = time.monotonic() + _WAIT
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise OSError(None, "another process holds it") from None
            time.sleep(_PAUSE)
        else:
            return


def _write_all(file: int, line: bytes) -> None:
    """Write a line, in one call unless the system takes only a part of it."""
    while line:
        line = line[os.write(file, line) :]
