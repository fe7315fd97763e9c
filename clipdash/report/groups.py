"""What a comparison did in the groups: who moves the other way, whether groups differ, and the gap."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from clipdash.charts import (
    format_annotation,
    format_count,
    format_group,
    format_interval,
    format_p,
    format_points,
    format_size,
    is_quiet,
    round_points,
)
from clipdash.report.phrase import Phrase, join_phrases, mark_figure

if TYPE_CHECKING:
    from clipdash.audit import Audit, Estimate, Gap, GroupShift, Homogeneity, Shift, Spread

__all__ = [
    "say_estimate",
    "say_gap",
    "say_gap_ends",
    "say_gap_shift",
    "say_homogeneity",
    "say_movers",
    "say_spread",
    "say_trend",
]

_MOST_NAMED = 2
_SMALL = "Chance alone makes such a gap, the more so in small groups (Lum et al. 2022)."


def say_movers(result: "Shift") -> Phrase:
    """Say which groups moved against the whole, each by its own interval; in the order of the store, never by size.

    Returns
    -------
    Phrase
        Empty where there is no overall shift to speak of, or no group that moved against it.
    """
    whole = result.overall.shift
    if whole is None:
        return Phrase()
    loud = [row for row in result.rows if row.shift is not None and not is_quiet(row.shift)]
    if is_quiet(whole):
        return _say_loud(loud)
    against = [row for row in loud if row.shift is not None and row.shift.value * whole.value < 0]
    if not against:
        return Phrase()
    verb = "rise" if whole.value > 0 else "fall"
    return join_phrases(f"It did not {verb} for every group: ", _list_moves(against), ".")


def _say_loud(loud: "Sequence[GroupShift]") -> Phrase:
    if not loud:
        return Phrase()
    moves = _list_moves(loud)
    first, emphasis = moves.pieces[0]
    return join_phrases(Phrase(((first[0].upper() + first[1:], emphasis), *moves.pieces[1:])), ".")


def _list_moves(rows: "Sequence[GroupShift]") -> Phrase:
    parts: list[str | Phrase] = []
    for row in rows[:_MOST_NAMED]:
        parts += [", and " if parts else "", _say_move(row)]
    rest = len(rows) - _MOST_NAMED
    if rest > 0:
        parts.append(f", and the intervals of {rest} more group{'s' if rest > 1 else ''} exclude no change too")
    return join_phrases(*parts)


def _say_move(row: "GroupShift") -> Phrase:
    shift = row.shift
    assert shift is not None  # noqa: S101  (only rows with a shift come here)
    verb = "rose" if shift.value > 0 else "fell"
    figure = mark_figure(f"{verb} by {format_size(shift.value)} points")
    interval = f" ({say_estimate(shift)}; n = {format_count(row.n)})"
    return join_phrases(f"among images {format_annotation(row.group)} it ", figure, interval)


def say_estimate(estimate: "Estimate") -> str:
    """Write an interval that excludes 0 by sizes, "13.0 to 17.7", any other with its signs."""
    if is_quiet(estimate):
        return format_interval(estimate.low, estimate.high)
    near, far = sorted((estimate.low, estimate.high), key=abs)
    return f"{format_size(near)} to {format_size(far)}"


def say_homogeneity(homogeneity: "Homogeneity") -> Phrase:
    """Say whether the groups shift differently; empty with fewer than two groups."""
    if homogeneity.q is None or homogeneity.p is None or homogeneity.df is None:
        return Phrase()
    p = format_p(homogeneity.p)
    degrees = f"{homogeneity.df} degree{'' if homogeneity.df == 1 else 's'} of freedom"
    test = f" (Q = {homogeneity.q:,.1f} on {degrees}, p {p if p.startswith('<') else '= ' + p})."
    if homogeneity.p < 0.05:
        return join_phrases("The groups ", mark_figure("shift differently"), test)
    return join_phrases("No difference between the shifts of the groups is shown", test)


def say_spread(spread: "Spread") -> Phrase:
    """Say how far the groups' shifts lie apart beyond what chance spreads; empty with fewer than two groups."""
    if spread.sd is None or spread.low is None or spread.high is None:
        return Phrase()
    interval = f" (95% interval {format_size(spread.low)} to {format_size(spread.high)})."
    return join_phrases(
        f"Beyond chance, the shifts have a standard deviation of {format_size(spread.sd)} points", interval
    )


def say_trend(result: "Shift") -> Phrase:
    """Say whether the shifts rise or fall along an ordered attribute; empty where there is none."""
    trend = result.trend.shift if result.trend else None
    if trend is None or trend.slope is None or trend.low is None or trend.high is None:
        return Phrase()
    name = result.by[0].replace("_", " ")
    figure = f"From one {name} to the next the shift changes by {format_points(trend.slope)} points"
    return join_phrases(figure, f" (95% interval {format_interval(trend.low, trend.high)}).")


def say_gap_shift(result: "Shift") -> Phrase:
    """Say how the gap between the largest and the smallest group rate changed."""
    change, before, after = result.gap_change, result.gap_before.value, result.gap_after.value
    if change.value is None or before is None or after is None:
        return Phrase()  # the chart says why
    word = "larger" if change.value > 0 else "smaller"
    points = round_points(change.value)
    figure = mark_figure(f"{format_size(change.value)} points {word}" if points else "0.0 points of change")
    ends = f": from {format_size(before)} to {format_size(after)} points"
    return join_phrases(figure, _say_gap_interval(result), ends, " between the largest and the smallest group rate.")


def _say_gap_interval(result: "Shift") -> str:
    change = result.gap_change
    if change.low is None or change.high is None:
        return ""
    if change.low <= 0 <= change.high:
        return f" (95% interval of the change {format_interval(change.low, change.high)}, which includes none)"
    near, far = sorted((change.low, change.high), key=abs)
    return f" (95% interval {format_size(near)} to {format_size(far)})"


def say_gap(result: "Audit") -> Phrase:
    """Say the gap under one set."""
    gap = result.gap
    if gap.value is None:
        return Phrase()
    interval = f" (95% interval {format_size(gap.low)} to {format_size(gap.high)})"
    figure = mark_figure(f"{format_size(gap.value)} points")
    return join_phrases(figure, interval, " between the largest and the smallest group rate.")


def say_gap_ends(result: "Audit | Shift") -> Phrase:
    """Say which groups are at the ends of each gap, and that withheld ones take no part."""
    if hasattr(result, "gap"):
        gaps: list[tuple[str, Gap]] = [("", result.gap)]
    else:
        gaps = [(" before", result.gap_before), (" after", result.gap_after)]
    ends = [f"{_name(gap.largest)} and {_name(gap.smallest)}{name}" for name, gap in gaps if gap.value]
    if not ends:
        return Phrase()
    withheld = sum(row.withheld and row.n > 0 for row in result.rows)
    words = {0: "", 1: " The withheld group takes no part."}.get(withheld, " The withheld groups take no part.")
    return join_phrases(f"Largest and smallest: {', '.join(ends)}.{words} {_SMALL}")


def _name(group: Mapping[str, str] | None) -> str:
    return format_group(group or {})
