"""What a comparison of this size could have shown: never the power of what was found."""

from functools import lru_cache

import numpy as np

from clipdash.stats.counts import FloatArray, check_level

_MASS = 1e-12


def fewest_moves(alpha: float = 0.05) -> int:
    """Return how many images must move, all one way, before the mid-p test can reach `alpha`.

    Examples
    --------
    >>> fewest_moves(), fewest_moves(0.05 / 8)
    (5, 8)
    """
    check_level(alpha)
    return int(np.ceil(-np.log2(alpha) - 1e-12))


def detection_rate(n: int, discordance: float, shift: float, alpha: float = 0.05) -> float:
    """Return how often the McNemar mid-p test finds a shift, exactly.

    Parameters
    ----------
    n : int
        Judged images of the group.
    discordance : float
        Share of images that change sides, either way.
    shift : float
        Rate after minus rate before; at most `discordance` in size.
    alpha : float
        What p must reach; divided by the number of groups where they form a family.

    Returns
    -------
    float
        The sum over how many images change sides, and how they split.

    Raises
    ------
    ValueError
        If `discordance` does not lie from 0 to 1, or is smaller than the size of `shift`.

    Examples
    --------
    >>> round(detection_rate(312, 0.1, 0.05), 3), round(detection_rate(391, 0.02, 0.02), 3)
    (0.81, 0.892)
    """
    check_level(alpha)
    if not 0 <= abs(shift) <= discordance <= 1:
        raise ValueError(f"a shift of {shift} cannot come with a discordance of {discordance}")
    if not n or not discordance:
        return 0.0
    from scipy.stats import binom  # noqa: PLC0415  (slow to import; an audit of one set has no pairs)

    low, high = binom.ppf([_MASS, 1 - _MASS], n, discordance).astype(int)
    moved = np.arange(low, high + 1)
    bound = _find_bounds(int(low), int(high), alpha)
    share = (discordance + shift) / (2 * discordance)
    found = binom.cdf(bound, moved, share) + binom.cdf(bound, moved, 1 - share)
    return float(np.sum(binom.pmf(moved, n, discordance) * np.where(bound >= 0, found, 0.0)))


@lru_cache(maxsize=64)
def _find_bounds(least: int, most: int, alpha: float) -> FloatArray:
    """Return, for that many moved images, the largest smaller count whose mid-p reaches `alpha`; -1 for none."""
    from scipy.stats import binom  # noqa: PLC0415

    moved = np.arange(least, most + 1)
    bound = np.minimum(binom.ppf(alpha / 2, moved, 0.5), (moved - 1) // 2).astype(np.float64)
    for _ in range(2):  # the quantile is at most one above the mid-p bound
        midp = 2 * binom.cdf(bound - 1, moved, 0.5) + binom.pmf(bound, moved, 0.5)
        bound = np.where((midp > alpha) & (bound >= 0), bound - 1, bound)
    bounds: FloatArray = np.asarray(bound, dtype=np.float64)
    bounds.flags.writeable = False
    return bounds


def detectable(n: int, discordance: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """Return the smallest shift that would be found with a chance of `power`.

    Parameters
    ----------
    n, discordance, alpha
        As in `detection_rate`.
    power : float
        The chance.

    Returns
    -------
    float or None
        A size, without a sign; None where even a shift of all that moves would not be.

    References
    ----------
    R. J. Connor (1987), Sample size for testing differences in proportions for the paired-sample design. Biometrics 43,
    207-211 (asked there of n; here the exact sum is inverted).
    """
    check_level(power)
    if detection_rate(n, discordance, discordance, alpha) < power:
        return None
    from scipy.optimize import brentq  # noqa: PLC0415

    return float(brentq(lambda s: detection_rate(n, discordance, s, alpha) - power, 0.0, discordance, xtol=1e-6))
