"""Does a rate, or a shift, rise or fall along an ordered attribute."""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from clipdash.stats.counts import Counts, check_counts, check_level, check_share, find_point
from clipdash.stats.discordance import weigh_shifts
from clipdash.stats.distributions import chi2_above


class Trend(NamedTuple):
    """Change a step of the attribute, its interval, and p; all None below two groups.

    A rate's trend has no interval here: the test is of association, not of a slope.
    """

    slope: float | None
    low: float | None
    high: float | None
    p: float | None


_NONE = Trend(None, None, None, None)


def rate_trend(counts: Counts, ns: Counts, scores: Counts) -> Trend:
    """Test whether rates change linearly with scores, by linear-by-linear association.

    Parameters
    ----------
    counts, ns : array_like, shape (G,)
        Misclassified images and judged images of each group. A group without images is left out.
    scores : array_like, shape (G,)
        The group's place along the attribute, 0, 1, ...

    Returns
    -------
    Trend
        The least-squares slope over images, and the p-value of ``(N - 1) r**2`` on one degree of freedom; p is 1 where
        all images are alike.

    Raises
    ------
    ValueError
        If a count is negative, not finite or more than its `ns`, or the shapes differ.

    References
    ----------
    A. Agresti (2013), Categorical data analysis, 3rd edition, section 3.4.
    """
    some, all_, places = check_counts(counts=counts, ns=ns, scores=scores)
    check_share(some, all_, "counts")
    if (all_ > 0).sum() < 2:
        return _NONE
    n, rate = all_.sum(), some.sum() / all_.sum()
    centred = places - np.average(places, weights=all_)
    across, along = float((all_ * centred**2).sum()), float(n * rate * (1 - rate))
    together = float((centred * some).sum())
    statistic = (n - 1) * together**2 / (across * along) if along > 0 else 0.0
    return Trend(together / across, None, None, chi2_above(statistic, 1))


def shift_trend(n: Counts, fixed: Counts, broken: Counts, scores: Counts, level: float = 0.95) -> Trend:
    """Test whether shifts change linearly with scores.

    Parameters
    ----------
    n, fixed, broken : array_like, shape (G,)
        As in `clipdash.stats.homogeneity`.
    scores : array_like, shape (G,)
        The group's place along the attribute, 0, 1, ...
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    Trend
        The least-squares slope of the groups' shifts, ``sum c D``, with variance ``sum c**2 v``, v as in `homogeneity`.
        (Linear-by-linear association of the moves themselves calls far too often where groups differ in how many move.)

    Raises
    ------
    ValueError
        If a count is negative or not finite, ``fixed + broken`` exceeds `n`, or the shapes differ.
    """
    check_level(level)
    totals, places = check_counts(n=n, scores=scores)
    shifts, weights = weigh_shifts(n, fixed, broken)
    places = places[totals > 0]
    if len(places) < 2 or np.ptp(places) == 0:
        return _NONE
    centred = places - places.mean()
    parts = centred / (centred**2).sum()
    slope, error = float((parts * shifts).sum()), float(np.sqrt((parts**2 / weights).sum()))
    half = find_point(level) * error
    return Trend(slope, slope - half, slope + half, float(2 * ndtr(-abs(slope) / error)))
