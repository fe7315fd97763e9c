"""Columns of scores, kept: one label's cosines with every image of a store are computed once, whatever the set."""

import os
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from clipdash.errors import QueryError
from clipdash.store import Store, multiply_rows
from clipdash.zeroshot.blocks import for_each_block

__all__ = ["Column", "ColumnCache", "find_budget", "share_columns"]

Column = NDArray[np.float32]
_Key = tuple[str, str, bytes]

_SHARE = 4  # of the memory: one in so many
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class ColumnCache:
    """Columns of cosines, bounded in bytes; the least recently used go first. Safe to share by threads.

    A column is named by store, variant and the label's embedding, so that labels with equal embeddings share one, and
    are tied to the last bit.

    Parameters
    ----------
    most_bytes : int
        What all columns may take together.

    Attributes
    ----------
    computed, found : int
        How many columns were computed so far, and how many were there when they were asked for.
    """

    def __init__(self, most_bytes: int) -> None:
        self.computed = self.found = 0
        self._columns: LRUCache[_Key, Column] = LRUCache(most_bytes, getsizeof=lambda column: column.nbytes)
        self._lock, self._at_work = Lock(), Lock()

    @property
    def bytes(self) -> int:
        """What the columns take now."""
        return int(self._columns.currsize)

    def fetch(self, store: Store, variant: str, weights: NDArray[np.float32]) -> list[Column] | None:
        """Return the columns of some labels, and compute those that are not there.

        Parameters
        ----------
        store : Store
            N images.
        variant : str
            The variant of the store, one with embeddings.
        weights : ndarray of float32, shape (C, D)
            The labels' embeddings.

        Returns
        -------
        list of C ndarrays of float32, shape (N,), or None
            Read-only; None where so many do not fit.
        """
        keys = [(store.digest, variant, blake2b(weight.tobytes(), digest_size=16).digest()) for weight in weights]
        if 4 * store.manifest.images * len(set(keys)) > self._columns.maxsize:
            return None
        found = self._look_up(keys)
        self.found += len(found)
        if len(found) < len(set(keys)):
            with self._at_work:  # one at a time: each uses every processor, and the next finds what this one made
                found |= self._look_up(keys)
                missing = {key: weight for key, weight in zip(keys, weights, strict=True) if key not in found}
                made = compute_columns(store, variant, np.array([*missing.values()])) if missing else []
                found |= self._keep(list(missing), made)
        return [found[key] for key in keys]

    @property
    def most_bytes(self) -> int:
        """What they may take."""
        return int(self._columns.maxsize)

    def _look_up(self, keys: Sequence[_Key]) -> dict[_Key, Column]:
        with self._lock:
            return {key: column for key in keys if (column := self._columns.get(key)) is not None}

    def _keep(self, keys: Sequence[_Key], columns: Sequence[Column]) -> dict[_Key, Column]:
        made = dict(zip(keys, columns, strict=True))
        with self._lock:
            self.computed += len(made)
            self._columns.update(made)
        return made


def compute_columns(store: Store, variant: str, weights: NDArray[np.float32]) -> list[Column]:
    """Return the cosines of every image with each label, shape (N,), read-only; parameters as `ColumnCache.fetch`."""
    images = store.manifest.images
    columns = [np.empty(images, dtype=np.float32) for _ in weights]

    def work(rows: range) -> None:
        part = slice(rows.start, rows.stop)
        multiply_rows(store.read_vectors(rows, variant), weights, [column[part] for column in columns])

    for_each_block(work, range(images))
    for column in columns:
        column.flags.writeable = False
    return columns


def find_budget() -> int:
    """Return the bytes that columns may take: ``$CLIPDASH_COLUMNS_MB``, else a quarter of this process's memory.

    Raises
    ------
    QueryError
        The variable is set to something else than a number.
    """
    named = os.environ.get("CLIPDASH_COLUMNS_MB", "")
    if named and not (named.isascii() and named.isdigit()):
        raise QueryError(f'CLIPDASH_COLUMNS_MB is "{named}"; expected a whole number of MiB, or nothing.')
    if named:
        return int(named) << 20
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in map(Path, _LIMITS):
        limit = path.read_text().strip() if path.is_file() else ""
        memory = min(memory, int(limit)) if limit.isdigit() else memory  # "max" where a container has no limit
    return memory // _SHARE


@cache
def share_columns() -> ColumnCache:
    """Return the columns that every question of this process shares; `QueryError` as `find_budget`."""
    return ColumnCache(find_budget())
