import math

import numpy as np
import pytest
from scipy.stats import binom

from clipdash.stats import detectable, detection_rate, fewest_moves, mcnemar_midp


@pytest.mark.parametrize(("psi", "delta", "n", "known"), [(0.1, 0.05, 312, 0.810), (0.02, 0.02, 391, 0.892)])
def test_known_rates(psi, delta, n, known):
    assert detection_rate(n, psi, delta) == pytest.approx(known, abs=5e-4)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 8])
def test_it_is_the_plain_sum_over_every_table(alpha):
    n, psi, delta = 60, 0.3, 0.12
    gain, loss = (psi + delta) / 2, (psi - delta) / 2
    total = 0.0
    for moved in range(n + 1):
        for broken in range(moved + 1):
            if mcnemar_midp(moved - broken, broken) <= alpha:
                total += binom.pmf(moved, n, psi) * binom.pmf(broken, moved, gain / (gain + loss))
    assert detection_rate(n, psi, delta, alpha) == pytest.approx(total, abs=1e-9)


def test_fewest_moves_is_the_first_that_reaches_alpha():
    for alpha in (0.05, 0.05 / 8, 0.01, 0.3):
        d = fewest_moves(alpha)
        assert mcnemar_midp(0, d) <= alpha
        assert d == 1 or mcnemar_midp(0, d - 1) > alpha
    assert (fewest_moves(), fewest_moves(0.05 / 8)) == (5, 8)


def test_detectable_is_found_four_times_in_five():
    for n, psi in ((1000, 0.05), (312, 0.1), (5000, 0.3)):
        size = detectable(n, psi)
        assert detection_rate(n, psi, size) == pytest.approx(0.8, abs=1e-3)
    assert detectable(50, 0.05) is None
    assert detectable(0, 0.05) is None
    assert detectable(100, 0.0) is None


def test_a_simulation_agrees():
    rng = np.random.default_rng(4)
    tables = rng.multinomial(200, (0.10, 0.03, 0.87), size=4000)
    found = np.mean([mcnemar_midp(fixed, broken) <= 0.05 for broken, fixed, _ in tables])
    assert found == pytest.approx(detection_rate(200, 0.13, 0.07), abs=3 * math.sqrt(0.25 / 4000))


def test_what_cannot_be_is_a_bug():
    with pytest.raises(ValueError, match="cannot come with"):
        detection_rate(100, 0.1, 0.2)
    with pytest.raises(ValueError, match="level"):
        detectable(100, 0.1, power=1)
