"""Worlds in which words can join a set: vectors made of halves, so that every score is exact and ties are many."""

import hashlib

import numpy as np
from tiny_store import fake_spec
from worlds import POOL, TOY, VALUES, make_people

from clipdash.labels import WordList
from clipdash.zeroshot import EmbeddedWords, LabelScores, Predictions

DIM = 10
SPEC = fake_spec(DIM)
KNOWN = tuple(label.text for label in POOL)


def draw_rows(count, random):
    """Unit rows of four halves, signs and places drawn."""
    rows = np.zeros((count, DIM), np.float32)
    for row in rows:
        row[random.choice(DIM, 4, replace=False)] = random.choice([-0.5, 0.5], 4)
    return rows


def embed_text(text):
    seed = int(hashlib.sha256(text.casefold().encode()).hexdigest()[:8], 16)
    return draw_rows(1, np.random.default_rng(seed))[0]


def embed(words):
    return EmbeddedWords(tuple(words), np.stack([embed_text(word) for word in words]), (), SPEC, prompted=True)


class World:
    """People with gaps in their annotations, and images as vectors."""

    def __init__(self, seed=0, images=240, missing=0.1, words=40):
        random = np.random.default_rng(seed)
        columns = {
            name: [None if random.random() < missing else str(random.choice(values)) for _ in range(images)]
            for name, values in VALUES.items()
        }
        columns["drawing"] = [f"d{place // 3}" if place % 11 else None for place in range(images)]
        self.people = make_people(**columns)
        self.vectors = draw_rows(images, random)
        self.words = WordList("mine", (*(f"word {n}" for n in range(words)), "MAN", "Thief", "person"))

    def read(self, label_set):
        rows = np.stack([embed_text(text) for text in label_set.texts]) @ self.vectors.T
        images = len(self.vectors)
        return LabelScores(
            label_set=label_set,
            images=images,
            store=TOY,
            variant="toy",
            comparable="same",
            prompted=True,
            logit_scale=1.0,
            open=lambda: lambda part: rows[:, part.start : part.stop],
        )

    def predict(self, label_set):
        """The plain way: every score at once, the first of the best."""
        scores = self.vectors @ np.stack([embed_text(text) for text in label_set.texts]).T
        top, margin = scores.argmax(axis=1).astype(np.int32), np.zeros(len(scores), np.float32)
        return Predictions(top, margin, label_set, TOY, "toy", "same")

    @property
    def asked(self):
        return {"read": self.read, "embed": embed, "vectors": self.vectors}


def append(label_set, word):
    return label_set.replace(labels=(*label_set.labels, word))
