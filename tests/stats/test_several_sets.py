import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import cochrans_q

from clipdash.stats import cochran_q


@given(rows=st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=60), sets=st.integers(2, 4))
def test_pairs_of_sets_give_cochrans_q(rows, sets):
    wrong = np.array(rows)[:, :sets].astype(int)
    found = cochran_q(wrong.sum(axis=0), wrong.T @ wrong)
    if ((wrong.sum(axis=1) % sets) == 0).all():
        assert found == (0.0, sets - 1, 1.0)
        return
    known = cochrans_q(wrong)
    assert (found.q, found.p) == pytest.approx((known.statistic, known.pvalue), abs=1e-9)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="need a square of counts"):
        cochran_q([1], [[1]])
    with pytest.raises(ValueError, match="need a square of counts"):
        cochran_q([1, 2], [[1, 1]])
