"""Bands that hold a whole curve of rates at once, not each of its points by itself."""

from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clipdash.stats.counts import Counts, FloatArray, check_counts, check_level, find_point
from clipdash.stats.intervals import wilson

_CELLS_AT_ONCE = 4_000_000


def ecdf_band(rates: ArrayLike, n: int, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """Return the band of a curve of rates that only falls or only rises: the share of images that pass a threshold.

    Parameters
    ----------
    rates : array_like, shape (T,)
        The share at each threshold.
    n : int
        Images.
    level : float
        Confidence that the whole curve lies within.

    Returns
    -------
    low, high : ndarray of float64, shape (T,)
        ``rates`` less and plus ``sqrt(log(2 / (1 - level)) / (2 n))``, within [0, 1]; without images (0, 1).

    Raises
    ------
    ValueError
        If a rate does not lie from 0 to 1, or `n` is negative.

    References
    ----------
    A. Dvoretzky, J. Kiefer, J. Wolfowitz (1956), Annals of Mathematical Statistics 27, 642-669; the constant:
    P. Massart (1990), The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Annals of Probability 18,
    1269-1283.

    Examples
    --------
    >>> low, high = ecdf_band([0.5], 1000)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.4571, 0.5429)
    """
    check_level(level)
    values = np.asarray(rates, dtype=np.float64)
    if n < 0 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"rates must lie from 0 to 1 and n not below 0; got {values.tolist()} and {n}")
    half = sqrt(log(2 / (1 - level)) / (2 * n)) if n else 1.0
    return np.maximum(values - half, 0.0), np.minimum(values + half, 1.0)


def curve_band(
    counts: Counts, states: NDArray[np.bool_], level: float = 0.95, draws: int = 999, seed: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Return the band of any curve of rates, by the sup-t bootstrap.

    Parameters
    ----------
    counts : array_like, shape (S,)
        Images of each state; images that count at the same thresholds share one.
    states : ndarray of bool, shape (S, T)
        At which of T thresholds an image of the state counts.
    level : float
        Confidence that the whole curve lies within.
    draws : int
        Resamples of the images.
    seed : int
        Of these: the same call gives the same numbers.

    Returns
    -------
    low, high : ndarray of float64, shape (T,)
        Wilson's interval at every threshold, with the point that the largest studentised distance of a resampled curve
        stays under at the level; without images (0, 1).

    Raises
    ------
    ValueError
        If a count is negative, or the shapes do not fit.

    Notes
    -----
    A resample is studentised by its own standard error, that of ``(count + .5) / (n + 1)``. With normal ends and the
    observed error in place of Wilson's ends and the resample's, the band held 81 to 92 % of curves of 60 to 500 images
    that start and end at 0; this one held 92 to 99 %, and 89 % of steep ones of 30 images.

    References
    ----------
    J. L. Montiel Olea, M. Plagborg-Moller (2019), Simultaneous confidence bands: theory, implementation, and an
    application to SVARs. Journal of Applied Econometrics 34, 1-17.
    """
    check_level(level)
    (some,) = check_counts(counts=counts)
    if states.ndim != 2 or len(states) != len(some):
        raise ValueError(f"states must have shape ({len(some)}, thresholds); got {states.shape}")
    n = int(some.sum())
    if not n:
        return np.zeros(states.shape[1]), np.ones(states.shape[1])
    marks = states.astype(np.float64)
    rates = some @ marks / n
    random, farthest = np.random.default_rng(seed), np.empty(draws)
    step = max(1, _CELLS_AT_ONCE // max(1, len(some)))
    for start in range(0, draws, step):
        drawn = random.multinomial(n, some / n, size=min(step, draws - start)) @ marks
        smooth = (drawn + 0.5) / (n + 1)
        distance = np.abs(drawn / n - rates) / np.sqrt(smooth * (1 - smooth) / n)
        farthest[start : start + step] = distance.max(axis=1)
    point = max(float(np.quantile(farthest, level, method="higher")), find_point(level))
    return wilson(n * rates, np.full(len(rates), float(n)), z=point)
