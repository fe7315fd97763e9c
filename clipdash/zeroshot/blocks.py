"""Rows of a store in blocks, worked on by as many threads as there may be."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

__all__ = ["count_threads", "for_each_block", "split_rows"]

#: So many images' scores of one label, and what an arg-max needs beside them, stay in a processor's own cache.
ROWS_A_BLOCK = 16_384


def count_threads() -> int:
    """Return how many threads work on blocks: ``$OMP_NUM_THREADS`` where it says so, else one a processor."""
    named = os.environ.get("OMP_NUM_THREADS", "")
    if named.isascii() and named.isdigit() and int(named):
        return int(named)
    return len(os.sched_getaffinity(0))


def split_rows(rows: range) -> tuple[range, ...]:
    """Cut consecutive rows into blocks of at most 16,384, in order.

    Examples
    --------
    >>> split_rows(range(10, 20_000))
    (range(10, 16394), range(16394, 20000))
    """
    return tuple(rows[start : start + ROWS_A_BLOCK] for start in range(0, len(rows), ROWS_A_BLOCK))


def for_each_block(work: Callable[[range], None], rows: range) -> None:
    """Call `work` with every block of some rows, in several threads; what it raises is raised.

    Parameters
    ----------
    work : callable
        Takes a block of rows, and writes what it finds to a place of its own. It must not hang on the order.
    rows : range
        Consecutive rows.
    """
    blocks: Sequence[range] = split_rows(rows)
    threads = min(count_threads(), len(blocks))
    if threads <= 1:
        for block in blocks:
            work(block)
        return
    with ThreadPoolExecutor(threads, "blocks") as hands:
        for _ in hands.map(work, blocks):
            pass
