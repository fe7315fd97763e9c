"""A probe of one's own for tests, as text, and stores whose answers can be told by hand."""

import numpy as np
import pandas as pd
from tiny_store import fake_spec

from clipdash.store import write_store

TEXT = """title = "Mine"
question = "Who is called what?"
attributes = "gender"
images = "Mine."
build = "clipdash build mine --images mine --metadata mine.csv --encoder ViT-B-32/openai"
interpretation = "Little."
unpublished = ["Everything."]

[differences]
images = "i"
crop = "c"
weights = "w"
template = "t"
wording = "o"

[[published]]
title = "A table"
source = "Somebody 2020, table 1"
link = "https://example.org"
unit = "percent"
groups = ["Men", "Women", "both"]
group_attribute = "gender"
group_values = ["Male", ["Female"], ["Male", "Female"]]
[[published.row]]
name = "called man"
values = [50.0, 25, ""]
run = "rates"
figure = "label:man"

[[set]]
key = "words"
words = "ours"
note = "Mine."
label = [{text = "man", claims = {gender = "Male"}}, {text = "woman", claims = {gender = "Female"}}]

[[run]]
key = "rates"
title = "Rates"
kind = "rates"
set = "words"
by = ["gender"]
rules = ["label:man", "contradicted"]
min_n = 1
"""


class Words:
    """An encoder for which every prompt is a direction of its own."""

    def __init__(self, prompts):
        self.spec = fake_spec(len(prompts) + 1)
        self._places = {prompt: place for place, prompt in enumerate(prompts)}

    def encode_texts(self, texts):
        rows = np.zeros((len(texts), self.spec.dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[self._places.get(text, -1)] = 1
        return rows

    def count_tokens(self, text):
        return len(text.split()) + 2

    def place(self, **weights):
        """The vector of an image that lies as near to these prompts as is said."""
        row = np.zeros(self.spec.dim, np.float32)
        for prompt, weight in weights.items():
            row[self._places[prompt.replace("_", " ")]] = weight
        return row / np.linalg.norm(row)


def make_store(folder, encoder, groups, name="made"):
    """Write a store of groups of like images: how many, their annotations, their vector."""
    rows = [(notes, vector) for count, notes, vector in groups for _ in range(count)]
    index = pd.Index([f"{row:04d}.png" for row in range(len(rows))], name="image_id")
    people = pd.DataFrame([notes for notes, _ in rows], index=index, dtype=object).fillna("")
    vectors = np.stack([vector for _, vector in rows])
    return write_store(folder / name, people=people, vectors={"made": (encoder.spec, vectors)})
