import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import (
    TOY,
    VALUES,
    judge_slowly,
    list_rules,
    make_people,
    make_set,
    needs_shared,
    predict,
    read_published,
    worlds,
)

from clipdash.audit import Flow, Rule, focus_flows, measure, parse_rule, shift, tabulate
from clipdash.audit.pairing import GroupShift, read_pairs
from clipdash.audit.selection import is_ordered
from clipdash.errors import QueryError
from clipdash.labels import Label, LabelSet
from clipdash.stats import (
    gap_change,
    holm,
    homogeneity,
    mcnemar_midp,
    newcombe_paired,
    one_way_interval,
    rate_spread,
    rate_trend,
    shift_spread,
    shift_trend,
)

BEFORE, AFTER = make_set("man", "woman", "thief", name="b"), make_set("man", "woman", "thief", "person", name="a")
PEOPLE = make_people(gender=["Male", "Male", "Female", "Female", None], tone=["dark", "dark", "light", None, "dark"])
FIRST = predict(BEFORE, ["thief", "woman", "woman", "man", "man"])
SECOND = predict(AFTER, ["person", "woman", "thief", "woman", "person"])


def test_a_small_comparison_by_hand():
    result = shift(tabulate(PEOPLE, "tone", FIRST, SECOND), min_n=1)
    assert (result.n, result.unjudged, result.ungrouped) == (4, 1, 1)
    light, dark = result.rows
    assert (light.n, light.fixed, light.broken, light.shift.value) == (1, 0, 1, 1.0)
    assert (dark.n, dark.fixed, dark.broken, dark.shift.value) == (2, 1, 0, -0.5)
    assert (dark.shift.low, dark.shift.high) == newcombe_paired(both=1, fixed=1, broken=0, neither=0)
    assert (dark.before.misclassified, dark.after.misclassified) == (2, 1)
    assert list(dark.after.labels.items()) == [("man", 0), ("woman", 1), ("thief", 0), ("person", 1)]
    assert result.flows == (
        Flow("man", "woman", 1),
        Flow("woman", "woman", 1),
        Flow("woman", "thief", 1),
        Flow("thief", "person", 1),
    )
    assert focus_flows(result, {"tone": "dark"}).flows == (Flow("woman", "woman", 1), Flow("thief", "person", 1))
    assert (result.overall.group, result.overall.fixed, result.overall.broken) == ({}, 2, 1)
    assert result.overall.p == mcnemar_midp(2, 1)
    assert result.overall.p_adjusted is None
    assert (result.before, result.after, result.store, result.by, result.where) == (BEFORE, AFTER, TOY, ("tone",), {})


@pytest.mark.parametrize(
    ("group", "told"), [({"tone": "blue"}, 'no group "tone=blue"'), ({"tone": "light"}, "withholds")]
)
def test_flows_of_a_group_that_is_not_shown_are_refused(group, told):
    with pytest.raises(QueryError, match=told):
        focus_flows(shift(tabulate(PEOPLE, "tone", FIRST, SECOND), min_n=2), group)


def test_tests_are_adjusted_over_the_groups_shown():
    rng = np.random.default_rng(5)
    size = 600
    ages = rng.choice(VALUES["age"], size, p=[0.5, 0.48, 0.02])
    people = make_people(gender=rng.choice(VALUES["gender"], size), age=ages)
    pair = predict(BEFORE, rng.choice(BEFORE.texts, size)), predict(AFTER, rng.choice(AFTER.texts, size))
    result = shift(tabulate(people, ["gender", "age"], *pair))
    shown = [row for row in result.rows if not row.withheld]
    assert 2 < len(shown) < len(result.rows)
    assert [row.p for row in shown] == [mcnemar_midp(row.fixed, row.broken) for row in shown]
    assert [row.p_adjusted for row in shown] == list(holm([row.p for row in shown]))
    tables = [read_pairs(row) for row in shown]
    columns = np.array(tables).T
    assert result.homogeneity == homogeneity(columns.sum(axis=0), columns[1], columns[2])
    assert result.gap_change == gap_change(sorted(tables))
    assert result.gap_after.value - result.gap_before.value == pytest.approx(result.gap_change.value)
    hidden = next(row for row in result.rows if row.withheld)
    assert hidden == GroupShift(hidden.group, hidden.n, withheld=True)
    with pytest.raises(ValueError, match="withheld"):
        read_pairs(hidden)


