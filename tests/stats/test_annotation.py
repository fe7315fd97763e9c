import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipdash.stats import corrected_rate, observed_rate, vanishing_error

SHARE = st.floats(0, 1)


def test_a_neutral_label_shifts_a_rate_by_the_annotations_errors_alone():
    assert observed_rate(0.05, 0.30, 0.02) - observed_rate(0.05, 0.95, 0.02) == pytest.approx(-0.013)


@given(rate=SHARE, swapped=SHARE, error=st.floats(0, 0.9))
def test_correction_undoes_observation(rate, swapped, error):
    assert corrected_rate(observed_rate(rate, swapped, error), swapped, error) == pytest.approx(rate, abs=1e-9)


def test_the_error_that_explains_a_shift():
    assert vanishing_error(-0.013, -0.65) == pytest.approx(0.02)
    assert vanishing_error(0.0, 0.3) == 0
    assert vanishing_error(0.1, 0.0) is None
    assert vanishing_error(0.1, -0.3) is None
    assert vanishing_error(0.4, 0.3) is None


def test_a_share_of_errors_is_below_one():
    for function in (observed_rate, corrected_rate):
        with pytest.raises(ValueError, match="from 0 to below 1"):
            function(0.1, 0.2, 1.0)
