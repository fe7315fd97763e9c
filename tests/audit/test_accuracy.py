import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score
from worlds import SHARED, VALUES, make_people, make_set, needs_shared, predict

from clipdash.audit import measure_accuracy, tabulate
from clipdash.errors import QueryError
from clipdash.exchange import assign_labels, read_answers
from clipdash.labels import parse_labels
from clipdash.stats import wilson
from clipdash.store import read_people

SET = make_set("man", "woman", "thief")
SAID = {"man": "Male", "woman": "Female", "thief": ""}


@given(st.lists(st.tuples(*(st.sampled_from(v) for v in (VALUES["gender"], VALUES["tone"], SET.texts))), min_size=1))
def test_it_is_what_scikit_learn_says_in_every_group(images):
    genders, tones, texts = (list(column) for column in zip(*images, strict=True))
    table = tabulate(make_people(gender=genders, tone=tones), "tone", predict(SET, texts))
    found = measure_accuracy(table, "gender", min_n=1)
    groups = {"all": found.overall} | {row.group["tone"]: row for row in found.rows}
    for tone, row in groups.items():
        chosen = [place for place, value in enumerate(tones) if tone in {"all", value}]
        truth, said = [genders[place] for place in chosen], [SAID[texts[place]] for place in chosen]
        assert row.n == len(chosen)
        if not chosen:
            assert row.withheld
            continue
        assert row.accuracy.rate == accuracy_score(truth, said)
        values = list(VALUES["gender"])
        recall = recall_score(truth, said, labels=values, average=None, zero_division=np.nan)
        precision = precision_score(truth, said, labels=values, average=None, zero_division=np.nan)
        for place, value in enumerate(values):
            for share, known in ((row.recall[value], recall[place]), (row.precision[value], precision[place])):
                assert share.rate == pytest.approx(known) if share.n else np.isnan(known)
        matrix = confusion_matrix(truth, said, labels=[*values, ""])[: len(values)]
        assert [list(row.confusion[value].values()) for value in values] == matrix.tolist()


def test_shares_have_wilsons_interval_and_small_groups_are_withheld():
    people = make_people(gender=["Male"] * 8 + ["Female"] * 2, tone=["dark"] * 9 + ["light"])
    found = measure_accuracy(tabulate(people, "tone", predict(SET, ["man"] * 10)), "gender", min_n=5)
    assert (found.overall.accuracy.low, found.overall.accuracy.high) == wilson(8, 10)
    assert [row.withheld for row in found.rows] == [True, False]
    assert found.overall.precision["Female"].rate is None


def test_images_without_the_annotation_are_left_out():
    people = make_people(gender=["Male", None], tone=["dark", "dark"])
    assert measure_accuracy(tabulate(people, "tone", predict(SET, ["man", "man"])), "gender", min_n=1).overall.n == 1


def test_what_has_no_accuracy_is_said():
    people = make_people(gender=["Male"], tone=["dark"], age=["child"])
    with pytest.raises(QueryError, match=r'No label of "set" claims "tone", so it has no accuracy\.'):
        measure_accuracy(tabulate(people, "tone", predict(SET, ["man"])), "tone")
    several = make_set("grown-up", "photo")
    with pytest.raises(QueryError, match='"grown-up" claims several values of "age"'):
        measure_accuracy(tabulate(people, "tone", predict(several, ["photo"])), "age")


@needs_shared
def test_vit_l_14_names_the_annotated_gender_as_often_as_pandas_counts():
    folder = SHARED / "fairface_predictions"
    people = read_people(folder / "metadata.csv")
    answers = read_answers(folder / "labels_2.csv")
    labels = parse_labels("man | gender=Male\nwoman | gender=Female")
    found = measure_accuracy(tabulate(people, "race", assign_labels(people, answers, labels)), "gender")
    said = people.index.map(answers.labels).map({"man": "Male", "woman": "Female"})
    right = said.to_numpy(object) == people["gender"].to_numpy(object)
    for row in found.rows:
        assert row.accuracy.count == right[(people["race"] == row.group["race"]).to_numpy()].sum()
