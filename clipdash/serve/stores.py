"""The stores that are served: those under the root, and nothing that a link leads to from there."""

from functools import lru_cache
from os.path import realpath
from pathlib import Path
from threading import Lock

from cachetools import TTLCache, cached

from clipdash.errors import InputError, StoreError
from clipdash.store import Store, StoreEntry, find_root, list_stores, open_store
from clipdash.store.manifest import THUMBS

__all__ = ["find_entry", "find_store", "list_entries", "open_entry"]


def list_entries() -> tuple[StoreEntry, ...]:
    """Return the stores under the root as they were at most two seconds ago."""
    return _list_entries(str(find_root()))


def find_entry(name: str) -> StoreEntry | None:
    """Return the sound store of this name under the root; None where there is none."""
    return next((entry for entry in list_entries() if entry.name == name and entry.manifest is not None), None)


def find_store(name: str) -> Store | None:
    """Return the store of this name, open; None where it cannot be opened."""
    entry = find_entry(name)
    try:
        return None if entry is None else open_entry(entry)
    except InputError:
        return None


# A page of tiles asks 24 times at once, and each time every manifest would be read.
@cached(TTLCache(maxsize=4, ttl=2), lock=Lock())
def _list_entries(root: str) -> tuple[StoreEntry, ...]:
    return tuple(entry for entry in list_stores(Path(root)) if _lies_within(entry.path, Path(realpath(root))))


def _lies_within(path: Path, root: Path) -> bool:
    """Say whether a store and its pictures lie under the root: a link may lead to what is not to be served."""
    folder = Path(realpath(path))
    return folder.parent == root and Path(realpath(folder / THUMBS)).parent == folder


def open_entry(entry: StoreEntry) -> Store:
    """Return the open store of an entry.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """
    if entry.manifest is None:
        raise StoreError(str(entry.fault))
    return _open_state(str(entry.path), entry.manifest.digest)


@lru_cache(maxsize=8)
def _open_state(path: str, digest: str) -> Store:
    del digest
    return open_store(Path(path))
