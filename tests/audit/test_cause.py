import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import POOL, VALUES, list_rules, make_people, make_set, score

from clipdash.audit import Rule, explain, shift, tabulate
from clipdash.audit.cause import leave_out
from clipdash.errors import LabelError, QueryError

TEXTS = [label.text for label in POOL]


def make_world(seed, size=200):
    rng = np.random.default_rng(seed)
    people = make_people(
        gender=list(rng.choice([*VALUES["gender"], None], size)), age=list(rng.choice([*VALUES["age"], None], size))
    )
    return people, rng.random((size, len(POOL)))


def explain_sets(people, scores, before, after, **more):
    pair = [score(label_set, scores, comparable="x") for label_set in (before, after)]
    return explain(people, "age", *pair, predict=lambda s: score(s, scores, comparable="x"), **more)


LABELS = st.sets(st.sampled_from(range(len(POOL))), min_size=2, max_size=6)


@given(seed=st.integers(0, 99), first=LABELS, second=LABELS, rule=st.sampled_from([Rule(), Rule("flagged")]))
def test_parts_and_interaction_sum_to_the_whole_in_every_group(seed, first, second, rule):
    people, scores = make_world(seed)
    before, after = (make_set(*(POOL[place] for place in sorted(chosen))) for chosen in (first, second))
    changed = [t for t in TEXTS if (t in before.texts) != (t in after.texts) and (t in before.texts or len(second) > 2)]
    if not changed:
        with pytest.raises(QueryError, match="differ in no label"):
            explain_sets(people, scores, before, after, rule=rule)
        return
    found = explain_sets(people, scores, before, after, rule=rule, min_n=1)
    assert {cause.label for cause in found.causes} == set(changed)
    assert [cause.change for cause in found.causes] == sorted((c.change for c in found.causes), reverse=True)
    pair = [score(label_set, scores, comparable="x") for label_set in (before, after)]
    whole = shift(tabulate(people, "age", *pair), rule, 1)
    assert [row.n for row in found.rows] == [row.n for row in whole.rows]
    for row, known in zip([found.overall, *found.rows], [whole.overall, *whole.rows], strict=True):
        if row.parts is not None:
            assert row.total == known.shift.value
            assert sum(part.value for part in row.parts) + row.interaction == pytest.approx(row.total)
            assert len(row.parts) == len(found.causes)


def test_a_part_is_the_paired_shift_of_that_change_alone():
    people, scores = make_world(5)
    before, after = make_set("man", "woman", "thief"), make_set("man", "woman", "person", "animal")
    found = explain_sets(people, scores, before, after, min_n=1)
    without = make_set("man", "woman", "animal")
    judged = people[people["gender"].notna()]
    rows = np.flatnonzero(people["gender"].notna())
    pair = [score(s, scores[rows], comparable="x") for s in (without, after)]
    alone = shift(tabulate(judged, "age", *pair), min_n=1)
    place = [cause.label for cause in found.causes].index("person")
    assert [row.parts[place] for row in found.rows] == [row.shift for row in alone.rows]
    assert [(cause.label, cause.change) for cause in found.causes] == [
        ("thief", "removed"), ("person", "added"), ("animal", "added"),
    ]  # fmt: skip


def test_small_groups_stay_withheld():
    people, scores = make_world(6, 60)
    found = explain_sets(people, scores, make_set("man", "woman"), make_set("man", "woman", "thief"), min_n=59)
    assert all(row.withheld and row.parts is None and row.total is None for row in found.rows)


def test_a_filter_applies_to_every_part():
    people, scores = make_world(7)
    sets = make_set("man", "woman"), make_set("man", "woman", "thief")
    found = explain_sets(people, scores, *sets, where={"gender": "Male"}, min_n=1)
    assert found.overall.n == (people["gender"] == "Male").sum()
    assert all(cause.shift.n == found.overall.n for cause in found.causes)


def test_taken_back_a_removed_label_stands_where_it_stood():
    before, after = make_set("man", "thief", "woman", "photo"), make_set("man", "woman", "person")
    changes = {label.text: other.texts for label, other in leave_out(before, after)}
    assert changes == {
        "thief": ("man", "thief", "woman", "person"),
        "photo": ("man", "woman", "person", "photo"),
        "person": ("man", "woman"),
    }
    assert leave_out(make_set("thief", "photo"), make_set("man", "woman"))[0][1].texts == ("man", "woman", "thief")
    assert len(leave_out(make_set("thief", "photo"), make_set("man", "woman"))) == 2


def test_a_claim_on_what_is_not_annotated_is_refused():
    people, scores = make_world(8)
    with pytest.raises(LabelError, match="not annotated here"):
        explain_sets(people[["age"]], scores, make_set("man", "thief"), make_set("man", "thief", "photo"))


def test_every_rule_can_be_explained():
    people, scores = make_world(9)
    before, after = make_set("man", "woman", "thief"), make_set("man", "woman", "animal", "photo")
    for rule in (*list_rules([score(s, scores) for s in (before, after)]), Rule("label", "thief")):
        found = explain_sets(people, scores, before, after, rule=rule, min_n=1)
        assert len(found.overall.parts) == len(found.causes) == 3
    with pytest.raises(QueryError, match='No label set here has the label "nobody"'):
        explain_sets(people, scores, before, after, rule=Rule("label", "nobody"))
