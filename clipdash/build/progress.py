"""How far a build is, in a small file beside its shards, for whoever wants to watch it."""

import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from clipdash.store import write_whole

_FILE = "progress.json"
_PAUSE = 1.0  # seconds
_EVIDENCE = 2.0  # seconds that must have passed before the time left is more than a guess


class BuildProgress(BaseModel):
    """How far a build is.

    Parameters
    ----------
    done, rows : int
        Rows of the metadata that are done, and all of them.
    fresh : int
        Of those that are done, how many this run did.
    began, at : float
        When this run began to encode, and when this was written, in seconds since 1970.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: int
    rows: int
    fresh: int
    began: float
    at: float

    @property
    def share(self) -> float:
        """Share of the rows that are done, from 0 to 1."""
        return min(self.done / self.rows, 1.0) if self.rows else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest takes at the pace of this run; None while nothing can be said."""
        passed = self.at - self.began
        if self.fresh <= 0 or passed < _EVIDENCE:
            return None
        return max(self.rows - self.done, 0) * passed / self.fresh


class ProgressFile:
    """Keeps the progress of a build in its workplace, about once a second and at the end.

    Parameters
    ----------
    folder : Path
        The workplace.
    more : callable, optional
        Told the rows done and all rows every time.
    """

    def __init__(self, folder: Path, more: Callable[[int, int], None] | None = None) -> None:
        self._path, self._more = folder / _FILE, more
        self._first: tuple[int, float] | None = None
        self._written = 0.0

    def __call__(self, done: int, rows: int) -> None:
        """Take note of the rows done and of all rows."""
        now = time.time()
        first, began = self._first = self._first or (done, now)
        if done == rows or not 0 <= now - self._written < _PAUSE:
            said = BuildProgress(done=done, rows=rows, fresh=done - first, began=began, at=now)
            write_whole(self._path, said.model_dump_json().encode())
            self._written = now
        if self._more:
            self._more(done, rows)


def read_progress(folder: Path) -> BuildProgress | None:
    """Return how far the build in a workplace is; None where it has not said so.

    Parameters
    ----------
    folder : Path
        The workplace.
    """
    try:
        return BuildProgress.model_validate_json((folder / _FILE).read_bytes())
    except (OSError, ValidationError):
        return None
