"""Rows of a store in blocks, worked on by as many threads as there may be."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

__all__ = ["count_threads", "for_each_block", "split_rows"]

#: So many images' scores of one label, and what an arg-max needs beside them, stay in a processor's own cache.
ROWS_A_BLOCK = 65_536
_LEAST_ROWS, _SCORES_A_BLOCK = 2048, 1 << 22


def count_threads() -> int:
    """Return how many threads work on blocks: ``$OMP_NUM_THREADS`` where it says so, else one a processor."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named.isascii() and named.isdigit() and int(named):
        return int(named)
    return len(os.sched_getaffinity(0))


def split_rows(rows: range, labels: int = 1) -> tuple[range, ...]:
    """Cut consecutive rows into blocks of at most 65,536, fewer where a block of all labels' scores would be large.

    Examples
    --------
    >>> split_rows(range(10, 70_000)), len(split_rows(range(65_536), labels=1024))
    ((range(10, 65546), range(65546, 70000)), 16)
    """
    size = min(max(_SCORES_A_BLOCK // labels, _LEAST_ROWS), ROWS_A_BLOCK)
    return tuple(rows[start : start + size] for start in range(0, len(rows), size))


def for_each_block(work: Callable[[range], None], rows: range, labels: int = 1) -> None:
    """Call `work` with every block of some rows, in several threads; what it raises is raised.

    Parameters
    ----------
    work : callable
        Takes a block of rows, and writes what it finds to a place of its own. It must not hang on the order.
    rows : range
        Consecutive rows.
    labels : int
        How many scores an image has in a block.
    """
    blocks: Sequence[range] = split_rows(rows, labels)
    threads = min(count_threads(), len(blocks) // 2)  # starting one takes as long as a block does
    if threads <= 1:
        for block in blocks:
            work(block)
        return
    with ThreadPoolExecutor(threads, "blocks") as hands:
        for _ in hands.map(work, blocks):
            pass
