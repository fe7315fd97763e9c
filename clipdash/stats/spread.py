"""How far apart the groups are altogether: the between-group standard deviation of rates and of shifts."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from clipdash.stats.counts import Counts, FloatArray, check_counts, check_level, check_share
from clipdash.stats.discordance import weigh_shifts
from clipdash.stats.distributions import chi2_above, chi2_below, find_noncentrality


class Spread(NamedTuple):
    """Between-group standard deviation and its interval; all None below two groups."""

    sd: float | None
    low: float | None
    high: float | None


def rate_spread(counts: Counts, ns: Counts, level: float = 0.95) -> Spread:
    """Return the between-group standard deviation of rates.

    Parameters
    ----------
    counts, ns : array_like, shape (G,)
        Misclassified images and judged images of each group. A group without images is left out.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    Spread
        As `shift_spread`, with the variance ``p (1 - p) / n`` of a rate, ``p = (count + .5) / (n + 1)``.

    Raises
    ------
    ValueError
        If a count is negative, not finite or more than its `ns`, or the shapes differ.
    """
    some, all_ = check_counts(counts=counts, ns=ns)
    check_share(some, all_, "counts")
    seen = all_ > 0
    some, all_ = some[seen], all_[seen]
    p = (some + 0.5) / (all_ + 1)
    return _find_spread(some / all_, all_ / (p * (1 - p)), level)


def shift_spread(n: Counts, fixed: Counts, broken: Counts, level: float = 0.95) -> Spread:
    """Return the between-group standard deviation of shifts.

    Parameters
    ----------
    n, fixed, broken : array_like, shape (G,)
        As in `clipdash.stats.homogeneity`.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    Spread
        ``sqrt(max(0, Q - (G - 1)) / sum w)``, which leaves out what chance alone would spread; its interval inverts the
        noncentral chi-square distribution of Q.

    Raises
    ------
    ValueError
        If a count is negative or not finite, ``fixed + broken`` exceeds `n`, or the shapes differ.

    References
    ----------
    J. H. Steiger, R. T. Fouladi (1997), Noncentrality interval estimation and the evaluation of statistical models. In
    What if there were no significance tests?, 221-257.
    """
    return _find_spread(*weigh_shifts(n, fixed, broken), level)


def _find_spread(values: FloatArray, weights: FloatArray, level: float) -> Spread:
    check_level(level)
    df = len(values) - 1
    if df < 1:
        return Spread(None, None, None)
    q = float(np.sum(weights * (values - np.average(values, weights=weights)) ** 2))
    return invert_distance(q, df, float(weights.sum()), level)


@lru_cache(maxsize=512)  # a page asks for the same several times over: of one list before many after
def invert_distance(q: float, df: int, total: float, level: float) -> Spread:
    """Return the spread that a distance Q on `df` degrees of freedom shows, `total` the weight it was made with."""
    tail = (1 - level) / 2
    low = find_noncentrality(q, df, 1 - tail) if chi2_above(q, df) < tail else 0.0
    high = find_noncentrality(q, df, tail) if chi2_below(q, df) > tail else 0.0
    return Spread(*(float(np.sqrt(bound / total)) for bound in (max(0.0, q - df), low, high)))
