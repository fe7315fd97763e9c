"""A store of any size for benchmarks: random embeddings in a few clusters, three attributes, labels among them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from clipdash.encoders import EncoderSpec
from clipdash.labels import Label, LabelSet
from clipdash.store import Store, open_store, write_store
from clipdash.zeroshot import Classifier

DIM, CENTRES, ROWS = 512, 64, 10_000
VALUES = {
    "gender": ("Female", "Male"),
    "age": ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+"),
    "race": ("Black", "East Asian", "Indian", "Latino", "Middle Eastern", "Southeast Asian", "White"),
}
SPEC = EncoderSpec(
    reference="local-dir:none",
    model="none",
    weights="none",
    weights_sha256="0" * 64,
    dim=DIM,
    context_length=77,
    logit_scale=100.0,
)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def draw_centres(dim: int = DIM) -> np.ndarray:
    return unit(np.random.default_rng(1).standard_normal((CENTRES, dim)))


def draw_blocks(images: int, dim: int = DIM, seed: int = 2) -> Iterator[np.ndarray]:
    """Yield unit rows near the centres, block by block."""
    random, centres = np.random.default_rng(seed), draw_centres(dim)
    for start in range(0, images, ROWS):
        noise = random.standard_normal((min(ROWS, images - start), dim), dtype=np.float32) / np.float32(dim**0.5)
        yield unit(centres[random.integers(0, CENTRES, len(noise))] + noise)


def make_store(folder: Path, images: int, dim: int = DIM, groups: int = 0) -> Store:
    """Write a store, or open the same one again; `groups` adds an attribute ``group`` with so many values."""
    place = folder / f"n{images}d{dim}"
    if place.is_dir():
        return open_store(place)
    random = np.random.default_rng(0)
    values = VALUES | ({"group": tuple(f"group {n:03d}" for n in range(groups))} if groups else {})
    columns = {
        name: pd.Categorical.from_codes(random.integers(0, len(known), images), known) for name, known in values.items()
    }
    people = pd.DataFrame(columns, index=pd.Index([f"{row:08d}.jpg" for row in range(images)], name="image_id"))
    spec = SPEC.model_copy(update={"dim": dim})
    return write_store(place, people=people, vectors={"v": (spec, draw_blocks(images, dim))})


def make_classifier(labels: int, seed: int = 3, edited: int = 0, dim: int = DIM) -> Classifier:
    """Labels near the centres: the first two claim a gender, a quarter is flagged; `edited` renames the last one."""
    random, centres = np.random.default_rng(seed), draw_centres(dim)
    noise = random.standard_normal((labels + edited, dim)) / dim**0.5
    rows = unit(centres[np.arange(labels + edited) % CENTRES] + noise)
    places = [*range(labels - 1), labels - 1 + edited]
    made = []
    for place in places:
        claims = {"gender": VALUES["gender"][place]} if place < 2 else {}
        made.append(
            Label(text=f"label {place}", category="crime" if place >= 2 and place % 4 == 0 else None, claims=claims)
        )
    label_set = LabelSet(name=f"{labels} labels {edited}", labels=tuple(made), flagged=("crime",))
    return Classifier(label_set, SPEC.model_copy(update={"dim": dim}), rows[places].copy())
