"""Contrasts along directions, held against scores made the plain way: one an image and direction."""

import numpy as np
import pytest
from scipy.stats import permutation_test

from clipdash.stats import contrast_means, gather_moments, permutation_p, score_means, shuffle_contrasts, spread_along

N, D, W = 500, 6, 1100


def make_world(groups=3, seed=0):
    random = np.random.default_rng(seed)
    rows = (random.standard_normal((N, D)) * 0.05 + 0.4).astype(np.float32)
    member = random.integers(0, groups, N)
    rows[member == 0, 0] += 0.02
    return rows, member, random.standard_normal((W, D)).astype(np.float32)


def cut(rows, size=128):
    return lambda: (rows[start : start + size] for start in range(0, len(rows), size))


@pytest.mark.parametrize(("kind", "near"), [(np.float32, 1e-5), (np.float64, 1e-10)])
@pytest.mark.parametrize("groups", [2, 3, 5])
def test_means_and_deviations_are_those_of_all_scores(groups, kind, near):
    rows, member, directions = make_world(groups)
    rows = rows.astype(kind)
    moments = gather_moments(cut(rows), member)
    assert (moments.sizes.shape, moments.sizes.dtype) == ((groups,), np.int64)
    assert (moments.means.shape, moments.means.dtype) == ((groups, D), np.float64)
    assert (moments.covariance.shape, moments.covariance.dtype) == ((D, D), np.float64)
    assert moments.covariance == pytest.approx(np.cov(rows.astype(float).T), rel=near, abs=near * 0.05**2)
    scores = rows.astype(float) @ directions.T.astype(float)
    deviation, size = spread_along(moments, directions)
    assert (deviation.shape, deviation.dtype, size.shape) == ((W,), np.float64, (W,))
    assert deviation == pytest.approx(scores.std(axis=0, ddof=1), rel=near)
    assert size == pytest.approx(np.sqrt((scores**2).mean(axis=0)), rel=1e-2)
    found = score_means(contrast_means(moments), directions)
    assert found.dtype == np.float64
    assert found.shape == (1 if groups == 2 else groups, W)
    for group in range(len(found)):
        wanted = scores[member == group].mean(axis=0) - scores[member != group].mean(axis=0)
        assert found[group] == pytest.approx(wanted, abs=1e-10)


@pytest.mark.parametrize("groups", [2, 3])
def test_p_counts_shuffled_scores_that_reach_the_observed_ones(groups, monkeypatch):
    rows, member, directions = make_world(groups)
    moments = gather_moments(cut(rows), member)
    told = []
    for limit in (60, 512):  # shuffles come in blocks, and the blocks change nothing
        monkeypatch.setattr("clipdash.stats.contrasts._SHUFFLES_AT_ONCE", limit)
        blocks = list(shuffle_contrasts(cut(rows), member, 99, seed=3))
        assert sum(map(len, blocks)) == 99
        assert {block.shape[1:] for block in blocks} == {(1 if groups == 2 else groups, D)}
        size = spread_along(moments, directions)[1]
        p = permutation_p(contrast_means(moments), blocks, directions, size, progress=told.append)
        scores = rows.astype(float) @ directions.T.astype(float)
        random = np.random.default_rng(3)
        shuffles = [random.permutation(member.astype(np.int16)) for _ in range(99)]
        for group in range(len(p)):
            observed, *chance = (
                np.abs(scores[each == group].mean(axis=0) - scores[each != group].mean(axis=0))
                for each in (member, *shuffles)
            )
            reached = (np.array(chance) >= observed - 1e-12).sum(axis=0)
            assert p[group].tolist() == ((1 + reached) / 100).tolist()
    assert told[-1] == 99


def test_p_agrees_with_scipy():
    rows, member, directions = make_world(2)
    moments, few = gather_moments(cut(rows), member), directions[:4]
    shuffled = shuffle_contrasts(cut(rows), member, 9999)
    p = permutation_p(contrast_means(moments), shuffled, few, spread_along(moments, few)[1])
    for place, direction in enumerate(few):
        scores = rows.astype(float) @ direction.astype(float)
        oracle = permutation_test(
            (scores[member == 0], scores[member == 1]),
            lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
            n_resamples=9999,
            rng=1,
        )
        assert p[0, place] == pytest.approx(oracle.pvalue, abs=0.03)


def test_what_is_equal_but_for_rounding_counts_as_reached():
    """Four rows in two pairs: of six partitions two have the largest difference, and rounding must not part them."""
    for seed in range(20):
        rows = np.random.default_rng(seed).random((4, 3)) + 0.3
        member, direction = np.array([0, 0, 1, 1]), np.ones((1, 3))
        scores = rows.sum(axis=1)
        rows = rows[np.argsort(scores)]
        moments = gather_moments(cut(rows, 3), member)
        size = spread_along(moments, direction)[1]
        p = permutation_p(contrast_means(moments), shuffle_contrasts(cut(rows, 3), member, 2999), direction, size)
        assert p[0, 0] == pytest.approx(1 / 3, abs=0.05)


def test_p_holds_its_size_under_no_difference():
    random = np.random.default_rng(9)
    rows, member = random.standard_normal((200, 8)), np.arange(200) % 2
    directions = random.standard_normal((4000, 8))
    moments = gather_moments(cut(rows), member)
    p = permutation_p(
        contrast_means(moments),
        shuffle_contrasts(cut(rows), member, 199),
        directions,
        spread_along(moments, directions)[1],
    )
    assert p.min() >= 1 / 200
    assert (p <= 0.05).mean() < 0.2  # eight dimensions make four thousand directions move together


def test_rows_that_are_all_the_same_have_no_deviation_and_p_one():
    rows, member = np.full((60, 3), 0.1, np.float32), np.arange(60) % 2
    directions = np.eye(3, dtype=np.float32)
    moments = gather_moments(cut(rows, 7), member)
    deviation, size = spread_along(moments, directions)
    assert deviation.tolist() == [0, 0, 0]
    p = permutation_p(contrast_means(moments), shuffle_contrasts(cut(rows, 7), member, 99), directions, size)
    assert p.tolist() == [[1, 1, 1]]


def test_groups_that_cannot_be_are_a_bug_of_the_caller():
    rows = np.ones((4, 2))
    with pytest.raises(ValueError, match="at least two groups"):
        gather_moments(cut(rows), np.zeros(4, int))
    with pytest.raises(ValueError, match="at least two groups"):
        gather_moments(cut(rows), np.array([0, 0, 2, 2]))
    with pytest.raises(ValueError, match="5 rows were promised and 4 came"):
        gather_moments(cut(rows), np.array([0, 0, 1, 1, 1]))
