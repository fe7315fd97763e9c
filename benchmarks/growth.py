"""How the time of an edit grows with images, labels and groups.

    python benchmarks/growth.py [--most 10000000] [--picture docs/pictures/growth.svg]

Embeddings have 128 floats, so that 10^7 images (5 GB) stay in the memory of a machine of 24 GiB and the disk is not
what is measured; a size that the disk cannot hold is left out and named.
"""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from itertools import count, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from clock import Row, clock_in_turn
from large_store import make_classifier, make_store

from clipdash.audit import shift, tabulate
from clipdash.store import Store
from clipdash.zeroshot import classify

DIM, LABELS = 128, 20
IMAGES = (10_000, 100_000, 1_000_000, 10_000_000)
SET_SIZES = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
GROUPS = (2, 5, 10, 20, 50, 100, 200, 500)
_TOLERANCE = 0.15
Curve = list[tuple[int, float]]


def clock_edit(store: Store, labels: int = LABELS, by: str = "race", *, statistics: bool = False) -> float:
    """Return the seconds from an edited label to the table, or to all that is said of it."""
    fresh, before = count(1), classify(store, make_classifier(labels, dim=DIM))

    def edit() -> None:
        after = classify(store, make_classifier(labels, edited=next(fresh), dim=DIM))
        table = tabulate(store.people, [by], before, after)
        if statistics:
            shift(table, min_n=1)

    return clock_in_turn(edit, times=5)[0]


def judge_slope(curve: Curve) -> Iterator[Row]:
    """Say how the time for a further image changes from one size to the next."""
    whole = (curve[-1][1] - curve[0][1]) / (curve[-1][0] - curve[0][0])
    for (few, fast), (many, slow) in pairwise(curve):
        ratio = (slow - fast) / (many - few) / whole
        detail = f"{1e3 * fast:,.1f} ms and {1e3 * slow:,.1f} ms"
        within = abs(ratio - 1) <= _TOLERANCE
        yield Row(f"time of a further image, {few:,} to {many:,}", ratio, "x", "1 +- .15", within, detail)


def judge_steps(curve: Curve, what: str) -> Row:
    """Say whether some step takes more than its share: time may grow as the number does, not faster."""
    worst = max((slow / fast) / (many / few) for (few, fast), (many, slow) in pairwise(curve))
    detail = ", ".join(f"{number:,}: {1e3 * took:,.0f} ms" for number, took in curve)
    return Row(f"worst step over {what}, beside a linear one", worst, "x", "<= 1", worst <= 1, detail)


def draw(curves: Sequence[tuple[str, Curve]], path: Path) -> None:
    """Draw curves as small multiples with both axes logarithmic."""
    parts = []
    for place, (title, curve) in enumerate(curves):
        x, y = (np.log10([point[axis] for point in curve]) for axis in (0, 1))
        left, wide, high = 60 + 320 * place, 230, 150
        across = left + (x - x[0]) / (x[-1] - x[0]) * wide
        low, top = np.floor(y.min()), max(np.ceil(y.max()), np.floor(y.min()) + 1)
        down = 40 + (top - y) / (top - low) * high
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, down, strict=True))
        parts.append(f'<text x="{left}" y="22" font-weight="600">{title}</text>')
        parts.append(f'<path d="M{left},40V{40 + high}H{left + wide}" fill="none" stroke="#75828E"/>')
        parts.append(f'<polyline points="{points}" fill="none" stroke="#1D4E7A" stroke-width="2"/>')
        parts += [
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="#1D4E7A"/>' for a, b in zip(across, down, strict=True)
        ]
        parts += [f'<text x="{left - 8}" y="{44 + at}" text-anchor="end">{10.0**value:g} s</text>'
                  for at, value in ((0, top), (high, low))]  # fmt: skip
        parts += [f'<text x="{at}" y="{58 + high}" text-anchor="{anchor}">{curve[end][0]:,}</text>'
                  for at, anchor, end in ((left, "start", 0), (left + wide, "end", -1))]  # fmt: skip
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{60 + 320 * len(curves)}" height="220"'
    body = "".join(parts)
    font = 'font-family="sans-serif" font-size="13" fill="#16222D"'
    path.write_text(f'{head} {font}><rect width="100%" height="100%" fill="#FFFFFF"/>{body}</svg>\n', encoding="utf-8")


def measure(folder: Path, most: int = IMAGES[-1], picture: Path | None = None) -> list[Row]:
    sizes = [size for size in IMAGES if size <= most and 5 * size * DIM < shutil.disk_usage(folder).free]
    by_images: Curve = []
    for size in sizes:
        store = make_store(folder, size, dim=DIM)
        by_images.append((size, clock_edit(store)))
        shutil.rmtree(store.path)
    rows = list(judge_slope(by_images))
    left_out = [f"{size:,}" for size in IMAGES if size not in sizes]
    if left_out:
        rows.append(Row(f"left out for want of room: {', '.join(left_out)}", len(left_out), "sizes", "", None))
    store = make_store(folder, 100_000, dim=DIM)
    by_labels = [(labels, clock_edit(store, labels)) for labels in SET_SIZES]
    by_groups = []
    for groups in GROUPS:
        crossed = make_store(folder / f"g{groups}", 100_000, dim=DIM, groups=groups)
        by_groups.append((groups, clock_edit(crossed, by="group", statistics=True)))
        shutil.rmtree(crossed.path)
    rows += [judge_steps(by_labels, "labels"), judge_steps(by_groups, "groups")]
    if picture:
        draw(
            [("images", by_images), ("labels, 100,000 images", by_labels), ("groups, all statistics", by_groups)],
            picture,
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=IMAGES[-1])
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        for row in measure(Path(folder), given.most, given.picture):
            print(row.say())


if __name__ == "__main__":
    main()
