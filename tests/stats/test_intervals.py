import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from clipdash.stats import Interval, newcombe_paired, newcombe_unpaired, one_way_interval, wilson

COUNT = st.integers(0, 3000)
LEVEL = st.sampled_from([0.5, 0.9, 0.95, 0.99])


@st.composite
def shares(draw):
    n = draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(
    ("count", "n"), [(0, 1), (1, 1), (0, 30), (30, 30), (3, 47), (555, 1556), (2_000_000, 5_000_000)]
)
def test_wilson_agrees_with_statsmodels(count, n, level):
    assert wilson(count, n, level) == pytest.approx(
        proportion_confint(count, n, alpha=1 - level, method="wilson"), abs=1e-14
    )


def test_wilson_reaches_0_and_1_exactly():
    assert wilson(0, 77).low == 0.0
    assert wilson(77, 77).high == 1.0


def test_wilson_of_nothing_knows_nothing():
    assert wilson(0, 0) == Interval(0.0, 1.0)


def test_wilson_takes_arrays_and_effective_counts():
    low, high = wilson(np.array([[0, 3], [4.5, 9]]), np.array([[0, 10], [9.25, 9]]))
    assert low.shape == high.shape == (2, 2)
    assert low.dtype == np.float64
    assert (low[0, 0], high[0, 0]) == (0, 1)
    assert (low[1, 0], high[1, 0]) == wilson(4.5, 9.25)


def test_intervals_are_plain_floats():
    for interval in (
        wilson(np.int64(3), np.int64(9)),
        newcombe_unpaired(1, 2, 3, 4),
        newcombe_paired(both=1, fixed=2, broken=3, neither=4),
        one_way_interval(1, 9, "fixed"),
    ):
        assert [type(end) for end in interval] == [float, float]


def test_a_given_z_stands_in_for_the_level():
    assert wilson(5, 50, z=1.959963984540054) == pytest.approx(wilson(5, 50), abs=1e-15)
    assert one_way_interval(5, 50, "broken", z=3.0).high == wilson(5, 50, z=3.0).high


@given(shares(), LEVEL)
def test_wilson_lies_around_the_rate(share, level):
    count, n = share
    low, high = wilson(count, n, level)
    assert 0 <= low <= count / n <= high <= 1
    assert wilson(n - count, n, level) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@pytest.mark.parametrize(
    "counts", [(56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 0, 10), (10, 10, 0, 20), (7, 900, 41, 2000)]
)
def test_unpaired_agrees_with_statsmodels(counts):
    expected = confint_proportions_2indep(*counts, compare="diff", method="newcomb")
    assert newcombe_unpaired(*counts) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((5, 56, 0, 29), -0.0381, 0.1926)],
)
def test_unpaired_gives_the_published_cases(counts, low, high):
    """Newcombe 1998 (Statistics in Medicine 17, 873-890), table II, method 10."""
    assert newcombe_unpaired(*counts) == pytest.approx((low, high), abs=5.1e-5)


@pytest.mark.parametrize("counts", [(0, 0, 3, 10), (3, 10, 0, 0), (0, 0, 0, 0)])
def test_unpaired_with_an_empty_group_knows_nothing(counts):
    assert newcombe_unpaired(*counts) == Interval(-1.0, 1.0)


def test_unpaired_takes_arrays():
    low, high = newcombe_unpaired([5, 0], [50, 0], [6, 1], [40, 9])
    assert (low[0], high[0]) == newcombe_unpaired(5, 50, 6, 40)
    assert (low[1], high[1]) == (-1, 1)


@given(shares(), shares(), LEVEL)
def test_unpaired_turns_its_sign_with_the_groups(first, second, level):
    low, high = newcombe_unpaired(*first, *second, level)
    assert -1 <= low <= first[0] / first[1] - second[0] / second[1] <= high <= 1
    assert newcombe_unpaired(*second, *first, level) == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((59, 6, 16, 80), (-0.1186, -0.0046)),  # Cavo et al. 2012, in Fagerland, Lydersen and Laake 2014
        ((1, 1, 7, 12), (-0.5069, -0.0256)),  # Bentur et al. 2009, in the same
    ],
)
def test_paired_gives_the_published_cases(cells, expected):
    """Printed as both, only first, only second, neither and first minus second rate: so their first is our after."""
    both, only_first, only_second, neither = cells
    found = newcombe_paired(both=both, broken=only_first, fixed=only_second, neither=neither)
    assert found == pytest.approx(expected, abs=5.1e-5)


