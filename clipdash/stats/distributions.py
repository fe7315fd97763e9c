"""The distributions behind intervals and tests, on `scipy.special`.

`scipy.stats` has them too. Importing it takes longer than everything else that an audit does, and one of them is
faster here; the tests hold each against it.
"""

import numpy as np
from scipy.special import chdtr, chdtrc, chndtrinc, ndtr

__all__ = ["chi2_above", "chi2_below", "find_noncentrality", "range_point"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(256)
_REACH = 9.0  # standard deviations; beyond it the normal density is below 1e-17
_STEPS, _MOST = 60, 64.0


def chi2_below(value: float, df: float) -> float:
    """Return the probability that chi-square on `df` degrees of freedom is at most `value`."""
    return float(chdtr(df, value))


def chi2_above(value: float, df: float) -> float:
    """Return the probability that chi-square on `df` degrees of freedom is above `value`."""
    return float(chdtrc(df, value))


def find_noncentrality(value: float, df: float, below: float) -> float:
    """Return the noncentrality with which chi-square on `df` degrees of freedom is at most `value` with chance `below`.

    Parameters
    ----------
    value : float
        A distance, above 0.
    df : float
        Degrees of freedom.
    below : float
        A chance, less than the one that the central distribution has.
    """
    return float(chndtrinc(value, df, below))


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