def test_where_one_way_only_was_open_no_test_is_made():
    people = make_people(gender=["Male"] * 4 + ["Female"] * 4, tone=["light", "dark"] * 4)
    first = predict(BEFORE, ["thief", "thief", "man", "man"] * 2, comparable="x")
    second = predict(AFTER, ["person", "thief", "man", "person"] * 2, comparable="x")
    result = shift(tabulate(people, "gender", first, second), min_n=1)
    for row, fixed in zip((*result.rows, result.overall), (1, 2, 3), strict=True):
        assert (row.one_way, row.p, row.p_adjusted, row.fixed, row.broken) == ("fixed", None, None, fixed, 0)
        assert row.shift.value == -fixed / row.n
        assert (row.shift.low, row.shift.high) == one_way_interval(fixed, row.n, "fixed")
    back = shift(tabulate(people, "gender", second, first), min_n=1)
    assert [row.one_way for row in back.rows] == ["broken", "broken"]
    assert (back.rows[1].shift.low, back.rows[1].shift.high) == one_way_interval(2, 4, "broken")
    free = shift(tabulate(people, "gender", predict(BEFORE, ["man"] * 8), predict(AFTER, ["man"] * 8)), min_n=1)
    assert [(row.one_way, row.p) for row in free.rows] == [(None, 1.0), (None, 1.0)]


def test_one_way_groups_stay_out_of_the_family():
    people = make_people(gender=["Male"] * 40 + ["Female"] * 40)
    sets = make_set("person", "photo"), make_set("person", "man")
    pair = (predict(labels, [labels.texts[1]] * 80, comparable="x") for labels in sets)
    rows = shift(tabulate(people, "gender", *pair)).rows
    assert [(row.one_way, row.p, row.p_adjusted, row.broken) for row in rows] == [
        (None, 1.0, 1.0, 0),
        ("broken", None, None, 40),
    ]


def test_where_nothing_could_move_the_shift_is_zero_with_a_paired_interval():
    harms = make_set("thief", "burglar"), make_set("thief", "burglar", "animal")
    people = make_people(tone=["dark"] * 30, gender=["Male"] * 30)
    pair = (predict(labels, ["thief"] * 30, comparable="x") for labels in harms)
    row = shift(tabulate(people, "tone", *pair)).rows[1]
    assert (row.p, row.one_way, row.shift.value) == (1.0, None, 0.0)
    assert (row.shift.low, row.shift.high) == newcombe_paired(both=30, fixed=0, broken=0, neither=0)


def test_no_image_and_no_judged_image_are_answers():
    nobody = shift(tabulate(PEOPLE, "tone", FIRST, SECOND, where={"tone": "light", "gender": "Male"}), min_n=1)
    without = PEOPLE.assign(gender=pd.Categorical([None] * 5, categories=VALUES["gender"]))
    unjudged = shift(tabulate(without, "tone", FIRST, SECOND))
    assert (nobody.n, nobody.unjudged, unjudged.n, unjudged.unjudged) == (0, 0, 0, 5)
    for result in (nobody, unjudged):
        assert all(row.withheld for row in (*result.rows, result.overall))
        assert result.flows == ()
        assert result.homogeneity == (None, None, None)
        assert result.gap_change == (None,) * 4
        assert result.gap_before.value is None


def test_two_sets_are_needed_and_the_rule_must_fit_one_of_them():
    with pytest.raises(ValueError, match="2 label set"):
        shift(tabulate(PEOPLE, "tone", FIRST))
    table = tabulate(PEOPLE, "tone", FIRST, SECOND)
    assert shift(table, Rule("label", "person")).n == 5
    with pytest.raises(QueryError, match='label "persn"'):
        shift(table, Rule("label", "persn"))


@given(worlds(), st.data())
def test_figures_reconcile(world, data):
    people, predictions = world
    rule = data.draw(st.sampled_from(list_rules(predictions)))
    by = data.draw(st.sampled_from([["tone"], ["gender", "age"]]))
    table = tabulate(people, by, *predictions)
    result = shift(table, rule, min_n=1)
    assert sum(flow.count for flow in result.flows) == result.n
    assert result.n + result.unjudged == len(people)
    assert sum(row.n for row in result.rows) + result.ungrouped == result.n
    for row in (*result.rows, result.overall):
        assert row.withheld == (row.n == 0)
        if not row.withheld:
            assert row.after.misclassified - row.before.misclassified == row.broken - row.fixed
            assert row.shift.low <= row.shift.value <= row.shift.high
            assert (row.p is None) == (row.one_way is not None)
            assert {sum(x.values()) for s in (row.before, row.after) for x in (s.labels, s.outcomes)} == {row.n}
            assert row.one_way is None or (row.broken if row.one_way == "fixed" else row.fixed) == 0