def test_paired_without_discordant_pair_lies_around_0():
    low, high = newcombe_paired(both=5, fixed=0, broken=0, neither=95)
    assert low < 0 < high
    assert low == pytest.approx(-high, abs=1e-15)


@pytest.mark.parametrize("cells", [(0, 0, 3, 27), (0, 3, 0, 27), (27, 0, 3, 0), (0, 0, 0, 30), (30, 0, 0, 0)])
def test_paired_with_an_empty_margin_has_no_correlation(cells):
    both, fixed, broken, neither = cells
    found = newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither)
    assert found == pytest.approx(newcombe_unpaired(both + broken, 30, both + fixed, 30), abs=1e-14)


def test_paired_correlation_narrows_and_its_opposite_widens():
    unpaired = np.diff(newcombe_unpaired(50, 100, 50, 100))[0]
    assert np.diff(newcombe_paired(both=45, fixed=5, broken=5, neither=45))[0] < unpaired
    assert np.diff(newcombe_paired(both=5, fixed=45, broken=45, neither=5))[0] > unpaired


def test_paired_of_nothing_knows_nothing():
    assert newcombe_paired(both=0, fixed=0, broken=0, neither=0) == Interval(-1.0, 1.0)


def test_paired_of_one_image():
    assert newcombe_paired(both=0, fixed=1, broken=0, neither=0).low == -1.0


@given(COUNT, COUNT, COUNT, COUNT, LEVEL)
def test_paired_turns_its_sign_with_before_and_after(both, fixed, broken, neither, level):
    low, high = newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither, level=level)
    assert -1 <= low <= (broken - fixed) / max(1, both + fixed + broken + neither) <= high <= 1
    swapped = newcombe_paired(both=both, fixed=broken, broken=fixed, neither=neither, level=level)
    assert swapped == pytest.approx((-high, -low), abs=1e-12)
    turned = newcombe_paired(both=neither, fixed=broken, broken=fixed, neither=both, level=level)
    assert turned == pytest.approx((-high, -low), abs=1e-12)  # of the images got right


def test_paired_takes_arrays():
    low, high = newcombe_paired(both=[59, 1], fixed=[16, 7], broken=[6, 1], neither=[80, 12])
    assert low == pytest.approx([-0.1186, -0.5069], abs=5.1e-5)
    assert high == pytest.approx([-0.0046, -0.0256], abs=5.1e-5)


def test_one_way_has_the_sign_of_the_way():
    low, high = wilson(4, 50)
    assert one_way_interval(4, 50, "broken") == Interval(low, high)
    assert one_way_interval(4, 50, "fixed") == Interval(-high, -low)
    assert str(one_way_interval(0, 50, "fixed").high) == "0.0"
    assert one_way_interval(0, 0, "fixed") == Interval(-1.0, 0.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wilson(5, 4), "count must not exceed n"),
        (lambda: wilson(-1, 4), "count must be finite and not negative"),
        (lambda: wilson(1, float("nan")), "n must be finite and not negative"),
        (lambda: wilson([1, 2], [3]), "must have one shape"),
        (lambda: wilson(1, 4, level=1.0), "level must lie between 0 and 1"),
        (lambda: wilson(1, 4, z=0), "z must be positive"),
        (lambda: newcombe_unpaired(3, 2, 1, 4), "count_1 must not exceed n"),
        (lambda: newcombe_unpaired(1, 2, 5, 4), "count_2 must not exceed n"),
        (lambda: newcombe_paired(both=1, fixed=-2, broken=0, neither=1), "fixed must be finite and not negative"),
        (lambda: one_way_interval(1, 4, "up"), 'direction must be "fixed" or "broken"'),
    ],
)
def test_impossible_numbers_are_a_bug_of_the_caller(call, message):
    with pytest.raises(ValueError, match=message):
        call()
