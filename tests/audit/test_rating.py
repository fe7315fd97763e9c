import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import TOY, VALUES, judge_slowly, list_rules, make_people, make_set, predict, worlds

from clipdash.audit import OUTCOMES, Rule, measure, tabulate
from clipdash.audit.tally import MAX_CROSSED
from clipdash.errors import QueryError
from clipdash.stats import gap, wilson

SET = make_set("man", "woman", "thief")
PEOPLE = make_people(
    gender=["Male", "Female", None, "Male", "Male"], tone=["dark", "light", "dark", None, "dark"], age=["child"] * 5
)
PREDICTIONS = predict(SET, ["man", "woman", "thief", "woman", "thief"])


def test_a_small_audit_by_hand():
    audit = measure(tabulate(PEOPLE, "tone", PREDICTIONS), min_n=1)
    assert (audit.n, audit.unjudged, audit.ungrouped) == (4, 1, 1)
    light, dark = audit.rows
    assert (light.group, light.n, light.withheld) == ({"tone": "light"}, 1, False)
    assert light.side.outcomes == {"flagged": 0, "contradicted": 0, "unclaimed": 0, "supported": 1}
    assert (dark.group, dark.n) == ({"tone": "dark"}, 2)
    assert (dark.side.misclassified, dark.side.rate) == (1, 0.5)
    assert (dark.side.low, dark.side.high) == wilson(1, 2)
    assert list(dark.side.outcomes.items()) == [("flagged", 1), ("contradicted", 0), ("unclaimed", 0), ("supported", 1)]
    assert list(dark.side.labels.items()) == [("man", 1), ("woman", 0), ("thief", 1)]
    assert (audit.overall.group, audit.overall.n, audit.overall.side.misclassified) == ({}, 4, 2)
    assert (audit.gap.value, audit.gap.largest, audit.gap.smallest) == (0.5, {"tone": "dark"}, {"tone": "light"})
    assert (audit.gap.low, audit.gap.high) == gap([0, 1], [1, 2])[1:3]
    assert (audit.by, audit.where, audit.store, audit.label_set) == (("tone",), {}, TOY, SET)


def test_rules_without_annotation_leave_nothing_unjudged():
    audit = measure(tabulate(PEOPLE, "tone", PREDICTIONS), Rule("flagged"), min_n=1)
    assert (audit.n, audit.unjudged, audit.ungrouped) == (5, 0, 1)
    assert [row.side.misclassified for row in audit.rows] == [0, 2]


def test_small_groups_are_withheld_and_no_gap_is_read_from_one_group():
    audit = measure(tabulate(PEOPLE, "tone", PREDICTIONS), min_n=2)
    assert (audit.rows[0].n, audit.rows[0].withheld, audit.rows[0].side) == (1, True, None)
    assert not audit.rows[1].withheld
    assert (audit.gap.value, audit.gap.low, audit.gap.high, audit.gap.largest, audit.gap.smallest) == (None,) * 5


def test_a_group_without_images_is_seen_and_withheld():
    audit = measure(tabulate(PEOPLE, "gender", PREDICTIONS, where={"tone": "dark"}), min_n=1)
    assert [(row.group["gender"], row.n, row.withheld) for row in audit.rows] == [
        ("Male", 2, False),
        ("Female", 0, True),
    ]


def test_groups_are_intersections_in_the_order_of_the_values():
    audit = measure(tabulate(PEOPLE, ["tone", "gender"], PREDICTIONS))
    pairs = [(tone, gender) for tone in VALUES["tone"] for gender in VALUES["gender"]]
    assert [tuple(row.group.values()) for row in audit.rows] == pairs
    assert all(list(row.group) == ["tone", "gender"] for row in audit.rows)


def test_of_very_many_combinations_only_those_that_occur_are_groups():
    values = [f"v{k:02}" for k in range(32)]
    people = make_people(a=[*values, values[3]], b=[*values[::-1], None], tone=["light"] * 33)
    assert MAX_CROSSED < 32 * 32
    audit = measure(tabulate(people, ["a", "b"], predict(make_set("person", "thief"), ["thief"] * 33)), min_n=1)
    assert [tuple(row.group.values()) for row in audit.rows] == list(zip(values, values[::-1], strict=True))[::1]
    assert {row.n for row in audit.rows} == {1}
    assert (audit.n, audit.ungrouped) == (33, 1)


