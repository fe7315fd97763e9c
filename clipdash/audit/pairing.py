"""One group under two label sets: its shift, with interval and test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.clustering import ClusterSums
from clipdash.audit.reach import Reach
from clipdash.audit.sides import LEVEL, Side, build_sides, read_design
from clipdash.audit.tally import Tally, count_by, count_side
from clipdash.stats import Design, Interval, mcnemar_midp, newcombe_paired, one_way_interval

__all__ = ["Estimate", "GroupShift", "OneWay", "bound_shift", "compare_groups", "read_pairs"]

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
    design : Design, optional
        Design effect of the shift, and of how many clusters the images are, where they hang together.
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
    design: Design | None = None


def compare_groups(
    tally: Tally,
    reach: Reach,
    groups: Sequence[Mapping[str, str]],
    member: NDArray[np.int64],
    min_n: int,
    *,
    level: float = LEVEL,
    sums: ClusterSums | None = None,
) -> tuple[GroupShift, ...]:
    """Compare every group under both sets.

    Parameters
    ----------
    tally : Tally
        The judged rows.
    reach : Reach
        Which directions were possible for each of them.
    groups : sequence of mapping
        The groups.
    member : ndarray of int64, shape (K,)
        Place of each row's group, -1 without one.
    min_n : int
        Groups with fewer judged images are withheld.
    level : float
        Confidence of each interval.
    sums : ClusterSums, optional
        Of these groups, where images hang together.

    Returns
    -------
    tuple of GroupShift
        One a group, without `p_adjusted`.
    """
    size = len(groups)
    before, after = tally.wrong.T
    n, fixed, broken, may_fix, may_break = (
        count_by(np.where(chosen, member, -1), tally.counts, size).tolist()
        for chosen in (True, before & ~after, ~before & after, reach.fixed, reach.broken)
    )
    sides = [
        build_sides(
            tally,
            side,
            count_side(tally, side, member, size),
            n,
            min_n,
            level=level,
            designs=None if sums is None else [sums.rate_design(side, group) for group in range(size)],
        )
        for side in (0, 1)
    ]
    rows = [
        GroupShift(group, n[g], True)
        if before_side is None or after_side is None
        else GroupShift(group, n[g], False, before_side, after_side, fixed[g], broken[g])
        for g, (group, before_side, after_side) in enumerate(zip(groups, *sides, strict=True))
    ]
    return tuple(
        row if row.withheld else _compare_group(row, _name_way(may_fix[g], may_break[g]), level, sums, g)
        for g, row in enumerate(rows)
    )


def _name_way(may_fix: int, may_break: int) -> OneWay | None:
    """Name the only way that is possible; where none is, the test says p = 1 by itself."""
    if bool(may_fix) == bool(may_break):
        return None
    return "fixed" if may_fix else "broken"


def _compare_group(
    row: GroupShift, way: OneWay | None, level: float, sums: ClusterSums | None, place: int
) -> GroupShift:
    """Add interval and test to the counts of a group that is shown."""
    _, fixed, broken, _ = read_pairs(row)
    design = None if sums is None else sums.shift_design(place)
    row = replace(row, design=design, one_way=way)
    shift = Estimate((broken - fixed) / row.n, *bound_shift(row, level))
    if way is not None:
        return replace(row, shift=shift)
    return replace(row, shift=shift, p=mcnemar_midp(fixed, broken) if sums is None else sums.flip(place))


def bound_shift(row: GroupShift, level: float) -> Interval:
    """Return the interval of a group's shift.

    Parameters
    ----------
    row : GroupShift
        Not withheld; its `one_way` and `design` say which interval.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    Interval
    """
    effect, point = read_design(row.design, level)
    both, fixed, broken, neither = (count / effect for count in read_pairs(row))
    if row.one_way is None:
        return newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither, level=level, z=point)
    moved = fixed if row.one_way == "fixed" else broken
    return one_way_interval(moved, row.n / effect, row.one_way, level, z=point)


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
