"""Tests on the images that changed sides: is there a shift, and do the groups shift differently."""

from sys import float_info
from typing import NamedTuple

import numpy as np
from scipy.special import bdtr

from clipdash.stats.counts import Counts, FloatArray, check_counts, check_share
from clipdash.stats.distributions import chi2_above


class Homogeneity(NamedTuple):
    """Do the groups shift differently: the statistic, its degrees of freedom and p; all None below two groups."""

    q: float | None
    df: int | None
    p: float | None


def mcnemar_midp(fixed: int, broken: int) -> float:
    """Return the McNemar mid-p value of "as many images are fixed as are broken".

    Parameters
    ----------
    fixed, broken : int
        Images misclassified only before, and only after.

    Returns
    -------
    float
        Twice the smaller one-sided binomial mid-p, at most 1; exactly 1 if `fixed` equals `broken`, none included.
        Exact at every size, and never 0: what a float cannot hold comes out as the smallest it can (2.2e-308).

    Raises
    ------
    ValueError
        If a count is negative or not whole.

    References
    ----------
    M. W. Fagerland, S. Lydersen, P. Laake (2013), The McNemar test for binary matched-pairs data: mid-p and asymptotic
    are better than exact conditional. BMC Medical Research Methodology 13, 91.

    Examples
    --------
    >>> round(mcnemar_midp(1, 7), 4)
    0.0391
    """
    check_counts(fixed=fixed, broken=broken)
    if fixed != int(fixed) or broken != int(broken):
        raise ValueError(f"fixed and broken must be whole; got {fixed} and {broken}")
    if fixed == broken:
        return 1.0
    fewer, moved = min(fixed, broken), fixed + broken
    # Twice the mid-p of one side: those below count twice, those equal once.
    p = float(bdtr(fewer, moved, 0.5)) + (float(bdtr(fewer - 1, moved, 0.5)) if fewer else 0.0)
    return min(1.0, max(p, float_info.min))


def homogeneity(n: Counts, fixed: Counts, broken: Counts) -> Homogeneity:
    """Test whether all groups have the same shift.

    Parameters
    ----------
    n, fixed, broken : array_like, shape (G,)
        Judged images of each group, and how many were misclassified only before, and only after. A group without images
        says nothing and is left out.

    Returns
    -------
    Homogeneity
        Q, the weighted sum of squared distances of the shifts from their weighted mean, on G - 1 degrees of freedom,
        and its chi-square p-value; all None below two groups.

    Raises
    ------
    ValueError
        If a count is negative or not finite, ``fixed + broken`` exceeds `n`, or the shapes differ.

    Notes
    -----
    A weight is one over the variance ``(p + q - (p - q)**2) / n`` with ``p = (broken + .5) / (n + 1)`` and
    ``q = (fixed + .5) / (n + 1)``, so that a group in which nothing moved still has one. Group labels are not
    permuted: where groups differ in how many images move at all, that would call differences that are none.

    References
    ----------
    W. G. Cochran (1954), The combination of estimates from different experiments. Biometrics 10, 101-129.
    """
    shifts, weights = weigh_shifts(n, fixed, broken)
    df = len(shifts) - 1
    if df < 1:
        return Homogeneity(None, None, None)
    statistic = float(np.sum(weights * (shifts - np.average(shifts, weights=weights)) ** 2))
    return Homogeneity(statistic, df, chi2_above(statistic, df))


def weigh_shifts(n: Counts, fixed: Counts, broken: Counts) -> tuple[FloatArray, FloatArray]:
    """Return the shift of each group that has images, and one over its variance as `homogeneity` names it."""
    totals, fixes, breaks = check_counts(n=n, fixed=fixed, broken=broken)
    check_share(fixes + breaks, totals, "fixed + broken")
    seen = totals > 0
    totals, fixes, breaks = totals[seen], fixes[seen], breaks[seen]
    p, q = (breaks + 0.5) / (totals + 1), (fixes + 0.5) / (totals + 1)
    return (breaks - fixes) / totals, totals / (p + q - (p - q) ** 2)
