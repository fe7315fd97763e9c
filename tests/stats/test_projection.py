import tracemalloc
from itertools import permutations
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from clipdash.stats import PROJECTED_GROUPS, SIMULATED_GROUPS, GapChange, gap_change

NOTHING = GapChange(None, None, None, None)
FOUR = np.array([[74, 38, 25, 1419], [57, 23, 9, 1461], [57, 46, 16, 1296], [69, 17, 23, 1976]])
TABLE = st.tuples(st.integers(0, 60), st.integers(0, 30), st.integers(0, 30), st.integers(1, 900))


def draw_tables(groups, n=200, seed=0):
    rng = np.random.default_rng(seed)
    return np.array([rng.multinomial(n, [p, p / 2, p / 3, 1 - 11 * p / 6]) for p in rng.uniform(0.02, 0.3, groups)])


def spell_out(tables, point=None, level=0.95, draws=2000, seed=0):
    """The definition of statistics.md, contrast by contrast with matrices: slow, and written another way."""
    groups = len(tables)
    n = tables.sum(axis=1)
    rates = np.concatenate([(tables[:, 0] + tables[:, 2]) / n, (tables[:, 0] + tables[:, 1]) / n])
    covariance = np.zeros((2 * groups, 2 * groups))
    misclassified_after, misclassified_before = np.array([1, 0, 1, 0]), np.array([1, 1, 0, 0])
    for g, cells in enumerate((tables + 0.5) / (n + 2)[:, None]):
        spread = (np.diag(cells) - np.outer(cells, cells)) / (n[g] + 2)
        both = np.array([misclassified_after, misclassified_before])
        covariance[np.ix_([g, groups + g], [g, groups + g])] = both @ spread @ both.T
    pairs = list(permutations(range(groups), 2))
    weights = np.zeros((len(pairs), len(pairs), 2 * groups))
    for x, (i, j) in enumerate(pairs):
        for y, (k, m) in enumerate(pairs):
            for place, sign in ((i, 1), (j, -1), (groups + k, -1), (groups + m, 1)):
                weights[x, y, place] += sign
    contrasts = weights @ rates
    errors = np.sqrt(np.einsum("xyp,pq,xyq->xy", weights, covariance, weights))
    if point is None:
        rng = np.random.default_rng(seed + 1)
        drawn = rng.multivariate_normal(np.zeros(2 * groups), covariance, draws)
        largest = np.array([np.abs(weights @ each / errors).max() for each in drawn])
        point = np.quantile(largest, level)
    low, high = ((contrasts + sign * point * errors).min(axis=1).max() for sign in (-1, 1))
    return low, high, point, contrasts, errors


def test_the_interval_is_the_one_defined():
    found = gap_change(FOUR)
    low, high, *_ = spell_out(FOUR)
    rates_after, rates_before = (FOUR[:, 0] + FOUR[:, 2]) / FOUR.sum(1), (FOUR[:, 0] + FOUR[:, 1]) / FOUR.sum(1)
    assert found.value == pytest.approx(np.ptp(rates_after) - np.ptp(rates_before))
    # other random draws: the points of the two bands differ by some hundredths
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.001)
    assert [type(each) for each in found] == [float] * 4


def test_more_draws_close_in_on_the_point():
    found = gap_change(FOUR, draws=30_000)
    low, high, *_ = spell_out(FOUR, draws=30_000)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.0002)


def test_many_groups_take_the_bonferroni_point():
    tables = draw_tables(SIMULATED_GROUPS + 1)
    groups = len(tables)
    number = groups**2 * (groups - 1) ** 2 / 2
    low, high, point, contrasts, errors = spell_out(tables, point=norm.isf(0.025 / number))
    found = gap_change(tables)
    assert (found.low, found.high) == pytest.approx((low, high))
    extreme = abs((contrasts / errors).min(axis=1).max())
    assert found.p == pytest.approx(min(1, 2 * number * norm.sf(extreme)))
    assert point > 4.5


def test_bonferroni_is_the_wider(monkeypatch):
    tables = draw_tables(8)
    simulated = gap_change(tables)
    monkeypatch.setattr("clipdash.stats.projection.SIMULATED_GROUPS", 7)
    bound = gap_change(tables)
    assert bound.low < simulated.low <= simulated.value <= simulated.high < bound.high
    assert bound.p >= simulated.p


