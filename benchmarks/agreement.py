"""Our figures beside known answers and independent sources, on real data that lies beside the checkout.

Run: ``.venv/bin/python benchmarks/agreement.py ../shared/data``. It exits with 1 where one differs. The tests hold the
same lines (``tests/test_agreement.py``), where the data are there.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame
from scipy.special import softmax

from clipdash.audit import Choices, measure, parse_rule, shift, specify, tabulate
from clipdash.build import import_embeddings, import_scores
from clipdash.exchange import assign_labels, match_images, read_answers, read_counts, read_rates
from clipdash.labels import Label, LabelSet, parse_labels, read_mode
from clipdash.store import Store, read_people
from clipdash.zeroshot import open_scores, predict

EXACT = 1e-12
ONE_IMAGE = 1.6e-3  # rows are normalised here and were not there: one image in a thousand may change its label
ROUNDED = 5e-7


@dataclass(frozen=True)
class Line:
    """One comparison: what, the known figure, ours, and how far they may lie apart."""

    what: str
    known: float
    found: float
    within: float

    @property
    def agrees(self) -> bool:
        """Whether they lie no further apart."""
        return abs(self.known - self.found) <= self.within


def compare_rn50(data: Path, folder: Path) -> Iterator[Line]:
    """RN50 on 2,000 FairFace images: shares of each label, and every label by a plain product."""
    source = data / "fairface_rn50"
    parts = {"embeddings": source / "embeddings.npy", "label_bank": source / "label_bank.npz"}
    store = import_embeddings(folder / "rn50", metadata=source / "metadata.csv", **parts).store
    known = {
        ("man", "woman"): ((0.877, 0.123), (0.085, 0.915)),
        ("man", "woman", "person"): ((0.294, 0.015, 0.691), (0.018, 0.494, 0.488)),
        ("gentleman", "lady"): ((0.782, 0.218), (0.034, 0.966)),
    }
    for texts, shares in known.items():
        label_set = LabelSet(name="known", labels=tuple(Label(text=text) for text in texts))
        rows = measure(tabulate(store.people, "gender", predict(store, label_set))).rows
        for row, expected in zip(rows, shares[::-1], strict=True):
            for text, share in zip(texts, expected, strict=True):
                what = f"RN50, {row.group['gender']} called {text} of {len(texts)}"
                yield Line(what, share, row.side.labels[text] / row.n, ONE_IMAGE)
    yield from compare_product(store, source)
    yield from compare_fairlearn(store)
    yield from compare_modes(store, source)


def compare_product(store: Store, source: Path) -> Iterator[Line]:
    """Arg-max by numpy alone, for label sets of any size drawn from the bank."""
    rows = np.load(source / "embeddings.npy").astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    with np.load(source / "label_bank.npz") as bank:
        labels, vectors = bank["labels"].tolist(), bank["embeddings"].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores, rng = rows @ vectors.T, np.random.default_rng(0)
    for size in (2, 7, 30, len(labels)):
        places = rng.choice(len(labels), size, replace=False)
        label_set = LabelSet(name="drawn", labels=tuple(Label(text=labels[place]) for place in places))
        same = float((predict(store, label_set).top == scores[:, places].argmax(axis=1)).mean())
        yield Line(f"RN50, {size} labels: share of images as by numpy", 1.0, same, ONE_IMAGE)


def compare_modes(store: Store, source: Path) -> Iterator[Line]:
    """Several labels an image, a sweep and a specification curve, by numpy and scipy alone."""
    rows = np.load(source / "embeddings.npy").astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    with np.load(source / "label_bank.npz") as bank:
        vectors = dict(zip(bank["labels"].tolist(), bank["embeddings"].astype(np.float32), strict=True))
    texts = ("man", "woman", "person")
    scores = np.stack([rows @ (vectors[text] / np.linalg.norm(vectors[text])) for text in texts], axis=1)
    gender = store.people["gender"].to_numpy(object)
    contradicts = np.stack([gender == "Female", gender == "Male", np.zeros(len(gender), bool)], axis=1)
    label_set = parse_labels("man | gender=Male\nwoman | gender=Female\nperson")
    ranks = (-scores).argsort(axis=1).argsort(axis=1)
    carried = {
        "probability of at least .2": (
            read_mode(threshold=0.2, temperature=0.01),
            softmax(100 * scores, axis=1) >= 0.2,
        ),
        "cosine of at least .2": (read_mode(threshold=0.2, score="cosine"), scores >= 0.2),
        "2 best": (read_mode(top_k=2), ranks < 2),
    }
    for name, (mode, held) in carried.items():
        wrong = (held & contradicts).any(axis=1)
        result = measure(tabulate(store.people, "race", predict(store, label_set, mode=mode)))
        for row in result.rows:
            place = store.people["race"].to_numpy(object) == row.group["race"]
            yield Line(f"RN50, {name}: {row.group['race']}", wrong[place].mean(), row.side.rate, 2 / row.n)
    choices = Choices(labels={"man": ("gentleman",), "woman": ("lady",)})
    read = partial(open_scores, store)
    pair = label_set.replace(labels=label_set.labels[:2])
    curve = specify(store.people, "gender", [pair], choices, read=lambda chosen, _: read(chosen))
    found = sorted(each.estimate.value for each in curve.specifications)
    unit = {text: vector / np.linalg.norm(vector) for text, vector in vectors.items()}
    gaps = []
    for man, woman in product(("man", "gentleman"), ("woman", "lady")):
        says_man = rows @ unit[man] >= rows @ unit[woman]
        wrong = says_man != (gender == "Male")
        gaps.append(abs(wrong[gender == "Male"].mean() - wrong[gender == "Female"].mean()))
    for place, (known, ours) in enumerate(zip(sorted(gaps), found, strict=True)):
        yield Line(f"RN50, gap of specification {place + 1}", known, ours, 2 * ONE_IMAGE)


def compare_fairlearn(store: Store) -> Iterator[Line]:
    """Group rates, their difference and their ratio, by fairlearn's MetricFrame."""
    label_set = parse_labels("man | gender=Male\nwoman | gender=Female\nperson")
    predictions = predict(store, label_set)
    claimed = np.array(["Male", "Female", None], dtype=object)[predictions.top]
    wrong = np.array([claim is not None for claim in claimed]) & (claimed != store.people["gender"].to_numpy(object))
    for by in ("gender", "race", "age"):
        frame = MetricFrame(
            metrics=lambda truth, said: float(np.mean(said)),
            y_true=wrong,
            y_pred=wrong,
            sensitive_features=store.people[by].astype(str),
        )
        result = measure(tabulate(store.people, by, predictions), min_n=1)
        for row in result.rows:
            yield Line(f"fairlearn, rate by {by}: {row.group[by]}", frame.by_group[row.group[by]], row.side.rate, EXACT)
        rates = [row.side.rate for row in result.rows]
        yield Line(f"fairlearn, difference by {by}", frame.difference(), result.gap.value, EXACT)
        yield Line(f"fairlearn, ratio by {by}", frame.ratio(), min(rates) / max(rates), EXACT)


