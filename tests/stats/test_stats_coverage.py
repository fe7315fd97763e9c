"""Do the methods keep what they promise: exact sums where they can be had, else seeded simulations.

`benchmarks/coverage.py` is the long version; the bars are the same.
"""

import numpy as np
import pytest
from scipy.stats import binom, multinomial

from clipdash.stats import gap, gap_change, holm, homogeneity, mcnemar_midp, newcombe_paired, newcombe_unpaired, wilson


def cross(rate_before, rate_after, correlation):
    """Return the probabilities both, fixed, broken, neither, or None where no such table exists."""
    spread = np.sqrt(rate_before * (1 - rate_before) * rate_after * (1 - rate_after))
    both = rate_before * rate_after + correlation * spread
    cells = np.array([both, rate_before - both, rate_after - both, 1 - rate_before - rate_after + both])
    return cells if (cells >= 0).all() else None


def test_wilson_covers():
    covered = []
    for n in (30, 50, 100, 300, 3000):
        low, high = wilson(np.arange(n + 1), np.full(n + 1, n))
        covered += [
            binom.pmf(np.arange(n + 1), n, rate)[(low <= rate) & (rate <= high)].sum()
            for rate in (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
        ]
    assert min(covered) >= 0.90
    assert np.mean(covered) >= 0.945


def test_newcombe_unpaired_covers():
    counts = np.stack(np.meshgrid(np.arange(61), np.arange(91), indexing="ij")).reshape(2, -1)
    low, high = newcombe_unpaired(counts[0], np.full_like(counts[0], 60), counts[1], np.full_like(counts[1], 90))
    for first, second in ((0.05, 0.05), (0.02, 0.2), (0.3, 0.5), (0.1, 0.15)):
        chance = binom.pmf(counts[0], 60, first) * binom.pmf(counts[1], 90, second)
        assert chance[(low <= first - second) & (first - second <= high)].sum() >= 0.93


@pytest.mark.parametrize("n", [30, 60])
def test_newcombe_paired_covers(n):
    tables = np.array(
        [(a, b, c, n - a - b - c) for a in range(n + 1) for b in range(n + 1 - a) for c in range(n + 1 - a - b)]
    )
    both, fixed, broken, neither = tables.T
    low, high = newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither)
    covered = []
    for before, after in ((0.01, 0.01), (0.05, 0.05), (0.05, 0.1), (0.2, 0.1), (0.3, 0.5), (0.5, 0.5)):
        for correlation in (0, 0.3, 0.6, 0.9):
            cells = cross(before, after, correlation)
            if cells is not None:
                chance = multinomial.pmf(tables, n, cells)
                covered.append(chance[(low <= after - before) & (after - before <= high)].sum())
    assert len(covered) >= 15
    assert min(covered) >= 0.94


def test_midp_keeps_its_size():
    sizes = []
    for n in (30, 100):
        p = {(f, m - f): mcnemar_midp(f, m - f) for m in range(n + 1) for f in range(m + 1)}
        called = [sum(binom.pmf(f, m, 0.5) for f in range(m + 1) if p[f, m - f] <= 0.05) for m in range(n + 1)]
        sizes += [binom.pmf(np.arange(n + 1), n, moving) @ called for moving in (0.05, 0.1, 0.2, 0.5, 0.9)]
    assert max(sizes) <= 0.055


def simulate(rng, ns, cells, times):
    return np.stack([rng.multinomial(n, each, times) for n, each in zip(ns, cells, strict=True)], axis=1)


def test_homogeneity_keeps_its_size_where_groups_differ_in_moves():
    """One shift for all, but in some groups three in ten images move and in others one in a hundred."""
    rng = np.random.default_rng(11)
    cells = [(0.05, moving, moving, 0.95 - 2 * moving) for moving in (0.005, 0.02, 0.05, 0.15)]
    tables = simulate(rng, (1500, 800, 400, 200), cells, 2000)
    called = [homogeneity(table.sum(axis=1), table[:, 1], table[:, 2]).p <= 0.05 for table in tables]
    assert np.mean(called) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)


def test_homogeneity_finds_what_differs():
    rng = np.random.default_rng(12)
    tables = simulate(rng, (500, 500), [(0.05, 0.08, 0.01, 0.86), (0.05, 0.01, 0.03, 0.91)], 200)
    assert np.mean([homogeneity(table.sum(axis=1), table[:, 1], table[:, 2]).p <= 0.05 for table in tables]) > 0.95


def test_holm_keeps_the_family():
    rng = np.random.default_rng(13)
    tables = simulate(rng, (300,) * 8, [(0.05, 0.03, 0.03, 0.89)] * 8, 1000)
    wrong = [min(holm([mcnemar_midp(*pair) for pair in table[:, 1:3].tolist()])) <= 0.05 for table in tables]
    assert np.mean(wrong) <= 0.055 + 2 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.parametrize("rates", [(0.1,) * 8, (0.02, 0.05, 0.3), (0.05, 0.05), (0.01,) * 4 + (0.08,) * 4])
def test_the_gap_is_covered(rates):
    rng = np.random.default_rng(14)
    ns = np.linspace(60, 400, len(rates)).astype(int)
    found = [gap(counts, ns) for counts in rng.binomial(ns, rates, (1500, len(rates)))]
    covered = np.mean([each.low <= np.ptp(rates) <= each.high for each in found])
    assert covered >= 0.93


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((0.1,) * 4, (0.1,) * 4),  # no gap at all: where the bootstrap fails
        ((0.05, 0.2, 0.2), (0.05, 0.1, 0.2)),
        ((0.3, 0.1), (0.15, 0.1)),
        ((0.02, 0.02, 0.03), (0.1, 0.02, 0.02)),
    ],
)
@pytest.mark.parametrize("correlation", [0, 0.5])
def test_the_change_of_the_gap_is_covered(before, after, correlation):
    cells = [cross(b, a, min(correlation, 0.3 if b < 0.05 else 1)) for b, a in zip(before, after, strict=True)]
    rng = np.random.default_rng(15)
    true = np.ptp(after) - np.ptp(before)
    found = [gap_change(table, draws=400) for table in simulate(rng, (150, 300, 80, 600)[: len(before)], cells, 250)]
    covered = np.mean([each.low <= true <= each.high for each in found])
    assert covered >= 0.95
