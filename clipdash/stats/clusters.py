"""Images that hang together (one person, one drawing): how much wider that makes an interval, and the test of a shift.

A cluster counts as one unit that was drawn; within it images may answer alike. Groups may share clusters (the same
drawing in several colours), which is why covariances between groups are estimated, not assumed to be 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import fdtrc, ndtr, stdtrit

from clipdash.stats.counts import FloatArray, check_level
from clipdash.stats.discordance import Homogeneity, mcnemar_midp

__all__ = ["Design", "homogeneity_matched", "rate_design", "ratio_covariance", "shift_design", "sign_flip"]

_EXACT_STEPS = 20_000_000
_LEAST_P = 2.3e-308


class Design(NamedTuple):
    """How much less a group's images say than as many that do not hang together.

    Parameters
    ----------
    effect : float
        The design effect, at least 1: counts are divided by it.
    clusters : int
        How many clusters the group's images are of.
    """

    effect: float
    clusters: int

    def find_point(self, level: float) -> float:
        """Return the two-sided point of Student's t on clusters - 1 degrees of freedom, at least one."""
        check_level(level)
        return float(stdtrit(max(1, self.clusters - 1), (1 + level) / 2))


def ratio_covariance(values: ArrayLike, sizes: ArrayLike, least: ArrayLike | None = None) -> FloatArray:
    """Return the cluster-robust covariance of several rates or shifts.

    Parameters
    ----------
    values, sizes : array_like, shape (R, K)
        What is summed (misclassified images; moves into misclassification less moves out) and images, of each of R
        groups in each of K clusters. A cluster without an image of a group says nothing about it.
    least : array_like, shape (R,), optional
        Variances that images which do not hang together would have: the result has none smaller, its correlations stay.

    Returns
    -------
    ndarray of float64, shape (R, R)
        Of the ratios ``sum values / sum sizes``, linearised, with K / (K - 1) for the clusters of each. Half an image
        in each direction is added to every variance, so that none is 0.

    References
    ----------
    W. G. Cochran (1977), Sampling techniques, 3rd edition, section 6.3. J. N. K. Rao, A. J. Scott (1992), A simple
    method for the analysis of clustered binary data. Biometrics 48, 577-585.
    """
    some, all_ = (np.asarray(each, dtype=np.float64) for each in (values, sizes))
    if some.ndim != 2 or some.shape != all_.shape:
        raise ValueError(f"values and sizes must have one shape (ratios, clusters); got {some.shape} and {all_.shape}")
    n, clusters = all_.sum(axis=1), (all_ > 0).sum(axis=1)
    safe = np.maximum(n, 1)
    residuals = (some - (some.sum(axis=1) / safe)[:, np.newaxis] * all_) / safe[:, np.newaxis]
    residuals *= np.sqrt(clusters / np.maximum(clusters - 1, 1))[:, np.newaxis]
    covariance = residuals @ residuals.T + np.diag(0.5 / safe**2)
    if least is not None:
        grown = np.sqrt(np.maximum(1.0, np.asarray(least) / np.diag(covariance)))
        covariance = covariance * np.outer(grown, grown)
    return np.asarray(covariance)


def rate_design(values: ArrayLike, sizes: ArrayLike) -> Design:
    """Return the design effect of a rate.

    Parameters
    ----------
    values, sizes : array_like, shape (K,)
        Misclassified images and images of each cluster.

    Returns
    -------
    Design
        Cluster-robust over plain variance, at least 1. Where no image counts, or every one, no variance shows; then
        every cluster is taken to answer as one: the mean size of an image's cluster. With one cluster its images count
        as one.
    """
    some, all_ = (np.asarray(each, dtype=np.float64) for each in (values, sizes))
    rate = some.sum() / max(all_.sum(), 1.0)
    return _design(some, all_, rate * (1 - rate))


