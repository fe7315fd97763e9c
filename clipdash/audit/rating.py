"""One label set: the rate of each group, with its interval, and the gap between groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clipdash.audit.rule import OUTCOMES, Rule
from clipdash.audit.table import Table
from clipdash.audit.tally import SideCounts, Tally, count_by, count_side, tally_table
from clipdash.stats import gap, wilson

if TYPE_CHECKING:
    from clipdash.labels import LabelSet
    from clipdash.store import StoreRef

__all__ = ["Audit", "Gap", "GroupRate", "Result", "Side", "find_gap", "measure"]


@dataclass(frozen=True)
class Side:
    """A group under one label set.

    Parameters
    ----------
    misclassified : int
        Images that count as misclassified under the rule.
    rate, low, high : float
        Their share, and Wilson's 95 % interval of it.
    outcomes : mapping of str to int
        Images by outcome, in the order of `OUTCOMES`; they sum to the group's n.
    labels : mapping of str to int
        Images by label, in the order of the set, zero counts too; they sum to the group's n.
    """

    misclassified: int
    rate: float
    low: float
    high: float
    outcomes: Mapping[str, int]
    labels: Mapping[str, int]


@dataclass(frozen=True)
class GroupRate:
    """A group under one label set; `side` is None where the group is withheld for having too few images."""

    group: Mapping[str, str]
    n: int
    withheld: bool
    side: Side | None


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
    """

    table: Table
    rule: Rule
    min_n: int
    n: int
    unjudged: int
    ungrouped: int

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


def measure(table: Table, rule: Rule | None = None, min_n: int = 30, *, strict: bool = True) -> Audit:
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
    (overall,) = _rate_groups(tally, [{}], np.zeros_like(tally.member), min_n)
    rows = _rate_groups(tally, tally.groups, tally.member, min_n)
    shown = [(row.group, row.side, row.n) for row in rows if row.side is not None]
    return Audit(table, rule, min_n, tally.total, tally.unjudged, tally.ungrouped, overall, rows, find_gap(shown))


def _rate_groups(
    tally: Tally, groups: Sequence[Mapping[str, str]], member: "np.ndarray[tuple[int], np.dtype[np.int64]]", min_n: int
) -> tuple[GroupRate, ...]:
    n = count_by(member, tally.counts, len(groups)).tolist()
    sides = build_sides(tally, 0, count_side(tally, 0, member, len(groups)), n, min_n)
    return tuple(GroupRate(group, size, side is None, side) for group, size, side in zip(groups, n, sides, strict=True))


def build_sides(tally: Tally, side: int, counts: SideCounts, n: Sequence[int], min_n: int) -> list[Side | None]:
    """Return each group under one label set, None where it has too few images.

    Parameters
    ----------
    tally : Tally
        The judged rows.
    side : int
        Which of the table's label sets.
    counts : SideCounts
        Its counts, a row a group.
    n : sequence of int
        Judged images of each group.
    min_n : int
        The least n that is shown.

    Returns
    -------
    list of Side or None
    """
    texts = tally.table.label_sets[side].texts
    sides: list[Side | None] = [None] * len(n)
    for place, size in enumerate(n):
        if size >= min_n:
            wrong = int(counts.wrong[place])
            low, high = wilson(wrong, size)
            outcomes = dict(zip(OUTCOMES, counts.outcomes[place].tolist(), strict=True))
            labels = dict(zip(texts, counts.labels[place].tolist(), strict=True))
            sides[place] = Side(wrong, wrong / size, low, high, outcomes, labels)
    return sides


def find_gap(shown: Sequence[tuple[Mapping[str, str], Side, int]]) -> Gap:
    """Return the gap between the groups shown.

    Parameters
    ----------
    shown : sequence of (group, side, n)
        The groups that are not withheld.

    Returns
    -------
    Gap
    """
    estimate = gap([side.misclassified for _, side, _ in shown], [n for _, _, n in shown])
    largest = None if estimate.argmax is None else shown[estimate.argmax][0]
    smallest = None if estimate.argmin is None else shown[estimate.argmin][0]
    return Gap(estimate.value, estimate.low, estimate.high, largest, smallest)
