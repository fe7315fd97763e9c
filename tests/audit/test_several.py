import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import cochrans_q
from worlds import POOL, VALUES, make_people, make_set, score

from clipdash.audit import Rule, compare_several, measure, shift, tabulate
from clipdash.errors import QueryError
from clipdash.stats import holm

SETS = (
    make_set("man", "woman", "thief", name="a"),
    make_set("man", "woman", "thief", "person", name="b"),
    make_set("man", "woman", "animal", "photo", name="c"),
)


def make_world(seed, size=240):
    rng = np.random.default_rng(seed)
    people = make_people(
        gender=list(rng.choice([*VALUES["gender"], None], size)), tone=list(rng.choice(VALUES["tone"], size))
    )
    scores = rng.random((size, len(POOL)))
    return people, [score(label_set, scores, comparable="x") for label_set in SETS]


@given(seed=st.integers(0, 99), rule=st.sampled_from([Rule(), Rule("flagged"), Rule("not-supported")]))
def test_each_set_and_each_pair_is_what_it_is_alone(seed, rule):
    people, given_sets = make_world(seed)
    found = compare_several(people, "tone", given_sets, rule=rule, min_n=1)
    for place, predictions in enumerate(given_sets):
        alone = measure(tabulate(people, "tone", predictions), rule, 1)
        assert [row.rates[place].side for row in found.rows] == [row.side for row in alone.rows]
    questions = []
    for j, k in ((0, 1), (0, 2), (1, 2)):
        alone = shift(tabulate(people, "tone", given_sets[j], given_sets[k]), rule, 1)
        for row, known in zip(found.rows, alone.rows, strict=True):
            (pair,) = [pair for pair in row.pairs if (pair.first, pair.second) == (j, k)]
            assert (pair.shift.shift, pair.shift.p) == (known.shift, known.p)
    for row in found.rows:
        questions += [pair.shift.p for pair in row.pairs]
    adjusted = [pair.shift.p_adjusted for row in found.rows for pair in row.pairs]
    assert adjusted == list(holm(questions))


def test_whether_the_sets_differ_is_cochrans_q_of_the_images():
    people, given_sets = make_world(3)
    found = compare_several(people, "tone", given_sets, min_n=1)
    genders = people["gender"].to_numpy(object)
    wrong = np.stack(
        [
            [
                label.category in label_set.flagged or (bool(label.claims) and gender not in label.claims["gender"])
                for label, gender in zip([label_set.labels[top] for top in one.top], genders, strict=True)
            ]
            for label_set, one in zip(SETS, given_sets, strict=True)
        ],
        axis=1,
    )
    for row in found.rows:
        chosen = (people["tone"] == row.group["tone"]).to_numpy() & people["gender"].notna().to_numpy()
        known = cochrans_q(wrong[chosen].astype(int))
        assert (row.differ.q, row.differ.p) == pytest.approx((known.statistic, known.pvalue))
        assert row.n == chosen.sum()
    assert found.unjudged == people["gender"].isna().sum()


def test_small_groups_are_withheld_under_every_set():
    people, given_sets = make_world(4, 60)
    found = compare_several(people, "tone", given_sets, min_n=59)
    assert all(row.withheld and not row.rates and not row.pairs for row in found.rows)
    assert found.label_sets == SETS


@pytest.mark.parametrize("number", [1, 9])
def test_two_to_eight_sets_stand_side_by_side(number):
    people, given_sets = make_world(5, 20)
    with pytest.raises(QueryError, match=f"{number} label sets were given; 2 to 8"):
        compare_several(people, "tone", (given_sets * 3)[:number])


def test_a_rule_of_one_set_counts_nothing_in_the_others():
    people, given_sets = make_world(6)
    found = compare_several(people, "tone", given_sets, rule=Rule("label", "animal"), min_n=1)
    assert [rate.side.misclassified for rate in found.overall.rates][:2] == [0, 0]
    with pytest.raises(QueryError, match="No label set here has the label"):
        compare_several(people, "tone", given_sets, rule=Rule("label", "nobody"))
