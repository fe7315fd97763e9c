"""Variance of a full grid, held against the analysis of variance of statsmodels."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from clipdash.stats import split_variance


@pytest.mark.parametrize(("sizes", "seed"), [((2, 3, 4), 0), ((3, 2, 2), 1), ((5, 2, 3), 2)])
def test_parts_are_the_sums_of_squares_of_statsmodels(sizes, seed):
    values = np.random.default_rng(seed).normal(size=sizes) + 2 * np.arange(sizes[0])[:, None, None]
    rows = [(*places, values[places]) for places in product(*map(range, sizes))]
    frame = pd.DataFrame(rows, columns=["a", "b", "c", "y"])
    squares = anova_lm(ols("y ~ (C(a) + C(b) + C(c))**2", frame).fit())["sum_sq"]
    found = split_variance(values)
    names = {"C(a)": (0,), "C(b)": (1,), "C(c)": (2,), "C(a):C(b)": (0, 1), "C(a):C(c)": (0, 2), "C(b):C(c)": (1, 2)}
    for name, axes in (names | {"Residual": (0, 1, 2)}).items():
        assert found[axes] == pytest.approx(squares[name] / squares.sum()), name
    assert sum(found.values()) == pytest.approx(1)


def test_one_level_and_equal_values_explain_nothing():
    found = split_variance(np.array([[[1.0, 2.0]]]))
    assert found[2,] == 1
    assert {share for axes, share in found.items() if axes != (2,)} == {0}
    assert set(split_variance(np.full((2, 2), 0.1)).values()) == {0}
