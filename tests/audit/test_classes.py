"""Accuracy against the number of classes, held against a plain loop and against what all lists come to on average."""

import json
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from hostile import FIT
from statsmodels.stats.proportion import proportion_confint

from clipdash.audit import count_classes, list_classes
from clipdash.charts import class_chart, describe_class_chart
from clipdash.errors import LabelError, QueryError
from clipdash.labels import Label
from clipdash.report import classes_json, classes_rows, classes_sheet, say_classes
from clipdash.store import StoreRef
from clipdash.zeroshot import LabelScores

NAMES = tuple("abcdefgh")


def make_world(images=160, seed=0, names=NAMES, missing=8):
    """Scores that lean to the annotated value, whole numbers so that some are equal; the last images have no value."""
    random = np.random.default_rng(seed)
    codes = np.arange(images) % len(names)
    codes[images - missing :] = -1
    people = pd.DataFrame(
        {"name": pd.Categorical.from_codes(codes, list(names)), "tone": ["light", "dark"] * (images // 2)}
    )
    table = random.integers(0, 8, (len(names), images)).astype(np.float32)
    table[codes, np.arange(images)] += 2
    return people, table


def open_table(label_set, table, cut=37):
    scores = LabelScores(
        label_set=label_set,
        images=table.shape[1],
        store=StoreRef("toy", "0"),
        variant="v",
        comparable="",
        prompted=True,
        logit_scale=None,
        open=lambda: lambda part: table[:, part.start : part.stop],
    )
    blocks = [(start, table[:, start : start + cut].copy()) for start in range(0, table.shape[1], cut)]
    object.__setattr__(scores, "split_blocks", lambda: iter(blocks))
    return scores


def is_right(table, own, image, chosen):
    """Whether the first of the best labels of a list is the image's own."""
    return max(sorted(chosen), key=lambda label: table[label, image]) == own


def test_all_lists_of_two_and_of_all_classes():
    """With so many draws that every list is there, the points are those of all lists; the last needs no draw."""
    people, table = make_world()
    curve = count_classes(open_table(list_classes(people, "name"), table), people, "name", [8, 2, 4], draws=4000)
    assert [point.classes for point in curve.points] == [2, 4, 8]
    own = people.name.cat.codes.to_numpy()
    images = np.flatnonzero(own >= 0)
    for point in curve.points:
        lists = list(combinations(range(8), point.classes))
        shares = [
            np.mean([is_right(table, own[image], image, chosen) for image in images if own[image] in chosen])
            for chosen in lists
        ]
        assert point.accuracy == pytest.approx(np.mean(shares), abs=0.01 if point.classes < 8 else 1e-12)
        # every class has as many images, so each image's chance of meeting none of those that beat it is the same sum
        beaten = [
            sum(
                not is_right(table, own[image], image, (own[image], other)) for other in range(8) if other != own[image]
            )
            for image in images
        ]
        met = [comb(7 - k, point.classes - 1) / comb(7, point.classes - 1) for k in beaten]
        assert np.mean(shares) == pytest.approx(np.mean(met))
        assert point.n == pytest.approx(19 * point.classes, abs=0.5)
        wanted = proportion_confint(point.accuracy * point.n, point.n, method="wilson")
        assert (point.low, point.high) == pytest.approx(wanted)
        assert point.chance == 1 / point.classes
    assert curve.points[-1].draws == 1
    assert curve.points[-1].band_low == curve.points[-1].band_high == curve.points[-1].accuracy
    assert curve.points[0].band_low < curve.points[0].accuracy < curve.points[0].band_high
    assert (curve.classes, curve.n, curve.unnamed) == (8, 152, 8)


def test_the_same_seed_gives_the_same_lists_whatever_else_is_asked():
    people, table = make_world()
    scores = open_table(list_classes(people, "name"), table)
    one = count_classes(scores, people, "name", [3], draws=5, seed=1)
    assert count_classes(scores, people, "name", [2, 3, 3, 8], draws=5, seed=1).points[1] == one.points[0]
    assert count_classes(scores, people, "name", [3], draws=5, seed=2).points != one.points


def test_a_filter_and_labels_of_some_values_leave_images_out():
    people, table = make_world()
    label_set = list_classes(people, "name", most=5)
    assert label_set.labels[4] == Label(text="e", claims={"name": ("e",)})
    curve = count_classes(open_table(label_set, table[:5]), people, "name", [3], where={"tone": "light"})
    # every second image is light, so a, c, e and g alone have any, and no label names g
    assert (curve.classes, curve.n, curve.unnamed) == (3, 57, 23)
    assert curve.points[0].n == 57


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": [9]}, '9 classes of "name" were asked for; there are 8 .* Ask for 2 to 8'),
        ({"counts": [1]}, "Ask for 2 to 8"),
        ({"counts": []}, "No number of classes"),
        ({"draws": 0}, "at least 1 is needed"),
        ({"attribute": "nam"}, 'no attribute "nam"'),
    ],
)
def test_what_cannot_be_asked_is_said(changes, message):
    people, table = make_world()
    asked = {"attribute": "name", "counts": [2], **changes}
    with pytest.raises(QueryError, match=message):
        count_classes(open_table(list_classes(people, "name"), table), people, **asked)


