import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import judge_slowly, list_rules, make_people, make_set, predict, worlds

from clipdash.audit import Rule, count_moves, list_moves, shift, tabulate
from clipdash.errors import LabelError, QueryError
from clipdash.labels import Label

BEFORE, AFTER = make_set("man", "woman", "thief"), make_set("person", "man", "woman", "thief")
PEOPLE = make_people(
    gender=["Male", "Female", None, "Female", "Male"],
    tone=["dark", "light", "dark", None, "dark"],
    art=["flat", "3D", "flat", "flat", None],
)
FIRST = predict(BEFORE, ["man", "man", "thief", "woman", "thief"], margin=[0.5, 0.25, 0.1, 0.1, 0.75])
SECOND = predict(AFTER, ["person", "woman", "person", "woman", "man"], margin=[0.125, 0.5, 0.1, 0.1, 0.5])


def test_moves_are_listed_closest_calls_first():
    first, second, third = list_moves(PEOPLE, FIRST, SECOND)
    assert (first.row, first.image_id, first.before, first.after, first.margin) == (0, "0.png", "man", "person", 0.125)
    assert (first.outcome_before, first.outcome_after) == ("supported", "unclaimed")
    assert first.annotations == {"gender": "Male", "tone": "dark", "art": "flat"}
    assert (second.row, second.outcome_before, second.outcome_after) == (1, "contradicted", "supported")
    assert (third.row, third.margin, third.annotations) == (4, 0.5, {"gender": "Male", "tone": "dark"})


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({"rule": Rule("flagged")}, [2, 0, 1, 4]),
        ({"where": {"art": ["3D", "flat"]}}, [0, 1]),
        ({"group": {"tone": "dark"}}, [0, 4]),
        ({"group": {"tone": "dark"}, "where": {"tone": ["light"]}}, []),
        ({"group": {"tone": "dark"}, "where": {"tone": ["light", "dark"], "gender": "Male"}}, [0, 4]),
        ({"from_label": "man"}, [0, 1]),
        ({"to_label": "person"}, [0]),
        ({"from_label": "thief", "to_label": "man"}, [4]),
        ({"from_label": "woman", "to_label": "woman"}, [3]),
        ({"from_label": "woman"}, []),
        ({"change": "fixed"}, [1, 4]),
        ({"change": "broken"}, []),
        ({"rule": Rule("label", "person"), "change": "broken"}, [2, 0]),
    ],
)
def test_moves_can_be_asked_for_in_part(asked, rows):
    assert [move.row for move in list_moves(PEOPLE, FIRST, SECOND, **asked)] == rows
    assert count_moves(PEOPLE, FIRST, SECOND, **asked) == len(rows)


def test_a_page_at_a_time():
    whole = list_moves(PEOPLE, FIRST, SECOND)
    assert list_moves(PEOPLE, FIRST, SECOND, limit=2) == whole[:2]
    assert list_moves(PEOPLE, FIRST, SECOND, start=2, limit=2) == whole[2:]
    assert list_moves(PEOPLE, FIRST, SECOND, start=1) == whole[1:]
    assert list_moves(PEOPLE, FIRST, SECOND, start=9, limit=2) == ()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from_label": "person"}, 'The label set "set" has no label "person".'),
        ({"to_label": "persn"}, 'has no label "persn". The nearest is "person".'),
        ({"group": {"tone": "drak"}}, 'The attribute "tone" has no value "drak". The nearest is "dark".'),
        ({"where": {"ton": "dark"}}, 'There is no attribute "ton". The nearest is "tone".'),
        ({"rule": Rule("category", "crimes")}, 'has the category "crimes"'),
    ],
)
def test_what_does_not_exist_is_refused(asked, said):
    with pytest.raises(QueryError) as caught:
        list_moves(PEOPLE, FIRST, SECOND, **asked)
    assert said in str(caught.value)


def test_predictions_and_claims_are_checked():
    with pytest.raises(QueryError, match="of 4 images"):
        list_moves(PEOPLE, predict(BEFORE, ["man"] * 4), SECOND)
    wrong = make_set(Label(text="lady", claims={"sex": "f"}), "man")
    with pytest.raises(LabelError, match='claims "sex"'):
        list_moves(PEOPLE, FIRST, predict(wrong, ["man"] * 5))


@given(worlds(), st.data())
def test_the_images_listed_are_those_counted(world, data):
    people, (before, after) = world
    rule = data.draw(st.sampled_from(list_rules(world[1])))
    result = shift(tabulate(people, "tone", before, after), rule, min_n=1)
    for flow in result.flows:
        moves = list_moves(people, before, after, rule=rule, from_label=flow.before, to_label=flow.after)
        assert len(moves) == flow.count
    for row in result.rows:
        for change, count in (("fixed", row.fixed or 0), ("broken", row.broken or 0)):
            stayed = 0
            moved = count_moves(people, before, after, rule=rule, group=row.group, change=change)
            for text in set(before.label_set.texts) & set(after.label_set.texts):
                asked = {"rule": rule, "group": row.group, "change": change, "from_label": text, "to_label": text}
                stayed += count_moves(people, before, after, **asked)
            assert moved + stayed == count


@given(worlds(), st.data())
def test_moves_agree_with_images_judged_one_by_one(world, data):
    people, (before, after) = world
    rule = data.draw(st.sampled_from(list_rules(world[1])))
    moves = list_moves(people, before, after, rule=rule)
    judged = judge_slowly(people, world[1], rule).query("judged and label_0 != label_1")
    assert sorted(move.row for move in moves) == judged.index.tolist()
    assert [move.margin for move in moves] == sorted(min(before.margin[m.row], after.margin[m.row]) for m in moves)
    for move in moves:
        known = judged.loc[move.row]
        assert (move.before, move.after) == (known["label_0"], known["label_1"])
        assert (move.outcome_before, move.outcome_after) == (known["outcome_0"], known["outcome_1"])
        assert move.annotations == {a: known[a] for a in people.columns if isinstance(known[a], str)}


def test_equal_margins_keep_the_order_of_the_images():
    people = make_people(gender=["Male"] * 40)
    pair = predict(BEFORE, ["man"] * 40, margin=np.ones(40)), predict(AFTER, ["person"] * 40, margin=np.ones(40))
    assert [move.row for move in list_moves(people, *pair)] == list(range(40))
