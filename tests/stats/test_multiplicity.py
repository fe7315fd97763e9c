import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from clipdash.stats import holm

P = st.floats(0, 1)


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
