"""What figures hang on beside the labels, as rows of a table: the annotations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clipdash.charts import format_count, format_rate, format_value

if TYPE_CHECKING:
    from clipdash.audit import Accuracy, AnnotationError

__all__ = ["annotation_rows", "confusion_rows"]


def confusion_rows(result: "Accuracy") -> list[dict[str, str]]:
    """Return the confusion of all images: a row an annotated value, a column a claimed one, the last for none."""
    return [
        {"Annotated": value} | {name or "claims none": format_count(count) for name, count in claimed.items()}
        for value, claimed in result.overall.confusion.items()
    ]


def annotation_rows(result: "AnnotationError", by: Sequence[str]) -> list[dict[str, str]]:
    """Return, group by group, the share of wrong annotations that would explain its shift."""
    rows = []
    for row in result.rows:
        names = {f"Annotated {name.replace('_', ' ')}": format_value(row.group.get(name, "")) for name in by}
        shares = (row.swapped_before, row.swapped_after)
        swapped = ["" if share is None else format_rate(share) for share in shares]
        at = "none" if row.vanishes_at is None else format_rate(row.vanishes_at)
        at = "withheld" if row.swapped_before is None else at
        rows.append(
            names
            | {"If swapped, before": swapped[0], "If swapped, after": swapped[1], "Errors that explain the shift": at}
        )
    return rows
