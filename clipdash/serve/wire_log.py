"""What the audit log hears of the wire: pictures that were opened, and what was refused; one line for many alike."""

import time
from threading import Lock

from cachetools import LRUCache
from starlette.concurrency import run_in_threadpool

from clipdash.access import Kind, Verb, Visitor, is_logging, note

__all__ = ["WireLog"]

#: Seconds for which one line stands for all that are like it.
_HOLDS: dict[Verb, float] = {"refused": 60, "opened": 600}
_MOST = 10_000


class WireLog:
    """Note what is asked again and again once a while, so that a page of tiles is one line and a flood is few.

    Notes
    -----
    A line that follows on others of its kind says as ``more`` how many went unsaid since the last.
    """

    def __init__(self) -> None:
        self._said: LRUCache[tuple[str, ...], tuple[float, int]] = LRUCache(_MOST)
        self._lock = Lock()

    async def note(self, verb: Verb, kind: Kind, identity: str, visitor: Visitor, *, apart: bool = True) -> None:
        """Note an act unless one like it was noted a moment ago.

        Parameters
        ----------
        verb, kind, identity, visitor
            As `clipdash.access.note` takes them.
        apart : bool
            Whether acts on different things are different; else whoever asks for many has one line.
        """
        if not is_logging():
            return
        more = self._count((verb, kind, visitor.name, str(visitor.role), identity if apart else ""), _HOLDS[verb])
        if more is not None:
            await run_in_threadpool(note, verb, kind, identity, visitor=visitor, more=more or None)

    def _count(self, key: tuple[str, ...], holds: float) -> int | None:
        """Return how many went unsaid since the last line, or None where this one goes unsaid too."""
        now = time.monotonic()
        with self._lock:
            until, more = self._said.get(key, (now, 0))
            said = now >= until
            self._said[key] = (now + holds, 0) if said else (until, more + 1)
        return more if said else None
