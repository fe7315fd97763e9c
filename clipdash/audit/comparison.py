"""Two label sets on the same images: the shift of each group, with its interval and test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.between import Spreads, Trends, relate_groups
from clipdash.audit.clustering import sum_clusters
from clipdash.audit.pairing import GroupShift, compare_groups
from clipdash.audit.rating import Gap, Result
from clipdash.audit.reach import find_reach
from clipdash.audit.rule import OUTCOMES, Rule
from clipdash.audit.sides import LEVEL, find_level
from clipdash.audit.table import Table
from clipdash.audit.tally import Tally, count_by, tally_table
from clipdash.errors import QueryError
from clipdash.stats import GapChange, Homogeneity, holm

if TYPE_CHECKING:
    from clipdash.labels import LabelSet

__all__ = ["Flow", "Shift", "focus_flows", "shift"]


@dataclass(frozen=True)
class Flow:
    """How many judged images were given `before` under the first set and `after` under the second.

    Both are labels' texts; where an image may carry several labels or none, outcomes.
    """

    before: str
    after: str
    count: int


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
        Over all judged images, in the order of the labels (or outcomes) before, then after; unchanged ones too, without
        zeros.
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


def shift(
    table: Table, rule: Rule | None = None, min_n: int = 30, *, strict: bool = True, simultaneous: bool = False
) -> Shift:
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
    simultaneous : bool
        Whether the intervals of all groups shown are to hold together (each at 1 - .05 / groups).

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
    reach, everyone, groups = find_reach(tally, rule), np.zeros_like(tally.member), len(tally.groups)
    (overall,) = compare_groups(tally, reach, [{}], everyone, min_n, sums=sum_clusters(tally, everyone, 1))
    shown = int((count_by(tally.member, tally.counts, groups) >= min_n).sum())
    level, sums = find_level(shown) if simultaneous else LEVEL, sum_clusters(tally, tally.member, groups)
    rows = compare_groups(tally, reach, tally.groups, tally.member, min_n, level=level, sums=sums)
    adjusted = holm([row.p for row in rows])
    rows = tuple(replace(row, p_adjusted=p) for row, p in zip(rows, adjusted, strict=True))
    between = relate_groups(table, rows, sums)
    return Shift(
        table,
        rule,
        min_n,
        tally.total,
        tally.unjudged,
        tally.ungrouped,
        overall,
        rows,
        between.homogeneity,
        between.gap_before,
        between.gap_after,
        between.gap_change,
        _list_flows(tally),
        between.spread,
        between.trend,
        level=level,
    )


def focus_flows(result: Shift, group: Mapping[str, str]) -> Shift:
    """Return a comparison whose flows are those of one group alone; everything else stays.

    Parameters
    ----------
    result : Shift
        What `shift` returned.
    group : mapping of str to str
        The group, as its row names it.

    Returns
    -------
    Shift

    Raises
    ------
    QueryError
        If the comparison has no such group, or withholds it.
    """
    row = next((row for row in result.rows if dict(row.group) == dict(group)), None)
    if row is None or row.withheld:
        named = ", ".join(f"{attribute}={value}" for attribute, value in group.items())
        reason = "has no group" if row is None else f"withholds, with fewer than {result.min_n:,} images, the group"
        raise QueryError(f'This comparison {reason} "{named}". Pick one of the groups that it shows.')
    tally = tally_table(result.table, result.rule, result.min_n, sets=2, strict=False)
    return replace(result, flows=_list_flows(tally, tally.member == list(tally.groups).index(row.group)))


def _list_flows(tally: Tally, kept: NDArray[np.bool_] | None = None) -> tuple[Flow, ...]:
    single, rows = tally.table.mode.single, slice(None) if kept is None else kept
    before, after = (label_set.texts if single else OUTCOMES for label_set in tally.table.label_sets)
    states = (tally.states if single else tally.outcomes)[rows].astype(np.int64)
    packed = states[:, 0] * len(after) + states[:, 1]
    seen, place = np.unique(packed, return_inverse=True)
    counts = count_by(place, tally.counts[rows], len(seen))
    return tuple(
        Flow(before[code // len(after)], after[code % len(after)], count)
        for code, count in zip(seen.tolist(), counts.tolist(), strict=True)
    )