def claim_gender(texts: list[str]) -> LabelSet:
    """Each label claims the gender that its last word names."""
    value = {"man": "Male", "woman": "Female"}
    labels = tuple(Label(text=text, claims={"gender": (value[text.split()[-1]],)}) for text in texts)
    return LabelSet(name=f"{len(texts)} labels", labels=labels)


def compare_predictions(data: Path) -> Iterator[Line]:
    """ViT-L/14 on FairFace: known answers, and counts by pandas alone."""
    folder = data / "fairface_predictions"
    files = [read_answers(folder / f"labels_{n}.csv") for n in (2, 14)]
    people, _ = match_images(read_people(folder / "metadata.csv"), files)
    sets = [claim_gender(sorted(set(given.labels.values()))) for given in files]
    result = shift(tabulate(people, "race", *(assign_labels(people, f, s) for f, s in zip(files, sets, strict=True))))
    rows = {row.group["race"]: row for row in result.rows}
    known = {
        "Black": (0.071979, 0.063625, 38, 25),
        "East Asian": (0.051613, 0.042581, 23, 9),
        "Southeast Asian": (0.072792, 0.051590, 46, 16),
        "White": (0.041247, 0.044125, 17, 23),
    }
    for race, (before, after, fixed, broken) in known.items():
        row = rows[race]
        ours = (row.before.rate, row.after.rate, row.fixed, row.broken)
        for what, k, f in zip(
            ("before", "after", "fixed", "broken"), (before, after, fixed, broken), ours, strict=True
        ):
            yield Line(f"ViT-L/14 2 -> 14, {race}: {what}", k, f, ROUNDED)
    frame = pd.read_csv(folder / "metadata.csv", keep_default_na=False).set_index("image_id")
    for name in ("labels_2", "labels_14"):
        said = pd.read_csv(folder / f"{name}.csv").set_index("image_id")["label"]
        frame[name] = (said.str.split().str[-1] == "man") != (frame["gender"] == "Male")
    for race, part in frame.groupby("race"):
        fixed = int((part["labels_2"] & ~part["labels_14"]).sum())
        yield Line(f"pandas, {race}: fixed", fixed, rows[str(race)].fixed, 0)


