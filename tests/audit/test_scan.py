"""A scan is, for every word, a comparison of the set without it and with it, in two halves."""

import numpy as np
import pytest
from candidate_worlds import World, append, draw_rows, embed
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from worlds import make_people, make_set

from clipdash.audit import Rule, scan_words, shift, tabulate
from clipdash.audit.contest import count_moves, find_movers, walk_takes
from clipdash.audit.halves import draw_half, stratify
from clipdash.audit.judging import pick_rows
from clipdash.audit.standing import find_standing, open_field
from clipdash.errors import LabelError, QueryError
from clipdash.labels import Label, WordList

BASE = make_set("man", "woman", "boy", "thief", "burglar", "animal")
PLAIN = make_set("thief", "animal", "person", "photo")


def compare_slowly(world, label_set, word, by, rule, *, rows=None, **more):
    """Append the word, classify, tabulate, and compare, on some of the rows."""
    rows = np.arange(len(world.people)) if rows is None else rows
    pair = (pick_rows(world.predict(each), rows) for each in (label_set, append(label_set, word)))
    return shift(tabulate(world.people.iloc[rows], by, *pair, **more), rule, 1, strict=False)


def find_halves(world, label_set, word, by, rule, *, where=None, cluster=None):
    """Return the rows of the two halves as the scan draws them by seed 5, and who is shown."""
    standing = find_standing(world.read(label_set))
    field = open_field(world.people, by, standing, word, where=where, rule=rule, min_n=20, cluster=cluster)
    half = draw_half(stratify(np.where(field.listed, field.member, len(field.groups)), field.units), 5)
    return field, *(field.rows[chosen & field.listed] for chosen in (half, ~half))


CASES = [
    (BASE, "age", Rule(), None, None, {}),
    (BASE, "age", Rule("contradicted"), "crime", None, {}),
    (BASE, ["age", "tone"], Rule("flagged"), "crime", None, {}),
    (BASE, "tone", Rule("not-supported"), None, {"gender": ["Female"]}, {}),
    (BASE, "tone", Rule("category", "crime"), "crime", None, {}),
    (PLAIN, "gender", Rule("label", "person"), None, {"age": ["adult", "child"]}, {}),
    (BASE, "age", Rule(), None, None, {"cluster": "drawing"}),
]


@pytest.mark.parametrize("case", CASES)
def test_every_word_is_a_comparison(case):
    label_set, by, rule, category, where, more = case
    world = World(3, images=400, words=22)
    found = scan_words(
        world.people, by, label_set, world.words, **world.asked, category=category, where=where, rule=rule,
        min_n=20, seed=5, **more,
    )  # fmt: skip
    kind = Label(text="any", category=category)
    field, first, second = find_halves(world, label_set, kind, by, rule, where=where, **more)
    expected = []
    for text in found.candidates.words:
        word = Label(text=text, category=category)
        half = compare_slowly(world, label_set, word, by, rule, rows=first, where=where, **more)
        rows = [row for row in half.rows if not row.withheld]
        shifts = [row.shift.value for row in rows]
        expected.append((sum(row.fixed + row.broken for row in rows), max(map(abs, shifts)), max(shifts) - min(shifts)))
    ranking = found.ranking
    got = zip(ranking.moved.tolist(), ranking.shift.tolist(), ranking.difference.tolist(), strict=True)
    assert list(got) == expected
    for place, figures in ((1, ranking.by_shift), (2, ranking.by_difference)):
        order = sorted((w for w, e in enumerate(expected) if e[0] >= 5), key=lambda w: -expected[w][place])
        assert [figures[w] for w in order] == list(range(1, len(order) + 1))
        assert sum(figures > 0) == len(order)
    assert found.found
    assert [word.word for word in found.found] == [
        found.candidates.words[place] for place in np.argsort(ranking.by_shift) if ranking.by_shift[place]
    ][:20]
    whole = compare_slowly(world, label_set, Label(text="nobody has this", category=category), by, rule, where=where)
    assert (found.n, found.unjudged, found.ungrouped) == (whole.n, whole.unjudged, whole.ungrouped)
    assert [(g.group, g.n, g.withheld) for g in found.groups] == [(r.group, r.n, r.n < 20) for r in whole.rows]
    p_values = [word.confirmed.homogeneity.p for word in found.found]
    adjusted = multipletests(p_values, method="fdr_bh")[1]
    for place, word in enumerate(found.found):
        label = Label(text=word.word, category=category)
        taken = world.predict(append(label_set, label)).top[field.rows] == len(label_set.labels)
        assert word.moved == taken.sum()
        assert word.p_adjusted == pytest.approx(adjusted[place])
        one = compare_slowly(world, label_set, label, by, rule, rows=first, where=where, **more)
        other = compare_slowly(world, label_set, label, by, rule, rows=second, where=where, **more)
        shown = [row for row in one.rows if not row.withheld]
        assert [(c.group, c.n, c.fixed, c.broken, c.shift) for c in word.chosen] == [
            (row.group, row.n, row.fixed, row.broken, row.shift.value) for row in shown
        ]
        assert word.confirmed.rows == other.rows
        assert word.confirmed.homogeneity == other.homogeneity
        assert found.one_way in {None, *(row.one_way for row in other.rows)}
    assert len(found.survived) == 20
    assert found.survived[0] == sum(p <= 0.05 for p in adjusted)
    again = scan_words(
        world.people, by, label_set, world.words, **world.asked, category=category, where=where, rule=rule,
        min_n=20, seed=6, **more,
    )  # fmt: skip
    assert again.survived[0] == found.survived[1]


