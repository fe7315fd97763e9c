"""Counts of two groups of different images: do they carry a label equally often."""

from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from clipdash.stats.counts import Counts, FloatArray, check_counts, check_share

__all__ = ["Contingency", "chi_squared"]


class Contingency(NamedTuple):
    """Pearson's chi-squared of 2 x 2 tables, one a label, each of shape (L,).

    Parameters
    ----------
    statistic, p : ndarray of float64
        On one degree of freedom, without Yates' correction; NaN where the label is carried by no image or by all.
    least : ndarray of float64
        The smallest of the four expected counts; below 5 the p is not to be relied on.
    """

    statistic: FloatArray
    p: FloatArray
    least: FloatArray


def chi_squared(count_1: Counts, n_1: float, count_2: Counts, n_2: float) -> Contingency:
    """Test label by label whether two groups carry it equally often.

    Parameters
    ----------
    count_1, count_2 : array_like, shape (L,)
        Images of the first and of the second group that carry each label.
    n_1, n_2 : float
        Images of each group.

    Returns
    -------
    Contingency

    Raises
    ------
    ValueError
        If a count is negative, not finite or more than its `n`, or the shapes differ.

    References
    ----------
    K. Pearson (1900), Philosophical Magazine 50, 157-175. Expected counts below 5: W. G. Cochran (1954), Some methods
    for strengthening the common chi-squared tests. Biometrics 10, 417-451.

    Examples
    --------
    >>> found = chi_squared([30], 100, [15], 100)
    >>> round(float(found.statistic[0]), 3), float(found.least[0])
    (6.452, 22.5)
    """
    first, second = check_counts(count_1=count_1, count_2=count_2)
    check_share(first, np.full_like(first, n_1), "count_1")
    check_share(second, np.full_like(second, n_2), "count_2")
    total, carried = n_1 + n_2, first + second
    spare = n_1 * n_2 * carried * (total - carried)
    crossed = first * (n_2 - second) - second * (n_1 - first)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = np.where(spare > 0, total * crossed**2 / spare, np.nan)
        least = min(n_1, n_2) * np.minimum(carried, total - carried) / total
    return Contingency(statistic, np.asarray(chdtrc(1, statistic)), least)
