"""A neutral word in the place of an added label is a comparison like any other."""

import numpy as np
import pytest
from candidate_worlds import World, append, embed
from worlds import make_set

from clipdash.audit import Rule, place_nouns, shift, tabulate
from clipdash.audit.cause import drop_label
from clipdash.errors import LabelError, QueryError
from clipdash.labels import Label, Mode, read_words

BEFORE = make_set("man", "woman", "thief", "animal")
AFTER = make_set("man", "boy", "woman", "person", "thief", "animal")


def compare(world, label_set, other, by, rule, **more):
    pair = [world.predict(each) for each in (label_set, other)]
    return shift(tabulate(world.people, by, *pair, **more), rule, 30, strict=False)


def ask(world, before, after, by="age", **more):
    given = world.asked | {"vectors": lambda: world.vectors}
    return place_nouns(world.people, by, before, after, **given, **more)


@pytest.mark.parametrize(
    ("by", "rule", "where"),
    [
        ("age", Rule(), None),
        (["age", "tone"], Rule("not-supported"), {"gender": ["Male"]}),
        ("tone", Rule("contradicted"), None),
    ],
)
def test_each_noun_is_a_comparison(by, rule, where):
    world = World(4, images=300)
    found = ask(world, BEFORE, AFTER, by, rule=rule, where=where)
    assert (found.note, found.seed, len(found.words), len(set(found.words))) == ("", 0, 200, 200)
    assert set(found.words) <= set(read_words("neutral").words)
    assert [row.label for row in found.rows] == ["boy", "person"]
    for row in found.rows:
        label = next(label for label in AFTER.labels if label.text == row.label)
        without = drop_label(AFTER, label)
        own = compare(world, without, AFTER, by, rule, where=where)
        shown = [each for each in own.rows if not each.withheld]
        assert row.of == 200
        assert row.overall.shift == own.overall.shift.value
        assert [(g.group, g.shift) for g in row.groups] == [(each.group, each.shift.value) for each in shown]
        nouns = [
            compare(world, without, append(without, label.model_copy(update={"text": noun})), by, rule, where=where)
            for noun in found.words[:: 1 if by == "tone" else 40]
        ]
        if by != "tone":
            continue
        for group, place in [(row.overall, None), *zip(row.groups, range(len(own.rows)), strict=False)]:
            sizes = [abs((n.overall if place is None else n.rows[place]).shift.value) for n in nouns]
            assert group.larger_than == (np.array(sizes) < abs(group.shift) - 1e-12).sum()


@pytest.mark.parametrize("added", [["boy"], ["boy", "person"]])
def test_the_answer_at_hand_changes_nothing(added):
    world = World(4, images=300)
    before = make_set(*[text for text in AFTER.texts if text not in added])
    known = compare(world, before, AFTER, "age", Rule())
    assert ask(world, before, AFTER, known=known) == ask(world, before, AFTER)
    grouped = compare(world, before, AFTER, "age", Rule(), cluster="tone")  # has other intervals, and is not asked for
    assert ask(world, before, AFTER, known=grouped) == ask(world, before, AFTER)


def test_the_same_question_draws_the_same_nouns():
    world = World(4)
    assert ask(world, BEFORE, AFTER) == ask(world, BEFORE, AFTER)


def test_a_noun_that_is_in_a_set_is_not_drawn():
    world = World(4)
    first = ask(world, BEFORE, AFTER).words[0]
    found = ask(world, append(BEFORE, Label(text=first)), AFTER)
    assert first not in found.words
    assert len(found.words) == 200


def few(words):
    kept = [word for word in words if word in {*AFTER.texts, "house", "door"}]
    if not kept:
        raise LabelError("no word is left")
    return embed(kept)


def none(words):
    raise QueryError("this variant holds scores")


@pytest.mark.parametrize(
    ("before", "after", "more", "note"),
    [
        (AFTER, BEFORE, {}, "No label was added."),
        (BEFORE, AFTER, {"embed": few}, "Of the neutral words only 2 can be embedded here; 200 are needed."),
        (BEFORE, AFTER, {"embed": none}, "this variant holds scores"),
        (make_set("thief", "photo"), make_set("man", "thief"), {}, "has fewer than two"),
        (BEFORE, AFTER, {"rule": Rule("label", "boy")}, "The rule counts a label that was added"),
        (BEFORE, AFTER, {"min_n": 1000}, "Fewer than 1,000 images are judged."),
    ],
)
def test_where_there_is_nothing_to_say_a_note_says_why(before, after, more, note):
    world = World(4, images=100)
    given = world.asked | {"vectors": lambda: world.vectors} | more
    found = place_nouns(world.people, "age", before, after, **given)
    assert found.rows == ()
    assert note in found.note


def test_many_labels_and_several_labels_an_image_are_passed_over():
    world = World(4, images=50)
    many = make_set(*BEFORE.labels, *(Label(text=f"x{n}") for n in range(21)))
    assert ask(world, BEFORE, many).note.startswith("21 labels were added")
    given = world.asked | {"vectors": lambda: world.vectors}
    several = Mode("threshold", "cosine", 0.2)
    assert "one label" in place_nouns(world.people, "age", BEFORE, AFTER, **given, mode=several).note
