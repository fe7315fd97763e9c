"""A sweep is a single threshold many times over."""

import numpy as np
import pytest
from made_curves import carry, make_world, open_world
from worlds import POOL, RULES, make_set

from clipdash.audit import Rule, measure, sweep_thresholds, tabulate
from clipdash.errors import QueryError
from clipdash.labels import Mode


@pytest.mark.parametrize("kind", ["probability", "cosine", "top-k"])
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_point_is_the_rate_at_that_threshold(kind, rule):
    people, scores = make_world(5, 150)
    label_set = make_set(*(label.text for label in POOL))
    result = sweep_thresholds(
        people, "tone", open_world(label_set, scores), kind=kind, rule=rule, min_n=1, where={"age": ("child", "adult")}
    )
    assert (np.diff(result.thresholds) > 0).all()
    for place, threshold in enumerate(result.thresholds):
        mode = Mode("top-k", k=int(threshold)) if kind == "top-k" else Mode("threshold", kind, threshold)
        found = carry(label_set, scores, mode)
        audit = measure(tabulate(people, "tone", found, rule=rule, where=result.where), rule, 1)
        for curve, row in zip((result.overall, *result.rows), (audit.overall, *audit.rows), strict=True):
            assert (curve.n, curve.group) == (row.n, row.group)
            assert curve.counts[place] == row.side.misclassified, (kind, threshold)
            assert curve.low[place] <= row.side.rate <= curve.high[place]
    assert (result.unjudged, result.ungrouped) == (audit.unjudged, audit.ungrouped)


def test_bands_are_named_and_small_groups_withheld():
    people, scores = make_world(5, 150)
    scored = open_world(make_set("man", "woman", "thief"), scores)
    assert sweep_thresholds(people, "tone", scored).band == "DKW"
    assert sweep_thresholds(people, "tone", scored, rule=Rule("contradicted")).band == "sup-t"
    unflagged = open_world(make_set("man", "woman"), scores)
    assert sweep_thresholds(people, "tone", unflagged, rule=Rule("contradicted")).band == "DKW"
    few = sweep_thresholds(people, "tone", scored, min_n=100)
    assert all(row.withheld and not len(row.rates) for row in few.rows)
    assert not few.overall.withheld


def test_a_threshold_asked_for_is_among_them():
    people, scores = make_world(5, 150)
    scored = open_world(make_set("man", "thief"), scores)
    assert 0.123 in sweep_thresholds(people, "tone", scored, at=[0.123]).thresholds


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "cosinus"}, 'no sweep over "cosinus"'),
        ({"at": [2.0]}, "at most 1"),
        ({"kind": "top-k", "at": [3]}, "whole numbers from 1 to 2"),
        ({"kind": "top-k", "at": [1.5]}, "whole numbers from 1 to 2"),
        ({"rule": Rule("label", "robber")}, "robber"),
        ({"where": {"age": "older"}}, 'no value "older"'),
    ],
)
def test_what_cannot_be_swept_is_said(asked, words):
    people, scores = make_world(5, 150)
    with pytest.raises(QueryError, match=words):
        sweep_thresholds(people, "tone", open_world(make_set("man", "thief"), scores), **asked)


def test_scores_of_other_images_and_without_a_temperature_are_refused():
    people, scores = make_world(5, 150)
    label_set = make_set("man", "thief")
    with pytest.raises(QueryError, match="149"):
        sweep_thresholds(people.iloc[1:], "tone", open_world(label_set, scores))
    with pytest.raises(QueryError, match="temperature"):
        sweep_thresholds(people, "tone", open_world(label_set, scores, scale=None))
    nobody = people.assign(gender=people.gender.where(people.gender.isna()))
    with pytest.raises(QueryError, match="nothing to sweep"):
        sweep_thresholds(nobody, "tone", open_world(label_set, scores))
