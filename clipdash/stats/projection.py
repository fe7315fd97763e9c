"""The change of the gap between two label sets, by projecting a simultaneous band (max-T)."""

from collections.abc import Iterator
from math import floor
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from clipdash.stats.counts import FloatArray, check_counts, check_level

SIMULATED_GROUPS = 16
"""Up to so many groups the point of the band is simulated; above it is Bonferroni's, which is wider."""
PROJECTED_GROUPS = 64
"""Above so many groups the change of the gap has no interval: the contrasts grow with the fourth power."""

_TINY = 1e-30
_DRAWS_AT_ONCE = 100_000  # contrasts times draws of one block: stays in the processor's cache


class GapChange(NamedTuple):
    """Gap after minus gap before, its interval and p; None where undefined or (above 64 groups) not computed."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None


class _Margins(NamedTuple):
    """Observed rates of each group (G,), and the covariance of all rates before, then all after (2 G, 2 G)."""

    before: FloatArray
    after: FloatArray
    covariance: FloatArray


def gap_change(tables: ArrayLike, level: float = 0.95, draws: int = 2000, seed: int = 0) -> GapChange:
    """Return how the gap between the largest and the smallest rate changed, with a conservative interval.

    Parameters
    ----------
    tables : array_like, shape (G, 4)
        A row a group: images misclassified before and after, only before (fixed), only after (broken), never. A group
        without images has no rate and is left out.
    level : float
        Confidence, between 0 and 1.
    draws : int
        Normal draws behind the point of the band.
    seed : int
        Of these draws: the same call gives the same numbers.

    Returns
    -------
    GapChange
        Negative where the gap shrank. All None below two groups; above `PROJECTED_GROUPS` groups only the value is
        given. `p` is at most ``1 - level`` exactly where the interval leaves out 0, and at least ``1 / (draws + 1)``
        where simulated.

    Raises
    ------
    ValueError
        If the shape is not (G, 4), a count is negative or not finite, or `draws` is too few for `level`.

    Notes
    -----
    The gap after is the largest of all differences ``a_i - a_j``, the gap before that of all ``b_k - b_l``. Each
    contrast ``C_ijkl = (a_i - a_j) - (b_k - b_l)`` has a standard error ``se`` from the groups' tables. With ``c`` the
    point that the largest ``abs(T)`` of all contrasts stays under at the level, the interval is
    ``max_ij min_kl (C - c se)`` to ``max_ij min_kl (C + c se)``. It leaves out 0 just where ``c`` is less than
    ``abs(max_ij min_kl C / se)``; so `p` is the share of draws whose largest ``abs(T)`` reaches that. Above
    `SIMULATED_GROUPS` groups ``c`` and `p` are Bonferroni's over all contrasts, which is wider. Exchanging before and
    after negates the value, but the ends only roughly (the largest of smallest is not the smallest of largest).
    Resampling images instead would miss: the largest of noisy rates is biased, in both sets by different amounts.

    References
    ----------
    Simultaneous bands by max-T: T. Hothorn, F. Bretz, P. Westfall (2008), Simultaneous inference in general parametric
    models. Biometrical Journal 50, 346-363. The projection to the gap is this project's; docs/method.md derives it.
    """
    check_level(level)
    rank = floor((1 - level) * (draws + 1) + 1e-9)
    if rank < 1:
        raise ValueError(f"draws must be at least {1 / (1 - level) - 1:.0f} at level {level}; got {draws}")
    rows = _keep_tables(tables)
    if len(rows) < 2:
        return GapChange(None, None, None, None)
    return _change(_estimate_margins(rows), level, draws, seed)


def gap_change_matched(
    before: ArrayLike,
    after: ArrayLike,
    covariance: FloatArray,
    *,
    level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> GapChange:
    """Return how the gap changed between groups that may share clusters.

    Parameters
    ----------
    before, after : array_like, shape (G,)
        Rates of each group.
    covariance : ndarray of float64, shape (2 G, 2 G)
        Of all rates before, then all after, as `ratio_covariance` returns it.
    level, draws, seed
        As in `gap_change`.

    Returns
    -------
    GapChange
        As `gap_change`.
    """
    check_level(level)
    first, second = (np.asarray(rates, dtype=np.float64) for rates in (before, after))
    if len(first) < 2:
        return GapChange(None, None, None, None)
    return _change(_Margins(first, second, covariance), level, draws, seed)


def _change(margins: _Margins, level: float, draws: int, seed: int) -> GapChange:
    value, groups = float(np.ptp(margins.after) - np.ptp(margins.before)), len(margins.before)
    if groups > PROJECTED_GROUPS:
        return GapChange(value, None, None, None)
    if groups > SIMULATED_GROUPS:
        contrasts = groups**2 * (groups - 1) ** 2 / 2  # a contrast and its negative are one
        low, high, extreme = _project(margins, -float(ndtri((1 - level) / (2 * contrasts))))
        return GapChange(value, low, high, min(1.0, float(2 * contrasts * ndtr(-extreme))))
    rank = floor((1 - level) * (draws + 1) + 1e-9)
    largest = np.sort(_draw_largest(margins, draws, seed))
    low, high, extreme = _project(margins, float(largest[-rank]))
    return GapChange(value, low, high, float((1 + np.sum(largest >= extreme)) / (draws + 1)))


def _keep_tables(tables: ArrayLike) -> FloatArray:
    (rows,) = check_counts(tables=tables)
    if rows.ndim != 2 or rows.shape[1] != 4:
        raise ValueError(f"tables must have shape (groups, 4); got {rows.shape}")
    kept: FloatArray = rows[rows.sum(axis=1) > 0]
    return kept


def _estimate_margins(rows: FloatArray) -> _Margins:
    both, fixed, broken, _ = rows.T
    n = rows.sum(axis=1)
    total = n + 2
    p_both, p_before, p_after = (both + 0.5) / total, (both + fixed + 1) / total, (both + broken + 1) / total
    shared = np.diag((p_both - p_before * p_after) / total)
    own = [np.diag(p * (1 - p) / total) for p in (p_before, p_after)]
    covariance = np.block([[own[0], shared], [shared, own[1]]])
    return _Margins((both + fixed) / n, (both + broken) / n, covariance)


def _walk_errors(margins: _Margins) -> Iterator[FloatArray]:
    """Yield for each group i the standard errors of its contrasts, (G, G, G) over j, k, l; G^4 is never in memory.

    Where j = i or k = l there is no contrast; the number there is positive and means nothing.
    """
    groups = len(margins.before)
    before, after = margins.covariance[:groups, :groups], margins.covariance[groups:, groups:]
    across = margins.covariance[groups:, :groups]
    own = np.diag(before)
    pairs = own[:, None] + own[None, :] - 2 * before
    for i in range(groups):
        block = (after[i, i] + np.diag(after) - 2 * after[i])[:, None, None] + pairs[None]
        block = block - 2 * (across[i][None, :, None] - across[i][None, None, :])
        block += 2 * (across[:, :, None] - across[:, None, :])
        yield np.sqrt(np.maximum(block, _TINY))


def _project(margins: _Margins, point: float) -> tuple[float, float, float]:
    """Return max_ij min_kl of C - point se and of C + point se, and abs(max_ij min_kl C / se)."""
    before, after = margins.before, margins.after
    gaps_before = before[:, None] - before[None, :]
    np.fill_diagonal(gaps_before, -np.inf)  # k = l: the contrast becomes infinite and is never the least
    best = np.full(3, -np.inf)
    for i, block in enumerate(_walk_errors(margins)):
        others = np.arange(len(after)) != i
        errors = block[others]
        contrasts = (after[i] - after[others])[:, None, None] - gaps_before
        for place, each in enumerate((contrasts - point * errors, contrasts + point * errors, contrasts / errors)):
            best[place] = max(best[place], each.min(axis=(1, 2)).max())
    return float(best[0]), float(best[1]), abs(float(best[2]))


def _draw_largest(margins: _Margins, draws: int, seed: int) -> FloatArray:
    """Return the largest abs(T) of all contrasts in each of `draws` draws under no change, (draws,)."""
    before, after = _draw_rates(margins, draws, seed)
    groups = before.shape[1]
    first, second = np.triu_indices(groups, 1)  # i < j is enough: exchanging i with j and k with l only turns the sign
    scale = 1 / np.concatenate([block[i + 1 :] for i, block in enumerate(_walk_errors(margins))])
    scale[:, np.arange(groups), np.arange(groups)] = 0
    scale = scale.reshape(len(first), groups * groups)
    gaps_after = (after[:, first] - after[:, second])[:, :, None]
    gaps_before = (before[:, :, None] - before[:, None, :]).reshape(draws, 1, groups * groups)
    step = max(1, _DRAWS_AT_ONCE // scale.size)
    largest = np.empty(draws)
    for start in range(0, draws, step):
        part = slice(start, start + step)
        statistic = gaps_after[part] - gaps_before[part]
        statistic *= scale
        largest[part] = np.maximum(statistic.max(axis=(1, 2)), -statistic.min(axis=(1, 2)))
    return largest


def _draw_rates(margins: _Margins, draws: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return correlated normal deviations of the rates before and after, each (draws, G)."""
    groups = len(margins.before)
    # All befores first: for groups that share nothing the factor holds a slope and a rest for each, no more.
    normal = np.random.default_rng(seed).standard_normal((2, draws, groups))
    factor = np.linalg.cholesky(margins.covariance)
    drawn = np.concatenate([normal[0], normal[1]], axis=1) @ factor.T
    return drawn[:, :groups], drawn[:, groups:]
