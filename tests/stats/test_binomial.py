"""Exact intervals and tests of one rate, held against the tails that define them and against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import proportion_confint

from clipdash.stats import binomial_p, clopper_pearson

COUNTS = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, st.sampled_from([0.8, 0.95, 0.99]))
def test_at_either_end_of_the_interval_the_count_lies_at_a_tail(counts, level):
    count, n = counts
    low, high = clopper_pearson(count, n, level)
    tail = (1 - level) / 2
    assert low == 0 if count == 0 else binom.sf(count - 1, n, low) == pytest.approx(tail, rel=1e-6)
    assert high == 1 if count == n else binom.cdf(count, n, high) == pytest.approx(tail, rel=1e-6)
    if n:
        assert (low, high) == pytest.approx(proportion_confint(count, n, 1 - level, "beta"), abs=1e-9)


@given(COUNTS, st.sampled_from([0.0, 0.1, 1 / 6, 0.25, 0.5, 0.9, 1.0]))
def test_p_is_that_of_scipy(counts, chance):
    count, n = counts
    wanted = binomtest(count, n, chance).pvalue if n else 1.0
    assert binomial_p(count, n, chance) == pytest.approx(wanted, rel=1e-7, abs=1e-12)


def test_many_images_are_no_trouble():
    assert binomial_p(500_000, 1_000_000, 0.5) == pytest.approx(1)
    assert binomial_p(502_000, 1_000_000, 0.5) == pytest.approx(binomtest(502_000, 1_000_000, 0.5).pvalue, rel=1e-6)


def test_what_cannot_be_is_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="must not exceed"):
        clopper_pearson(3, 2)
    with pytest.raises(ValueError, match="level must lie"):
        clopper_pearson(1, 2, 1)
    with pytest.raises(ValueError, match="from 0 to 1"):
        binomial_p(1, 2, 1.5)
