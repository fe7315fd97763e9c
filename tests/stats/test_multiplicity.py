import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from clipdash.stats import benjamini_hochberg, holm

P = st.floats(0, 1)


@settings(max_examples=25)  # statsmodels takes its time
@given(st.lists(P, min_size=1, max_size=12))
def test_holm_agrees_with_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist(), abs=1e-14)


@given(st.lists(st.none() | P, max_size=12))
def test_what_is_no_question_stays_out(p_values):
    adjusted = holm(p_values)
    assert [p is None for p in adjusted] == [p is None for p in p_values]
    asked = [p for p in p_values if p is not None]
    assert tuple(p for p in adjusted if p is not None) == holm(asked)
    assert all(own <= p <= 1 for own, p in zip(asked, holm(asked), strict=True))


def test_holm_of_nothing():
    assert holm([]) == ()
    assert holm([None, None]) == (None, None)
    assert [type(p) for p in holm([0.2])] == [float]


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_a_bug_of_the_caller(p):
    with pytest.raises(ValueError, match="p-values must lie from 0 to 1"):
        holm([0.5, p])


@pytest.mark.parametrize("method", ["fdr_bh", "fdr_by"])
@given(p_values=st.lists(P | st.sampled_from([0.0, 0.001, 1.0]), min_size=1, max_size=40))
def test_false_discovery_rates_agree_with_statsmodels(method, p_values):
    adjusted = benjamini_hochberg(np.array(p_values), any_dependence=method == "fdr_by")
    assert (adjusted.shape, adjusted.dtype) == ((len(p_values),), np.float64)
    assert adjusted == pytest.approx(multipletests(p_values, method=method)[1], abs=1e-14)
    assert (adjusted >= p_values).all()


def test_false_discovery_of_nothing_and_of_what_is_no_p_value():
    assert benjamini_hochberg(np.array([])).tolist() == []
    with pytest.raises(ValueError, match="p-values must lie from 0 to 1"):
        benjamini_hochberg(np.array([0.5, float("nan")]))
