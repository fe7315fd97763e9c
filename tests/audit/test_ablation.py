"""Each row of an ablation is a comparison of the set without a label and the whole set."""

import pytest
from candidate_worlds import World
from worlds import make_set

from clipdash.audit import Rule, ablate, shift, tabulate
from clipdash.errors import QueryError
from clipdash.labels import Label

SET = make_set("man", "woman", "boy", "thief", "animal", "person")


@pytest.mark.parametrize(
    ("rule", "more"), [(Rule(), {}), (Rule("flagged"), {"cluster": "drawing"}), (Rule("label", "person"), {})]
)
def test_every_label_is_a_comparison(rule, more):
    world = World(6)
    where = {"age": ["child", "adult"]}
    found = ablate(
        world.people, "tone", world.predict(SET), predict=world.predict, where=where, rule=rule, min_n=10, **more
    )
    assert [row.label for row in found] == list(SET.texts)
    for place, row in enumerate(found):
        without = SET.replace(labels=SET.labels[:place] + SET.labels[place + 1 :])
        table = tabulate(world.people, "tone", world.predict(without), world.predict(SET), where=where, **more)
        assert row.shift == shift(table, rule, 10, strict=False)
        assert row.shift.n == found[0].shift.n


@pytest.mark.parametrize("count", [2, 101])
def test_sets_that_are_too_small_or_too_large_are_refused(count):
    world = World(6, images=20)
    label_set = make_set(*(Label(text=f"x{n}") for n in range(count)))
    with pytest.raises(QueryError, match=f"The set has {count} labels"):
        ablate(world.people, "tone", world.predict(label_set), predict=world.predict)


def test_a_rule_that_names_no_label_is_refused():
    world = World(6, images=20)
    with pytest.raises(QueryError, match="nobody"):
        ablate(world.people, "tone", world.predict(SET), predict=world.predict, rule=Rule("label", "nobody"))
