"""The hidden folder beside a store in which its next state is made, held by one process at a time."""

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import IO, Any

from clipdash.errors import StoreError
from clipdash.store.manifest import read_manifest

PLAN = "plan.json"
"""The file that says what an interrupted build was to make; without it there is nothing to go on with."""
SHARDS = "shards"
_LOCK, _NEXT, _DONE = "lock", "store", "done"
_ATTEMPTS, _PAUSE = 4, 0.05  # seconds


@dataclass(frozen=True)
class Workplace:
    """A hidden folder beside a store that this process alone may write to, as `hold_workplace` gives it.

    Parameters
    ----------
    place : Path
        The folder of the store.
    folder : Path
        The hidden folder.
    """

    place: Path
    folder: Path

    @property
    def staging(self) -> Path:
        """Where the next store is put together."""
        return self.folder / _NEXT

    @property
    def occupied(self) -> bool:
        """Whether an interrupted build left something to go on with."""
        return (self.folder / PLAN).is_file()

    def clear(self) -> None:
        """Remove what an earlier process left; the lock stays."""
        (self.folder / PLAN).unlink(missing_ok=True)  # first: what is half removed is nothing to go on with
        for entry in self.folder.iterdir():
            if entry.name != _LOCK:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def make_staging(self) -> Path:
        """Return the folder for the next store, empty."""
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir()
        return self.staging

    def settle(self, *, keep: bool, discard: bool) -> None:
        """Keep what an interrupted build left, discard it, or raise `StoreError` where neither was said."""
        if keep and self.occupied:
            return
        if self.occupied and not discard:
            raise StoreError(
                f"A build of {self.place} was interrupted, and what it did is kept. "
                "Go on with it by --resume, or discard it by --replace."
            )
        self.clear()

    def discard_unless_begun(self) -> None:
        """Remove everything, unless a shard is there to go on with."""
        if not any(self.folder.glob(f"{SHARDS}/*.json")):
            self.clear()

    def announce(self, digest: str) -> None:
        """Note the digest of the manifest that is about to take its place."""
        (self.folder / _DONE).write_text(digest, encoding="utf-8")

    def is_finished(self) -> bool:
        """Return whether the store that was made here is in its place already."""
        try:
            return (self.folder / _DONE).read_text(encoding="utf-8") == read_manifest(self.place).digest
        except (OSError, StoreError):
            return False

    def remove(self) -> None:
        """Remove the folder with everything in it, the lock last."""
        self.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def name_workplace(place: Path) -> Path:
    """Return the hidden folder that belongs to a store's folder."""
    return place.with_name(f".{place.name}.build")


@contextmanager
def hold_workplace(place: Path) -> Iterator[Workplace]:
    """Hold the workplace of a store for the time of the context.

    The lock is one of the operating system: it ends with this process, however that ends. Without work to go on with,
    nothing of the folder remains afterwards.

    Parameters
    ----------
    place : Path
        The folder of the store.

    Raises
    ------
    StoreError
        Another process holds it; the sentence says which.
    """
    folder, was_there = name_workplace(place), place.parent.exists()
    with _lock(folder, place) as lock:
        work = Workplace(place, folder)
        try:
            _write_holder(lock)  # a full disk has no room for that either
            yield work
        finally:
            if not work.occupied:
                work.remove()
                if not was_there:
                    with suppress(OSError):  # by now it holds something
                        place.parent.rmdir()


@contextmanager
def claim_workplace(place: Path, replace: bool) -> Iterator[Workplace]:
    """Hold the workplace of a store, empty.

    Parameters
    ----------
    place : Path
        The folder of the store.
    replace : bool
        Whether what an interrupted build left may be removed.

    Raises
    ------
    StoreError
        Another process holds it, or an interrupted build waits there to be gone on with.
    """
    with hold_workplace(place) as work:
        work.settle(keep=False, discard=replace)
        yield work


@contextmanager
def _lock(folder: Path, place: Path) -> Iterator[IO[str]]:
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock = (folder / _LOCK).open("a+", encoding="utf-8")
        except FileNotFoundError:  # its last holder removed the folder in between
            continue
        with lock:
            if not _take(lock):
                raise StoreError(_describe_holder(folder, place))
            if _is_same_file(lock, folder / _LOCK):
                yield lock
                return


def _take(lock: IO[str]) -> bool:
    """Return whether the lock is ours now; `read_holder` may have it for a moment, so it is asked for again."""
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(_PAUSE)
        else:
            return True
    return False


def _is_same_file(lock: IO[str], path: Path) -> bool:
    """Return whether the lock still has its name; a holder that is done removes it."""
    try:
        return os.fstat(lock.fileno()).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False


def _write_holder(lock: IO[str]) -> None:
    lock.truncate(0)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    lock.write(json.dumps({"process": os.getpid(), "machine": socket.gethostname(), "since": since}))
    lock.flush()


def read_holder(place: Path) -> dict[str, Any] | None:
    """Return who holds the workplace of a store (process, machine, since), or None where nobody does.

    Parameters
    ----------
    place : Path
        The folder of the store.
    """
    path = name_workplace(place) / _LOCK
    try:
        with path.open("r", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _parse_holder(path)
    except OSError:
        return None
    return None


def _parse_holder(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _describe_holder(folder: Path, place: Path) -> str:
    holder = _parse_holder(folder / _LOCK)
    who = "process {process} on {machine}, since {since}".format(**holder) if holder else "it did not say which"
    return (
        f"The store {place} is being built or replaced by another process ({who}); "
        "wait until it is done, or stop it and go on with --resume."
    )