@given(worlds(), st.data())
def test_a_comparison_agrees_with_images_judged_one_by_one(world, data):
    people, predictions = world
    rule = data.draw(st.sampled_from(list_rules(predictions)))
    result = shift(tabulate(people, "tone", *predictions), rule, min_n=1)
    judged = judge_slowly(people, predictions, rule).query("judged")
    for row in (*result.rows, result.overall):
        members = judged[judged["tone"] == row.group["tone"]] if row.group else judged
        before, after = members["wrong_0"].astype(bool), members["wrong_1"].astype(bool)
        assert row.n == len(members)
        if len(members):
            assert (row.fixed, row.broken) == ((before & ~after).sum(), (~before & after).sum())
    flows = judged.groupby(["label_0", "label_1"]).size().to_dict() if len(judged) else {}
    assert {(flow.before, flow.after): flow.count for flow in result.flows} == flows
    order = [(result.before.texts.index(flow.before), result.after.texts.index(flow.after)) for flow in result.flows]
    assert order == sorted(order)


@given(worlds(sides=1), st.data())
def test_comparing_a_set_with_itself_moves_nothing(world, data):
    people, (predictions,) = world
    rule = data.draw(st.sampled_from(list_rules([predictions])))
    result = shift(tabulate(people, "tone", predictions, predictions), rule, min_n=1)
    single = measure(tabulate(people, "tone", predictions), rule, min_n=1)
    assert [row.before for row in result.rows] == [row.side for row in single.rows]
    assert [row.after for row in result.rows] == [row.side for row in single.rows]
    assert all(row.fixed == row.broken == 0 for row in result.rows if not row.withheld)
    assert all(flow.before == flow.after for flow in result.flows)


def claim_gender(texts):
    """A set whose labels claim the gender that they name."""
    genders = ["Female" if text.endswith("woman") else "Male" for text in texts]
    labels = [Label(text=text, claims={"gender": (gender,)}) for text, gender in zip(texts, genders, strict=True)]
    return LabelSet(name=f"{len(texts)} labels", labels=labels)


@pytest.fixture(scope="module")
def fairface():
    people, files = read_published("fairface_predictions", "labels_2.csv", "labels_14.csv")
    pair = [predict(claim_gender(sorted(set(file["label"]))), file["label"], store=None) for file in files]
    return people, pair


@needs_shared
def test_fairface_shifts_are_the_known_ones(fairface):
    people, pair = fairface
    result = shift(tabulate(people, "race", *pair), parse_rule("contradicted"))
    found = {
        row.group["race"]: (row.n, round(row.before.rate, 6), round(row.after.rate, 6), row.fixed, row.broken, row.p)
        for row in result.rows
    }
    assert found["Black"] == (1556, 0.071979, 0.063625, 38, 25, pytest.approx(0.1034, abs=5e-5))
    assert found["East Asian"] == (1550, 0.051613, 0.042581, 23, 9, pytest.approx(0.0135, abs=5e-5))
    assert found["Southeast Asian"] == (1415, 0.072792, 0.051590, 46, 16, pytest.approx(0.000117, abs=5e-7))
    assert found["White"] == (2085, 0.041247, 0.044125, 17, 23, pytest.approx(0.3489, abs=5e-5))
    assert (result.n, result.unjudged, result.ungrouped) == (10954, 0, 0)


@needs_shared
def test_fairface_races_shift_differently_by_the_known_amount(fairface):
    people, pair = fairface
    races = ["Black", "East Asian", "Southeast Asian", "White"]
    result = shift(tabulate(people, "race", *pair, where={"race": races}), parse_rule("contradicted"))
    assert [row.group["race"] for row in result.rows] == races
    assert result.homogeneity == (pytest.approx(16.589, abs=5e-4), 3, pytest.approx(0.00086, abs=5e-6))


