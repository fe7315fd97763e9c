"""Words against groups of images, held against cosines made the plain way: one an image and word."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests
from tiny_encoder import DIM, save_tiny_encoder
from tiny_store import AGES, SMALL_GROUP, TONES, make_tiny_store, tiny_people, tiny_vectors

from clipdash.audit import associate
from clipdash.encoders import LabelBank, read_encoder
from clipdash.errors import LabelError, QueryError
from clipdash.labels import WordList
from clipdash.store import ScoreTable, StoreWriter, open_store
from clipdash.zeroshot import embed_words

N = 400
WORDS = WordList("mine", tuple(f"word{place}" for place in range(60)))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return read_encoder(f"local-dir:{save_tiny_encoder(tmp_path_factory.mktemp('encoder'))}")


@pytest.fixture(scope="module")
def store(tmp_path_factory, encoder):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("association"), N, spec=encoder.spec))


@pytest.fixture(scope="module")
def banked(tmp_path_factory):
    people, rows = tiny_people(N), tiny_vectors(N, DIM)
    bank = LabelBank("bank.npz", ["man", "woman", "dog"], tiny_vectors(3, DIM, seed=5))
    scores = ScoreTable("S.csv", {"man": 100 * rows[:, 0].astype(float), "same": np.full(N, 0.25)})
    with StoreWriter(tmp_path_factory.mktemp("banked") / "banked", {"bank": bank, "scored": scores}) as writer:
        writer.add_vectors("bank", rows, list(people.index))
        writer.finish(people)
        return open_store(writer.path)


@pytest.fixture
def ask(store, encoder):
    return lambda by="gender", **asked: associate(store, WORDS, by, read=lambda _: encoder, **asked)


def cosines(store, encoder):
    return store.vectors().astype(float) @ embed_words(store, WORDS.words, read=lambda _: encoder).vectors.T.astype(
        float
    )


def holds_effects(found, scores, groups):
    """Say whether means, deviations and effect sizes are those of all the cosines; `groups` are masks, as shown."""
    shown = np.logical_or.reduce(groups)
    assert found.means.shape == (len(groups), found.differences.shape[1])
    for place, mask in enumerate(groups):
        assert found.means[place] == pytest.approx(scores[mask].mean(axis=0), abs=1e-7)
    deviation = scores[shown].std(axis=0, ddof=1)
    assert found.deviations == pytest.approx(deviation, rel=1e-6)
    for place, difference in enumerate(found.differences):
        rest = shown & ~groups[place]
        wanted = scores[groups[place]].mean(axis=0) - scores[rest].mean(axis=0)
        assert difference == pytest.approx(wanted, abs=1e-7)
        assert found.effects[place] == pytest.approx(wanted / deviation, abs=1e-5)
    return True


def test_two_groups_are_held_against_each_other(ask, store, encoder):
    found = ask(permutations=199, seed=4)
    people = tiny_people(N)
    masks = [(people["gender"] == value).to_numpy() for value in ("Female", "Male")]
    assert [(dict(group.group), group.n, group.withheld) for group in found.groups] == [
        ({"gender": value}, int(mask.sum()), False) for value, mask in zip(("Female", "Male"), masks, strict=True)
    ]
    scores = cosines(store, encoder)
    assert holds_effects(found, scores, masks)
    assert (found.differences.shape, found.effects.shape, found.p.shape) == ((1, 60), (1, 60), (1, 60))
    assert (found.ungrouped, found.others) == (N - found.n, 0)
    assert [len(found.contrasts), found.contrasts[0][1].group["gender"]] == [1, "Male"]
    member = np.where(masks[0], 0, 1)[masks[0] | masks[1]].astype(np.int16)
    random, reached = np.random.default_rng(4), np.zeros(60)
    shown = scores[masks[0] | masks[1]]
    for _ in range(199):
        drawn = random.permutation(member)
        chance = shown[drawn == 0].mean(axis=0) - shown[drawn == 1].mean(axis=0)
        reached += np.abs(chance) >= np.abs(found.differences[0]) - 1e-12
    assert found.p[0] == pytest.approx((1 + reached) / 200)
    assert found.p_adjusted[0] == pytest.approx(multipletests(found.p[0], method="fdr_bh")[1])
    assert found.called.shape == (1, 60)


def test_the_order_of_groups_is_the_readers(ask):
    first, turned = ask(permutations=0), ask(groups=["Male", "Female"], permutations=0)
    assert turned.differences == pytest.approx(-first.differences)
    assert (first.p, first.p_adjusted, first.called.any()) == (None, None, False)


def test_more_groups_are_each_held_against_all_others(ask, store, encoder):
    found = ask("age", permutations=99, adjust="by", min_n=SMALL_GROUP + 1)
    ages = tiny_people(N)["age"].to_numpy()
    assert [group.withheld for group in found.groups] == [group.group["age"] == AGES[-1] for group in found.groups]
    assert holds_effects(found, cosines(store, encoder), [ages == group.group["age"] for group in found.shown])
    assert found.p.shape == (4, 60)
    assert [against for _, against in found.contrasts] == [None] * 4
    flat = multipletests(found.p.ravel(), method="fdr_by")[1]
    assert found.p_adjusted.ravel() == pytest.approx(flat)
    assert found.n == N - SMALL_GROUP


def test_intersections_filters_and_other_groups(ask, store, encoder):
    found = ask(
        ["gender", "skin_tone"],
        groups=[("Female", TONES[0]), ("Male", TONES[0])],
        where={"age": AGES[:2]},
        permutations=0,
        min_n=1,
    )
    people = tiny_people(N)
    kept = people["age"].isin(AGES[:2]).to_numpy()
    masks = [
        kept & (people["gender"] == gender).to_numpy() & (people["skin_tone"] == TONES[0]).to_numpy()
        for gender in ("Female", "Male")
    ]
    assert holds_effects(found, cosines(store, encoder), masks)
    complete = kept & (people["gender"] != "").to_numpy() & (people["skin_tone"] != "").to_numpy()
    assert found.ungrouped == (kept & ~complete).sum()
    assert found.others == complete.sum() - found.n
    assert found.where == {"age": tuple(AGES[:2])}


def test_words_that_a_label_bank_has(banked):
    found = associate(banked, WordList("w", ("woman", "cat", "dog")), "gender", permutations=19)
    assert (found.words, found.templates, found.measure) == (("woman", "dog"), (), "cosine")
    assert found.left_out == (("cat", "not in the label bank"),)


def test_a_table_of_scores_gives_means_of_its_columns(banked):
    found = associate(banked, WordList("w", ("same", "cat", "man")), "gender", variant="scored", permutations=99)
    people, scores = tiny_people(N), 100 * tiny_vectors(N, DIM)[:, 0].astype(float)
    masks = [(people["gender"] == value).to_numpy() for value in ("Female", "Male")]
    assert (found.words, found.measure, found.templates) == (("same", "man"), "score", ())
    assert found.left_out == (("cat", "not in the table of scores"),)
    assert found.differences[0, 1] == pytest.approx(scores[masks[0]].mean() - scores[masks[1]].mean())
    assert np.isnan(found.effects[0, 0])
    assert (found.deviations[0], found.p[0, 0]) == (0, 1)
    assert found.rank(0).tolist() in ([1, 0], [0, 1])
    with pytest.raises(LabelError, match='None of the words of "w" is a column'):
        associate(banked, WordList("w", ("cat",)), "gender", variant="scored")


def test_progress_is_told_and_may_stop_the_work(ask):
    told = []
    ask(permutations=1000, progress=lambda *step: told.append(step))
    assert told[0] == ("words", 60, 60)
    assert told[-1] == ("permutations", 1000, 1000)

    def stop(*step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(progress=stop)


def test_how_many_must_reach_the_smallest_p(ask):
    found = ask(permutations=99)
    assert found.fewest_called == 13  # 60 tests, smallest p 1 / 100: with 12 of them 60 x .01 / 12 = .05, not below
    assert ask(permutations=99, adjust="by").fewest_called > 13
    assert ask(permutations=1999).fewest_called == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"by": "hair"}, "hair"),
        ({"groups": ["Female", "Mal"]}, r'no group "Mal". .*"Male"'),
        ({"groups": ["Male", "Male"]}, "named twice"),
        ({"groups": ["Male"]}, "There is one group here, and two are needed"),
        ({"min_n": 1000}, "0 of 2 groups have at least 1,000 images"),
        ({"permutations": 7}, "7 permutations were asked for; with fewer than 19"),
        ({"permutations": -1}, "-1 permutations"),
        ({"seed": -1}, "The seed is -1"),
        ({"min_n": 0}, "The minimum n is 0"),
        ({"adjust": "holm"}, 'no adjustment "holm"'),
        ({"where": {"age": "nine"}}, "nine"),
    ],
)
def test_what_cannot_be_asked_is_said(ask, asked, said):
    with pytest.raises(QueryError, match=said):
        ask(**asked)


def test_too_many_groups_are_refused(ask, monkeypatch):
    monkeypatch.setattr("clipdash.audit.division._MOST_GROUPS", 3)
    with pytest.raises(QueryError, match="4 groups were asked for; at most 3"):
        ask("age")
