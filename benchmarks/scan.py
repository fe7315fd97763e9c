"""Time of a scan of 10,000 words beside the bare matrix product of the same images and words; and its memory.

Run: ``.venv/bin/python benchmarks/scan.py``. Random images of 512 numbers in a store on disk, a set of 20 labels, eight
groups; from the words as vectors to the ranked and confirmed table. Of random images under random labels, the share
that can change sides is that of the labels that count: with 6 of 20 flagged and a word that is not, 30 %, which is
what real sets come to. The case in which every image can change sides is shown too, and has no bar.
"""

import tracemalloc
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from clock import Row, at_most, clock, clock_in_turn
from numpy.typing import NDArray

from clipdash.audit import Scan, scan_words
from clipdash.encoders import EncoderSpec
from clipdash.labels import Label, LabelSet, WordList
from clipdash.store import About, Store, write_store
from clipdash.zeroshot import EmbeddedWords, embed_words, open_scores

DIM, LABELS, GROUPS, WORDS, BLOCK = 512, 20, 8, 10_000, 2000
SPEC = EncoderSpec(
    reference="local-dir:nowhere",
    model="random",
    weights="none",
    weights_sha256="0" * 64,
    dim=DIM,
    context_length=32,
    logit_scale=100.0,
    logit_bias=None,
    preprocess={},
)


def draw_rows(count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Unit rows."""
    rows = random.standard_normal((count, DIM), dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class RandomEncoder:
    """Knows the labels and words by number: "label 3", "word 17"."""

    spec = SPEC

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        self._rows = {"label": draw_rows(LABELS, random), "word": draw_rows(WORDS, random)}

    def count_tokens(self, text: str) -> int:
        return len(text.split()) + 2

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        named = [text.split()[-2:] for text in texts]
        return np.stack([self._rows[kind][int(place)] for kind, place in named])


def make_store(folder: str, images: int) -> Store:
    random = np.random.default_rng(0)
    ids = pd.Index([f"{row}.png" for row in range(images)], name="image_id")
    people = pd.DataFrame({"group": random.choice([f"g{n}" for n in range(GROUPS)], images)}, index=ids, dtype=object)
    about = About(title="Random", licence="CC0", source="random numbers", notice="Nobody.")
    return write_store(
        Path(folder) / "random", people=people, vectors={"random": (SPEC, draw_rows(images, random))}, about=about
    )


def make_set(flagged: int) -> LabelSet:
    labels = tuple(Label(text=f"label {n}", category="crime" if n < flagged else None) for n in range(LABELS))
    return LabelSet(name=f"{flagged} flagged", labels=labels, flagged=("crime",))


def multiply(vectors: NDArray[np.float32], words: NDArray[np.float32]) -> None:
    """The bare product, in blocks."""
    out = np.empty((BLOCK, len(words)), np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = np.ascontiguousarray(vectors[start : start + BLOCK])
        np.dot(block, words.T, out=out[: len(block)])


def scan(store: Store, words: EmbeddedWords, encoder: Any, flagged: int) -> Scan:
    def embed(wanted: Sequence[str]) -> EmbeddedWords:
        return words if len(wanted) == WORDS else embed_words(store, wanted, read=lambda _: encoder)

    return scan_words(
        store.people,
        "group",
        make_set(flagged),
        WordList("random", words.words),
        read=lambda label_set: open_scores(store, label_set, read=lambda _: encoder),
        embed=embed,
        vectors=store.vectors(),
    )


def measure(images: int = 100_000) -> list[Row]:
    encoder: Any = RandomEncoder()
    with TemporaryDirectory() as folder:
        store = make_store(folder, images)
        words = embed_words(store, [f"word {n}" for n in range(WORDS)], read=lambda _: encoder)
        part, every = (partial(scan, store, words, encoder, flagged) for flagged in (6, LABELS))
        multiply(store.vectors()[: 5 * BLOCK], words.vectors)
        bare, first = clock_in_turn(partial(multiply, store.vectors(), words.vectors), part, warm=False)
        second = clock(every)
        tracemalloc.start()
        part()
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    what = f"scan of {WORDS:,} words x {images:,} images"
    return [
        at_most(f"{what}, over the bare GEMM", first / bare, 1.5, detail=f"{first:.1f} s; 30 % can change sides"),
        Row("  the same where every image can", second / bare, "x", "", None, f"{second:.1f} s"),
        at_most("  peak memory over the store", peak, 1024, "MiB"),
    ]


def main() -> None:
    for row in measure():
        print(row.say())


if __name__ == "__main__":
    main()