PRONOUNS = [
    Label(text="his", claims={"occupation_gender": ("masculine",)}),
    Label(text="her", claims={"occupation_gender": ("feminine",)}),
    Label(text="their"),
]


def pronounce(labels, scores, **more):
    """Predictions from a table with one column a label."""
    label_set = LabelSet(name="pronouns", labels=labels)
    return predict(label_set, scores[list(label_set.texts)].idxmax(axis=1), store=None, **more)


@needs_shared
@pytest.mark.parametrize(
    ("after", "labels", "moved", "ways"),
    [
        ("scores_participant_first.csv", PRONOUNS, [(8, 43), (11, 28)], [None, None]),
        ("scores_occupation_first_model2.csv", PRONOUNS, [(10, 22), (45, 2)], [None, None]),
        ("scores_occupation_first.csv", PRONOUNS[:2], [(31, 0), (53, 0)], ["fixed", "fixed"]),
    ],
    ids=["templates", "models", "labels"],
)
def test_visogender_shifts_are_the_known_ones(after, labels, moved, ways):
    people, tables = read_published("visogender", "scores_occupation_first.csv", after)
    pair = [
        pronounce(named, table, comparable="occupation first" if named is not labels or ways[0] else "")
        for named, table in zip((PRONOUNS, labels), tables, strict=True)
    ]
    rows = shift(tabulate(people, "occupation_gender", *pair), parse_rule("not-supported")).rows
    assert [row.group["occupation_gender"] for row in rows] == ["feminine", "masculine"]
    assert [(row.n, row.before.misclassified) for row in rows] == [(230, 66), (230, 136)]
    assert [(row.fixed, row.broken) for row in rows] == moved
    assert [row.one_way for row in rows] == ways


@needs_shared
def test_celeba_shows_both_ways_behind_a_small_net_shift_and_a_true_no_shift():
    people, tables = read_published("celeba", "scores_no_beard.csv", "scores_shadow.csv")
    claims = [{"beard": ("no beard",)}, {"beard": ("beard",)}]
    sets = [
        LabelSet(name="beards", labels=[Label(text=t, claims=c) for t, c in zip(table, order, strict=True)])
        for table, order in zip(tables, (claims, claims[::-1]), strict=True)
    ]
    pair = [predict(labels, table.idxmax(axis=1), store=None) for labels, table in zip(sets, tables, strict=True)]
    rows = {row.group["gender"]: row for row in shift(tabulate(people, "gender", *pair)).rows}
    found = {g: (r.n, r.before.misclassified, r.after.misclassified, r.fixed, r.broken) for g, r in rows.items()}
    assert found == {"Male": (408, 144, 143, 27, 26), "Female": (592, 121, 424, 20, 323)}


def test_spread_and_trend_are_those_of_the_groups_shown():
    rng = np.random.default_rng(8)
    ages = rng.choice(["3-9", "10-19", "20-29"], 900)
    people = make_people(gender=list(rng.choice(VALUES["gender"], 900)))
    people["age"] = pd.Categorical(ages, categories=["3-9", "10-19", "20-29"])
    pair = predict(BEFORE, rng.choice(BEFORE.texts, 900)), predict(AFTER, rng.choice(AFTER.texts, 900))
    result = shift(tabulate(people, "age", *pair))
    both, fixed, broken, neither = np.array([read_pairs(row) for row in result.rows]).T
    n = both + fixed + broken + neither
    assert result.spread.before == pytest.approx(rate_spread(both + fixed, n))
    assert result.spread.shift == pytest.approx(shift_spread(n, fixed, broken))
    assert result.trend.after == rate_trend(both + broken, n, [0, 1, 2])
    assert result.trend.shift == shift_trend(n, fixed, broken, [0, 1, 2])
    assert shift(tabulate(people, "gender", *pair)).trend is None
    assert shift(tabulate(people, ["age", "gender"], *pair)).trend is None


@pytest.mark.parametrize(
    ("column", "ordered"),
    [
        (pd.Categorical(["b", "a"], categories=["b", "a"], ordered=True), True),
        (["b", "a"], False),
        (["3-9", "10-19"], True),
        (["3-9", "more than 70", "10-19"], True),
        (["3-9", "old", "young"], False),
        (["7"], False),
    ],
)
def test_an_order_is_given_or_of_numbers(column, ordered):
    people = pd.DataFrame({"age": column})
    assert is_ordered(people, "age") is ordered
