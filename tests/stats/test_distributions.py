"""Each distribution is held against scipy.stats, which the package does without."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, ncx2, studentized_range

from clipdash.stats import distributions as own


@given(st.floats(0, 500), st.integers(1, 60))
def test_chi_square_is_that_of_scipy(value, df):
    assert own.chi2_below(value, df) == pytest.approx(chi2.cdf(value, df), rel=1e-10, abs=1e-300)
    assert own.chi2_above(value, df) == pytest.approx(chi2.sf(value, df), rel=1e-10, abs=1e-300)


@given(st.floats(0.01, 2000), st.integers(1, 60), st.sampled_from([0.005, 0.025, 0.05, 0.5, 0.975, 0.995]))
def test_a_noncentrality_is_the_one_at_which_scipy_reaches_the_level(value, df, below):
    if chi2.cdf(value, df) <= below:
        return
    assert ncx2.cdf(value, df, own.find_noncentrality(value, df, below)) == pytest.approx(below, abs=1e-9)


@pytest.mark.parametrize("groups", [2, 3, 5, 8, 20, 50, 200])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99, 0.9999])
def test_the_range_of_normal_values_is_that_of_scipy(groups, level):
    point = own.range_point(level, groups)
    assert studentized_range.cdf(point, groups, np.inf) == pytest.approx(level, abs=2e-8)


def test_tukeys_table():
    """Quantiles of the studentized range at infinite degrees of freedom, as tables print them."""
    printed = {2: 2.77, 3: 3.31, 4: 3.63, 5: 3.86, 6: 4.03, 10: 4.47, 20: 5.01}
    assert {groups: round(own.range_point(0.95, groups), 2) for groups in printed} == printed


def test_an_audit_of_one_set_does_without_scipy_stats():
    code = (
        "import sys, io, contextlib; from clipdash.__main__ import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    assert main(['audit', 'emoji', '--labels', 'denigration', '--by', 'age', '--json']) == 0\n"
        "print(sorted({'scipy.stats', 'scipy.optimize', 'torch', 'plotly'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
