"""The gap between the largest and the smallest rate of several groups under one label set."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from clipdash.stats.counts import Counts, FloatArray, check_counts, check_level, check_share, find_point
from clipdash.stats.distributions import range_point
from clipdash.stats.intervals import newcombe_unpaired

_PAIRS_AT_ONCE = 500_000  # bounds the memory of a call to some 50 MB whatever the number of groups


class GapEstimate(NamedTuple):
    """Largest minus smallest rate, its interval, and the places of the two groups; all None below two groups."""

    value: float | None
    low: float | None
    high: float | None
    argmax: int | None
    argmin: int | None


def gap(counts: Counts, ns: Counts, level: float = 0.95) -> GapEstimate:
    """Return the gap between the largest and the smallest rate, with a simultaneous interval.

    Parameters
    ----------
    counts, ns : array_like, shape (G,)
        Misclassified images and judged images of each group. A group without images has no rate and is left out.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    GapEstimate
        `argmax` and `argmin` are places in the arrays given; among equal rates the first is named. The value is biased
        upward: of several groups with one true rate, one is always highest by chance.

    Raises
    ------
    ValueError
        If a count is negative, not finite or more than its `ns`, or the shapes differ.

    Notes
    -----
    All ordered pairs of groups get Newcombe's interval for independent groups, wide enough to hold for all of them at
    once (Tukey's studentized range in place of the normal point; for two groups they are the same). The gap is at least
    the largest lower end, and 0, and at most the largest upper end.

    References
    ----------
    R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, method 10. J. W. Tukey (1953), The problem of multiple
    comparisons. K. Lum, Y. Zhang, A. Bower (2022), De-biasing "bias" measurement. FAccT '22, 379-389.
    """
    check_level(level)
    some, all_ = check_counts(counts=counts, ns=ns)
    check_share(some, all_, "counts")
    places = np.flatnonzero(all_ > 0)
    if len(places) < 2:
        return GapEstimate(None, None, None, None, None)
    some, all_ = some[places], all_[places]
    rates = some / all_
    top, bottom = int(np.argmax(rates)), int(np.argmin(rates))
    low, high = _bound_gap(some, all_, find_range_point(len(places), level))
    return GapEstimate(float(rates[top] - rates[bottom]), low, high, int(places[top]), int(places[bottom]))


@lru_cache(maxsize=256)
def find_range_point(groups: int, level: float) -> float:
    """Return the two-sided point at which all pairwise differences of `groups` means hold at once."""
    if groups == 2:
        return find_point(level)
    return range_point(level, groups) / float(np.sqrt(2))


def _bound_gap(counts: FloatArray, ns: FloatArray, z: float) -> tuple[float, float]:
    groups = len(ns)
    low, high = 0.0, 0.0
    step = max(1, _PAIRS_AT_ONCE // groups)
    for start in range(0, groups, step):
        rows = np.repeat(np.arange(start, min(start + step, groups)), groups)
        columns = np.tile(np.arange(groups), len(rows) // groups)
        rows, columns = rows[rows != columns], columns[rows != columns]
        lows, highs = newcombe_unpaired(counts[rows], ns[rows], counts[columns], ns[columns], z=z)
        low, high = max(low, float(lows.max())), max(high, float(highs.max()))
    return low, high
