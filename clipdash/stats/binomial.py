"""Exact figures of one rate: its interval, and its test against a chance that is known."""

import numpy as np
from scipy.special import betaincinv, gammaln, xlog1py, xlogy

from clipdash.stats.counts import check_counts, check_level, check_share
from clipdash.stats.intervals import Interval

#: Outcomes as likely as the one observed count too, though rounding parts them (as in R and scipy).
_ALIKE = 1 + 1e-7


def clopper_pearson(count: int, n: int, level: float = 0.95) -> Interval:
    """Return the exact interval of the rate ``count / n``.

    Parameters
    ----------
    count, n : int
        Images with the property, and images.
    level : float
        Confidence, between 0 and 1; never less, whatever the rate, and so wider than Wilson's.

    Returns
    -------
    Interval
        Within [0, 1]. Where ``n`` is 0 nothing is known of the rate: (0, 1).

    Raises
    ------
    ValueError
        If a count is negative or more than `n`, or the level is none.

    References
    ----------
    C. J. Clopper, E. S. Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the
    binomial. Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = clopper_pearson(8, 100)
    >>> round(low, 4), round(high, 4)
    (0.0352, 0.1516)
    """
    counts, totals = check_counts(count=count, n=n)
    check_share(counts, totals)
    check_level(level)
    tail = (1 - level) / 2
    low = betaincinv(count, n - count + 1, tail) if count else 0.0
    high = betaincinv(count + 1, n - count, 1 - tail) if count < n else 1.0
    return Interval(float(low), float(high))


def binomial_p(count: int, n: int, chance: float) -> float:
    """Return the exact two-sided p of `count` in `n` independent draws that each succeed with a known chance.

    Parameters
    ----------
    count, n : int
        Successes, and draws.
    chance : float
        From 0 to 1.

    Returns
    -------
    float
        The probability of all counts that are no likelier than the one observed; 1 where ``n`` is 0.

    Raises
    ------
    ValueError
        If a count is negative or more than `n`, or the chance is none.

    Examples
    --------
    >>> round(binomial_p(8, 10, 0.5), 4)
    0.1094
    """
    counts, totals = check_counts(count=count, n=n)
    check_share(counts, totals)
    if not 0 <= chance <= 1:
        raise ValueError(f"a chance lies from 0 to 1; got {chance}")
    hits = np.arange(n + 1)
    ways = gammaln(n + 1) - gammaln(hits + 1) - gammaln(n - hits + 1)
    likely = np.exp(ways + xlogy(hits, chance) + xlog1py(n - hits, -chance))
    return min(float(likely[likely <= likely[count] * _ALIKE].sum()), 1.0)