@pytest.mark.parametrize(
    "where",
    [{"age": ["adult"]}, {"gender": ["Female"], "tone": ["dark"]}],
    ids=["a value of nobody", "an empty meeting"],
)
def test_no_image_after_a_filter_is_an_answer(where):
    audit = measure(tabulate(PEOPLE, "age", PREDICTIONS, where=where), min_n=1)
    assert (audit.n, audit.unjudged, audit.ungrouped) == (0, 0, 0)
    assert all(row.withheld and row.n == 0 for row in (*audit.rows, audit.overall))
    assert audit.gap.value is None


def test_all_images_unjudged_is_an_answer():
    people = make_people(gender=[None, None], tone=["light", "dark"])
    audit = measure(tabulate(people, "tone", predict(SET, ["man", "woman"])), min_n=1)
    assert (audit.n, audit.unjudged, audit.ungrouped) == (0, 2, 0)
    assert all(row.withheld for row in audit.rows)


def test_an_attribute_without_values_has_no_groups():
    people = PEOPLE.assign(empty=pd.Categorical([None] * 5, categories=[]))
    audit = measure(tabulate(people, "empty", PREDICTIONS), min_n=1)
    assert audit.rows == ()
    assert (audit.n, audit.ungrouped) == (4, 4)


def test_a_minimum_below_one_and_an_unknown_label_are_refused():
    table = tabulate(PEOPLE, "tone", PREDICTIONS)
    with pytest.raises(QueryError, match="The minimum n is 0; it must be at least 1"):
        measure(table, min_n=0)
    with pytest.raises(QueryError, match='has the category "crimes"'):
        measure(table, Rule("category", "crimes"))
    with pytest.raises(ValueError, match="1 label set"):
        measure(tabulate(PEOPLE, "tone", PREDICTIONS, PREDICTIONS))


@given(worlds(sides=1), st.data())
def test_an_audit_agrees_with_images_judged_one_by_one(world, data):
    people, predictions = world
    rule = data.draw(st.sampled_from(list_rules(predictions)))
    by = data.draw(st.sampled_from([["tone"], ["gender", "age"]]))
    audit = measure(tabulate(people, by, *predictions), rule, min_n=1)
    judged = judge_slowly(people, predictions, rule).query("judged")
    assert (audit.n, audit.unjudged) == (len(judged), len(people) - len(judged))
    assert audit.ungrouped == judged[by].isna().any(axis=1).sum()
    for row in (*audit.rows, audit.overall):
        members = judged[(judged[list(row.group)] == pd.Series(row.group, dtype=object)).all(axis=1)]
        assert row.n == len(members)
        if len(members):
            assert row.side.misclassified == members["wrong_0"].sum()
            assert row.side.rate == members["wrong_0"].mean()
            assert row.side.outcomes == {outcome: (members["outcome_0"] == outcome).sum() for outcome in OUTCOMES}
            assert {t: n for t, n in row.side.labels.items() if n} == members["label_0"].value_counts().to_dict()
            assert sum(row.side.labels.values()) == sum(row.side.outcomes.values()) == row.n
    shown = [row.side.rate for row in audit.rows if row.side]
    assert audit.gap.value == (pytest.approx(np.ptp(shown)) if len(shown) > 1 else None)


@pytest.mark.filterwarnings("ignore")
def test_rates_are_those_of_fairlearn():
    from fairlearn.metrics import MetricFrame, selection_rate

    rng = np.random.default_rng(3)
    people = make_people(gender=rng.choice(VALUES["gender"], 400), tone=rng.choice(VALUES["tone"], 400))
    predictions = predict(SET, rng.choice(SET.texts, 400))
    audit = measure(tabulate(people, ["gender", "tone"], predictions))
    wrong = judge_slowly(people, [predictions], Rule())["wrong_0"]
    frame = MetricFrame(
        metrics=selection_rate, y_true=wrong, y_pred=wrong, sensitive_features=people.astype(str).reset_index(drop=True)
    )
    assert {tuple(row.group.values()): row.side.rate for row in audit.rows} == pytest.approx(frame.by_group.to_dict())
    assert audit.gap.value == pytest.approx(frame.difference())
