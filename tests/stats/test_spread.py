import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ncx2

from clipdash.stats import homogeneity, rate_spread, shift_spread

RACES = ([1556, 1550, 1415, 2085], [38, 23, 46, 17], [25, 9, 16, 23])


def test_the_four_races_of_fairface_have_the_published_spread():
    found = shift_spread(*RACES)
    assert [round(value, 4) for value in found] == [0.0074, 0.0035, 0.0117]


@given(groups=st.lists(st.tuples(st.integers(30, 400), st.integers(0, 15), st.integers(0, 15)), min_size=2, max_size=8))
def test_the_ends_are_where_q_is_at_either_tail(groups):
    n, fixed, broken = np.array(groups).T
    spread, test = shift_spread(n, fixed, broken), homogeneity(n, fixed, broken)
    p, q = (broken + 0.5) / (n + 1), (fixed + 0.5) / (n + 1)
    total = (n / (p + q - (p - q) ** 2)).sum()
    assert 0 <= spread.low <= spread.sd + 1e-12
    assert spread.sd**2 * total == pytest.approx(max(0, test.q - test.df), abs=1e-6)
    if spread.low > 0:
        assert ncx2.sf(test.q, test.df, spread.low**2 * total) == pytest.approx(0.025, abs=1e-5)
    if spread.high > 0:
        assert ncx2.cdf(test.q, test.df, spread.high**2 * total) == pytest.approx(0.025, abs=1e-5)


def test_equal_groups_have_no_spread_and_one_group_none():
    assert rate_spread([10, 10, 10], [100, 100, 100]).sd == 0
    assert rate_spread([10, 10, 10], [100, 100, 100]).low == 0
    assert rate_spread([10, 0], [100, 0]) == (None, None, None)
    assert rate_spread([], []) == (None, None, None)
    assert shift_spread([5], [1], [1]) == (None, None, None)


def test_the_interval_holds_the_spread_of_rates():
    rng = np.random.default_rng(1)
    n, held = np.full(6, 400), 0
    rates = 0.2 + 0.03 * (np.array([-1.5, -0.9, -0.3, 0.3, 0.9, 1.5]) / np.std([-1.5, -0.9, -0.3, 0.3, 0.9, 1.5]))
    weights = n / (rates * (1 - rates))
    true = np.sqrt((weights * (rates - np.average(rates, weights=weights)) ** 2).sum() / weights.sum())
    for _ in range(300):
        found = rate_spread(rng.binomial(n, rates), n)
        held += found.low <= true <= found.high
    assert held / 300 >= 0.90


def test_counts_that_cannot_be_are_bugs():
    with pytest.raises(ValueError, match="counts must not exceed n"):
        rate_spread([5, 1], [4, 4])
    with pytest.raises(ValueError, match="level"):
        shift_spread(*RACES, level=1)
