"""Several labels an image: by a threshold on the probability or the cosine, and the k best."""

import numpy as np
import pytest
from scipy.special import softmax
from test_zeroshot import Rows, classifier, world

from clipdash.build import import_scores
from clipdash.errors import QueryError
from clipdash.labels import Mode, parse_labels
from clipdash.zeroshot import classify, open_scores, predict, soften
from clipdash.zeroshot.scores import score_classifier


@pytest.mark.parametrize("threshold", [0.05, 0.13, 0.5])
def test_probability_is_the_softmax_over_the_set(threshold):
    rows, weights = world(1, 3000, 7)
    found = classify(Rows(rows), classifier(weights), mode=Mode("threshold", "probability", threshold))
    expected = softmax(rows.astype(np.float64) @ weights.T.astype(np.float64), axis=1) >= threshold
    assert found.carried.shape == (3000, 7)
    assert found.carried.dtype == bool
    assert (found.carried != expected).mean() < 1e-4  # float32 cosines
    assert found.logit_scale == 1


def test_soften_sums_to_one():
    scores = np.random.default_rng(0).standard_normal((5, 11)).astype(np.float32)
    np.testing.assert_allclose(soften(scores, 100.0), softmax(100.0 * scores.astype(np.float64), axis=0), rtol=1e-12)


def test_cosine_is_held_against_the_threshold_as_it_stands():
    rows, weights = world(2, 500, 5)
    found = classify(Rows(rows), classifier(weights), mode=Mode("threshold", "cosine", 0.2))
    assert (found.carried != (rows @ weights.T >= 0.2)).mean() < 1e-3
    assert found.logit_scale is None


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_k_best_are_carried_and_of_equal_ones_the_first(k):
    rows, weights = world(3, 400, 5)
    weights[3] = weights[1]
    found = classify(Rows(rows), classifier(weights), mode=Mode("top-k", k=k))
    assert (found.carried.sum(axis=1) == k).all()
    assert found.carried[np.arange(400), found.top].all()
    assert not (found.carried[:, 3] & ~found.carried[:, 1]).any()


def test_the_best_label_alone_carries_nothing_else():
    rows, weights = world(3, 10, 5)
    assert classify(Rows(rows), classifier(weights)).carried is None


def test_more_labels_than_the_set_has_are_refused():
    rows, weights = world(3, 10, 5)
    with pytest.raises(QueryError, match="at most 5"):
        classify(Rows(rows), classifier(weights), mode=Mode("top-k", k=6))


def test_scores_without_a_temperature_have_no_probability(tmp_path):
    (tmp_path / "S.csv").write_text("image_id,man,woman\na,.2,.3\nb,.4,.1\n", encoding="utf-8")
    (tmp_path / "M.csv").write_text("image_id,gender\na,m\nb,f\n", encoding="utf-8")
    store = import_scores(tmp_path / "s", scores=[tmp_path / "S.csv"], metadata=tmp_path / "M.csv").store
    labels = parse_labels("man\nwoman")
    with pytest.raises(QueryError, match="--score cosine"):
        predict(store, labels, mode=Mode("threshold", "probability", 0.5))
    named = predict(store, labels, mode=Mode("threshold", "probability", 0.6, temperature=0.1))
    assert named.carried.tolist() == [[False, True], [True, False]]
    assert named.logit_scale == pytest.approx(10)
    found = predict(store, labels, mode=Mode("threshold", "cosine", 0.3))
    assert found.carried.tolist() == [[False, True], [True, False]]
    assert open_scores(store, labels).prompted is False


def test_blocks_cover_every_image_once():
    rows, weights = world(4, 70_000, 3)
    blocks = list(score_classifier(Rows(rows), classifier(weights)).split_blocks())
    assert [start for start, _ in blocks] == [0, 65_536]
    assert sum(block.shape[1] for _, block in blocks) == 70_000
    assert all(block.shape[0] == 3 for _, block in blocks)
