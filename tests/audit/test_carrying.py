"""Several labels an image, held against one image at a time; and what moves are possible then."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_curves import carry, make_world
from worlds import POOL, RULES, decide_slowly, is_wrong, make_set

from clipdash.audit import OUTCOMES, Rule, measure, measure_accuracy, shift, tabulate
from clipdash.errors import QueryError
from clipdash.labels import ARGMAX, Mode

MODES = (Mode("threshold", "cosine", 0.5), Mode("threshold", "probability", 0.2), Mode("top-k", k=2))


def judge(people, predictions, rule):
    """One image at a time: its outcome and whether it counts; None for the unjudged."""
    label_set = predictions.label_set
    for place in range(len(people)):
        notes = {name: value for name, value in people.iloc[place].items() if isinstance(value, str)}
        if rule.needs_annotation and not set(label_set.claimed) <= set(notes):
            yield None
            continue
        held = [label for label, has in zip(label_set.labels, predictions.carried[place], strict=True) if has]
        outcomes = {decide_slowly(label, label_set, notes) for label in held}
        outcome = next((o for o in ("flagged", "contradicted", "supported") if o in outcomes), "unclaimed")
        named = any(is_wrong(rule, label, outcome) for label in held) if rule.value else None
        yield outcome, is_wrong(rule, POOL[-1], outcome) if named is None else named, {label.text for label in held}


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("rule", RULES, ids=str)
def test_rates_are_those_of_one_image_at_a_time(mode, rule):
    people, scores = make_world(5)
    found = carry(make_set(*(label.text for label in POOL)), scores, mode)
    result = measure(tabulate(people, "tone", found, rule=rule), rule, 1)
    judged = [row for row in judge(people, found, rule) if row]
    assert result.n == len(judged)
    side = result.overall.side
    assert side.misclassified == sum(wrong for _, wrong, _ in judged)
    assert side.outcomes == {o: sum(outcome == o for outcome, *_ in judged) for o in OUTCOMES}
    assert side.labels == {text: sum(text in held for *_, held in judged) for text in found.label_set.texts}


@given(
    st.integers(0, 10_000),
    st.sampled_from(MODES),
    st.tuples(*[st.sets(st.sampled_from(range(len(POOL))), min_size=2, max_size=6)] * 2),
    st.sampled_from(RULES[:4]),
    st.booleans(),
)
def test_no_image_goes_a_way_that_is_called_impossible(seed, mode, chosen, rule, shared):
    people, scores = make_world(seed, 40)
    _, others = make_world(seed + 1, 40)
    before, after = (make_set(*(POOL[place].text for place in sorted(places))) for places in chosen)
    first, second = carry(before, scores, mode), carry(after, scores if shared else others, mode)
    if not shared:
        second = dataclasses.replace(second, comparable="y")
    result = shift(tabulate(people, "tone", first, second, rule=rule), rule, 1)
    for row in (result.overall, *result.rows):
        if row.one_way:
            assert {"fixed": row.broken, "broken": row.fixed}[row.one_way] == 0
    assert sum(flow.count for flow in result.flows) == result.n
    assert {flow.before for flow in result.flows} <= set(OUTCOMES)


def test_a_further_flagged_label_can_only_break_under_a_cosine():
    people, scores = make_world(3)
    sets = make_set("man", "woman"), make_set("man", "woman", "thief")
    results = []
    for mode in MODES:
        table = tabulate(people, "tone", *(carry(each, scores, mode) for each in sets))
        results.append(shift(table, Rule(), 1).overall.one_way)
    assert results == ["broken", None, None]  # a probability of the others can fall, and let an image go


def test_tables_of_shards_add_up():
    people, scores = make_world(8)
    found = carry(make_set("man", "woman", "thief"), scores, MODES[0])
    whole = tabulate(people, "tone", found)
    halves = [
        tabulate(
            people.iloc[part],
            "tone",
            dataclasses.replace(found, top=found.top[part], margin=found.margin[part], carried=found.carried[part]),
        )
        for part in (slice(0, 25), slice(25, None))
    ]
    assert halves[0] + halves[1] == whole
    assert whole.carried.shape == (len(whole.counts), 3)


def test_sides_must_be_labelled_alike():
    people, scores = make_world(8)
    sets = make_set("man", "woman")
    one = carry(sets, scores, MODES[0])
    with pytest.raises(QueryError, match="labelled alike"):
        tabulate(people, "tone", one, carry(sets, scores, MODES[2]))
    with pytest.raises(QueryError, match="one label an image"):
        measure_accuracy(tabulate(people, "tone", one), "gender")
    plain = dataclasses.replace(one, mode=ARGMAX, carried=None)
    with pytest.raises(ValueError, match="carried"):
        dataclasses.replace(tabulate(people, "tone", plain), mode=MODES[0])


def test_a_rule_that_names_a_label_must_be_known_when_counting():
    people, scores = make_world(8)
    table = tabulate(people, "tone", carry(make_set("man", "thief"), scores, MODES[0]))
    with pytest.raises(ValueError, match="tabulated with the rule"):
        measure(table, Rule("label", "thief"), 1)
