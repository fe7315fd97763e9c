"""A linear probe: known answers, scikit-learn and statsmodels as oracles, and copies that must not leak."""

import json
from dataclasses import replace

import numpy as np
import pytest
from made_probes import guess_right, make_sample
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, precision_score, recall_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint
from tiny_store import make_tiny_store
from worlds import SHARED, needs_shared

from clipdash.build import import_embeddings
from clipdash.errors import QueryError
from clipdash.labels import parse_labels
from clipdash.probes import fit_probe, gather_sample, hold_out
from clipdash.probes.linear import search_strength
from clipdash.report import linear_json
from clipdash.store import open_store


def test_separable_classes_are_all_right_and_noise_is_chance():
    result = fit_probe(make_sample(gap=40))
    assert result.overall.linear.accuracy.rate == 1
    noise = fit_probe(make_sample(1500, gap=0)).overall.linear.accuracy
    assert noise.low <= 0.5 <= noise.high


def test_figures_are_those_of_scikit_learn_and_statsmodels():
    sample = make_sample(900, gap=2, zero_shot=guess_right(0.7), seed=3)
    result = fit_probe(sample)
    parts, split = hold_out(sample)
    held = parts == 2
    model = LogisticRegression(C=1 / result.strength, max_iter=1000).fit(sample.vectors[~held], sample.truth[~held])
    truth, said, zero = sample.truth[held], model.predict(sample.vectors[held]), sample.zero_shot[held]
    row = result.overall
    assert split == result.split
    assert row.n == held.sum()
    assert row.linear.accuracy.rate == accuracy_score(truth, said)
    shares = [row.linear.recall, row.linear.precision]
    for shown, oracle in zip(shares, (recall_score, precision_score), strict=True):
        np.testing.assert_allclose([shown[v].rate for v in "ab"], oracle(truth, said, average=None))
    assert [[row.linear.confusion[v][w] for w in "ab"] for v in "ab"] == confusion_matrix(truth, said).tolist()
    ends = proportion_confint(row.linear.accuracy.count, row.n, method="wilson")
    np.testing.assert_allclose((row.linear.accuracy.low, row.linear.accuracy.high), ends)
    pairs = np.array([[(((said == truth) == a) & ((zero == truth) == b)).sum() for b in (1, 0)] for a in (1, 0)])
    assert (row.only_linear, row.only_zero_shot) == (pairs[0, 1], pairs[1, 0])
    exact = mcnemar(pairs, exact=True).pvalue
    assert row.difference.value == pytest.approx((said == truth).mean() - (zero == truth).mean())
    assert row.difference.low < row.difference.value < row.difference.high
    assert 0 < row.p <= exact  # the mid-p lies below the exact test's
    for place, group in enumerate(result.rows):
        inside = sample.member[held] == place
        assert (group.n, group.linear.accuracy.count) == (inside.sum(), (said == truth)[inside].sum())
        assert group.p <= group.p_adjusted


def test_strength_is_searched_coarse_to_fine():
    tried = []

    def peak(place, at=37):
        tried.append(place)
        return -abs(place - at)

    assert search_strength(peak) == 37
    assert set(tried) == {*range(0, 97, 16), 24, 40, 36, 44, 34, 38, 37, 39}
    assert search_strength(lambda place: -place) == 0
    assert search_strength(lambda _: 1.0) == 96  # of equal ones the strongest penalty


def test_same_seed_same_json_and_another_seed_holds_out_others():
    sample = make_sample(zero_shot=guess_right(0.8))
    first, again = (json.dumps(linear_json(fit_probe(sample)), allow_nan=False) for _ in range(2))
    assert first == again
    digests = {hold_out(replace(sample, seed=seed))[1].digest for seed in range(5)}
    assert len(digests) == 5


def test_split_is_stratified():
    sample = make_sample(4000, classes=4)
    parts, split = hold_out(sample, 0.25, 0.15)
    assert (split.train + split.validation + split.test, split.units) == (4000, 4000)
    for kind in range(4):
        for group in range(2):
            cell = (sample.truth == kind) & (sample.member == group)
            found = np.bincount(parts[cell], minlength=3) / cell.sum()
            np.testing.assert_allclose(found, (0.6, 0.15, 0.25), atol=2.5 / cell.sum())


