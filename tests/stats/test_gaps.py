import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import studentized_range

from clipdash.stats import GapEstimate, gap, newcombe_unpaired
from clipdash.stats import gaps as room

NOTHING = GapEstimate(None, None, None, None, None)


@st.composite
def groups(draw, least=2):
    ns = draw(st.lists(st.integers(1, 3000), min_size=least, max_size=9))
    return [draw(st.integers(0, n)) for n in ns], ns


def test_two_groups_are_newcombe_folded_at_0():
    low, high = newcombe_unpaired(9, 100, 30, 120)
    assert gap([9, 30], [100, 120]) == pytest.approx((0.25 - 0.09, -high, -low, 1, 0))
    low, high = newcombe_unpaired(10, 100, 13, 120)
    found = gap([10, 13], [100, 120])
    assert found.low == 0
    assert found.high == pytest.approx(max(-low, high))


def test_several_groups_take_the_studentized_range():
    counts, ns = [5, 40, 12], [100, 200, 150]
    z = studentized_range.ppf(0.95, 3, np.inf) / np.sqrt(2)
    assert z == pytest.approx(3.3145 / np.sqrt(2), abs=1e-4)  # printed tables: q(.95; 3, inf) = 3.31
    ends = [newcombe_unpaired(counts[i], ns[i], counts[j], ns[j], z=z) for i in range(3) for j in range(3) if i != j]
    found = gap(counts, ns)
    assert found.value == pytest.approx(0.2 - 0.05)
    assert found.low == pytest.approx(max(0, *(end.low for end in ends)))
    assert found.high == pytest.approx(max(end.high for end in ends))
    assert [type(each) for each in found] == [float, float, float, int, int]


@pytest.mark.parametrize(("counts", "ns"), [([], []), ([3], [10]), ([3, 0], [10, 0])])
def test_fewer_than_two_groups_have_no_gap(counts, ns):
    assert gap(counts, ns) == NOTHING


def test_places_skip_groups_without_images_and_ties_take_the_first():
    found = gap([0, 1, 3, 2, 6], [0, 10, 10, 20, 20])
    assert (found.argmax, found.argmin) == (2, 1)
    assert gap([0, 0], [10, 500])[3:] == (0, 0)


def test_rates_of_0_and_1():
    found = gap([0, 50, 50], [50, 50, 50])
    assert found.value == found.high == 1.0
    assert 0.8 < found.low < 1


@given(groups(), st.sampled_from([0.8, 0.95]))
def test_the_gap_lies_in_its_interval_whatever_the_order(given_groups, level):
    counts, ns = given_groups
    found = gap(counts, ns, level)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.value == counts[found.argmax] / ns[found.argmax] - counts[found.argmin] / ns[found.argmin]
    assert gap(counts[::-1], ns[::-1], level)[:3] == pytest.approx(found[:3], abs=1e-12)
    right = [n - count for n, count in zip(ns, counts, strict=True)]
    assert gap(right, ns, level)[:3] == pytest.approx(found[:3], abs=1e-12)


def test_many_groups_are_taken_in_pieces(monkeypatch):
    rng = np.random.default_rng(4)
    ns = rng.integers(30, 300, 70)
    counts = rng.binomial(ns, 0.2)
    whole = gap(counts, ns)
    monkeypatch.setattr(room, "_PAIRS_AT_ONCE", 150)
    assert gap(counts, ns) == whole
    monkeypatch.setattr(room, "_PAIRS_AT_ONCE", 1)
    assert gap(counts, ns) == whole


def test_impossible_numbers_are_a_bug_of_the_caller():
    with pytest.raises(ValueError, match="counts must not exceed n"):
        gap([11, 2], [10, 10])
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        gap([1], [10], level=95)
