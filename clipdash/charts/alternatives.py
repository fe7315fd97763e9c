"""What each chart shows, in one sentence, for readers who do not see it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clipdash.charts.frame import MOST_ROWS
from clipdash.charts.markup import clean_text
from clipdash.charts.numbers import format_count, format_group, format_points, format_rate, format_size, format_value
from clipdash.charts.palette import OUTCOME_KEY

if TYPE_CHECKING:
    from clipdash.audit import Audit, GroupRate, GroupShift, Shift

__all__ = [
    "describe_flow_chart",
    "describe_gap_chart",
    "describe_outcome_chart",
    "describe_published_chart",
    "describe_rate_chart",
    "describe_shift_chart",
]

_SPOKEN = 12  # groups that a sentence can name


def describe_shift_chart(result: "Shift") -> str:
    """Say the two rates and the shift of every group, or of the first twelve."""
    parts = [_say_shift(row) for row in result.rows[:_SPOKEN]]
    return _join("Rates before and after, and paired shifts in points", parts, len(result.rows))


def _say_shift(row: "GroupShift") -> str:
    name = clean_text(format_group(row.group))
    if row.before is None or row.after is None:
        return f"{name} withheld"
    shift = format_points(row.shift.value if row.shift else None)
    return f"{name} {format_rate(row.before.rate)} to {format_rate(row.after.rate)}, shift {shift}"


def describe_rate_chart(result: "Audit") -> str:
    """Say the rate of every group, or of the first twelve."""
    parts = [_say_rate(row) for row in result.rows[:_SPOKEN]]
    return _join("Rate of each group with its 95% interval", parts, len(result.rows))


def _say_rate(row: "GroupRate") -> str:
    name = clean_text(format_group(row.group))
    if row.side is None:
        return f"{name} withheld"
    return f"{name} {format_rate(row.side.rate)} ({format_rate(row.side.low)} to {format_rate(row.side.high)})"


def describe_outcome_chart(result: "Audit | Shift") -> str:
    """Say the shares of the four outcomes over all images."""
    row = result.overall
    named = [("", row.side)] if hasattr(row, "side") else [("before: ", row.before), ("after: ", row.after)]
    parts = []
    for name, side in named:
        if side is not None and row.n:
            shares = [f"{outcome} {format_rate(side.outcomes[outcome] / row.n)}" for outcome, _ in OUTCOME_KEY]
            parts.append(name + ", ".join(shares))
    return _join("Outcomes of each group as stacked bars; over all images", parts, 0)


def describe_gap_chart(result: "Audit | Shift") -> str:
    """Say the gap, or both gaps."""
    if hasattr(result, "gap"):
        gaps = [("", result.gap)]
    else:
        gaps = [("before ", result.gap_before), ("after ", result.gap_after)]
    parts = [
        f"{name}{format_size(gap.value)} points ({format_size(gap.low)} to {format_size(gap.high)})"
        for name, gap in gaps
        if gap.value is not None
    ]
    return _join("Gap between the largest and the smallest group rate", parts, 0)


def describe_flow_chart(result: "Shift") -> str:
    """Say how many images kept their label, and the largest moves."""
    kept = sum(flow.count for flow in result.flows if flow.before == flow.after)
    moved = sorted((flow for flow in result.flows if flow.before != flow.after), key=lambda flow: -flow.count)
    parts = [f"{format_count(kept)} images kept their label"]
    parts += [f"{clean_text(flow.before)} to {clean_text(flow.after)} {format_count(flow.count)}" for flow in moved[:5]]
    return _join("Labels before and after", parts, 0)


def describe_published_chart(rows: Sequence[tuple[str, float, float]]) -> str:
    """Say both published rates of every row."""
    parts = [
        f"{clean_text(format_value(name))} {format_rate(before)} to {format_rate(after)}"
        for name, before, after in rows
    ]
    return _join("Published rates before and after", parts, len(rows))


def _join(head: str, parts: Sequence[str], groups: int) -> str:
    if not parts:
        return f"{head}: nothing to show."
    rest = f"; and {groups - _SPOKEN:,} more groups, {min(groups, MOST_ROWS)} drawn" if groups > _SPOKEN else ""
    return f"{head}: {'; '.join(parts[:_SPOKEN])}{rest}."
