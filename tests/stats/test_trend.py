import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.contingency_tables import Table

from clipdash.stats import rate_trend, shift_trend


@given(groups=st.lists(st.tuples(st.integers(1, 200), st.floats(0, 1)), min_size=2, max_size=9))
def test_a_rates_trend_is_statsmodels_ordinal_association(groups):
    n = np.array([size for size, _ in groups])
    counts = np.array([round(size * share) for size, share in groups])
    found = rate_trend(counts, n, np.arange(len(n)))
    if 0 < counts.sum() < n.sum():
        table = Table(np.stack([n - counts, counts], axis=1), shift_zeros=False)
        known = table.test_ordinal_association(row_scores=np.arange(len(n)), col_scores=np.array([0, 1]))
        assert found.p == pytest.approx(known.pvalue, abs=1e-9)
    else:
        assert found.p == 1


def test_a_rates_slope_is_least_squares_over_images():
    counts, n, scores = [3, 10, 30], [40, 50, 90], [0, 1, 4]
    images = [(s, int(i < c)) for c, size, s in zip(counts, n, scores, strict=True) for i in range(size)]
    assert rate_trend(counts, n, scores).slope == pytest.approx(np.polyfit(*zip(*images, strict=True), 1)[0])


def test_a_shifts_trend_is_a_weighted_sum():
    n, fixed, broken, scores = [200, 300, 250], [10, 8, 3], [2, 9, 20], [0, 1, 2]
    found = shift_trend(n, fixed, broken, scores)
    assert found.slope == pytest.approx(np.polyfit(scores, np.subtract(broken, fixed) / n, 1)[0])
    p, q = (np.array(broken) + 0.5) / (np.array(n) + 1), (np.array(fixed) + 0.5) / (np.array(n) + 1)
    error = np.sqrt((np.array([0.5, 0, 0.5]) ** 2 * (p + q - (p - q) ** 2) / n).sum())
    assert (found.low, found.high) == pytest.approx((found.slope - 1.959964 * error, found.slope + 1.959964 * error))
    assert found.p == pytest.approx(2 * norm.sf(found.slope / error))


def test_without_a_difference_a_shifts_trend_is_called_as_often_as_said():
    rng = np.random.default_rng(2)
    called = 0
    for _ in range(2000):
        moved = [rng.multinomial(400, (half, half, 1 - 2 * half)) for half in (0.02, 0.08, 0.15, 0.25)]
        fixed, broken, _ = np.array(moved).T
        called += shift_trend([400] * 4, fixed, broken, range(4)).p < 0.05
    assert called / 2000 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_one_group_has_no_trend():
    assert rate_trend([1], [4], [0]) == (None,) * 4
    assert rate_trend([1, 0], [4, 0], [0, 1]) == (None,) * 4
    assert shift_trend([4, 0], [1, 0], [1, 0], [0, 1]) == (None,) * 4
    assert shift_trend([4, 4], [1, 0], [1, 0], [1, 1]) == (None,) * 4
