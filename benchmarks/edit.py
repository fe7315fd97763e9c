"""Edits on a large store: what a label costs, beside bare products and beside the path of today.

    python benchmarks/edit.py [--images 1000000]

The store's embeddings are mapped from its FAISS file, whose head of 45 bytes leaves them unaligned, so numpy copies all
of them before it multiplies. Each product of numpy is therefore given twice: over the mapped array as a reader has it,
and over an aligned copy in memory, which is the best that numpy can do.
"""

import argparse
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from clock import Row, at_least, at_most, clock, clock_in_turn
from fairlearn.metrics import MetricFrame
from large_store import make_classifier, make_store

from clipdash.audit import Shift, shift, tabulate
from clipdash.store import Store
from clipdash.zeroshot import Classifier, classify

LABELS = 20


def compare(store: Store, before: Classifier, after: Classifier) -> Shift:
    """Groups, intervals and flows of a comparison."""
    return shift(tabulate(store.people, ["race"], classify(store, before), classify(store, after)))


def compare_as_today(store: Store, before: Classifier, after: Classifier) -> tuple[pd.Series, pd.Series]:
    """Rates of each group under two sets as a reader of tutorials gets them: no paired interval, no flow."""
    found = []
    for classifier in (before, after):
        logits = 100.0 * np.asarray(store.vectors()) @ classifier.weights.T
        top = logits.argmax(axis=1)
        frame = store.people.assign(label=pd.Categorical.from_codes(top, list(classifier.label_set.texts)))
        claimed = frame["label"].map({label.text: next(iter(label.claims.values()), ("",))[0] for label in
                                      classifier.label_set.labels if label.claims}).astype(object)  # fmt: skip
        flagged = frame["label"].isin([label.text for label in classifier.label_set.labels if label.category])
        wrong = flagged | (claimed.notna() & (claimed != frame["gender"].astype(object)))
        metric = MetricFrame(
            metrics=lambda t, p: float(np.mean(p)), y_true=wrong, y_pred=wrong, sensitive_features=frame["race"]
        )
        found.append(metric.by_group)
    return found[0], found[1]


def measure(folder: Path, images: int = 1_000_000) -> list[Row]:
    store = make_store(folder, images)
    before, fresh = make_classifier(LABELS), count(1)
    mapped, aligned = store.vectors(), np.array(store.vectors())
    weight, weights = before.weights[0], before.weights
    compare(store, before, before)

    def edit() -> Shift:
        return compare(store, before, make_classifier(LABELS, edited=next(fresh)))

    def cold() -> object:
        return classify(store, make_classifier(LABELS, seed=1000 + next(fresh)))

    def multiply_all(rows: np.ndarray) -> np.ndarray:
        return (rows @ weights.T).argmax(axis=1)

    rows = []
    edited, gemv, best = clock_in_turn(edit, lambda: mapped @ weight, lambda: aligned @ weight)
    rows.append(at_most("edit one label of 20, over one GEMV", edited / gemv, 2, detail=f"{edited:.3f} s"))
    rows.append(
        Row("  the same over a GEMV of an aligned copy in memory", edited / best, "x", "", None, f"{best:.3f} s")
    )
    new, gemm, best = clock_in_turn(cold, lambda: multiply_all(mapped), lambda: multiply_all(aligned))
    rows.append(at_most("20 new labels cold, over one GEMM and arg-max", new / gemm, 1.3, detail=f"{new:.3f} s"))
    rows.append(Row("  the same over those of an aligned copy in memory", new / best, "x", "", None, f"{best:.3f} s"))
    rows += compare_with_today(store, before, edit, edited)
    rows += check_statistics(folder, store)
    return rows


def compare_with_today(store: Store, before: Classifier, edit: object, edited: float) -> Iterator[Row]:
    after = make_classifier(LABELS, edited=5000)
    (today,) = clock_in_turn(lambda: compare_as_today(store, before, after), warm=False)
    ours = compare(store, before, after)
    for theirs, side in zip(compare_as_today(store, before, after), ("before", "after"), strict=True):
        rates = {row.group["race"]: getattr(row, side).rate for row in ours.rows if row.before and row.after}
        np.testing.assert_allclose([theirs[name] for name in rates], list(rates.values()), atol=1e-5)
    yield at_least("path of today over ours, warm edit", today / edited, 20, detail=f"{today:.1f} s")


def check_statistics(folder: Path, store: Store) -> Iterator[Row]:
    """All statistics of a page from its table, for a hundredth of the images and for all."""
    small = make_store(folder, max(store.manifest.images // 100, 1000))
    tables = []
    for one in (small, store):
        pair = [classify(one, make_classifier(LABELS, edited=edited)) for edited in (0, 7)]
        tables.append(tabulate(one.people, ["race"], *pair))
    few, many = clock_in_turn(*(lambda table=table: shift(table) for table in tables), times=9)
    detail = f"{1000 * few:.0f} ms and {1000 * many:.0f} ms"
    yield at_most("statistics of a page, all images over a hundredth of them", many / few, 1.5, detail=detail)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1_000_000)
    with TemporaryDirectory() as folder:
        print(f"store of {parser.parse_args().images:,} images")
        took = clock(lambda: [print(row.say()) for row in measure(Path(folder), parser.parse_args().images)])
        print(f"{took:.0f} s in all")


if __name__ == "__main__":
    main()