def test_what_the_encoder_cannot_tell_from_a_label_is_left_out_since_a_tie_is_lost():
    world = World(1)
    found = scan_words(world.people, "age", BASE, world.words, **world.asked)
    reasons = dict(found.candidates.left_out)
    assert {"MAN", "Thief"} <= set(reasons)
    assert reasons["MAN"] == 'the same as the label "man" to the encoder'
    for text in reasons:
        assert not compare_slowly(world, BASE, Label(text=text), "age", Rule()).overall.fixed
    again = scan_words(world.people, "age", make_set("man", "person"), world.words, **world.asked)
    assert dict(again.candidates.left_out)["person"] == "a label of the set"


def test_the_difference_may_decide_instead():
    world = World(3, images=400, words=22)
    found = scan_words(world.people, "age", BASE, world.words, **world.asked, order="difference")
    places = [found.candidates.words.index(word.word) for word in found.found]
    assert [found.ranking.by_difference[place] for place in places] == list(range(1, len(places) + 1))


@given(seed=st.integers(0, 999), images=st.integers(2, 90), clustered=st.booleans())
def test_halves_are_stratified_disjoint_and_seeded(seed, images, clustered):
    random = np.random.default_rng(seed)
    member = random.integers(0, 4, images)
    units = np.arange(images)
    if clustered:
        units = np.arange(images) // 3
        member = units % 4
    strata = stratify(member, units)
    half = draw_half(strata, seed)
    assert (half.shape, half.dtype) == ((images,), np.dtype(bool))
    assert (half == draw_half(strata, seed)).all()
    for group in range(4):
        inside = np.unique(units[(member == group) & half]), np.unique(units[(member == group) & ~half])
        assert not set(inside[0]) & set(inside[1])
        assert abs(len(inside[0]) - len(inside[1])) <= 1


def test_units_that_lie_in_several_groups_are_halved_by_which_they_lie_in():
    member, units = np.array([0, 1, 2] * 20 + [0, 1] * 10), np.repeat(np.arange(30), [3] * 20 + [2] * 10)
    strata = stratify(member, units)
    assert (len(set(strata.stratum[:20])), len(set(strata.stratum[20:])), len(set(strata.stratum))) == (1, 1, 2)
    halves = [draw_half(strata, seed) for seed in range(5)]
    assert [half.sum() for half in halves] == [40] * 5
    assert len({half.tobytes() for half in halves}) == 5


