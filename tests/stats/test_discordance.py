from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2
from statsmodels.stats.contingency_tables import mcnemar

from clipdash.stats import Homogeneity, homogeneity, mcnemar_midp

MOVED = st.integers(0, 400)


def test_midp_gives_the_published_case():
    """Fagerland, Lydersen and Laake 2013: airway hyper-responsiveness, 1 and 7 discordant pairs."""
    assert mcnemar_midp(1, 7) == pytest.approx(0.0391, abs=5e-5)


@given(MOVED, MOVED)
def test_midp_is_the_exact_test_less_the_observed_table(fixed, broken):
    p = mcnemar_midp(fixed, broken)
    assert 0 < p <= 1
    assert p == mcnemar_midp(broken, fixed)
    if fixed != broken:
        exact = mcnemar([[0, fixed], [broken, 0]], exact=True).pvalue
        observed = comb(fixed + broken, fixed) / 2 ** (fixed + broken)
        assert p == pytest.approx(exact - observed, rel=1e-9)


@pytest.mark.parametrize("moved", [0, 1, 17, 5_000_000])
def test_midp_of_equal_counts_is_1(moved):
    assert mcnemar_midp(moved, moved) == 1.0


def test_midp_is_exact_for_large_counts():
    exact = binomtest(480_000, 962_000, 0.5).pvalue
    assert mcnemar_midp(480_000, 482_000) == pytest.approx(exact, rel=0.01)
    assert mcnemar_midp(480_000, 482_000) < exact


def test_midp_is_never_0():
    assert 0 < mcnemar_midp(0, 20_000) < 1e-300


@pytest.mark.parametrize(
    ("fixed", "broken", "message"), [(-1, 2, "not negative"), (1.5, 2, "whole"), (1, 2.5, "whole")]
)
def test_impossible_pairs_are_a_bug_of_the_caller(fixed, broken, message):
    with pytest.raises(ValueError, match=message):
        mcnemar_midp(fixed, broken)


def test_homogeneity_by_hand():
    """Two groups: Q is the squared difference of the shifts over the sum of their variances."""
    n, fixed, broken = np.array([100, 400]), np.array([10, 4]), np.array([3, 9])
    p, q = (broken + 0.5) / (n + 1), (fixed + 0.5) / (n + 1)
    variance = (p + q - (p - q) ** 2) / n
    q_hand = (-0.07 - 0.0125) ** 2 / variance.sum()
    found = homogeneity(n, fixed, broken)
    assert found.q == pytest.approx(q_hand)
    assert found.df == 1
    assert found.p == pytest.approx(chi2.sf(q_hand, 1))
    assert [type(each) for each in found] == [float, int, float]


@pytest.mark.parametrize("groups", [([], [], []), ([50], [3], [4]), ([50, 0, 0], [3, 0, 0], [4, 0, 0])])
def test_homogeneity_needs_two_groups_with_images(groups):
    assert homogeneity(*groups) == Homogeneity(None, None, None)


def test_a_group_without_images_says_nothing():
    assert homogeneity([90, 0, 80], [3, 0, 9], [1, 0, 2]) == homogeneity([90, 80], [3, 9], [1, 2])


def test_identical_groups_and_groups_without_moves_do_not_differ():
    assert homogeneity([50, 50, 50], [3, 3, 3], [4, 4, 4]) == pytest.approx((0, 2, 1), abs=1e-12)
    assert homogeneity([50, 500], [0, 0], [0, 0]) == pytest.approx((0, 1, 1), abs=1e-12)


@given(st.lists(st.tuples(st.integers(1, 2000), st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=9))
def test_homogeneity_does_not_care_which_set_was_first(groups):
    neither, fixed, broken = np.array(groups).T
    found = homogeneity(neither + fixed + broken, fixed, broken)
    assert found.q >= 0
    assert 0 <= found.p <= 1
    assert homogeneity(neither + fixed + broken, broken, fixed) == pytest.approx(found, abs=1e-9)


def test_more_moves_than_images_are_a_bug_of_the_caller():
    with pytest.raises(ValueError, match=r"fixed \+ broken must not exceed n"):
        homogeneity([10, 10], [6, 1], [5, 1])
