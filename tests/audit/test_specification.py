"""Every specification is an audit or a comparison of its own; the curve orders them and says what chance would do."""

from itertools import product

import numpy as np
import pytest
from made_curves import ONE, column, make_world, reader
from worlds import POOL, make_set

from clipdash.audit import Choices, Rule, measure, shift, specify, tabulate
from clipdash.errors import QueryError
from clipdash.labels import ARGMAX, Label, Mode
from clipdash.store import StoreRef
from clipdash.zeroshot import Predictions, carry_labels

TWO = make_set("man", "woman", "thief", "person", name="two")


def answer(label_set, words, templates, mode, scores):
    """Predictions under a set with other words for its labels, the plain way."""
    texts = [words.get(text, text) for text in label_set.texts]
    rows = np.stack([column(scores, text, templates) for text in texts])
    renamed = label_set.replace(
        labels=tuple(
            Label(text=text, claims=label.claims, category=label.category)
            for text, label in zip(texts, label_set.labels, strict=True)
        )
    )
    return Predictions(
        top=rows.argmax(axis=0).astype(np.int32),
        margin=np.zeros(len(scores), np.float32),
        label_set=renamed,
        store=StoreRef("toy", "0"),
        variant="v",
        comparable="x",
        mode=mode,
        carried=None if mode.single else carry_labels(rows, mode, 1.0).T,
    )


CHOICES = Choices(
    labels={"man": ("guy", "gentleman")},
    templates=("{}",),
    rules=(Rule(), Rule("flagged")),
    modes=(ARGMAX, Mode("threshold", "probability", 0.4)),
)
GRID = list(product(("man", "guy", "gentleman"), (ONE.templates, ("{}",)), (Rule(), Rule("flagged")), CHOICES.modes))


def test_a_gap_is_that_of_each_audit():
    people, scores = make_world(4, 300)
    judged = people[people.gender.notna()]
    calls = []
    curve = specify(people, "tone", [ONE], CHOICES, read=reader(scores, calls), draws=99)
    assert calls == [(ONE.templates, None), (("{}",), None)]  # columns are read once a template
    expected = []
    kept = people.gender.notna().to_numpy()
    for word, templates, rule, mode in GRID:
        found = answer(ONE, {"man": word}, templates, mode, scores[kept] if False else scores)
        part = Predictions(
            **{**vars(found), "top": found.top[kept], "margin": found.margin[kept]}
            | {"carried": None if found.carried is None else found.carried[kept]}
        )
        gap = measure(tabulate(judged, "tone", part, rule=rule), rule).gap
        expected.append((gap.value, gap.low, gap.high))
    values = [(s.estimate.value, s.estimate.low, s.estimate.high) for s in curve.specifications]
    np.testing.assert_allclose(sorted(values), sorted(expected), atol=1e-12)
    assert [value for value, *_ in values] == sorted(value for value, *_ in values)
    assert curve.median == pytest.approx(np.median([value for value, *_ in values]))
    assert 0 < sum(curve.shares.values()) <= 1 + 1e-9
    assert curve.joint.draws == 99
    assert curve.unjudged == people.gender.isna().sum()


def test_a_shift_is_that_of_each_comparison_and_one_way_ones_are_left_out():
    people, scores = make_world(6, 300)
    curve = specify(people, "tone", [ONE, TWO], CHOICES, read=reader(scores), group={"tone": "dark"}, draws=99)
    assert curve.n == sum((people.tone == "dark") & people.gender.notna())
    by_choice = {s.places: s for s in curve.specifications}
    assert len(by_choice) == len(GRID) == 24
    kept = people.gender.notna().to_numpy()
    for word, templates, rule, mode in GRID:
        pair = [answer(each, {"man": word}, templates, mode, scores) for each in (ONE, TWO)]
        pair = [
            Predictions(
                **{**vars(p), "top": p.top[kept], "margin": p.margin[kept]}
                | {"carried": None if p.carried is None else p.carried[kept]}
            )
            for p in pair
        ]
        row = next(
            row
            for row in shift(tabulate(people[kept], "tone", *pair, rule=rule), rule, 1).rows
            if row.group == {"tone": "dark"}
        )
        places = (
            int(templates == ("{}",)),
            CHOICES.modes.index(mode),
            CHOICES.rules.index(rule),
            ("man", "guy", "gentleman").index(word),
        )
        found = by_choice[places]
        assert (found.estimate.value, found.one_way) == (pytest.approx(row.shift.value), row.one_way)
        assert (found.estimate.low, found.estimate.high) == pytest.approx((row.shift.low, row.shift.high))
    assert curve.left_out == sum(s.one_way is not None for s in curve.specifications)


def test_a_neutral_label_alone_leaves_nothing_to_test():
    people, scores = make_world(6, 300)
    choices = Choices(labels={"man": ("guy",)})
    curve = specify(people, (), [ONE, TWO], choices, read=reader(scores), draws=99)
    assert (curve.joint, curve.left_out, curve.agree) == (None, 2, 2)


def test_the_test_finds_what_is_there_and_little_else():
    people, scores = make_world(1, 400)
    choices = Choices(labels={"man": ("guy",)}, templates=("{}",))
    other = make_set("man", "woman", "animal", name="other")
    flat = specify(people, (), [ONE, ONE.replace(name="again")], choices, read=reader(scores), draws=99)
    assert (flat.median, flat.joint.p, flat.agree, sum(flat.shares.values())) == (0.0, 1.0, 0, 0.0)
    scores[:, [label.text for label in POOL].index("animal")] += 3
    found = specify(people, (), [ONE, other], choices, read=reader(scores), draws=99)
    assert found.median > 0.2
    assert found.joint.p == 0.01


@pytest.mark.parametrize(
    ("by", "sets", "asked", "words"),
    [
        ("tone", [ONE], {"group": {"tone": "dark"}}, "asked of with two sets"),
        ((), [ONE], {}, "No attribute to group by"),
        ("tone", [ONE], {"min_n": 10_000}, "there is none"),
        ("tone", [ONE, TWO], {"group": {"tone": "drak"}}, '"dark"'),
        ("tone", [ONE, TWO], {"group": {"shade": "dark"}}, "shade"),
        ("tone", [ONE, TWO], {"min_n": 10_000}, "fewer than 10,000"),
    ],
)
def test_what_cannot_be_asked_is_said(by, sets, asked, words):
    people, scores = make_world(1, 200)
    with pytest.raises(QueryError, match=words):
        specify(people, by, sets, CHOICES, read=reader(scores), **asked)


def test_templates_of_labels_that_were_embedded_elsewhere_are_refused():
    people, scores = make_world(1, 200)
    with pytest.raises(QueryError, match="do not apply"):
        specify(people, "tone", [ONE], CHOICES, read=reader(scores, prompted=False))