def test_a_clear_change_is_found_either_way(monkeypatch):
    wider = np.array([[50, 0, 0, 950], [50, 2, 300, 648], [52, 0, 3, 945]])
    for limit in (16, 2):
        monkeypatch.setattr("clipdash.stats.projection.SIMULATED_GROUPS", limit)
        opened, closed = gap_change(wider), gap_change(wider[:, [0, 2, 1, 3]])
        assert 0.2 < opened.low < opened.value < opened.high
        assert opened.value == pytest.approx(-closed.value)
        assert closed.high < -0.2
        assert max(opened.p, closed.p) <= 1 / 2001


def test_p_and_interval_agree_at_every_level():
    tables = np.array([[20, 10, 8, 362], [20, 4, 50, 326], [25, 9, 9, 357]])
    p = gap_change(tables).p
    assert 0.001 < p < 0.2
    for level in np.concatenate([np.linspace(0.8, 0.99, 39), [1 - p - 1e-6, 1 - p + 1e-6]]):
        found = gap_change(tables, level=float(level))
        assert (found.low > 0 or found.high < 0) == (p <= 1 - level), level


def test_beyond_the_limit_only_the_value_is_given():
    tables = draw_tables(PROJECTED_GROUPS + 1)
    found = gap_change(tables)
    assert found[1:] == (None, None, None)
    after, before = (tables[:, 0] + tables[:, 2]) / 200, (tables[:, 0] + tables[:, 1]) / 200
    assert found.value == pytest.approx(np.ptp(after) - np.ptp(before))


@pytest.mark.parametrize("tables", [np.empty((0, 4)), FOUR[:1], [[1, 2, 3, 4], [0, 0, 0, 0]]])
def test_fewer_than_two_groups_have_no_change(tables):
    assert gap_change(tables) == NOTHING


def test_a_group_without_images_says_nothing():
    assert gap_change(np.insert(FOUR, 2, 0, axis=0)) == gap_change(FOUR)


def test_no_move_is_no_change():
    tables = np.array([[5, 0, 0, 95], [20, 0, 0, 80], [9, 0, 0, 91]])
    found = gap_change(tables)
    assert (found.value, found.p) == (0.0, 1.0)
    assert found.low < 0 < found.high


def test_identical_groups_and_rates_of_0_and_1():
    assert gap_change([[3, 2, 2, 50]] * 3).value == 0.0
    found = gap_change([[0, 40, 0, 0], [40, 0, 0, 0], [0, 0, 0, 40]])
    assert found.value == 0.0
    assert found.low < 0 < found.high


@settings(max_examples=40, deadline=None)
@given(st.lists(TABLE, min_size=2, max_size=6))
def test_the_change_lies_in_its_interval(tables):
    rows = np.array(tables)
    found = gap_change(rows, draws=200)
    assert -1 <= found.value <= 1
    assert found.low <= found.value <= found.high
    assert 1 / 201 <= found.p <= 1
    assert gap_change(rows[:, [0, 2, 1, 3]], draws=200).value == pytest.approx(-found.value, abs=1e-12)
    assert (found.low > 0 or found.high < 0) == (found.p <= 0.05)


def test_the_same_call_gives_the_same_numbers():
    assert gap_change(FOUR) == gap_change(FOUR.tolist())
    assert gap_change(FOUR, seed=1).low != gap_change(FOUR).low


def test_it_is_quick_and_its_memory_bounded():
    tables, many = draw_tables(8), draw_tables(PROJECTED_GROUPS)
    gap_change(tables)
    took = []
    for _ in range(5):
        start = perf_counter()
        gap_change(tables)
        took.append(perf_counter() - start)
    assert min(took) < 0.06  # 11 ms measured on an idle machine; the bar is 30
    tracemalloc.start()
    gap_change(many)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6  # an array of all contrasts would take 134e6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gap_change([1, 2, 3, 4]), r"tables must have shape \(groups, 4\); got \(4,\)"),
        (lambda: gap_change([[1, 2, 3]]), "tables must have shape"),
        (lambda: gap_change([[1, 2, 3, -4]]), "tables must be finite and not negative"),
        (lambda: gap_change(FOUR, draws=10), "draws must be at least 19 at level 0.95; got 10"),
        (lambda: gap_change(FOUR, level=0), "level must lie between 0 and 1"),
    ],
)
def test_impossible_numbers_are_a_bug_of_the_caller(call, message):
    with pytest.raises(ValueError, match=message):
        call()