def test_copies_are_never_parted_and_widen_the_interval():
    """Every picture is there six times: a split by image would let the probe remember noise."""
    rng = np.random.default_rng(5)
    units = np.repeat(np.arange(120), 6)
    truth = np.repeat(rng.permutation(np.arange(120) % 2), 6)
    sample = make_sample(720, gap=0, dim=300, units=units, truth=truth)
    sample.vectors[:] = sample.vectors[units * 6]
    parts, _ = hold_out(sample)
    assert all(len(set(parts[units == unit])) == 1 for unit in range(120))
    accuracy = fit_probe(sample).overall.linear.accuracy
    assert accuracy.low <= 0.5 <= accuracy.high
    assert accuracy.high - accuracy.low > 0.35  # about 24 pictures, not 144
    leaked = fit_probe(replace(sample, units=np.arange(720), cluster=None)).overall.linear.accuracy
    assert leaked.rate == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test": 0.0}, "each must be above 0"),
        ({"test": 0.6, "validation": 0.4}, "both together below 1"),
        ({"test": 0.001}, "holds none annotated"),
        ({"min_n": 0}, "at least 1"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(change, message):
    with pytest.raises(QueryError, match=message):
        fit_probe(make_sample(100), **change)


def test_store_says_what_it_cannot_learn(tmp_path):
    store = open_store(make_tiny_store(tmp_path / "tiny"))
    with pytest.raises(QueryError, match='"more than 70" of "age" has 5 images, and a probe needs at least 10'):
        gather_sample(store, "age", by="gender")
    with pytest.raises(QueryError, match='only "0-2" of "age"'):
        gather_sample(store, "age", by="gender", where={"age": "0-2"})
    with pytest.raises(QueryError, match="no attribute"):
        gather_sample(store, "agee", by="gender")
    sample = gather_sample(store, "gender", by="skin_tone", most=100)
    assert len(sample.ids) == len(sample.vectors) == 100 < sample.available
    assert sample.unannotated == store.people["gender"].isna().sum()
    assert store.people.loc[sample.ids, "gender"].tolist() == [sample.values[place] for place in sample.truth]
    np.testing.assert_array_equal(sample.vectors, store.vectors()[store.people.index.get_indexer(sample.ids)])


def test_pictures_that_are_there_twice_are_one_thing(tmp_path, monkeypatch):
    store = open_store(make_tiny_store(tmp_path / "tiny"))
    a, b, c, d, e = store.people.index[store.people["skin_tone"].notna()][:5]
    pairs = ((b, a), (c, b), (e, d), ("gone.png", a))
    monkeypatch.setattr(type(store), "read_notes", lambda _: ((), pairs))
    sample = gather_sample(store, "skin_tone", by="age")
    named = dict(zip(sample.ids, sample.units, strict=True))
    assert named[a] == named[b] == named[c] != named[d] == named[e]
    assert len(set(named.values())) == len(named) - 3


def test_emoji_drawings_are_never_parted():
    store = open_store("embeddings_cache/emoji")
    sample = gather_sample(store, "gender", by="skin_tone", where={"kind": "person"})
    parts, split = hold_out(sample)
    drawings = store.people.loc[sample.ids, "drawing"].to_numpy()
    assert split.cluster == "drawing"
    assert not any(set(drawings[parts == a]) & set(drawings[parts == b]) for a, b in ((0, 1), (0, 2), (1, 2)))


@needs_shared
def test_gender_of_fairface_by_probe_and_by_zero_shot(tmp_path):
    """RN50's own embeddings; the counts were found with scikit-learn alone, on the same held-out images."""
    folder = SHARED / "fairface_rn50"
    names = {name: folder / file for name, file in (("embeddings", "embeddings.npy"), ("metadata", "metadata.csv"))}
    store = import_embeddings(tmp_path / "rn50", **names, label_bank=folder / "label_bank.npz").store
    labels = parse_labels("man | gender=Male\nwoman | gender=Female")
    result = fit_probe(gather_sample(store, "gender", by="age", label_set=labels))
    row = result.overall
    assert (row.n, row.linear.accuracy.count, row.zero_shot.accuracy.count) == (399, 372, 352)
    assert row.difference.low > 0
    assert [group.group["age"] for group in result.rows if group.withheld] == ["0-2", "60-69", "more than 70"]
