"""Confidence intervals of one rate and of the difference of two."""

from typing import Literal, NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike

from clipdash.stats.counts import Counts, FloatArray, check_counts, check_share, find_point


class Interval(NamedTuple):
    """The two ends of a confidence interval, as plain floats."""

    low: float
    high: float


@overload
def wilson(count: float, n: float, level: float = 0.95, *, z: float | None = None) -> Interval: ...
@overload
def wilson(
    count: Counts, n: Counts, level: float = 0.95, *, z: float | None = None
) -> tuple[FloatArray, FloatArray]: ...
def wilson(
    count: ArrayLike, n: ArrayLike, level: float = 0.95, *, z: float | None = None
) -> Interval | tuple[FloatArray, FloatArray]:
    """Return Wilson's score interval of the rate ``count / n``.

    Parameters
    ----------
    count, n : float or array_like, shape (...)
        Images with the property, and images; both scalars or both arrays of one shape.
    level : float
        Confidence, between 0 and 1.
    z : float, optional
        A normal point to use in place of that of `level`.

    Returns
    -------
    Interval, or two arrays of float64
        Within [0, 1] and around ``count / n``. Where ``n`` is 0 nothing is known of the rate: (0, 1).

    Raises
    ------
    ValueError
        If a count is negative, not finite or more than `n`, or the shapes differ.

    References
    ----------
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.

    Examples
    --------
    >>> low, high = wilson(8, 100)
    >>> round(low, 4), round(high, 4)
    (0.0411, 0.15)
    """
    point = find_point(level, z)
    counts, totals = check_counts(count=count, n=n)
    check_share(counts, totals)
    return _give(*_bound_rate(counts, totals, point))


@overload
def newcombe_unpaired(
    count_1: float, n_1: float, count_2: float, n_2: float, level: float = 0.95, *, z: float | None = None
) -> Interval: ...
@overload
def newcombe_unpaired(
    count_1: Counts, n_1: Counts, count_2: Counts, n_2: Counts, level: float = 0.95, *, z: float | None = None
) -> tuple[FloatArray, FloatArray]: ...
def newcombe_unpaired(
    count_1: ArrayLike,
    n_1: ArrayLike,
    count_2: ArrayLike,
    n_2: ArrayLike,
    level: float = 0.95,
    *,
    z: float | None = None,
) -> Interval | tuple[FloatArray, FloatArray]:
    """Return Newcombe's score interval of ``count_1 / n_1 - count_2 / n_2``, two groups of different images.

    Parameters
    ----------
    count_1, n_1, count_2, n_2 : float or array_like, shape (...)
        Images with the property, and images, of the first and of the second group; all scalars or arrays of one shape.
    level : float
        Confidence, between 0 and 1.
    z : float, optional
        A normal point to use in place of that of `level`.

    Returns
    -------
    Interval, or two arrays of float64
        Within [-1, 1]. Where a group has no image nothing is known of the difference: (-1, 1).

    Raises
    ------
    ValueError
        If a count is negative, not finite or more than its `n`, or the shapes differ.

    References
    ----------
    R. G. Newcombe (1998), Interval estimation for the difference between independent proportions: comparison of eleven
    methods. Statistics in Medicine 17, 873-890; method 10.
    """
    point = find_point(level, z)
    first, total_1, second, total_2 = check_counts(count_1=count_1, n_1=n_1, count_2=count_2, n_2=n_2)
    check_share(first, total_1, "count_1")
    check_share(second, total_2, "count_2")
    low, high = _bound_difference(first, total_1, second, total_2, phi=0.0, z=point)
    vacuous = (total_1 == 0) | (total_2 == 0)
    return _give(np.where(vacuous, -1.0, low), np.where(vacuous, 1.0, high))


