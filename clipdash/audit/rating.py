"""One label set: the rate of each group, with its interval, and the gap between groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.clustering import ClusterSums, sum_clusters
from clipdash.audit.rule import Rule
from clipdash.audit.sides import LEVEL, Side, build_sides, find_level
from clipdash.audit.table import Table
from clipdash.audit.tally import Tally, count_by, count_side, tally_table
from clipdash.stats import Design, gap, gap_matched, ratio_covariance

if TYPE_CHECKING:
    from clipdash.labels import LabelSet
    from clipdash.store import StoreRef

__all__ = [
    "Audit",
    "Gap",
    "GroupRate",
    "Result",
    "find_gap",
    "measure",
]


@dataclass(frozen=True)
class GroupRate:
    """A group under one label set.

    `side` is None where the group is withheld for having too few images; `clusters` says of how many clusters its
    images are, where they hang together.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    side: Side | None
    clusters: int | None = None


@dataclass(frozen=True)
class Gap:
    """Largest minus smallest rate of the groups shown, its interval, and which groups they are.

    All None where fewer than two groups are shown.
    """

    value: float | None
    low: float | None
    high: float | None
    largest: Mapping[str, str] | None
    smallest: Mapping[str, str] | None


@dataclass(frozen=True)
class Result:
    """What every result holds: the table, the question, and how many images it speaks of.

    Parameters
    ----------
    table : Table
        The counts that everything else follows from.
    rule : Rule
        What counts as misclassified.
    min_n : int
        Groups with fewer judged images are withheld.
    n, unjudged, ungrouped : int
        Images judged; images left out since an annotation that a label claims is missing; judged images without a
        value of an attribute grouped by, which are in `n` but in no group.
    level : float
        Confidence of each group's interval; more than .95 where the intervals of all groups hold together.
    """

    table: Table
    rule: Rule
    min_n: int
    n: int
    unjudged: int
    ungrouped: int
    level: float = field(default=LEVEL, kw_only=True)

    @property
    def by(self) -> tuple[str, ...]:
        """The attributes grouped by."""
        return self.table.by

    @property
    def where(self) -> Mapping[str, tuple[str, ...]]:
        """The filter that was applied."""
        return self.table.where

    @property
    def store(self) -> "StoreRef | None":
        """Where the images are."""
        return self.table.store


@dataclass(frozen=True)
class Audit(Result):
    """The rates of one label set, over all judged images and group by group.

    Parameters
    ----------
    overall : GroupRate
        All judged images, as the group ``{}``.
    rows : tuple of GroupRate
        One a group, in the order of the values; groups that are withheld too.
    gap : Gap
        Between the groups shown.
    """

    overall: GroupRate
    rows: tuple[GroupRate, ...]
    gap: Gap

    @property
    def label_set(self) -> "LabelSet":
        """The set that was audited."""
        return self.table.label_sets[0]


def measure(
    table: Table, rule: Rule | None = None, min_n: int = 30, *, strict: bool = True, simultaneous: bool = False
) -> Audit:
    """Measure the rate of each group under one label set.

    Parameters
    ----------
    table : Table
        Counts under one label set.
    rule : Rule, optional
        What counts as misclassified; by default what is flagged or contradicted.
    min_n : int
        Groups with fewer judged images are withheld: too few to read a rate from (no promise of privacy).
    strict : bool
        Whether a rule that names a label or category of another set is refused; else it counts nothing.
    simultaneous : bool
        Whether the intervals of all groups shown are to hold together (each at 1 - .05 / groups).

    Returns
    -------
    Audit

    Raises
    ------
    QueryError
        If the rule names a label or category that the set does not have, or `min_n` is below 1.
    ValueError
        If the table is of two label sets.
    """
    rule = rule or Rule()
    tally = tally_table(table, rule, min_n, sets=1, strict=strict)
    shown = int((count_by(tally.member, tally.counts, len(tally.groups)) >= min_n).sum())
    level = find_level(shown) if simultaneous else LEVEL
    (overall,), _ = _rate_groups(tally, [{}], np.zeros_like(tally.member), min_n, LEVEL)
    rows, sums = _rate_groups(tally, tally.groups, tally.member, min_n, level)
    return Audit(
        table,
        rule,
        min_n,
        tally.total,
        tally.unjudged,
        tally.ungrouped,
        overall,
        rows,
        _find_gap(rows, sums),
        level=level,
    )


def _find_gap(rows: Sequence[GroupRate], sums: ClusterSums | None) -> Gap:
    places = [place for place, row in enumerate(rows) if row.side is not None]
    shown = [(row.group, row.side, row.n) for row in rows if row.side is not None]
    if sums is None:
        return find_gap(shown)
    picked = sums.pick(np.array(places, dtype=np.intp))
    plain = [_smooth(side.misclassified, n) for _, side, n in shown]
    covariance = ratio_covariance(picked.wrong[0], picked.sizes, plain)
    return find_gap(shown, [picked.rate_design(0, group) for group in range(len(shown))], covariance)


def _smooth(count: int, n: int) -> float:
    rate = (count + 0.5) / (n + 1)
    return rate * (1 - rate) / n


def _rate_groups(
    tally: Tally, groups: Sequence[Mapping[str, str]], member: NDArray[np.int64], min_n: int, level: float
) -> tuple[tuple[GroupRate, ...], ClusterSums | None]:
    size = len(groups)
    n = count_by(member, tally.counts, size).tolist()
    sums = sum_clusters(tally, member, size)
    designs = None if sums is None else [sums.rate_design(0, group) for group in range(size)]
    sides = build_sides(tally, 0, count_side(tally, 0, member, size), n, min_n, level=level, designs=designs)
    rows = tuple(
        GroupRate(group, n[g], side is None, side, None if designs is None else designs[g].clusters)
        for g, (group, side) in enumerate(zip(groups, sides, strict=True))
    )
    return rows, sums


def find_gap(
    shown: Sequence[tuple[Mapping[str, str], Side, int]],
    designs: Sequence[Design] | None = None,
    covariance: NDArray[np.float64] | None = None,
) -> Gap:
    """Return the gap between the groups shown.

    Parameters
    ----------
    shown : sequence of (group, side, n)
        The groups that are not withheld.
    designs, covariance : optional
        Of the groups' rates, where images hang together.

    Returns
    -------
    Gap
    """
    counts, ns = [side.misclassified for _, side, _ in shown], [n for _, _, n in shown]
    if designs is None or covariance is None:
        estimate = gap(counts, ns)
    else:
        estimate = gap_matched(counts, ns, list(designs), covariance)
    largest = None if estimate.argmax is None else shown[estimate.argmax][0]
    smallest = None if estimate.argmin is None else shown[estimate.argmin][0]
    return Gap(estimate.value, estimate.low, estimate.high, largest, smallest)