@pytest.mark.parametrize("most", [1, 1 << 27])
def test_counts_are_the_same_in_parts_and_whatever_the_progress(most, monkeypatch):
    monkeypatch.setattr("clipdash.audit.contest._MOST_BYTES", most)
    monkeypatch.setattr("clipdash.audit.contest._ROWS_AT_ONCE", 7)
    monkeypatch.setattr("clipdash.audit.contest._WORDS_AT_ONCE", 3)
    world = World(2)
    standing = find_standing(world.read(BASE))
    field = open_field(world.people, "age", standing, Label(text="x", category="crime"), rule=Rule())
    movers = find_movers(field, standing, world.vectors)
    assert (field.member.dtype, field.way.dtype, standing.predictions.top.dtype) == (np.int64, np.int8, np.int32)
    assert set(np.unique(field.way)) == {0, 1}
    words = embed([f"w{n}" for n in range(11)]).vectors
    halves = np.random.default_rng(0).random((3, len(movers.rows))) < 0.5
    told = []
    parts = list(count_moves(movers, words, halves, lambda done, total: told.append((done, total))))
    counts = np.concatenate([counts for _, counts in parts], axis=2)
    assert (counts.shape, counts.dtype) == ((3, 2 * len(field.groups), 11), np.int32)
    takes = (world.vectors[movers.rows] @ words.T) > movers.best[:, np.newaxis]
    assert (np.concatenate([takes for _, takes in walk_takes(movers, words)]) == takes.T).all()
    for sample, half in enumerate(halves):
        for slot in range(movers.size):
            assert counts[sample, slot].tolist() == takes[half & (movers.slots == slot)].sum(axis=0).tolist()
    assert told == [(n, len(told)) for n in range(1, len(told) + 1)]


def test_whoever_cancels_ends_the_scan():
    world = World(2)

    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_words(world.people, "age", BASE, world.words, **world.asked, progress=cancel)


def test_nothing_can_move_where_the_rule_and_the_kind_allow_none():
    world = World(2)
    found = scan_words(world.people, "age", make_set("person", "photo"), world.words, **world.asked)
    assert (found.found, found.one_way, found.survived) == ((), None, (0,) * 20)
    assert not found.ranking.moved.any()
    assert not found.ranking.by_shift.any()


def test_one_group_has_no_test():
    world = World(2)
    found = scan_words(
        world.people, "gender", PLAIN, world.words, **world.asked, where={"gender": "Male"}, rule=Rule("flagged")
    )
    assert found.survived is None
    assert {word.p_adjusted for word in found.found} == {None}
    assert not found.ranking.difference.any()


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"order": "sise"}, QueryError, 'no order "sise"'),
        ({"seed": -1}, QueryError, "seed is -1"),
        ({"min_n": 10_000}, QueryError, "No group has 10,000 judged images"),
        ({"min_n": 0}, QueryError, "at least 1"),
        ({"by": "agee"}, QueryError, '"age"'),
        ({"rule": Rule("label", "nobody")}, QueryError, "nobody"),
        ({"rule": Rule("label", "word 0")}, QueryError, "word 0"),
        ({"rule": Rule("category", "crimes")}, QueryError, "crime"),
        ({"cluster": "age"}, QueryError, "cannot both"),
        ({"words": WordList("mine", ("man", "woman"))}, QueryError, "is a label of the set already"),
        ({"words": WordList("mine", ("MAN", "WOMAN"))}, QueryError, "the same as a label of the set"),
        ({"category": " "}, LabelError, "category"),
    ],
)
def test_what_cannot_be_scanned_is_said(asked, error, words):
    world = World(2)
    given_ = {"by": "age", "words": world.words, "label_set": BASE} | asked
    with pytest.raises(error, match=words):
        scan_words(world.people, **given_, **world.asked)


def test_words_that_move_all_groups_alike_are_seldom_confirmed():
    """Under no difference between groups, a word that is best in one half is nothing in the other."""
    confirmed = tried = 0
    for seed in range(5):
        random = np.random.default_rng(seed)
        world = World(seed, words=300)
        world.vectors = draw_rows(1200, random)
        world.people = make_people(tone=list(random.choice(["light", "dark"], 1200)))
        found = scan_words(world.people, "tone", PLAIN, world.words, **world.asked, rule=Rule("flagged"), seed=seed)
        raw = [word.confirmed.homogeneity.p for word in found.found]
        confirmed, tried = confirmed + sum(p <= 0.05 for p in raw), tried + len(raw)
        assert sum(found.survived) <= 4

    assert tried == 100
    assert confirmed / tried < 0.05 + 3 * np.sqrt(0.05 * 0.95 / tried)


def test_the_half_that_chose_flatters():
    random = np.random.default_rng(0)
    world = World(0, words=300)
    world.vectors = draw_rows(600, random)
    world.people = make_people(tone=list(random.choice(["light", "dark"], 600)))
    found = scan_words(
        world.people, "tone", PLAIN, world.words, **world.asked, rule=Rule("flagged"), order="difference"
    )
    chosen = [np.ptp([group.shift for group in word.chosen]) for word in found.found]
    other = [np.ptp([row.shift.value for row in word.confirmed.rows]) for word in found.found]
    assert np.mean(chosen) > 1.5 * np.mean(other)
