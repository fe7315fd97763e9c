"""The distributions behind intervals and tests, on `scipy.special`.

`scipy.stats` has them too. Importing it takes longer than everything else that an audit does, and two of them are
faster and more exact here; the tests hold each against it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtr, chdtrc, gammaln, ndtr

__all__ = ["chi2_above", "chi2_below", "noncentral_chi2_above", "noncentral_chi2_below", "range_point"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(256)
_REACH = 9.0  # standard deviations; beyond it the normal density is below 1e-17
_SPREAD = 12.0  # the same for the terms of a Poisson mixture
_STEPS, _MOST = 60, 64.0


def chi2_below(value: float, df: float) -> float:
    """Return the probability that chi-square on `df` degrees of freedom is at most `value`."""
    return float(chdtr(df, value))


def chi2_above(value: float, df: float) -> float:
    """Return the probability that chi-square on `df` degrees of freedom is above `value`."""
    return float(chdtrc(df, value))


def noncentral_chi2_below(value: float, df: float, noncentrality: float) -> float:
    """Return the probability that noncentral chi-square is at most `value`: a Poisson mixture of central ones."""
    terms, weights = _mix(noncentrality)
    return float(weights @ chdtr(df + 2 * terms, value))


def noncentral_chi2_above(value: float, df: float, noncentrality: float) -> float:
    """Return the probability that noncentral chi-square is above `value`."""
    terms, weights = _mix(noncentrality)
    return float(weights @ chdtrc(df + 2 * terms, value))


def _mix(noncentrality: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the terms of the mixture that matter, and their Poisson probabilities."""
    mean = noncentrality / 2
    around = _SPREAD * np.sqrt(mean + 1) + _SPREAD
    terms = np.arange(max(0.0, np.floor(mean - around)), np.ceil(mean + around) + 1)
    logs = terms * np.log(mean) - mean - gammaln(terms + 1) if mean else np.where(terms == 0, 0.0, -np.inf)
    return terms, np.exp(logs)


def range_point(level: float, groups: int) -> float:
    """Return the point below which the range of `groups` standard normal values lies with probability `level`.

    Parameters
    ----------
    level : float
        Between 0 and 1.
    groups : int
        At least 2.

    Returns
    -------
    float
        The studentized range's quantile at infinite degrees of freedom (Tukey 1953), from the integral of
        ``G phi(z) (Phi(z) - Phi(z - q))^(G - 1)`` over z by Gauss and Legendre, inverted by bisection.
    """
    points = _REACH * _NODES
    density = groups * _REACH * _WEIGHTS * np.exp(-points * points / 2) / np.sqrt(2 * np.pi)
    below, low, high = ndtr(points), 0.0, _MOST
    for _ in range(_STEPS):
        middle = (low + high) / 2
        reached = density @ (below - ndtr(points - middle)) ** (groups - 1) >= level
        low, high = (low, middle) if reached else (middle, high)
    return high
