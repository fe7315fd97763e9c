"""Memory that a process has to itself while twenty reviewers ask about one large store.

    python benchmarks/memory.py [--images 1000000]

Each reviewer compares two lists of 20 labels of their own that differ in one label, and all results are kept. A second
process then opens the same store and asks once; what it has to itself is given before and after its own columns.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clock import Row, at_most, read_private
from large_store import make_classifier, make_store

from clipdash.audit import shift, tabulate
from clipdash.store import open_store
from clipdash.zeroshot import classify
from clipdash.zeroshot.columns import share_columns

REVIEWERS, LABELS = 20, 20
MIB = 2**20


def ask(path: Path, reviewers: int) -> dict[str, float]:
    store = open_store(path)
    people = store.people
    opened, kept = read_private(), []
    for reviewer in range(reviewers):
        pair = [classify(store, make_classifier(LABELS, seed=reviewer, edited=edited)) for edited in (0, 1)]
        kept.append((pair, shift(tabulate(people, ["race"], *pair))))
    columns = share_columns().bytes
    return {"opened": opened / MIB, "columns": columns / MIB, "all": read_private() / MIB, "kept": len(kept)}


def ask_elsewhere(path: Path, reviewers: int) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, __file__, "--ask", str(path), str(reviewers)], capture_output=True, check=True
    )
    return dict(json.loads(run.stdout))


def measure(folder: Path, images: int = 1_000_000) -> list[Row]:
    path = make_store(folder, images).path
    many, second = ask_elsewhere(path, REVIEWERS), ask_elsewhere(path, 1)
    detail = f"of it {many['columns']:,.0f} MiB columns"
    return [
        at_most("private memory, twenty reviewers on one store", many["all"], 2560, "MiB", detail),
        at_most("a further process, before its columns", second["opened"], 300, "MiB"),
        Row("  the same after a comparison", second["all"], "MiB", "", None, f"{second['columns']:,.0f} MiB columns"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--ask", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.ask:
        print(json.dumps(ask(Path(given.ask[0]), int(given.ask[1]))))
        return
    with TemporaryDirectory() as folder:
        for row in measure(Path(folder), given.images):
            print(row.say())


if __name__ == "__main__":
    main()
