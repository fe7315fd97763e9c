"""Ten thousand words against two groups of images, beside the bare product of all images with all words.

Run: ``.venv/bin/python benchmarks/associations.py [IMAGES]``. Means, differences, deviations and effect sizes of random
vectors of width 512, without permutations, from a store on disk whose label bank holds the words; the bare product
makes every cosine, in float32, in blocks of rows, and keeps none. It is run on a tenth of the rows and its time
multiplied by ten: it does the same work for every row. Medians of three runs, of which each follows one of the other.
The bar is for 100,000 images and more: with few images the words alone take most of the time.
"""

import ctypes
import gc
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from clock import Row, at_most

from clipdash.audit import associate
from clipdash.encoders import LabelBank
from clipdash.labels import WordList
from clipdash.store import Store, StoreWriter, open_store

WORDS, DIM, ROWS, SHARE, TIMES = 10_000, 512, 4096, 10, 3
MOST_SHARE, MOST_MIB = 0.2, 1024


def make_store(folder: Path, images: int) -> Store:
    """Write random unit vectors of two groups, and a bank of random words."""
    random = np.random.default_rng(0)
    bank = LabelBank("bank.npz", [f"word{n}" for n in range(WORDS)], random.standard_normal((WORDS, DIM)))
    people = pd.DataFrame(
        {"group": random.choice(["first", "second"], images)},
        index=pd.Index([f"{n:08d}" for n in range(images)], name="image_id"),
        dtype=object,
    )
    with StoreWriter(folder / "random", {"bank": bank}) as writer:
        for start in range(0, images, ROWS):
            rows = random.standard_normal((min(ROWS, images - start), DIM)).astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            writer.add_vectors("bank", rows, list(people.index[start : start + len(rows)]))
        writer.finish(people)
    return open_store(folder / "random")


def multiply_all(store: Store, words: np.ndarray, images: int) -> None:
    """Make every cosine of the first images, and keep none."""
    out = np.empty((ROWS, len(words)), np.float32)
    for start in range(0, images, ROWS):
        rows = np.array(store.read_vectors(range(start, min(start + ROWS, images))))
        np.matmul(rows, words.T, out=out[: len(rows)])


def clock(work: Callable[[], Any]) -> float:
    """Return the seconds that it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def watch_memory() -> Iterator[list[float]]:
    """Yield a list whose one entry becomes the largest growth of memory of our own, in MiB; mapped files are none."""
    peak, done = [0.0], threading.Event()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # else what was freed before is used again and does not count
    before = read_memory()

    def look() -> None:
        while not done.wait(0.005):
            peak[0] = max(peak[0], read_memory() - before)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def read_memory() -> float:
    """Return this process's anonymous memory in MiB, as Linux counts it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def measure(images: int = 100_000, permutations: int = 0) -> list[Row]:
    words = WordList("random", tuple(f"word{n}" for n in range(WORDS)))
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(Path(folder), images)
        _ = store.people
        part, times, peak = images // SHARE, [], 0.0
        for _ in range(TIMES):
            with watch_memory() as grown:
                own = clock(lambda: associate(store, words, "group", permutations=permutations))
            peak = max(peak, *grown)
            times.append((own, clock(lambda: multiply_all(store, store.bank().vectors, part)) * images / part))
        ours, bare = (statistics.median(column) for column in zip(*times, strict=True))
    what = f"associations of {WORDS:,} words x {images:,} images"
    detail = f"{ours:.2f} s{', with permutations' if permutations else ''}"
    return [
        at_most(f"{what}, over the bare GEMM", ours / bare, MOST_SHARE, detail=detail),
        at_most("  peak memory over the store", peak, MOST_MIB, "MiB"),
    ]


def main() -> None:
    """Print the rows."""
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    permutations = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for row in measure(images, permutations):
        print(row.say())


if __name__ == "__main__":
    main()