def test_labels_must_be_classes():
    people, table = make_world()
    labels = list_classes(people, "name").labels
    for odd, message in (
        (Label(text="thing"), '"thing" claims 0 values'),
        (Label(text="two", claims={"name": ("a", "b")}), "claims 2 values"),
        (Label(text="again", claims={"name": ("a",)}), "the same value as another label"),
    ):
        label_set = list_classes(people, "name").replace(labels=(*labels[:7], odd))
        with pytest.raises(QueryError, match=message):
            count_classes(open_table(label_set, table), people, "name", [2])
    with pytest.raises(LabelError, match="has no such value here"):
        count_classes(
            open_table(list_classes(people, "name"), table), people[["tone"]].assign(name=["z"] * 160), "name", [2]
        )
    with pytest.raises(QueryError, match='no attribute "nam"'):
        list_classes(people, "nam")


def test_words_tables_and_data():
    people, table = make_world()
    curve = count_classes(open_table(list_classes(people, "name"), table), people, "name", [2, 8], draws=5)
    first, last = curve.points
    said = say_classes(curve)
    assert said[0].startswith("Among 2 classes of name ")
    assert said[1].startswith(f"Among 8 it is {100 * last.accuracy:.1f}% (n 152, ")
    assert "mean over lists of classes drawn (at most 5, seed 0) from 8" in said[2]
    assert said[3] == "8 images without an annotation that a label claims are left out."
    data = classes_json(curve, command="x")
    assert json.loads(json.dumps(data)) == data
    assert data["points"][0]["accuracy"] == first.accuracy
    assert classes_rows(curve)[1]["Lists"] == "1"
    assert classes_sheet(curve).rows[1][0] == 8


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_has_a_point_a_number_of_classes(theme, narrow):
    people, table = make_world()
    people = people.rename(columns={"name": FIT["script"]})
    label_set = list_classes(people, FIT["script"])
    curve = count_classes(open_table(label_set, table), people, FIT["script"], [2, 4, 8], draws=5)
    figure = class_chart(curve, theme=theme, narrow=narrow)
    marks = {trace.name: trace for trace in figure.data}
    assert list(marks["accuracy"].y) == [point.accuracy for point in curve.points]
    assert list(marks["chance"].y) == [1 / 2, 1 / 4, 1 / 8]
    assert marks["lists"].y[0] == curve.points[0].band_high
    assert "<script>" not in figure.to_json().replace("\\u003c", "<")
    assert "among 2, " in describe_class_chart(curve)
    alone = count_classes(open_table(label_set, table), people, FIT["script"], [8])
    assert len(class_chart(alone).data) == 5
    assert "Among 8 it is" not in " ".join(say_classes(alone))
