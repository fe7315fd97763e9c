"""Chi-squared label by label, held against scipy's of each table by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from clipdash.stats import chi_squared


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_each_label_is_tested_as_by_scipy(n_1, n_2, data):
    pairs = data.draw(st.lists(st.tuples(st.integers(0, n_1), st.integers(0, n_2)), min_size=1, max_size=5))
    first, second = zip(*pairs, strict=True)
    found = chi_squared(first, n_1, second, n_2)
    for place, (a, b) in enumerate(pairs):
        if a + b in (0, n_1 + n_2):
            assert np.isnan([found.statistic[place], found.p[place]]).all()
            assert found.least[place] == 0
            continue
        known = chi2_contingency([[a, n_1 - a], [b, n_2 - b]], correction=False)
        assert found.statistic[place] == pytest.approx(known.statistic, abs=1e-9)
        assert found.p[place] == pytest.approx(known.pvalue, abs=1e-12)
        assert found.least[place] == pytest.approx(known.expected_freq.min())


def test_counts_that_cannot_be_are_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="count_2 must not exceed n"):
        chi_squared([1], 2, [4], 3)
    with pytest.raises(ValueError, match="one shape"):
        chi_squared([1], 2, [1, 2], 3)
