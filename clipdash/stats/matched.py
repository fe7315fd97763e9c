"""Groups that may share clusters, held against each other: the gap, the spread and the trend with their covariance."""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtrit

from clipdash.stats.clusters import Design
from clipdash.stats.counts import FloatArray, check_level
from clipdash.stats.gaps import GapEstimate
from clipdash.stats.intervals import wilson
from clipdash.stats.spread import Spread, invert_distance
from clipdash.stats.trend import Trend

__all__ = ["gap_matched", "spread_matched", "trend_matched"]


def gap_matched(
    counts: ArrayLike, ns: ArrayLike, designs: "list[Design]", covariance: FloatArray, level: float = 0.95
) -> GapEstimate:
    """Return the gap between the largest and the smallest rate of groups that may share clusters.

    Parameters
    ----------
    counts, ns : array_like, shape (G,)
        Misclassified images and judged images of each group; all have images.
    designs : list of G Design
        Of the groups' rates.
    covariance : ndarray of float64, shape (G, G)
        Of the rates, as `ratio_covariance` returns it.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    GapEstimate
        As `gap`. Each pair's interval joins the two Wilson intervals (of counts divided by their design effects) with
        the correlation of the two rates; the point is Tukey's for all pairs, on the fewest clusters less one.

    References
    ----------
    G. Y. Zou, A. Donner (2008), Construction of confidence limits about effect measures: a general approach. Statistics
    in Medicine 27, 1693-1702.
    """
    check_level(level)
    some, all_ = (np.asarray(each, dtype=np.float64) for each in (counts, ns))
    groups = len(all_)
    if groups < 2:
        return GapEstimate(None, None, None, None, None)
    point = _find_point(level, groups, max(1, min(design.clusters for design in designs) - 1))
    effects, rates = np.array([design.effect for design in designs]), some / all_
    lows, highs = wilson(some / effects, all_ / effects, z=point)
    spread = np.sqrt(np.diag(covariance))
    phi = np.clip(covariance / np.outer(spread, spread), -1.0, 1.0)
    differ = rates[:, np.newaxis] - rates
    lower = _combine((rates - lows)[:, np.newaxis], highs - rates, phi)
    upper = _combine((highs - rates)[:, np.newaxis], rates - lows, phi)
    others = ~np.eye(groups, dtype=bool)
    low, high = max(0.0, float((differ - lower)[others].max())), float((differ + upper)[others].max())
    top, bottom = int(np.argmax(rates)), int(np.argmin(rates))
    return GapEstimate(float(rates[top] - rates[bottom]), low, min(1.0, high), top, bottom)


@lru_cache(maxsize=256)  # Tukey's point takes a third of a second, and many comparisons share it
def _find_point(level: float, groups: int, freedom: int) -> float:
    if groups == 2:
        return float(stdtrit(freedom, (1 + level) / 2))
    from scipy.stats import studentized_range  # noqa: PLC0415  (slow to import; only many clustered groups need it)

    return float(studentized_range.ppf(level, groups, freedom) / np.sqrt(2))


def _combine(one: FloatArray, other: FloatArray, phi: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.maximum(one * one - 2 * phi * one * other + other * other, 0.0)))


def spread_matched(values: ArrayLike, covariance: FloatArray, level: float = 0.95) -> Spread:
    """Return the between-group standard deviation of rates or shifts of groups that may share clusters.

    Parameters
    ----------
    values : array_like, shape (G,)
        Rates or shifts.
    covariance : ndarray of float64, shape (G, G)
        As `ratio_covariance` returns it.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    Spread
        As `shift_spread`, with the generalised Q and, in place of the sum of weights, ``G / (G - 1)`` times the trace
        of what Q multiplies (for groups of one variance that do not share clusters it is that sum).
    """
    check_level(level)
    found = np.asarray(values, dtype=np.float64)
    df = len(found) - 1
    if df < 1:
        return Spread(None, None, None)
    precision = np.linalg.pinv(covariance, hermitian=True)
    ones = precision.sum(axis=0)
    kernel = precision - np.outer(ones, ones) / ones.sum()
    return invert_distance(float(found @ kernel @ found), df, float(np.trace(kernel)) * (df + 1) / df, level)


def trend_matched(values: ArrayLike, covariance: FloatArray, scores: ArrayLike, level: float = 0.95) -> Trend:
    """Test whether rates or shifts change linearly with scores, in groups that may share clusters.

    Parameters
    ----------
    values, scores : array_like, shape (G,)
        Rates or shifts, and each group's place along the attribute.
    covariance : ndarray of float64, shape (G, G)
        As `ratio_covariance` returns it.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    Trend
        The least-squares slope over groups, ``sum c value``, with variance ``c' covariance c``.
    """
    check_level(level)
    found, places = (np.asarray(each, dtype=np.float64) for each in (values, scores))
    if len(found) < 2 or np.ptp(places) == 0:
        return Trend(None, None, None, None)
    centred = places - places.mean()
    parts = centred / (centred**2).sum()
    slope, error = float(parts @ found), float(np.sqrt(parts @ covariance @ parts))
    half = float(ndtri((1 + level) / 2)) * error
    return Trend(slope, slope - half, slope + half, float(2 * ndtr(-abs(slope) / error)))
