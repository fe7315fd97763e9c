"""Small made-up worlds for tests: people, label sets, predictions, and slow plain answers to hold results against."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from clipdash.audit import OUTCOMES, Rule
from clipdash.labels import Label, LabelSet
from clipdash.store import StoreRef
from clipdash.zeroshot import Predictions

SHARED = Path(__file__).parents[2] / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation data of ../shared/data are not here")

TOY = StoreRef("toy", "0" * 64)
VALUES = {"gender": ("Male", "Female"), "age": ("child", "adult", "older adult"), "tone": ("light", "dark")}
POOL = (
    Label(text="man", claims={"gender": ("Male",)}),
    Label(text="woman", claims={"gender": ("Female",)}),
    Label(text="boy", claims={"gender": ("Male",), "age": ("child",)}),
    Label(text="grown-up", claims={"age": ("adult", "older adult")}),
    Label(text="thief", category="crime"),
    Label(text="burglar", category="crime", claims={"gender": ("Male",)}),
    Label(text="animal", category="non-human"),
    Label(text="person", category="neutral"),
    Label(text="photo"),
)
FLAGGED = ("crime", "non-human")
RULES = (
    Rule(),
    Rule("flagged"),
    Rule("contradicted"),
    Rule("not-supported"),
    Rule("category", "crime"),
    Rule("label", "person"),
)


def make_people(**columns):
    """Annotations whose categories are `VALUES` where known, else as they first occur; None is missing."""
    made = {}
    for name, values in columns.items():
        known = VALUES.get(name) or tuple(dict.fromkeys(value for value in values if value is not None))
        made[name] = pd.Categorical(values, categories=known)
    size = len(next(iter(columns.values())))
    return pd.DataFrame(made, index=pd.Index([f"{row}.png" for row in range(size)], name="image_id"))


def make_set(*labels, flagged=FLAGGED, name="set"):
    """A label set of labels, or of the texts of `POOL`."""
    pool = {label.text: label for label in POOL}
    found = tuple(pool[label] if isinstance(label, str) else label for label in labels)
    return LabelSet(name=name, flagged=flagged, labels=found)


def predict(label_set, texts, *, margin=None, store=TOY, variant="rn", comparable=""):
    """Predictions that give each image the text named."""
    places = {text: place for place, text in enumerate(label_set.texts)}
    top = np.array([places[text] for text in texts], dtype=np.int32)
    near = np.zeros(len(top), np.float32) if margin is None else np.asarray(margin, np.float32)
    return Predictions(top=top, margin=near, label_set=label_set, store=store, variant=variant, comparable=comparable)


def score(label_set, scores, **more):
    """Predictions from scores of every label of `POOL`, an array (N, len(POOL)); equal scores go to the first."""
    order = [label.text for label in POOL]
    columns = scores[:, [order.index(text) for text in label_set.texts]]
    return predict(label_set, [label_set.texts[top] for top in columns.argmax(axis=1)], **more)


@st.composite
def label_sets(draw):
    """Any two to six labels of `POOL`, in its order."""
    chosen = draw(st.sets(st.sampled_from(range(len(POOL))), min_size=2, max_size=6))
    return make_set(
        *(POOL[place] for place in sorted(chosen)), flagged=draw(st.sampled_from([(), ("crime",), FLAGGED]))
    )


@st.composite
def worlds(draw, same_scores=None, sides=2):
    """People with gaps in their annotations, and predictions of them under `sides` sets."""
    size = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    missing = draw(st.sampled_from([0.0, 0.2]))
    columns = {
        name: [None if rng.random() < missing else str(rng.choice(values)) for _ in range(size)]
        for name, values in VALUES.items()
    }
    shared = draw(st.booleans()) if same_scores is None else same_scores
    scores = [rng.integers(0, 6, (size, len(POOL))) for _ in range(sides)]
    predictions = [
        score(
            draw(label_sets()), scores[0 if shared else side], margin=rng.random(size), comparable="x" if shared else ""
        )
        for side in range(sides)
    ]
    return make_people(**columns), predictions


def list_rules(predictions):
    """The rules of `RULES` that the sets have a label or category for."""
    texts = {label.text for p in predictions for label in p.label_set.labels}
    categories = {label.category for p in predictions for label in p.label_set.labels}
    return [
        rule for rule in RULES if rule.value is None or rule.value in (texts if rule.kind == "label" else categories)
    ]


def judge_slowly(people, predictions, rule):
    """One row an image: whether it is judged, and its label, outcome and mark under each set, the plain way."""
    rows = []
    for place in range(len(people)):
        notes = {name: value for name, value in people.iloc[place].items() if isinstance(value, str)}
        claimed = {attribute for p in predictions for label in p.label_set.labels for attribute in label.claims}
        row = {**notes, "judged": not rule.needs_annotation or claimed <= set(notes)}
        for side, p in enumerate(predictions):
            label = p.label_set.labels[p.top[place]]
            row[f"label_{side}"] = label.text
            row[f"outcome_{side}"] = decide_slowly(label, p.label_set, notes)
            row[f"wrong_{side}"] = is_wrong(rule, label, row[f"outcome_{side}"])
        rows.append(row)
    return pd.DataFrame(rows, columns=[*people.columns, *(c for c in rows[0] if c not in people.columns)])


def decide_slowly(label, label_set, notes):
    """The outcome of one image, as the interface words it."""
    if label.category in label_set.flagged:
        return "flagged"
    if any(attribute in notes and notes[attribute] not in wanted for attribute, wanted in label.claims.items()):
        return "contradicted"
    return "supported" if label.claims and set(label.claims) <= set(notes) else "unclaimed"


def is_wrong(rule, label, outcome):
    """Whether one image counts as misclassified."""
    counted = {
        "misclassified": outcome in ("flagged", "contradicted"),
        "not-supported": outcome != "supported",
        "category": label.category == rule.value,
        "label": label.text == rule.value,
    }
    assert outcome in OUTCOMES
    return counted.get(rule.kind, outcome == rule.kind)


def read_published(folder, *names):
    """Tables of one folder of the evaluation data, an image a row, and the annotations of the images of the first."""
    tables = [pd.read_csv(SHARED / folder / name, index_col="image_id") for name in names]
    people = pd.read_csv(SHARED / folder / "metadata.csv", index_col="image_id")
    rows = tables[0].index
    return people.loc[rows].astype("category"), [table.loc[rows] for table in tables]
