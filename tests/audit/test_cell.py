import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import judge_slowly, list_rules, make_people, make_set, predict, worlds

from clipdash.audit import OUTCOMES, Cell, Rule, find_cell, judge_image, measure, shift, tabulate
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


def find_rows(cell, after=SECOND, **asked):
    return find_cell(PEOPLE, FIRST, after, cell, **asked).rows.tolist()


def test_images_are_described_closest_calls_first():
    found = find_cell(PEOPLE, FIRST, SECOND, Cell(change="moved"))
    first, second, third = found.describe(PEOPLE)
    assert (first.row, first.image_id, first.labels, first.margin) == (0, "0.png", ("man", "person"), 0.125)
    assert first.outcomes == ("supported", "unclaimed")
    assert first.annotations == {"gender": "Male", "tone": "dark", "art": "flat"}
    assert (second.row, second.outcomes) == (1, ("contradicted", "supported"))
    assert (third.row, third.margin, third.annotations) == (4, 0.5, {"gender": "Male", "tone": "dark"})
    assert len(found) == 3
    assert found.count_outcomes()[1] == {"flagged": 0, "contradicted": 0, "unclaimed": 1, "supported": 2}


def test_one_set_has_one_label_and_one_outcome():
    (first,) = find_cell(PEOPLE, FIRST, None, Cell(outcome_before="contradicted")).describe(PEOPLE)
    assert (first.row, first.labels, first.outcomes, first.margin) == (1, ("man",), ("contradicted",), 0.25)


@pytest.mark.parametrize(
    ("cell", "asked", "rows"),
    [
        (Cell(), {}, [0, 1, 3, 4]),
        (Cell(), {"rule": Rule("flagged")}, [0, 1, 2, 3, 4]),
        (Cell(change="moved"), {"rule": Rule("flagged")}, [0, 1, 2, 4]),
        (Cell(change="stayed"), {}, [3]),
        (Cell(), {"where": {"art": ["3D", "flat"]}}, [0, 1, 3]),
        (Cell(group={"tone": "dark"}), {}, [0, 4]),
        (Cell(group={"tone": "dark", "art": "flat"}), {}, [0]),
        (Cell(group={"tone": "dark"}), {"where": {"tone": ["light"]}}, []),
        (Cell(group={"tone": "dark"}), {"where": {"tone": ["light", "dark"], "gender": "Male"}}, [0, 4]),
        (Cell(before="man"), {}, [0, 1]),
        (Cell(after="person"), {}, [0]),
        (Cell(before="thief", after="man"), {}, [4]),
        (Cell(before="woman", after="woman"), {}, [3]),
        (Cell(before="woman", change="moved"), {}, []),
        (Cell(change="fixed"), {}, [1, 4]),
        (Cell(change="broken"), {}, []),
        (Cell(change="broken"), {"rule": Rule("label", "person")}, [0, 2]),
        (Cell(outcome_before="flagged"), {}, [4]),
        (Cell(outcome_after="supported"), {}, [1, 3, 4]),
        (Cell(outcome_before="supported", outcome_after="unclaimed"), {}, [0]),
    ],
)
def test_images_of_two_sets_can_be_asked_for_in_part(cell, asked, rows):
    assert find_rows(cell, **asked) == rows


@pytest.mark.parametrize(
    ("cell", "asked", "rows"),
    [
        (Cell(), {}, [0, 1, 3, 4]),
        (Cell(), {"rule": Rule("flagged")}, [0, 1, 2, 3, 4]),
        (Cell(before="thief"), {}, [4]),
        (Cell(change="counted"), {}, [1, 4]),
        (Cell(change="counted"), {"rule": Rule("flagged")}, [2, 4]),
        (Cell(group={"tone": "dark"}, change="counted"), {}, [4]),
        (Cell(outcome_before="supported"), {}, [0, 3]),
    ],
)
def test_images_of_one_set_can_be_asked_for_in_part(cell, asked, rows):
    assert find_rows(cell, None, **asked) == rows


def test_a_page_at_a_time_in_every_order():
    found = find_cell(PEOPLE, FIRST, SECOND, Cell(change="moved"))
    whole = found.describe(PEOPLE)
    assert found.describe(PEOPLE, limit=2) == whole[:2]
    assert found.describe(PEOPLE, start=2, limit=2) == whole[2:]
    assert found.describe(PEOPLE, start=9, limit=2) == ()
    assert [image.row for image in found.describe(PEOPLE, order="surest")] == [4, 1, 0]
    assert [image.row for image in found.describe(PEOPLE, order="store")] == [0, 1, 4]


def test_one_outcome_of_the_last_set_is_kept():
    found = find_cell(PEOPLE, FIRST, SECOND, Cell(change="moved")).keep_outcome("supported")
    assert found.rows.tolist() == [1, 4]
    assert [image.outcomes for image in found.describe(PEOPLE)] == [
        ("contradicted", "supported"),
        ("flagged", "supported"),
    ]