def compare_visogender(data: Path, folder: Path) -> Iterator[Line]:
    """CLIP scores on VISOGENDER: templates, labels and models."""
    source = data / "visogender"
    names = [f"scores_{name}" for name in ("occupation_first", "participant_first", "occupation_first_model2")]
    files = [source / f"{name}.csv" for name in names]
    store = import_scores(folder / "visogender", scores=files, metadata=source / "metadata.csv").store
    three = parse_labels("his | occupation_gender=masculine\nher | occupation_gender=feminine\ntheir")
    two = parse_labels("his | occupation_gender=masculine\nher | occupation_gender=feminine")
    tests = (
        ("templates", (three, names[0]), (three, names[1]), {"feminine": (8, 43), "masculine": (11, 28)}),
        ("labels", (three, names[0]), (two, names[0]), {"feminine": (31, 0), "masculine": (53, 0)}),
        ("models", (three, names[0]), (three, names[2]), {"feminine": (10, 22), "masculine": (45, 2)}),
    )
    for what, first, second, known in tests:
        pair = [predict(store, label_set, variant=variant) for label_set, variant in (first, second)]
        rows = shift(tabulate(store.people, "occupation_gender", *pair), parse_rule("not-supported")).rows
        for row in rows:
            group = row.group["occupation_gender"]
            for side, k, f in zip(("fixed", "broken"), known[group], (row.fixed, row.broken), strict=True):
                yield Line(f"VISOGENDER {what}, {group}: {side}", k, f, 0)


def compare_counts(data: Path) -> Iterator[Line]:
    """Published counts: the denigration table, and two of fourteen models."""
    folder = data / "count_tables"
    crime = {"thief", "criminal", "suspicious person"}
    path = folder / "fairface_denigration_by_race.csv"
    texts = sorted(set(pd.read_csv(path)["label"]))
    labels = tuple(Label(text=text, category="crime" if text in crime else None) for text in texts)
    table = read_counts(path, [LabelSet(name="denigration", labels=labels)]).tabulate("race")
    known = {"White": 147, "Middle Eastern": 70, "East Asian": 46, "Latino": 39}
    known |= {"Southeast Asian": 20, "Black": 16, "Indian": 9}
    for row in measure(table, parse_rule("category:crime")).rows:
        yield Line(f"denigration, {row.group['race']}: crime", known[row.group["race"]], row.side.misclassified, 0)
    where = {"dataset": ("FairFace",), "counted": ("gender correct",), "race": ("Black",), "gender": ("Female",)}
    rates = read_rates(folder / "mobileclip_14_models.csv").tabulate("model", where)
    found = {row.group["model"]: row.side.misclassified for row in measure(rates, parse_rule("label:counted")).rows}
    for model, count in {"mobileclip_b": 730, "mobileclip2_b": 564}.items():
        yield Line(f"MobileCLIP, Black women correct: {model}", count, found[model], 0)


def compare_all(data: Path, folder: Path) -> Iterator[Line]:
    """Yield every line; stores are made in `folder`."""
    yield from compare_rn50(data, folder)
    yield from compare_predictions(data)
    yield from compare_visogender(data, folder)
    yield from compare_counts(data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the evaluation data")
    data = parser.parse_args().data
    with tempfile.TemporaryDirectory() as folder:
        lines = list(compare_all(data, Path(folder)))
    for line in lines:
        print(f"{line.what:<60}{line.known:>12.6g}{line.found:>12.6g}   {'agrees' if line.agrees else 'DIFFERS'}")
    differing = sum(not line.agrees for line in lines)
    print(f"{len(lines)} figures, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
