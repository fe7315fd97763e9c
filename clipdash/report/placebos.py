"""Neutral words beside an added label, and each label left out in turn: as plain data, as rows and in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import format_group, format_interval, format_points
from clipdash.report.figures import group_json
from clipdash.report.rows import say_missing

if TYPE_CHECKING:
    from clipdash.audit import Ablation, GroupShift, Placebo, PlaceboGroup, Placebos

__all__ = ["ablation_json", "ablation_rows", "placebo_json", "placebo_rows", "say_placebos"]


def placebo_json(found: "Placebos") -> dict[str, Any]:
    """Return neutral words beside added labels as plain data: ``placebo``, and ``placebo_note`` where it is empty."""
    listed = [
        {
            "label": row.label,
            "of": row.of,
            "seed": found.seed,
            "shift": row.overall.shift,
            "larger_than": row.overall.larger_than,
            "groups": [
                {"group": dict(group.group), "shift": group.shift, "larger_than": group.larger_than}
                for group in row.groups
            ],
        }
        for row in found.rows
    ]
    words = {"placebo_words": list(found.words)} if listed else {}
    return {"placebo": listed} | words | ({"placebo_note": found.note} if found.note else {})


def placebo_rows(found: "Placebos") -> list[dict[str, str]]:
    """Return the table of added labels: the shift of each, of all images and by group, and how many it exceeds."""
    return [_write_placebo(row) for row in found.rows]


def _write_placebo(row: "Placebo") -> dict[str, str]:
    cells = {"Added label": row.label, "All images": _write_rank(row.overall, row.of)}
    return cells | {format_group(group.group): _write_rank(group, row.of) for group in row.groups}


def _write_rank(group: "PlaceboGroup", of: int) -> str:
    return f"{format_points(group.shift)} (more than {group.larger_than} of {of})"


def say_placebos(found: "Placebos") -> list[str]:
    """Say of each added label how its shift of all images compares; or why nothing is said."""
    if found.note:
        return [f"Beside neutral words: {found.note}"]
    return [
        f'Added "{row.label}": {format_points(row.overall.shift)} points over all images, more than '
        f"{row.overall.larger_than} of {row.of} neutral words in its place."
        for row in found.rows
    ]


def ablation_json(rows: "Sequence[Ablation]") -> list[dict[str, Any]]:
    """Return each label left out in turn: its groups as a comparison gives them, and all images."""
    return [
        {
            "label": row.label,
            "groups": [group_json(group, _count_tested(row)) for group in row.shift.rows],
            "overall": group_json(row.shift.overall, 1),
        }
        for row in rows
    ]


def _count_tested(row: "Ablation") -> int:
    return max(1, sum(group.p is not None for group in row.shift.rows))


def ablation_rows(rows: "Sequence[Ablation]") -> list[dict[str, str]]:
    """Return the table of labels left out in turn: the shift that each makes by being in the set."""
    return [
        {"Label": row.label}
        | {format_group(group.group): _write_shift(group) for group in (row.shift.overall, *row.shift.rows)}
        for row in rows
    ]


def _write_shift(row: "GroupShift") -> str:
    if row.shift is None:
        return say_missing(row)
    return f"{format_points(row.shift.value)} ({format_interval(row.shift.low, row.shift.high)})"
