"""The processes of this machine that build or import a store: started, awaited, told from others."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from clipdash.access import LOG_VARIABLE, Verb, find_visitor, note
from clipdash.store import write_whole

__all__ = ["is_awaited", "is_build", "start_process"]

_PACKAGE = Path(__file__).parents[2]
#: Processes that were started here and whose end is not noted yet.
_AWAITED: set[int] = set()


def _read_words(process: int) -> str:
    """Return the command of a process, its words parted and framed by line ends; empty where there is none."""
    try:
        if Path("/proc/self/cmdline").exists():
            words = Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        else:
            shown = ["ps", "-o", "args=", "-p", str(process)]
            words = subprocess.run(shown, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
    except OSError:
        return ""
    return "\n".join(["", *words, ""]) if words else ""


def is_build(process: int, place: Path) -> bool:
    """Return whether a process builds or imports a store; numbers of processes are used again."""
    words = _read_words(process)
    return all(re.search(rf"[/\n]{word}\n", words) for word in ("clipdash", "(build|import)", re.escape(place.name)))


def is_awaited(process: int) -> bool:
    """Return whether a process was started here, and its end is not noted yet."""
    return process in _AWAITED


def start_process(arguments: Sequence[str], store: str, files: tuple[Path, Path, Path]) -> int:
    """Start clipdash in a session of its own, that Ctrl+C in a terminal does not reach and `stop_build` does.

    Parameters
    ----------
    arguments : sequence of str
        The command and its words.
    store : str
        The name of the store that it makes, for the audit log.
    files : tuple of Path
        Where it says what it made, where it complains, and where its exit code is noted.

    Returns
    -------
    int
        The number of the process.
    """
    path = os.pathsep.join([str(_PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])])
    made = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, "-P", "-m", "clipdash", *arguments],
        {**os.environ, "PYTHONPATH": path, LOG_VARIABLE: ""},  # it knows nobody: whoever started it is logged here
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(files[0]), made, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, str(files[1]), made, 0o600),
        ],
        setsid=True,
    )
    verb: Verb = "imported" if arguments[0] == "import" else "built"
    tell = partial(note, verb, "store", store, visitor=find_visitor())
    _AWAITED.add(process)
    tell(step="begun")
    Thread(target=_await_end, args=(process, files[2], tell), name=f"build-{process}", daemon=True).start()
    return process


def _await_end(process: int, ended: Path, tell: Any) -> None:
    """Note how a process ended; until that is done it counts as there still, so that no end looks unexplained."""
    try:
        _, status = os.waitpid(process, 0)
        code = os.waitstatus_to_exitcode(status)
        with suppress(OSError):  # the folder may be gone, or its disk full
            write_whole(ended, str(code).encode())
        tell(step="ended", code=code)
    finally:
        _AWAITED.discard(process)
