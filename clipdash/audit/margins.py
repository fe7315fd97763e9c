"""How far a result hangs on choices of the reader: the least n of a group, and what size of a shift is tolerated."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from clipdash.audit.comparison import Shift, shift
from clipdash.audit.pairing import GroupShift, bound_shift
from clipdash.audit.rating import Audit, Gap, measure
from clipdash.errors import QueryError
from clipdash.stats import Verdict, judge_intervals

__all__ = ["LEAST", "GapAt", "GroupVerdict", "judge_shifts", "list_gaps"]

#: Least numbers of images at which the gap is given beside the one that was asked for.
LEAST = (10, 30, 100)
_ALPHA = 0.05


@dataclass(frozen=True)
class GapAt:
    """The gap, or the gaps before and after, when groups of fewer than `min_n` images are withheld."""

    min_n: int
    groups: int
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class GroupVerdict:
    """A group's shift against a tolerance; both None where the group is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    alone : Verdict, optional
        At 5 %: what can be said of this group, and of all groups being within.
    among : Verdict, optional
        At 5 % divided by the groups shown: what can be said of some group being beyond.
    """

    group: Mapping[str, str]
    alone: Verdict | None
    among: Verdict | None


def list_gaps(result: Audit | Shift) -> tuple[GapAt, ...]:
    """Return the gap at least n of 10, 30 and 100.

    Parameters
    ----------
    result : Audit or Shift
        Whatever its own least n.

    Returns
    -------
    tuple of GapAt
        With one gap for an Audit, and two, before and after, for a Shift.
    """
    found = []
    for least in LEAST:
        if isinstance(result, Audit):
            audit = measure(result.table, result.rule, least)
            found.append(GapAt(least, sum(not row.withheld for row in audit.rows), (audit.gap,)))
        else:
            other = shift(result.table, result.rule, least)
            shown = sum(not row.withheld for row in other.rows)
            found.append(GapAt(least, shown, (other.gap_before, other.gap_after)))
    return tuple(found)


def judge_shifts(result: Shift, tolerance: float) -> tuple[GroupVerdict, ...]:
    """Judge the shift of every group against a tolerance.

    Parameters
    ----------
    result : Shift
        The comparison.
    tolerance : float
        Largest size of a shift that is tolerated, as a rate: .05 for five points.

    Returns
    -------
    tuple of GroupVerdict
        One a group, in the order of the comparison.

    Raises
    ------
    QueryError
        If `tolerance` does not lie between 0 and 1.
    """
    if not (isfinite(tolerance) and 0 < tolerance < 1):
        raise QueryError(
            f"A tolerance of {tolerance} was asked for; it is a rate between 0 and 1, as .05 for five points."
        )
    shown = max(1, sum(not row.withheld for row in result.rows))
    return tuple(
        GroupVerdict(row.group, None, None)
        if row.withheld
        else GroupVerdict(row.group, _judge(row, tolerance, _ALPHA), _judge(row, tolerance, _ALPHA / shown))
        for row in result.rows
    )


def _judge(row: GroupShift, tolerance: float, alpha: float) -> Verdict:
    outer, inner = (bound_shift(row, level) for level in (1 - alpha, 1 - 2 * alpha))
    return judge_intervals(outer, inner, tolerance)
