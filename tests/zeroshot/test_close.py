"""One image's scores are those that its prediction goes by."""

import numpy as np
import pandas as pd
import pytest

from clipdash.encoders import LabelBank
from clipdash.labels import parse_labels
from clipdash.store import ScoreTable, StoreWriter
from clipdash.zeroshot import predict, score_image

LABELS = parse_labels("man\nwoman\ndog", name="set")


@pytest.fixture(params=["bank", "table"])
def store(request, tmp_path):
    random = np.random.default_rng(3)
    people = pd.DataFrame({"gender": ["Male", "Female"] * 20}, index=pd.Index(map(str, range(40)), name="image_id"))
    rows = random.standard_normal((43, 8)).astype(np.float32)
    columns = {text: random.standard_normal(40) for text in LABELS.texts}
    source = {
        "bank": LabelBank("bank.npz", list(LABELS.texts), rows[40:]),
        "table": ScoreTable("S.csv", columns),
    }[request.param]
    with StoreWriter(tmp_path / "made", {"one": source}) as writer:
        if request.param == "bank":
            writer.add_vectors("one", rows[:40], list(people.index))
        return writer.finish(people)


def test_one_image_is_scored_as_in_its_store(store):
    given = predict(store, LABELS)
    for row in range(40):
        found = score_image(store, LABELS, row)
        assert (found.row, found.top, found.margin) == (row, given.top[row], given.margin[row])
        assert found.label == LABELS.texts[given.top[row]]
        assert found.scores[found.top] == max(found.scores)
        assert found.probabilities is None  # nothing says at which temperature
