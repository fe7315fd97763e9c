"""A small store for tests: random unit vectors, a few attributes, coloured squares for thumbnails; no model."""

from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from clipdash.encoders import EncoderSpec
from clipdash.store import About, write_store

AGES = ("0-2", "3-9", "10-19", "20-29", "more than 70")
TONES = ("light", "medium", "dark")
SMALL_GROUP = 5
"""So many images are annotated "more than 70"."""


def fake_spec(dim=16, **changes):
    """The spec of an encoder that does not exist."""
    fields = {
        "reference": "local-dir:nowhere",
        "model": "tiny",
        "weights": "none",
        "weights_sha256": "0" * 64,
        "dim": dim,
        "context_length": 32,
        "logit_scale": 100.0,
        "logit_bias": None,
        "preprocess": {},
    }
    return EncoderSpec(**{**fields, **changes})


def tiny_people(n=200, seed=0):
    """Annotations: gender and skin_tone with gaps, age in five groups of which the last is small."""
    random = np.random.default_rng(seed)
    ages = random.choice(AGES[:-1], n).astype(object)
    ages[-min(SMALL_GROUP, n) :] = AGES[-1]
    columns = {
        "gender": _with_gaps(random.choice(("Female", "Male"), n), random, 0.1),
        "skin_tone": _with_gaps(random.choice(TONES, n), random, 0.2),
        "age": ages,
    }
    ids = pd.Index([f"people/{row:05d}.png" for row in range(n)], name="image_id")
    return pd.DataFrame(columns, index=ids)


def tiny_vectors(n=200, dim=16, seed=0):
    """Unit rows, shape (n, dim), float32."""
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@cache
def _square(shade):
    content = BytesIO()
    Image.new("RGB", (24, 24), (shade, 128, 255 - shade)).save(content, "WEBP")
    return content.getvalue()


def tiny_thumbnails(n=200):
    """One WebP an image; shades repeat after sixteen."""
    return [_square(row % 16 * 16) for row in range(n)]


def make_tiny_store(folder, n=200, seed=0, *, name="tiny", dim=16, spec=None, replace=False) -> Path:
    """Write a store into ``folder/name`` and return its path; the same arguments give the same bytes.

    Use ``monkeypatch.setenv("CLIPDASH_STORES", str(folder))`` to find it by name. `spec` is that of a real encoder
    (``read_encoder(...).spec``), whose dimension then counts.
    """
    spec = spec or fake_spec(dim)
    store = write_store(
        Path(folder) / name,
        people=tiny_people(n, seed),
        vectors={"tiny": (spec, tiny_vectors(n, spec.dim, seed))},
        thumbnails=tiny_thumbnails(n),
        thumbnail_size=24,
        about=About(title="Tiny", licence="CC0", source="random numbers", notice="Nobody is in these pictures."),
        order={"skin_tone": TONES},
        replace=replace,
    )
    return store.path


def _with_gaps(values, random, share):
    return np.where(random.random(len(values)) < share, "", values).astype(object)
