"""Which processes of this machine build or import a store."""

import re
import subprocess
from pathlib import Path

__all__ = ["is_build"]


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
