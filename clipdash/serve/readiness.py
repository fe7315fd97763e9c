"""Whether this server can do its work: a store opens, and the database of records answers."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from clipdash import records
from clipdash.errors import InputError, RecordsError
from clipdash.serve.stores import list_entries, open_entry

__all__ = ["Readiness", "Watch", "look"]

#: Seconds for which an answer holds, and after which no answer is one: shorter than a health check waits.
_HOLDS, _WAIT = 2.0, 3.0


@dataclass(frozen=True)
class Readiness:
    """What was found.

    Parameters
    ----------
    store : str or None
        The first store that opens.
    records : bool
        Whether the database of records answers.
    faults : dict of str to str
        What is wrong, by the name of a store, or ``"records"``.
    """

    store: str | None = None
    records: bool = False
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether requests can be served."""
        return self.store is not None and self.records

    def tell(self) -> dict[str, Any]:
        """Return what is told to whoever may read the pages; others are told `ready` alone."""
        told = {"ready": self.ready, "store": self.store, "records": self.records}
        return told if self.ready else {**told, "faults": self.faults}


class Watch:
    """Look at most once in two seconds, one look at a time, however many ask.

    Parameters
    ----------
    look : callable
        Takes a second at most, or hangs: then the answer is "not ready".
    """

    def __init__(self, look: Callable[[], Readiness]) -> None:
        self._look, self._lock = look, Lock()
        self._pool = ThreadPoolExecutor(1, "readiness")  # its own thread: those of the pictures stay free
        self._found: Future[Readiness] | None = None
        self._until = 0.0

    async def ask(self) -> Readiness:
        """Return what the last look found, or what a new one finds within three seconds."""
        with self._lock:
            if self._found is None or (self._found.done() and time.monotonic() > self._until):
                self._found = self._pool.submit(self._look)
                self._until = time.monotonic() + _HOLDS
            found = self._found
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(found)), _WAIT)
        except TimeoutError:
            return Readiness(faults={"records": f"There was no answer within {_WAIT:.0f} seconds."})


def look() -> Readiness:
    """Open a store and read from the database."""
    name, faults = None, {}
    for entry in list_entries():
        try:
            name = open_entry(entry).name
            break
        except InputError as error:
            faults[entry.name] = str(error)
    if name is None and not faults:
        faults[""] = "There is no store here."
    try:
        records.check_records()
    except RecordsError as error:
        return Readiness(name, records=False, faults={**faults, "records": str(error)})
    return Readiness(name, records=True, faults=faults)
