"""The store that is asked, and what ought to come out: an oracle that shares no code with the audit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cachetools import LRUCache

from clipdash.encoders import read_encoder
from clipdash.labels import read_words
from clipdash.store import About, Store, open_store, write_store

from .server import ROOT

TEMPLATE = "a picture of a {}"
EMOJI = ROOT / "embeddings_cache" / "emoji"
#: Scores that differ by less may be rounded to either side.
NEAR = 3e-6
#: Added to every label of one reviewer; a page that shows a mark of someone else shows someone else's data.
MARKS = tuple(f"no{reviewer:02d}x" for reviewer in range(20))
_MOST_COLUMNS = 300


def make_store(place: Path, images: int, seed: int = 1, title: str = "Many drawings", replace: bool = False) -> Store:
    """Write the demonstration store so many times over, each embedding moved a little, with its annotations."""
    if place.is_dir() and not replace:
        return open_store(place)
    emoji, random = open_store(EMOJI), np.random.default_rng(seed)
    people, vectors = emoji.people, np.array(emoji.vectors())
    rows = np.arange(images) % len(people)
    many = people.iloc[rows].copy()
    many.index = pd.Index([f"{place:07d}.png" for place in range(images)], name="image_id")

    def draw() -> Iterator[np.ndarray]:
        for start in range(0, images, 10_000):
            block = vectors[rows[start : start + 10_000]]
            yield block + random.standard_normal(block.shape, dtype=np.float32) / np.float32(block.shape[1] ** 0.5) / 2

    variant = emoji.variant()
    return write_store(
        place,
        people=many.drop(columns=["drawing"]),
        vectors={variant.name: (variant.encoder, draw())},
        about=About(title=title, licence="CC0", source="Made up from the demonstration store"),
        encoder_folder=EMOJI / "encoder",
        replace=replace,
    )


def write_lines(labels: Sequence[tuple[str, str]]) -> str:
    """Return a list as it is typed, of (text, what stands after the bar)."""
    return "\n".join(f"{text} | {rest}" if rest else text for text, rest in labels)


@dataclass
class Oracle:
    """Computes by plain numpy what the table of the page Shift must say."""

    store: Store
    where: Mapping[str, str] = field(default_factory=dict)
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    _columns: LRUCache[str, np.ndarray] = field(default_factory=lambda: LRUCache(_MOST_COLUMNS))

    def __post_init__(self) -> None:
        self._people = self.store.people
        self._vectors = np.array(self.store.vectors())
        self._encoder: Any = read_encoder(self.store.encoder_reference())

    def learn(self, texts: Sequence[str]) -> None:
        """Embed these labels ahead of time."""
        new = [text for text in dict.fromkeys(texts) if text not in self.rows]
        for start in range(0, len(new), 64):
            some = new[start : start + 64]
            rows = self._encoder.encode_texts([TEMPLATE.replace("{}", text) for text in some]).astype(np.float32)
            self.rows |= dict(zip(some, rows / np.linalg.norm(rows, axis=1, keepdims=True), strict=True))

    def _score(self, text: str) -> np.ndarray:
        if text not in self._columns:
            self._columns[text] = self._vectors @ self.rows[text]
        return self._columns[text]

    def judge(self, labels: Sequence[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
        """Return which images count as misclassified under a list, and which are too near a tie to be sure."""
        self.learn([text for text, _ in labels])
        scores = np.stack([self._score(text) for text, _ in labels])
        best = scores.argmax(axis=0)
        top = np.partition(scores, -2, axis=0)
        gender = self._people["gender"].astype(object).to_numpy()
        counted = np.zeros(len(best), bool)
        for place, (_, rest) in enumerate(labels):
            here = best == place
            if rest.startswith("gender="):
                counted |= here & (gender != rest.removeprefix("gender="))
            elif rest:
                counted |= here
        return counted, top[-1] - top[-2] < NEAR

    def compare(
        self, by: str, before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]
    ) -> dict[str, tuple[int, int, int, int]]:
        """Return for each group n, no longer, newly, and how many images may stand on either side."""
        (one, near_one), (other, near_other) = self.judge(before), self.judge(after)
        judged = self._people["gender"].notna().to_numpy().copy()
        for name, value in self.where.items():
            judged &= (self._people[name] == value).to_numpy()
        groups, found = self._people[by], {}
        for value in groups.cat.categories:
            here = judged & (groups == value).to_numpy()
            unsure = int((here & (near_one | near_other)).sum())
            counts = (int(here.sum()), int((here & one & ~other).sum()), int((here & ~one & other).sum()))
            found[str(value)] = (*counts, unsure)
        return found


def hold(rows: Sequence[Mapping[str, str]], by: str, expected: Mapping[str, tuple[int, int, int, int]]) -> list[str]:
    """Hold the table of a page against the oracle; return what differs, in sentences."""
    shown, wrong = {row[f"Annotated {by.replace('_', ' ')}"]: row for row in rows}, []
    for group, (images, fixed, broken, unsure) in expected.items():
        row = shown.get(group)
        if row is None:
            wrong += [f"{group} is not on the page"] if images else []
            continue
        for column, count, most in (("n", images, 0), ("No longer", fixed, unsure), ("Newly", broken, unsure)):
            said = int(row[column].replace(",", "") or -1)
            if abs(said - count) > most:
                wrong.append(f"{group}, {column}: {said} where {count} is right")
    return wrong


def pick_words(reviewer: int, count: int) -> list[str]:
    """Return the labels of one reviewer: words that nobody else has, each with the reviewer's mark."""
    words = [word for word in read_words("common").words if word.isascii() and len(word) > 3]
    step = len(words) // len(MARKS)
    return [f"{word} {MARKS[reviewer]}" for word in words[reviewer * step : reviewer * step + count]]
