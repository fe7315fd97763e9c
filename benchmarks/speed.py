"""Time of a page's statistics beside fairlearn on the same work; ratios from one run.

Run: ``.venv/bin/python benchmarks/speed.py``. Eight groups, two sets of 32 labels; fairlearn computes one rate a group
under each set, here everything that the page shows is computed.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame

from clipdash.audit import Table, measure, shift, tabulate
from clipdash.labels import Label, LabelSet
from clipdash.zeroshot import Predictions

GROUPS, LABELS = 8, 32
IMAGES = (10_000, 1_000_000)


def make_set(name: str) -> LabelSet:
    """A quarter of the labels is flagged."""
    labels = tuple(Label(text=f"label {n}", category="crime" if n % 4 == 0 else None) for n in range(LABELS))
    return LabelSet(name=name, labels=labels, flagged=("crime",))


def make_world(images: int) -> tuple[pd.DataFrame, tuple[Predictions, Predictions]]:
    """Random annotations, and random labels of which most stay."""
    rng = np.random.default_rng(0)
    groups = pd.Categorical.from_codes(rng.integers(0, GROUPS, images), [f"group {n}" for n in range(GROUPS)])
    first = rng.integers(0, LABELS, images).astype(np.int32)
    second = np.where(rng.random(images) < 0.2, rng.integers(0, LABELS, images), first).astype(np.int32)
    margin = np.zeros(images, np.float32)
    pair = tuple(
        Predictions(top, margin, make_set(name), None, "", "") for top, name in ((first, "before"), (second, "after"))
    )
    return pd.DataFrame({"group": groups}), pair


def run_fairlearn(people: pd.DataFrame, pair: tuple[Predictions, Predictions]) -> list[pd.Series]:
    """Rates of each group under each set."""
    wrong = [predictions.top % 4 == 0 for predictions in pair]
    frames = [
        MetricFrame(
            metrics=lambda t, p: float(np.mean(p)), y_true=side, y_pred=side, sensitive_features=people["group"]
        )
        for side in wrong
    ]
    return [frame.by_group for frame in frames]


def run_page(table: Table, single: Table) -> tuple[Any, Any]:
    """All statistics of Shift and Labels."""
    return shift(table), measure(single)


def clock(work: Callable[[], Any], times: int) -> float:
    """Return the best time of a few runs, in seconds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    print(f"{'images':>10}  {'table':>9}  {'statistics':>10}  {'fairlearn':>10}  {'fairlearn / statistics':>22}")
    for images in IMAGES:
        people, pair = make_world(images)
        counted = clock(lambda p=people, q=pair: tabulate(p, "group", *q), 3)
        table, single = tabulate(people, "group", *pair), tabulate(people, "group", pair[0])
        ours = clock(lambda t=table, s=single: run_page(t, s), 5)
        theirs = clock(lambda p=people, q=pair: run_fairlearn(p, q), 3)
        print(
            f"{images:>10,}  {1000 * counted:>6.0f} ms  {1000 * ours:>7.1f} ms  {1000 * theirs:>7.0f} ms  "
            f"{theirs / ours:>20.1f} x"
        )


if __name__ == "__main__":
    main()
