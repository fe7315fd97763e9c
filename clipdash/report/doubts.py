"""What figures hang on beside the labels: the annotations, how many images there are, how small a group may be."""

from typing import TYPE_CHECKING

from clipdash.audit import list_gaps
from clipdash.audit.margins import LEAST
from clipdash.charts import format_count, format_rate, format_size
from clipdash.report.figures import find_detectable
from clipdash.report.rows import name_row, say_missing

if TYPE_CHECKING:
    from clipdash.audit import Accuracy, AnnotationError, Audit, GroupShift, Shift

__all__ = ["confusion_rows", "doubt_rows", "say_gap_at"]


def confusion_rows(result: "Accuracy") -> list[dict[str, str]]:
    """Return the confusion of all images: a row an annotated value, a column a claimed one, the last for none."""
    return [
        {"Annotated": value} | {name or "claims none": format_count(count) for name, count in claimed.items()}
        for value, claimed in result.overall.confusion.items()
    ]


def doubt_rows(result: "Shift", doubt: "AnnotationError | None") -> list[dict[str, str]]:
    """Return, group by group, what could have been seen, and the wrong annotations that would explain its shift.

    Parameters
    ----------
    result : Shift
        The comparison.
    doubt : AnnotationError, optional
        What `doubt_annotations` made of it.

    Returns
    -------
    list of dict of str to str
    """
    tested = max(1, sum(row.p is not None for row in result.rows))
    rows = []
    for place, row in enumerate(result.rows):
        cells = name_row(row, result.by) | {"Detectable shift": _say_detectable(row, tested)}
        if doubt is not None:
            error = doubt.rows[place]
            shares = (error.swapped_before, error.swapped_after)
            swapped = ["" if share is None else format_rate(share) for share in shares]
            at = "none" if error.vanishes_at is None else format_rate(error.vanishes_at)
            cells |= {"If swapped, before": swapped[0], "If swapped, after": swapped[1]}
            cells |= {"Errors that explain the shift": "" if row.withheld else at}
        rows.append(cells)
    return rows


def _say_detectable(row: "GroupShift", tested: int) -> str:
    if row.withheld:
        return say_missing(row)
    if row.one_way is not None:
        return "one way"
    size = find_detectable(row, tested)
    return "none" if size is None else f"{format_size(size)} points"


def say_gap_at(result: "Audit | Shift") -> str:
    """Say the gap at several least group sizes; empty where it hangs on none of them."""
    # Counted first: most groups are larger than every one of them, and each gap would cost a whole comparison.
    if len({sum(row.n >= least for row in result.rows) for least in LEAST}) < 2:
        return ""
    found = list_gaps(result)
    parts = []
    for gap in found:
        sizes = ["no gap" if each.value is None else format_size(each.value) for each in gap.gaps]
        parts.append(f"{' to '.join(sizes)} at {gap.min_n:,} ({gap.groups:,} group{'' if gap.groups == 1 else 's'})")
    return f"The gap hangs on how small a group may be. In points, by minimum n: {'; '.join(parts)}."