def shift_design(fixed: ArrayLike, broken: ArrayLike, sizes: ArrayLike) -> Design:
    """Return the design effect of a shift; `fixed`, `broken` and `sizes` have shape (K,), else as `rate_design`."""
    out, into, all_ = (np.asarray(each, dtype=np.float64) for each in (fixed, broken, sizes))
    n = max(all_.sum(), 1.0)
    p, q = into.sum() / n, out.sum() / n
    return _design(into - out, all_, p + q - (p - q) ** 2)


def _design(values: FloatArray, sizes: FloatArray, unit: float) -> Design:
    seen = sizes > 0
    values, sizes, clusters, n = values[seen], sizes[seen], int(seen.sum()), float(sizes.sum())
    if clusters < 2:
        return Design(max(1.0, n), clusters)
    if unit <= 0:
        return Design(max(1.0, float((sizes**2).sum() / n)), clusters)
    residuals = values - values.sum() / n * sizes
    robust = clusters / (clusters - 1) * float((residuals**2).sum()) / n**2
    return Design(max(1.0, float(robust / (unit / n))), clusters)


def sign_flip(differences: ArrayLike) -> float:
    """Return the mid-p value of "no shift" where whole clusters, not images, could as well have gone the other way.

    Parameters
    ----------
    differences : array_like of int, shape (K,)
        Of each cluster: images newly misclassified less images no longer.

    Returns
    -------
    float
        Two-sided, at most 1 and never 0; 1 where they sum to 0. With one image a cluster it is `mcnemar_midp`. Exact;
        with very many clusters the normal limit.

    References
    ----------
    A. M. Winkler, G. R. Ridgway, M. A. Webster, S. M. Smith, T. E. Nichols (2014), Permutation inference for the
    general linear model. NeuroImage 92, 381-397.
    """
    moved = np.asarray(differences, dtype=np.int64)
    moved = moved[moved != 0]
    total, sizes = abs(int(moved.sum())), np.abs(moved)
    if total == 0:
        return 1.0
    if (sizes == sizes[0]).all():
        return mcnemar_midp(int((moved < 0).sum()), int((moved > 0).sum()))
    widest = int(sizes.sum())
    if len(sizes) * widest > _EXACT_STEPS:
        return max(float(2 * ndtr(-total / np.sqrt(float((sizes**2).sum())))), _LEAST_P)
    chances = np.zeros(2 * widest + 1)
    chances[widest] = 1.0
    for size in sizes.tolist():
        chances = (np.roll(chances, size) + np.roll(chances, -size)) / 2  # the ends are reached at the last step only
    beyond = float(chances[widest + total + 1 :].sum())
    return min(1.0, max(2 * beyond + float(chances[widest + total]), _LEAST_P))


def homogeneity_matched(values: ArrayLike, covariance: FloatArray, clusters: int) -> Homogeneity:
    """Test whether all groups have the same shift, where groups may share clusters.

    Parameters
    ----------
    values : array_like, shape (G,)
        The shifts.
    covariance : ndarray of float64, shape (G, G)
        As `ratio_covariance` returns it.
    clusters : int
        K, of all groups together.

    Returns
    -------
    Homogeneity
        Q, the distance of the shifts from their generalised least-squares mean, and p from Hotelling's T-squared:
        ``Q (K - G + 1) / ((K - 1) (G - 1))`` as F on G - 1 and K - G + 1 degrees of freedom; p is None where there are
        no more clusters than groups, everything below two groups.

    References
    ----------
    H. Hotelling (1931), The generalization of Student's ratio. Annals of Mathematical Statistics 2, 360-378.
    """
    shifts = np.asarray(values, dtype=np.float64)
    df = len(shifts) - 1
    if df < 1:
        return Homogeneity(None, None, None)
    precision = np.linalg.pinv(covariance, hermitian=True)
    mean = float(precision.sum(axis=0) @ shifts / precision.sum())
    q = float((shifts - mean) @ precision @ (shifts - mean))
    rest = clusters - df
    if rest < 1:
        return Homogeneity(q, df, None)
    return Homogeneity(q, df, float(fdtrc(df, rest, q * rest / ((clusters - 1) * df))))
