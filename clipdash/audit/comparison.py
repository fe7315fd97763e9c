"""Two label sets on the same images: the shift of each group, with its interval and test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.rating import Gap, Result, Side, build_sides, find_gap
from clipdash.audit.reach import Reach, find_reach
from clipdash.audit.rule import Rule
from clipdash.audit.table import Table
from clipdash.audit.tally import Tally, count_by, count_side, tally_table
from clipdash.stats import (
    GapChange,
    Homogeneity,
    Spread,
    Trend,
    gap_change,
    holm,
    homogeneity,
    mcnemar_midp,
    newcombe_paired,
    one_way_interval,
    rate_spread,
    rate_trend,
    shift_spread,
    shift_trend,
)

if TYPE_CHECKING:
    from clipdash.labels import LabelSet

__all__ = ["Estimate", "Flow", "GroupShift", "OneWay", "Shift", "Spreads", "Trends", "shift"]

OneWay = Literal["fixed", "broken"]


@dataclass(frozen=True)
class Estimate:
    """A figure and the two ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupShift:
    """A group under both label sets; everything after `withheld` is None where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n : int
        Judged images.
    withheld : bool
        Whether `n` is too small to show a rate.
    before, after : Side, optional
        The group under each set.
    fixed, broken : int, optional
        Images that count as misclassified only before, and only after.
    shift : Estimate, optional
        Rate after - rate before, with Newcombe's paired interval, or Wilson's signed where only one way was possible.
    p, p_adjusted : float, optional
        McNemar's mid-p, and Holm's adjustment over the groups shown; None where only one way was possible.
    one_way : {"fixed", "broken"}, optional
        The only way that the two sets and the rule allow.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    before: Side | None = None
    after: Side | None = None
    fixed: int | None = None
    broken: int | None = None
    shift: Estimate | None = None
    p: float | None = None
    p_adjusted: float | None = None
    one_way: OneWay | None = None


@dataclass(frozen=True)
class Flow:
    """How many judged images were given `before` under the first set and `after` under the second."""

    before: str
    after: str
    count: int


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
class Shift(Result):
    """What changed between two label sets, over all judged images and group by group.

    Parameters
    ----------
    overall : GroupShift
        All judged images, as the group ``{}``; its `p` stands outside Holm's family.
    rows : tuple of GroupShift
        One a group, in the order of the values; groups that are withheld too.
    homogeneity : Homogeneity
        Whether the groups shown shift differently.
    gap_before, gap_after : Gap
        Between the groups shown, under each set.
    gap_change : GapChange
        Gap after - gap before.
    flows : tuple of Flow
        Over all judged images, in the order of the labels before, then after; unchanged ones too, without zeros.
    spread : Spreads
        Between-group standard deviations of the groups shown.
    trend : Trends, optional
        Along the attribute grouped by, where it is one and its values have an order.
    """

    overall: GroupShift
    rows: tuple[GroupShift, ...]
    homogeneity: Homogeneity
    gap_before: Gap
    gap_after: Gap
    gap_change: GapChange
    flows: tuple[Flow, ...]
    spread: "Spreads"
    trend: "Trends | None"

    @property
    def before(self) -> "LabelSet":
        """The first label set."""
        return self.table.label_sets[0]

    @property
    def after(self) -> "LabelSet":
        """The second label set."""
        return self.table.label_sets[1]


def shift(table: Table, rule: Rule | None = None, min_n: int = 30, *, strict: bool = True) -> Shift:
    """Compare two label sets on the same images, group by group.

    Parameters
    ----------
    table : Table
        Counts under two label sets.
    rule : Rule, optional
        What counts as misclassified; by default what is flagged or contradicted.
    min_n : int
        Groups with fewer judged images are withheld: too few to read a rate from (no promise of privacy).
    strict : bool
        Whether a rule that names a label or category of neither set is refused; else it counts nothing.

    Returns
    -------
    Shift

    Raises
    ------
    QueryError
        If the rule names a label or category that neither set has, or `min_n` is below 1.
    ValueError
        If the table is of one label set.
    """
    rule = rule or Rule()
    tally = tally_table(table, rule, min_n, sets=2, strict=strict)
    reach = find_reach(tally, rule)
    (overall,) = _compare_groups(tally, reach, [{}], np.zeros_like(tally.member), min_n)
    rows = _compare_groups(tally, reach, tally.groups, tally.member, min_n)
    adjusted = holm([row.p for row in rows])
    rows = tuple(replace(row, p_adjusted=p) for row, p in zip(rows, adjusted, strict=True))
    # In an order of their own, so that no figure depends on the order in which groups are listed.
    shown = np.array(sorted(read_pairs(row) for row in rows if not row.withheld), dtype=np.int64).reshape(-1, 4)
    return Shift(
        table,
        rule,
        min_n,
        tally.total,
        tally.unjudged,
        tally.ungrouped,
        overall,
        rows,
        homogeneity(shown.sum(axis=1), shown[:, 1], shown[:, 2]),
        find_gap([(row.group, row.before, row.n) for row in rows if row.before is not None]),
        find_gap([(row.group, row.after, row.n) for row in rows if row.after is not None]),
        gap_change(shown),
        _list_flows(tally),
        _find_spreads(shown),
        _find_trends(table, rows),
    )


def _compare_groups(
    tally: Tally, reach: Reach, groups: Sequence[Mapping[str, str]], member: NDArray[np.int64], min_n: int
) -> tuple[GroupShift, ...]:
    size = len(groups)
    before, after = tally.wrong.T
    n, fixed, broken, may_fix, may_break = (
        count_by(np.where(chosen, member, -1), tally.counts, size).tolist()
        for chosen in (True, before & ~after, ~before & after, reach.fixed, reach.broken)
    )
    sides = [build_sides(tally, side, count_side(tally, side, member, size), n, min_n) for side in (0, 1)]
    return tuple(
        GroupShift(group, n[g], withheld=True)
        if before_side is None or after_side is None
        else _compare_group(GroupShift(group, n[g], False, before_side, after_side, fixed[g], broken[g]), way)
        for g, (group, before_side, after_side) in enumerate(zip(groups, *sides, strict=True))
        for way in [_name_way(may_fix[g], may_break[g])]
    )


def _name_way(may_fix: int, may_break: int) -> OneWay | None:
    """Name the only way that is possible; where none is, the test says p = 1 by itself."""
    if bool(may_fix) == bool(may_break):
        return None
    return "fixed" if may_fix else "broken"


def _compare_group(row: GroupShift, way: OneWay | None) -> GroupShift:
    """Add interval and test to the counts of a group that is shown."""
    both, fixed, broken, neither = read_pairs(row)
    value = (broken - fixed) / row.n
    if way is None:
        low, high = newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither)
        return replace(row, shift=Estimate(value, low, high), p=mcnemar_midp(fixed, broken))
    low, high = one_way_interval(fixed if way == "fixed" else broken, row.n, way)
    return replace(row, shift=Estimate(value, low, high), one_way=way)


def read_pairs(row: GroupShift) -> tuple[int, int, int, int]:
    """Return the 2 x 2 table of a group that is shown.

    Parameters
    ----------
    row : GroupShift
        Not withheld.

    Returns
    -------
    both, fixed, broken, neither : int
        Images that count as misclassified under both sets, only before, only after, under none.
    """
    if row.before is None or row.fixed is None or row.broken is None:
        raise ValueError("a withheld group has no counts")
    both = row.before.misclassified - row.fixed
    return both, row.fixed, row.broken, row.n - both - row.fixed - row.broken


def _find_spreads(shown: NDArray[np.int64]) -> Spreads:
    both, fixed, broken, n = *shown[:, :3].T, shown.sum(axis=1)
    return Spreads(rate_spread(both + fixed, n), rate_spread(both + broken, n), shift_spread(n, fixed, broken))


def _find_trends(table: Table, rows: Sequence[GroupShift]) -> Trends | None:
    if len(table.by) != 1 or table.ordered != table.by:
        return None
    shown = [(place, *read_pairs(row)) for place, row in enumerate(rows) if not row.withheld]
    places, both, fixed, broken, neither = np.array(shown, dtype=np.int64).reshape(-1, 5).T
    n = both + fixed + broken + neither
    return Trends(
        rate_trend(both + fixed, n, places),
        rate_trend(both + broken, n, places),
        shift_trend(n, fixed, broken, places),
    )


def _list_flows(tally: Tally) -> tuple[Flow, ...]:
    before, after = (label_set.texts for label_set in tally.table.label_sets)
    packed = tally.states[:, 0].astype(np.int64) * len(after) + tally.states[:, 1]
    seen, place = np.unique(packed, return_inverse=True)
    counts = count_by(place, tally.counts, len(seen))
    return tuple(
        Flow(before[code // len(after)], after[code % len(after)], count)
        for code, count in zip(seen.tolist(), counts.tolist(), strict=True)
    )
