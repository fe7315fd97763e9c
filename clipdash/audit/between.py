"""What is said of the groups of a comparison together: do they shift differently, how far apart, along which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.clustering import ClusterSums
from clipdash.audit.pairing import GroupShift, read_pairs
from clipdash.audit.rating import Gap, find_gap
from clipdash.audit.table import Table
from clipdash.stats import (
    GapChange,
    Homogeneity,
    Spread,
    Trend,
    gap_change,
    gap_change_matched,
    homogeneity,
    homogeneity_matched,
    rate_spread,
    rate_trend,
    ratio_covariance,
    shift_spread,
    shift_trend,
    spread_matched,
    trend_matched,
)

__all__ = ["Between", "Spreads", "Trends", "relate_groups"]


@dataclass(frozen=True)
class Spreads:
    """Between-group standard deviations of the rates before, the rates after, and the shifts."""

    before: Spread
    after: Spread
    shift: Spread


@dataclass(frozen=True)
class Trends:
    """Change a step of an ordered attribute of the rates before, the rates after, and the shifts."""

    before: Trend
    after: Trend
    shift: Trend


@dataclass(frozen=True)
class Between:
    """Everything that is said of the groups shown together; the fields of a `Shift`."""

    homogeneity: Homogeneity
    gap_before: Gap
    gap_after: Gap
    gap_change: GapChange
    spread: Spreads
    trend: Trends | None


def relate_groups(table: Table, rows: Sequence[GroupShift], sums: ClusterSums | None) -> Between:
    """Relate the groups that are shown.

    Parameters
    ----------
    table : Table
        Of the comparison.
    rows : sequence of GroupShift
        All groups.
    sums : ClusterSums, optional
        Of all groups, where images hang together.

    Returns
    -------
    Between
    """
    places = np.array([place for place, row in enumerate(rows) if not row.withheld], dtype=np.intp)
    shown = [rows[place] for place in places]
    if sums is not None and len(shown) > 1:
        return _relate_matched(table, shown, places, sums.pick(places))
    pairs = np.array([read_pairs(row) for row in shown], dtype=np.int64).reshape(-1, 4)
    # In an order of their own, so that no figure depends on the order in which groups are listed.
    ordered = np.array(sorted(pairs.tolist()), dtype=np.int64).reshape(-1, 4)
    both, fixed, broken, n = *ordered[:, :3].T, ordered.sum(axis=1)
    return Between(
        homogeneity(n, fixed, broken),
        find_gap([(row.group, row.before, row.n) for row in shown if row.before is not None]),
        find_gap([(row.group, row.after, row.n) for row in shown if row.after is not None]),
        gap_change(ordered),
        Spreads(rate_spread(both + fixed, n), rate_spread(both + broken, n), shift_spread(n, fixed, broken)),
        _find_trends(pairs, places) if _has_order(table) else None,
    )


def _has_order(table: Table) -> bool:
    return len(table.by) == 1 and table.ordered == table.by


def _find_trends(pairs: NDArray[np.int64], places: NDArray[np.intp]) -> Trends:
    both, fixed, broken, n = *pairs[:, :3].T, pairs.sum(axis=1)
    return Trends(
        rate_trend(both + fixed, n, places),
        rate_trend(both + broken, n, places),
        shift_trend(n, fixed, broken, places),
    )


def _relate_matched(table: Table, shown: Sequence[GroupShift], places: NDArray[np.intp], sums: ClusterSums) -> Between:
    """Relate groups whose images hang together, and that may share clusters."""
    # In an order of their own too, here.
    own = np.array(sorted(range(len(shown)), key=lambda place: read_pairs(shown[place])), dtype=np.intp)
    ordered, found = sums.pick(own), _estimate_matched([shown[place] for place in own], sums.pick(own))
    (before, after, shifts), (rates, moved), groups = found.values, found.covariances, len(shown)
    within = rates[:groups, :groups], rates[groups:, groups:]
    pairs = list(zip((before, after, shifts), (*within, moved), strict=True))
    back = np.argsort(own)
    first, last = (
        find_gap(
            [(row.group, side, row.n) for row, side in zip(shown, sides, strict=True) if side is not None],
            [sums.rate_design(place, group) for group in range(groups)],
            within[place][np.ix_(back, back)],
        )
        for place, sides in enumerate(([row.before for row in shown], [row.after for row in shown]))
    )
    return Between(
        homogeneity_matched(shifts, moved, ordered.clusters),
        first,
        last,
        gap_change_matched(before, after, rates),
        Spreads(*(spread_matched(values, covariance) for values, covariance in pairs)),
        Trends(*(trend_matched(values, covariance, places[own]) for values, covariance in pairs))
        if _has_order(table)
        else None,
    )


class _Matched(NamedTuple):
    values: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    covariances: tuple[NDArray[np.float64], NDArray[np.float64]]


def _estimate_matched(shown: Sequence[GroupShift], sums: ClusterSums) -> _Matched:
    """Return rates before, after and shifts; the covariance of all rates, befores first, and that of the shifts."""
    both, fixed, broken, neither = np.array([read_pairs(row) for row in shown], dtype=np.float64).T
    n = both + fixed + broken + neither
    before, after = (both + fixed) / n, (both + broken) / n
    p, q = (broken + 0.5) / (n + 1), (fixed + 0.5) / (n + 1)
    moved = ratio_covariance(sums.broken - sums.fixed, sums.sizes, (p + q - (p - q) ** 2) / n)
    smooth = [(rate * n + 0.5) / (n + 1) for rate in (before, after)]
    plain = np.concatenate([rate * (1 - rate) / n for rate in smooth])
    rates = ratio_covariance(np.concatenate([*sums.wrong]), np.concatenate([sums.sizes] * 2), plain)
    return _Matched((before, after, after - before), (rates, moved))
