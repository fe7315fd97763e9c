import numpy as np
import pytest

from clipdash.stats import judge_tolerance, newcombe_paired


def test_the_three_verdicts():
    wide = {"both": 59, "fixed": 16, "broken": 6, "neither": 80}
    assert judge_tolerance(**wide, tolerance=0.001).verdict == "beyond"
    assert judge_tolerance(**wide, tolerance=0.2).verdict == "within"
    found = judge_tolerance(**wide, tolerance=0.05)
    assert found.verdict == "cannot tell"
    assert found.outer == newcombe_paired(**wide)
    assert found.inner == newcombe_paired(**wide, level=0.90)
    turned = {"both": 59, "fixed": 6, "broken": 16, "neither": 80}
    assert judge_tolerance(**turned, tolerance=0.001).verdict == "beyond"


def test_neither_verdict_is_wrong_more_often_than_said():
    rng = np.random.default_rng(6)
    tables = rng.multinomial(300, (0.1, 0.06, 0.11, 0.73), size=1500)  # the true shift is exactly the tolerance
    verdicts = [
        judge_tolerance(both=a, fixed=b, broken=c, neither=d, tolerance=0.05).verdict for a, b, c, d in tables.tolist()
    ]
    margin = 3 * np.sqrt(0.05 * 0.95 / 1500)
    assert verdicts.count("within") / 1500 <= 0.05 + margin
    assert verdicts.count("beyond") / 1500 <= 0.05 + margin


def test_a_tolerance_is_above_zero():
    with pytest.raises(ValueError, match="must be above 0"):
        judge_tolerance(both=1, fixed=1, broken=1, neither=1, tolerance=0)
