import numpy as np
import pytest

from clipdash.stats import curve_band, ecdf_band, wilson


def test_the_band_of_a_distribution_holds_everywhere_where_pointwise_intervals_do_not():
    random = np.random.default_rng(0)
    grid = np.linspace(0.02, 0.98, 97)
    held = pointwise = 0
    for _ in range(400):
        scores = np.sort(random.random(150))
        counts = 150 - np.searchsorted(scores, grid)
        low, high = ecdf_band(counts / 150, 150)
        held += bool(((low <= 1 - grid) & (1 - grid <= high)).all())
        low, high = wilson(counts, np.full(97, 150))
        pointwise += bool(((low <= 1 - grid) & (1 - grid <= high)).all())
    assert held >= 0.95 * 400
    assert pointwise <= 0.70 * 400


def test_the_band_of_a_curve_that_rises_and_falls_holds_everywhere():
    random = np.random.default_rng(1)
    grid = np.linspace(0, 1, 41)
    ends = np.sort(random.random((4000, 2)), axis=1)
    truth = ((ends[:, :1] < grid) & (grid <= ends[:, 1:])).mean(axis=0)
    held = 0
    for seed in range(200):
        some = ends[random.choice(len(ends), 120)]
        states, counts = np.unique((some[:, :1] < grid) & (grid <= some[:, 1:]), axis=0, return_counts=True)
        low, high = curve_band(counts, states, draws=299, seed=seed)
        held += bool(((low <= truth) & (truth <= high)).all())
    assert held >= 0.95 * 200


def test_bands_repeat_themselves_and_stay_within_bounds():
    states = np.array([[True, False, False], [False, True, True]])
    first, second = (curve_band([3, 40], states) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first[0] >= 0).all()
    assert (first[1] <= 1).all()
    rates = np.array([3, 40, 40]) / 43
    assert ((first[0] < rates) & (rates < first[1])).all()


def test_without_images_nothing_is_known():
    assert [each.tolist() for each in ecdf_band([0.0], 0)] == [[0.0], [1.0]]
    assert [each.tolist() for each in curve_band([0], np.ones((1, 2), bool))] == [[0.0, 0.0], [1.0, 1.0]]


def test_counts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="rates"):
        ecdf_band([1.5], 10)
    with pytest.raises(ValueError, match="shape"):
        curve_band([1, 2], np.ones((3, 2), bool))
    with pytest.raises(ValueError, match="level"):
        ecdf_band([0.5], 10, level=1.5)
