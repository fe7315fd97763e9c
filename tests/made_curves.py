"""Made-up scores of the labels of `POOL`, and the curves, specifications and scans that follow from them."""

import numpy as np
from candidate_worlds import World
from worlds import POOL, VALUES, make_people, make_set

from clipdash.audit import Choices, Rule, scan_words, specify, sweep_thresholds
from clipdash.labels import WordList
from clipdash.store import StoreRef
from clipdash.zeroshot import LabelScores, Predictions, soften


def carry(label_set, scores, mode, comparable="x"):
    """Predictions in a mode from scores of every label of `POOL`, shape (N, len(POOL))."""
    order = [label.text for label in POOL]
    columns = scores[:, [order.index(text) for text in label_set.texts]].astype(float)
    if mode.k:
        best = np.argsort(-columns, axis=1, kind="stable")[:, : mode.k]
        carried = np.zeros(columns.shape, bool)
        np.put_along_axis(carried, best, True, axis=1)
    else:
        carried = (soften(columns.T, 1.0).T if mode.score == "probability" else columns) >= mode.threshold
    return Predictions(
        top=columns.argmax(axis=1).astype(np.int32),
        margin=np.zeros(len(scores), np.float32),
        label_set=label_set,
        store=StoreRef("toy", "0"),
        variant="v",
        comparable=comparable,
        mode=mode,
        carried=carried,
    )


def make_world(seed, size=60):
    random = np.random.default_rng(seed)
    columns = {
        name: [None if random.random() < 0.1 else str(random.choice(values)) for _ in range(size)]
        for name, values in VALUES.items()
    }
    return make_people(**columns), random.normal(0, 1, (size, len(POOL)))


ONE = make_set("man", "woman", "thief")


def column(scores, text, templates):
    """The same text and template always score the same; other texts and templates differ."""
    order = [label.text for label in POOL]
    base = scores[:, order.index(text)] if text in order else np.random.default_rng(len(text)).normal(0, 1, len(scores))
    return base + 0.3 * len(templates[0]) * np.cos(np.arange(len(scores)))


def reader(scores, calls=None, prompted=True):
    def read(label_set, variant):
        if calls is not None:
            calls.append((label_set.templates, variant))
        rows = np.stack([column(scores, text, label_set.templates) for text in label_set.texts])
        return LabelScores(
            label_set=label_set,
            images=len(scores),
            store=StoreRef("toy", "0"),
            variant=variant or "v",
            comparable="".join(label_set.templates),
            prompted=prompted,
            logit_scale=1.0,
            open=lambda: lambda part: rows[:, part.start : part.stop],
        )

    return read


def open_world(label_set, scores, scale=1.0):
    order = [label.text for label in POOL]
    columns = np.ascontiguousarray(scores[:, [order.index(text) for text in label_set.texts]].T)
    return LabelScores(
        label_set=label_set,
        images=len(scores),
        store=StoreRef("toy", "0"),
        variant="v",
        comparable="x",
        prompted=True,
        logit_scale=scale,
        open=lambda: lambda part: columns[:, part.start : part.stop],
    )


def make_sweep(rule=None, kind="probability", min_n=1):
    people, scores = make_world(5, 150)
    return sweep_thresholds(
        people, "tone", open_world(make_set("man", "woman", "thief"), scores), kind=kind, rule=rule, min_n=min_n
    )


def specified():
    people, scores = make_world(4, 300)
    choices = Choices(labels={"man": ("guy", "gentleman")}, templates=("{}",))
    return specify(people, "tone", [ONE], choices, read=reader(scores), draws=99)


BASE = make_set("man", "woman", "boy", "thief", "burglar", "animal")


def scan(words=None, label_set=BASE):
    world = World(3, images=400, words=40)
    given = WordList("mine", words) if words else world.words
    return scan_words(world.people, ["age", "tone"], label_set, given, **world.asked, rule=Rule("flagged"), min_n=20)
