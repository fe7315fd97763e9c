"""Whose turn it is: a few pages run at once, in the order in which they were asked for.

Python runs one thread at a time. Of twenty edits that run side by side each takes as long as all of them; in turn, most
are done in a part of that. A run that takes long, such as a probe, keeps nobody waiting: after a moment its place
counts as free.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from clipdash.serve import watch_queue

__all__ = ["Turns", "wait_turn"]

_AT_ONCE, _MOMENT = 2, 1.0  # runs; seconds
_LOOK = 0.05  # seconds between looks at who has become slow


class Turns:
    """A queue of runs.

    Parameters
    ----------
    at_once : int
        How many may run side by side.
    moment : float
        Seconds after which a run no longer counts among them.
    """

    def __init__(self, at_once: int = _AT_ONCE, moment: float = _MOMENT) -> None:
        self._at_once, self._moment = at_once, moment
        self._changed = Condition()
        self._waiting: deque[object] = deque()
        self._began: dict[object, float] = {}

    def count_waiting(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    @contextmanager
    def wait(self) -> Iterator[None]:
        """Wait for one's turn, and keep it inside."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            while self._waiting[0] is not ticket or self._is_full():
                self._changed.wait(_LOOK)
            self._waiting.popleft()
            self._began[ticket] = time.monotonic()
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                del self._began[ticket]
                self._changed.notify_all()

    def _is_full(self) -> bool:
        since = time.monotonic() - self._moment
        return sum(began > since for began in self._began.values()) >= self._at_once


_turns = Turns()
watch_queue(_turns.count_waiting)
wait_turn = _turns.wait