@overload
def newcombe_paired(
    *, both: float, fixed: float, broken: float, neither: float, level: float = 0.95, z: float | None = None
) -> Interval: ...
@overload
def newcombe_paired(
    *, both: Counts, fixed: Counts, broken: Counts, neither: Counts, level: float = 0.95, z: float | None = None
) -> tuple[FloatArray, FloatArray]: ...
def newcombe_paired(
    *,
    both: ArrayLike,
    fixed: ArrayLike,
    broken: ArrayLike,
    neither: ArrayLike,
    level: float = 0.95,
    z: float | None = None,
) -> Interval | tuple[FloatArray, FloatArray]:
    """Return Newcombe's score interval of a shift: the rate after minus the rate before, on the same images.

    Parameters
    ----------
    both, fixed, broken, neither : float or array_like, shape (...)
        How many images were misclassified before and after, only before, only after, never; keywords only, since papers
        print this table in either order::

                                  misclassified after   not after
            misclassified before          both            fixed
            not before                   broken          neither

    level : float
        Confidence, between 0 and 1.
    z : float, optional
        A normal point to use in place of that of `level`.

    Returns
    -------
    Interval, or two arrays of float64
        Around ``(broken - fixed) / n`` and within [-1, 1]. Without any image nothing is known of the shift: (-1, 1).

    Raises
    ------
    ValueError
        If a count is negative or not finite, or the shapes differ.

    Notes
    -----
    The two Wilson intervals are combined with the correlation phi of before and after, whose numerator is lessened by
    n/2 towards 0 when positive; phi is 0 where a margin of the table is empty.

    References
    ----------
    R. G. Newcombe (1998), Improved confidence intervals for the difference between binomial proportions based on paired
    data. Statistics in Medicine 17, 2635-2650; method 10.

    Examples
    --------
    >>> low, high = newcombe_paired(both=59, fixed=16, broken=6, neither=80)
    >>> round(low, 4), round(high, 4)
    (-0.1186, -0.0046)
    """
    point = find_point(level, z)
    cells = check_counts(both=both, fixed=fixed, broken=broken, neither=neither)
    always, only_before, only_after, never = cells
    n = always + only_before + only_after + never
    return _give(*_bound_difference(always + only_after, n, always + only_before, n, phi=_correlate(*cells), z=point))


def one_way_interval(
    count: float, n: float, direction: Literal["fixed", "broken"], level: float = 0.95, *, z: float | None = None
) -> Interval:
    """Return the interval of a shift that could go one way only: Wilson's of ``count / n`` with the sign of the way.

    Parameters
    ----------
    count, n : float
        Images that moved, and images.
    direction : {"fixed", "broken"}
        The only move possible: out of misclassification (the shift is at most 0) or into it (at least 0).
    level : float
        Confidence, between 0 and 1.
    z : float, optional
        A normal point to use in place of that of `level`.

    Returns
    -------
    Interval
        Within [-1, 0] for "fixed", [0, 1] for "broken".

    Raises
    ------
    ValueError
        If `count` is negative, not finite or more than `n`, or `direction` is another word.
    """
    low, high = wilson(count, n, level, z=z)
    if direction == "broken":
        return Interval(low, high)
    if direction == "fixed":
        return Interval(0.0 - high, 0.0 - low)  # 0 - x: never a negative zero
    raise ValueError(f'direction must be "fixed" or "broken"; got {direction!r}')


def _bound_rate(count: FloatArray, n: FloatArray, z: float) -> tuple[FloatArray, FloatArray]:
    spread = z * np.sqrt(count * (n - count) / np.maximum(n, 1e-300) + z * z / 4)
    low = (count + z * z / 2 - spread) / (n + z * z)
    high = (count + z * z / 2 + spread) / (n + z * z)
    # At 0 and n the ends are exactly 0 and 1; the subtraction would leave some 1e-17.
    return np.where(count == 0, 0.0, np.maximum(low, 0.0)), np.where(count == n, 1.0, np.minimum(high, 1.0))


def _bound_difference(
    count_1: FloatArray, n_1: FloatArray, count_2: FloatArray, n_2: FloatArray, *, phi: FloatArray | float, z: float
) -> tuple[FloatArray, FloatArray]:
    low_1, high_1 = _bound_rate(count_1, n_1, z)
    low_2, high_2 = _bound_rate(count_2, n_2, z)
    rate_1, rate_2 = count_1 / np.where(n_1 > 0, n_1, 1.0), count_2 / np.where(n_2 > 0, n_2, 1.0)
    difference = rate_1 - rate_2
    low = difference - _combine(rate_1 - low_1, high_2 - rate_2, phi)
    high = difference + _combine(high_1 - rate_1, rate_2 - low_2, phi)
    return np.maximum(low, -1.0), np.minimum(high, 1.0)


def _combine(one: FloatArray, other: FloatArray, phi: FloatArray | float) -> FloatArray:
    return np.sqrt(np.maximum(one * one - 2 * phi * one * other + other * other, 0.0))


def _correlate(both: FloatArray, fixed: FloatArray, broken: FloatArray, neither: FloatArray) -> FloatArray:
    margins = (both + fixed) * (broken + neither) * (both + broken) * (fixed + neither)
    numerator = both * neither - fixed * broken
    n = both + fixed + broken + neither
    corrected = np.where(numerator > 0, np.maximum(numerator - n / 2, 0.0), numerator)
    return np.where(margins > 0, corrected / np.sqrt(np.where(margins > 0, margins, 1.0)), 0.0)


def _give(low: FloatArray, high: FloatArray) -> Interval | tuple[FloatArray, FloatArray]:
    return Interval(float(low), float(high)) if np.ndim(low) == 0 else (low, high)
