"""Clusters, held against statsmodels, all sign flips, and simulated images that hang together."""

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm

from clipdash.stats import (
    Design,
    gap,
    gap_change,
    gap_change_matched,
    gap_matched,
    homogeneity,
    homogeneity_matched,
    mcnemar_midp,
    newcombe_paired,
    rate_design,
    ratio_covariance,
    shift_design,
    shift_spread,
    shift_trend,
    sign_flip,
    spread_matched,
    trend_matched,
    wilson,
)


def draw_clusters(random, clusters, size, rho, rate):
    """Counts of `clusters` clusters of `size` images of which a share `rho` follow one coin, shape (clusters,)."""
    shared = random.random((clusters, 1)) < rate
    own = random.random((clusters, size)) < rate
    return np.where(random.random((clusters, size)) < np.sqrt(rho), shared, own).sum(axis=1)


def test_variance_of_a_rate_is_that_of_a_regression_with_cluster_robust_errors():
    random = np.random.default_rng(0)
    sizes = random.integers(1, 9, 40)
    values = np.array([random.binomial(size, random.beta(2, 5)) for size in sizes])
    image = np.concatenate([np.r_[np.ones(v), np.zeros(s - v)] for v, s in zip(values, sizes, strict=True)])
    groups = np.repeat(np.arange(40), sizes)
    fit = sm.OLS(image, np.ones(len(image))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    n = sizes.sum()
    ours = ratio_covariance(values[None], sizes[None])[0, 0] - 0.5 / n**2
    assert ours == pytest.approx(fit.cov_params()[0, 0] * 40 / 39, rel=1e-9)
    rate = values.sum() / n
    assert rate_design(values, sizes).effect == pytest.approx(ours / (rate * (1 - rate) / n), rel=1e-9)


def test_groups_with_the_same_clusters_vary_together():
    random = np.random.default_rng(1)
    values = draw_clusters(random, 50, 6, 0.6, 0.4)
    covariance = ratio_covariance(np.stack([values, values]), np.full((2, 50), 6))
    assert covariance[0, 1] == pytest.approx(covariance[0, 0], rel=1e-2)
    apart = np.zeros((2, 100))
    apart[0, :50], apart[1, 50:] = values, values
    sizes = np.zeros((2, 100))
    sizes[0, :50], sizes[1, 50:] = 6, 6
    assert ratio_covariance(apart, sizes)[0, 1] == 0
    assert ratio_covariance(apart, sizes, [1.0, 2.0]).diagonal().tolist() == pytest.approx([1.0, 2.0])


@pytest.mark.parametrize("seed", range(6))
def test_sign_flips_are_all_counted(seed):
    moved = np.random.default_rng(seed).integers(-3, 4, 9)
    total = abs(moved.sum())
    sums = np.array([np.dot(signs, moved) for signs in product((-1, 1), repeat=9)])
    expected = min(1.0, 2 * (sums > total).mean() + (sums == total).mean()) if total else 1.0
    assert sign_flip(moved) == pytest.approx(expected, abs=1e-12)


def test_single_images_are_mcnemars():
    assert sign_flip([1] * 7 + [-1] + [0] * 13) == mcnemar_midp(1, 7)
    assert sign_flip([0, 0]) == 1.0
    assert sign_flip(np.r_[np.ones(20_000, int), -np.ones(19_500, int), 2]) == pytest.approx(
        mcnemar_midp(19_500, 20_002), rel=1e-2
    )
    assert 0 < sign_flip(np.full(9000, 3)) < 1e-300


def test_designs_of_edges():
    assert rate_design([0, 0, 0], [5, 5, 5]) == Design(5.0, 3)
    assert shift_design([0, 0], [0, 0], [2, 6]) == Design(5.0, 2)
    assert rate_design([3], [9]) == Design(9.0, 1)
    assert rate_design([1, 0, 1, 0, 0], np.ones(5)).effect == pytest.approx(1.25)  # K / (K - 1)
    low, high = wilson(3 / 9, 1.0, z=rate_design([3], [9]).find_point(0.95))
    assert (low < 0.01, high > 0.98) == (True, True)
    with pytest.raises(ValueError, match="shape"):
        ratio_covariance([1, 2], [3, 4])


def test_intervals_of_images_that_hang_together_hold():
    random = np.random.default_rng(2)
    plain = wide = 0
    for _ in range(400):
        before = draw_clusters(random, 60, 5, 0.0, 0.3)
        wrong = np.arange(5)[None] < before[:, None]
        flip = np.where(
            random.random((60, 5)) < np.sqrt(0.5), random.random((60, 1)) < 0.2, random.random((60, 5)) < 0.2
        )
        after = wrong & ~flip
        fixed, broken = (wrong & ~after).sum(axis=1), (~wrong & after).sum(axis=1)
        truth = -0.3 * 0.2
        counts = [(wrong & after).sum(), fixed.sum(), broken.sum(), (~wrong & ~after).sum()]
        low, high = newcombe_paired(**dict(zip(("both", "fixed", "broken", "neither"), counts, strict=True)))
        plain += low <= truth <= high
        design = shift_design(fixed, broken, np.full(60, 5))
        parts = dict(zip(("both", "fixed", "broken", "neither"), (c / design.effect for c in counts), strict=True))
        low, high = newcombe_paired(**parts, z=design.find_point(0.95))
        wide += low <= truth <= high
    assert wide >= 0.93 * 400
    assert wide > plain


def test_groups_apart_agree_with_the_plain_statistics():
    n, fixed, broken = np.array([400, 500, 600]), np.array([30, 12, 8]), np.array([10, 12, 30])
    p, q = (broken + 0.5) / (n + 1), (fixed + 0.5) / (n + 1)
    covariance = np.diag((p + q - (p - q) ** 2) / n)
    shifts = (broken - fixed) / n
    ours, plain = homogeneity_matched(shifts, covariance, 10**7), homogeneity(n, fixed, broken)
    assert ours.q == pytest.approx(plain.q, rel=1e-9)
    assert ours.p == pytest.approx(plain.p, rel=1e-4)
    trend = trend_matched(shifts, covariance, [0, 1, 2])
    assert trend == pytest.approx(shift_trend(n, fixed, broken, [0, 1, 2]), rel=1e-9)
    alike = np.diag(np.full(3, covariance[0, 0]))
    assert spread_matched([0.0, 0.1, 0.2], alike).sd == pytest.approx(np.std([0.0, 0.1, 0.2]), rel=0.2)
    assert shift_spread(n, fixed, broken).sd == pytest.approx(spread_matched(shifts, covariance).sd, rel=0.1)
    counts = np.array([40, 50, 90])
    designs = [Design(1.0, 10**7)] * 3
    same = gap_matched(counts, n, designs, np.diag([1.0, 1.0, 1.0]))
    assert same == pytest.approx(gap(counts, n), rel=1e-4)


def test_the_change_of_the_gap_is_the_plain_one_where_nothing_is_shared():
    tables = np.array([[74, 38, 25, 1419], [57, 23, 9, 1461], [57, 46, 16, 1296]])
    n = tables.sum(axis=1)
    before, after = tables[:, :2].sum(axis=1) / n, tables[:, [0, 2]].sum(axis=1) / n
    total = n + 2
    pb, pa, pp = (
        (tables[:, :2].sum(axis=1) + 1) / total,
        (tables[:, [0, 2]].sum(axis=1) + 1) / total,
        (tables[:, 0] + 0.5) / total,
    )
    cross = np.diag((pp - pb * pa) / total)
    covariance = np.block([[np.diag(pb * (1 - pb) / total), cross], [cross, np.diag(pa * (1 - pa) / total)]])
    assert gap_change_matched(before, after, covariance) == gap_change(tables)


def test_matched_groups_are_compared_more_sharply_than_separate_ones():
    random = np.random.default_rng(4)
    base = draw_clusters(random, 120, 4, 0.9, 0.3)
    more = np.minimum(base + (random.random(120) < 0.12), 4)
    values, sizes = np.stack([base, more]), np.full((2, 120), 4)
    covariance = ratio_covariance(values, sizes)
    designs = [rate_design(v, s) for v, s in zip(values, sizes, strict=True)]
    counts, ns = values.sum(axis=1), sizes.sum(axis=1)
    shared = gap_matched(counts, ns, designs, covariance)
    apart = gap_matched(counts, ns, designs, np.diag(np.diag(covariance)))
    assert shared.low > apart.low == 0
    assert homogeneity_matched(counts / ns, covariance, 120).p < 0.01


def test_size_of_the_matched_test_under_no_difference():
    random = np.random.default_rng(6)
    rejected = 0
    for _ in range(300):
        shared = random.normal(0, 1, (30, 1))
        values = (random.normal(0, 0.7, (30, 4)) + shared > 1.0).astype(float).T
        covariance = ratio_covariance(values, np.ones((4, 30)))
        rejected += homogeneity_matched(values.mean(axis=1), covariance, 30).p <= 0.05
    assert rejected <= 0.08 * 300


def test_too_few_groups_or_clusters():
    one = np.array([[0.01]])
    assert homogeneity_matched([0.1], one, 9) == (None, None, None)
    assert homogeneity_matched([0.1, 0.2], np.diag([0.01, 0.01]), 1).p is None
    assert gap_matched([1], [9], [Design(1.0, 9)], one).value is None
    assert spread_matched([0.1], one) == trend_matched([0.1], one, [0])[:3] == (None, None, None)
    assert gap_change_matched([0.1], [0.2], np.eye(2)) == (None, None, None, None)
