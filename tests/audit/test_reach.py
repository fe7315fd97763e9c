from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import decide_slowly, is_wrong, list_rules, make_people, make_set, predict, score, worlds

from clipdash.audit import Rule, tabulate
from clipdash.audit.reach import find_reach
from clipdash.audit.tally import tally_table

PEOPLE = make_people(gender=["Male", "Female"], tone=["light", "dark"])


def reach(before, after, rule=None, *, comparable="x"):
    """Which ways are open to the man in light and the woman in dark, each as a pair: fixed, broken."""
    first, second = (predict(labels, [before.texts[0]] * 2, comparable=comparable) for labels in (before, after))
    tally = tally_table(tabulate(PEOPLE, "tone", first, second), rule or Rule(), 1, sets=2)
    found = find_reach(tally, rule or Rule())
    return list(zip(found.fixed.tolist(), found.broken.tolist(), strict=True))


def test_adding_a_neutral_label_can_only_fix():
    assert reach(make_set("man", "thief"), make_set("man", "thief", "person")) == [(True, False)] * 2


def test_removing_a_neutral_label_can_only_break():
    assert reach(make_set("man", "thief", "person"), make_set("man", "thief")) == [(False, True)] * 2


def test_adding_a_harm_can_only_break():
    assert reach(make_set("person", "thief"), make_set("person", "thief", "animal")) == [(False, True)] * 2


def test_adding_a_harm_to_harms_alone_moves_nothing():
    sets = [make_set("thief", "burglar"), make_set("thief", "burglar", "animal")]
    assert reach(*sets) == [(False, False)] * 2


def test_what_a_claim_allows_depends_on_the_annotation():
    before, after = make_set("man", "photo"), make_set("man", "photo", "woman")
    assert reach(before, after) == [(False, True), (True, False)]


def test_a_kept_label_that_is_no_longer_flagged_leads_to_itself():
    before, after = make_set("person", "thief"), make_set("person", "thief", flagged=())
    assert reach(before, after) == [(True, False)] * 2
    assert reach(after, before) == [(False, True)] * 2


def test_exchanging_labels_may_move_both_ways():
    assert reach(make_set("person", "thief"), make_set("person", "animal", "photo")) == [(True, True)] * 2


@pytest.mark.parametrize("comparable", ["x", ""])
def test_without_shared_scores_or_order_every_label_leads_to_every_other(comparable):
    before = make_set("man", "thief", "photo")
    after = make_set("thief", "man", "photo", "person") if comparable else make_set("man", "thief", "photo", "person")
    assert reach(before, after, comparable=comparable) == [(True, True)] * 2


def test_harms_alone_can_not_break_whatever_the_scores():
    assert reach(make_set("thief", "animal"), make_set("thief", "person"), comparable="") == [(True, False)] * 2


def test_label_rules_have_ways_too():
    before, after = make_set("man", "photo"), make_set("man", "photo", "person")
    assert reach(before, after, Rule("label", "person")) == [(False, True)] * 2
    assert reach(before, after, Rule("not-supported")) == [(False, True), (False, False)]


@given(worlds(same_scores=True), st.data())
def test_no_image_goes_where_there_is_no_way(world, data):
    people, (before, after) = world
    rule = data.draw(st.sampled_from(list_rules(world[1])))
    tally = tally_table(tabulate(people, "tone", before, after), rule, 1, sets=2)
    found = find_reach(tally, rule)
    wrong_before, wrong_after = tally.wrong.T
    assert not (wrong_before & ~wrong_after & ~found.fixed).any()
    assert not (~wrong_before & wrong_after & ~found.broken).any()


@given(worlds(), st.data())
def test_ways_are_those_of_a_walk_over_all_pairs_of_labels(world, data):
    people, (before, after) = world
    rule = data.draw(st.sampled_from(list_rules(world[1])))
    tally = tally_table(tabulate(people, "tone", before, after), rule, 1, sets=2)
    found = find_reach(tally, rule)
    kept = set(before.label_set.texts) & set(after.label_set.texts)
    for cell, fixed, broken in zip(tally.cells, found.fixed, found.broken, strict=True):
        columns = zip(tally.table.attributes, tally.table.values, cell, strict=True)
        notes = {name: values[code] for name, values, code in columns if code >= 0}
        ways = {
            (
                is_wrong(rule, a, decide_slowly(a, before.label_set, notes)),
                is_wrong(rule, b, decide_slowly(b, after.label_set, notes)),
            )
            for a in before.label_set.labels
            for b in after.label_set.labels
            if not before.comparable or a.text not in kept or b.text == a.text or b.text not in kept
        }
        assert (fixed, broken) == ((True, False) in ways, (False, True) in ways)


def test_a_move_that_shared_scores_forbid_is_a_bug_and_said_so():
    sets = make_set("man", "photo"), make_set("man", "photo", "person")
    tables = [tabulate(PEOPLE, "tone", predict(sets[0], ["man", "man"]), predict(sets[1], ["man", "photo"]))]
    tables.append(replace(tables[0], same_scores=True))
    find_reach(tally_table(tables[0], Rule(), 1, sets=2), Rule())
    with pytest.raises(AssertionError, match='moved from "man" to "photo", both in both sets'):
        find_reach(tally_table(tables[1], Rule(), 1, sets=2), Rule())


def test_ties_keep_the_first_label_so_shared_scores_hold():
    before, after = make_set("man", "thief"), make_set("man", "thief", "person")
    pair = [score(labels, np.zeros((2, 9)), comparable="x") for labels in (before, after)]
    tally = tally_table(tabulate(PEOPLE, "tone", *pair), Rule(), 1, sets=2)
    assert find_reach(tally, Rule()).fixed.all()
