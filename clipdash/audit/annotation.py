"""How many wrong annotations it would take to make a shift, or a gap, out of nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from clipdash.audit.comparison import Shift
from clipdash.audit.rating import Gap
from clipdash.audit.sides import Side
from clipdash.stats import vanishing_error

__all__ = ["AnnotationError", "GroupError", "doubt_annotations"]


@dataclass(frozen=True)
class GroupError:
    """A group's shift against errors of its annotations; everything after `group` is None where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    swapped_before, swapped_after : float, optional
        Share that would count if its annotation named the other value: what is supported now would be contradicted, and
        what is contradicted now would not.
    vanishes_at : float, optional
        Share of wrong annotations at which the shift would be nothing but their doing; None also where no share is.
    """

    group: Mapping[str, str]
    swapped_before: float | None = None
    swapped_after: float | None = None
    vanishes_at: float | None = None


@dataclass(frozen=True)
class AnnotationError:
    """Shifts and gaps against errors of the annotations.

    Parameters
    ----------
    rows : tuple of GroupError
        One a group, in the order of the comparison.
    gap_before, gap_after : float, optional
        Share of wrong annotations in the group with the largest rate alone at which each gap would be their doing.
    """

    rows: tuple[GroupError, ...]
    gap_before: float | None
    gap_after: float | None


def doubt_annotations(result: Shift) -> AnnotationError | None:
    """Ask how many wrong annotations would explain each shift and each gap.

    Parameters
    ----------
    result : Shift
        The comparison.

    Returns
    -------
    AnnotationError or None
        None where no annotation decides: no label claims anything, or the rule does not look at claims. Exact where an
        attribute of two values is claimed; with more, a wrong annotation need not agree with what is contradicted now,
        so that fewer errors than named may be enough.

    References
    ----------
    W. J. Rogan, B. Gladen (1978), Estimating prevalence from the results of a screening test. American Journal of
    Epidemiology 107, 71-76.
    """
    claimed = any(label_set.claimed for label_set in (result.before, result.after))
    if not claimed or result.rule.kind not in ("misclassified", "contradicted"):
        return None
    flagged = result.rule.kind == "misclassified"
    rows = []
    for row in result.rows:
        if row.before is None or row.after is None or row.shift is None:
            rows.append(GroupError(row.group))
            continue
        before, after = (_swap(side, row.n, flagged) for side in (row.before, row.after))
        rows.append(GroupError(row.group, before, after, vanishing_error(row.shift.value, after - before)))
    sides = [(row.group, row.before, row.after, row.n) for row in result.rows]
    gaps = (
        _explain_gap(result.gap_before, [(group, side, n) for group, side, _, n in sides], flagged),
        _explain_gap(result.gap_after, [(group, side, n) for group, _, side, n in sides], flagged),
    )
    return AnnotationError(tuple(rows), *gaps)


def _swap(side: Side, n: int, flagged: bool) -> float:
    return (side.outcomes["supported"] + (side.outcomes["flagged"] if flagged else 0)) / n


def _explain_gap(gap: Gap, sides: list[tuple[Mapping[str, str], Side | None, int]], flagged: bool) -> float | None:
    """Return the share of errors in the largest group at which its rate would be the smallest group's."""
    if gap.value is None:
        return None
    rates = {id(group): side.rate for group, side, _ in sides if side is not None}
    swapped = {id(group): _swap(side, n, flagged) for group, side, n in sides if side is not None}
    lowest = rates[id(gap.smallest)]
    return vanishing_error(gap.value, swapped[id(gap.largest)] - lowest)
