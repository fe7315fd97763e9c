"""A stage for pages: a store of made-up people whose vectors mean something to an encoder that is no model."""

import hashlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from streamlit.testing.v1 import AppTest

from clipdash.encoders import EncoderSpec
from clipdash.store import About, AttributeAbout, write_store

ROOT = Path(__file__).parents[2]
DIM = 64
#: What a word is made of; any other word is its own direction.
MEANINGS = {
    "man": {"man": 1.0, "person": 0.5},
    "woman": {"woman": 1.0, "person": 0.5},
    "suspicious person": {"person": 1.0, "suspicious": 0.4},
    "gorilla": {"animal": 1.0, "gorilla": 0.7},
    "child": {"child": 1.0, "person": 0.5},
}
SPEC = EncoderSpec(
    reference="local-dir:nowhere",
    model="stage",
    weights="none",
    weights_sha256="0" * 64,
    dim=DIM,
    context_length=16,
    logit_scale=100.0,
    logit_bias=None,
    preprocess={},
)


def direction(word):
    seed = int(hashlib.sha256(word.encode()).hexdigest()[:12], 16)
    return np.random.default_rng(seed).standard_normal(DIM)


class StageEncoder:
    """Reads the words of `MEANINGS`, whatever the template around them."""

    spec = SPEC

    def encode_texts(self, texts):
        rows = np.stack([self._encode(text) for text in texts]).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def _encode(self, text):
        word = text.removeprefix("a picture of a ").removeprefix("a photo of a ")
        return sum(weight * direction(part) for part, weight in MEANINGS.get(word, {word: 1.0}).items())

    def encode_images(self, images):
        """A picture means a man as far as it is red, and a woman as far as it is blue."""
        shades = [np.asarray(image, dtype=float).reshape(-1, 3).mean(axis=0) + 1 for image in images]
        rows = np.stack([red * direction("man") + blue * direction("woman") for red, _, blue in shades])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def count_tokens(self, text):
        return len(text.split()) + 2


def make_store(folder, name="emoji", images=240, title="Made-up people", depicts=None):
    """Write a store with the attributes of the demonstration store."""
    random = np.random.default_rng(7)
    people = pd.DataFrame(
        {
            "gender": random.choice(["man", "woman"], images),
            "skin_tone": random.choice(["light", "medium", "dark"], images),
            "age": np.where(np.arange(images) < 60, "child", np.where(np.arange(images) < 80, "older adult", "adult")),
            "concept": random.choice(["health worker", "judge"], images),
            "kind": "person",
        },
        index=pd.Index([f"p{row:03d}.png" for row in range(images)], name="image_id"),
        dtype=object,
    )
    rows = np.stack([_draw_vector(row, random) for _, row in people.iterrows()]).astype(np.float32)
    content = BytesIO()
    Image.new("RGB", (24, 24), (90, 120, 150)).save(content, "WEBP")
    return write_store(
        Path(folder) / name,
        people=people,
        vectors={"stage": (SPEC, rows / np.linalg.norm(rows, axis=1, keepdims=True))},
        thumbnails=[content.getvalue()] * images,
        thumbnail_size=24,
        about=About(
            title=title,
            licence="CC0",
            source="Made up for tests",
            notice="Nobody is shown.",
            depicts=depicts,
            attributes={"age": AttributeAbout(order=("child", "adult", "older adult"), derived="Made up.")},
        ),
        replace=True,
    )


def _draw_vector(row, random):
    gender = 0.5 * direction(row["gender"])
    age = 0.8 * direction("child") if row["age"] == "child" else 0
    return 0.8 * direction("person") + gender + age + 1.1 * random.standard_normal(DIM)


def open_page(name="start", **query):
    """Run one page inside the frame, as the address with this query opens it."""
    app = AppTest.from_file(str(ROOT / "clipdash/ui/frame.py"), default_timeout=60)
    if name != "start":
        app.switch_page(f"../../pages/{name}.py")
    for key, value in query.items():
        app.query_params[key.replace("where_", "where.")] = value
    app.run()
    assert not app.exception, app.exception
    return app


def texts(elements):
    return [element.value for element in elements]