@pytest.mark.parametrize(
    ("cell", "after", "asked", "said"),
    [
        ({"before": "person"}, SECOND, {}, 'The label set "set" has no label "person".'),
        ({"after": "persn"}, SECOND, {}, 'has no label "persn". The nearest is "person".'),
        ({"group": {"tone": "drak"}}, SECOND, {}, 'The attribute "tone" has no value "drak". The nearest is "dark".'),
        ({}, SECOND, {"where": {"ton": "dark"}}, 'There is no attribute "ton". The nearest is "tone".'),
        ({}, SECOND, {"rule": Rule("category", "crimes")}, 'has the category "crimes"'),
        ({"outcome_before": "flaged"}, SECOND, {}, 'no outcome "flaged". The nearest is "flagged".'),
        ({"change": "move"}, SECOND, {}, 'no change "move". The nearest is "moved".'),
        ({"change": "counted"}, SECOND, {}, 'Of 2 label sets nothing is "counted"; ask for moved.'),
        ({"change": "moved"}, None, {}, 'Of 1 label set nothing is "moved"; ask for counted.'),
        ({"after": "man"}, None, {}, "One label set has no label or outcome after"),
    ],
)
def test_what_does_not_exist_is_refused(cell, after, asked, said):
    with pytest.raises(QueryError) as caught:
        find_rows(Cell(**cell), after, **asked)
    assert said in str(caught.value)


def test_predictions_and_claims_are_checked():
    with pytest.raises(QueryError, match="of 4 images"):
        find_cell(PEOPLE, predict(BEFORE, ["man"] * 4), SECOND)
    wrong = make_set(Label(text="lady", claims={"sex": "f"}), "man")
    with pytest.raises(LabelError, match='claims "sex"'):
        find_cell(PEOPLE, FIRST, predict(wrong, ["man"] * 5))


@given(worlds(), st.data())
def test_the_images_found_are_those_counted(world, data):
    people, (before, after) = world
    rule = data.draw(st.sampled_from(list_rules(world[1])))
    result = shift(tabulate(people, "tone", before, after), rule, min_n=1)
    asked = [(Cell(before=flow.before, after=flow.after), flow.count) for flow in result.flows]
    for row in result.rows:
        asked.append((Cell(group=row.group), row.n))
        for change, count in (("fixed", row.fixed), ("broken", row.broken)):
            asked.append((Cell(group=row.group, change=change), count or 0))
        for name, side in (("outcome_before", row.before), ("outcome_after", row.after)):
            counts = {} if side is None else side.outcomes
            asked += [(Cell(group=row.group, **{name: outcome}), counts.get(outcome, 0)) for outcome in OUTCOMES]
    for cell, count in asked:
        found = find_cell(people, before, after, cell, rule=rule)
        assert len(found) == count
        assert [sum(counts.values()) for counts in found.count_outcomes()] == [count, count]


@given(worlds(), st.data())
def test_the_images_of_one_set_are_those_counted(world, data):
    people, (before, _) = world
    rule = data.draw(st.sampled_from(list_rules(world[1][:1])))
    for row in measure(tabulate(people, "tone", before), rule, min_n=1).rows:
        if row.side is None:
            continue
        asked = [(Cell(group=row.group), row.n), (Cell(group=row.group, change="counted"), row.side.misclassified)]
        asked += [(Cell(group=row.group, before=text), count) for text, count in row.side.labels.items()]
        asked += [(Cell(group=row.group, outcome_before=name), count) for name, count in row.side.outcomes.items()]
        for cell, count in asked:
            assert len(find_cell(people, before, cell=cell, rule=rule)) == count


@given(worlds(), st.data())
def test_moves_agree_with_images_judged_one_by_one(world, data):
    people, (before, after) = world
    rule = data.draw(st.sampled_from(list_rules(world[1])))
    moves = find_cell(people, before, after, Cell(change="moved"), rule=rule).describe(people)
    judged = judge_slowly(people, world[1], rule).query("judged and label_0 != label_1")
    assert sorted(move.row for move in moves) == judged.index.tolist()
    assert [move.margin for move in moves] == sorted(min(before.margin[m.row], after.margin[m.row]) for m in moves)
    for move in moves:
        known = judged.loc[move.row]
        assert move.labels == (known["label_0"], known["label_1"])
        assert move.outcomes == (known["outcome_0"], known["outcome_1"])
        assert move.annotations == {a: known[a] for a in people.columns if isinstance(known[a], str)}


def test_equal_margins_keep_the_order_of_the_images():
    people = make_people(gender=["Male"] * 40)
    pair = predict(BEFORE, ["man"] * 40, margin=np.ones(40)), predict(AFTER, ["person"] * 40, margin=np.ones(40))
    for order in ("closest", "surest", "store"):
        assert [image.row for image in find_cell(people, *pair).describe(people, order=order)] == list(range(40))


def test_one_image_is_judged_by_itself():
    assert judge_image(PEOPLE, 0, BEFORE, 0) == ("supported", True)
    assert judge_image(PEOPLE, 1, BEFORE, 0) == ("contradicted", True)
    assert judge_image(PEOPLE, 2, BEFORE, 0) == ("unclaimed", False)
    assert judge_image(PEOPLE, 2, BEFORE, 2) == ("flagged", False)
    assert judge_image(PEOPLE, 2, make_set("photo", "thief"), 0) == ("unclaimed", True)
