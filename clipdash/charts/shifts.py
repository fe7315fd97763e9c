"""The shift of each group: its two rates as a dumbbell, and beside them the paired difference."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame, phone
from clipdash.charts.markup import escape_markup
from clipdash.charts.numbers import format_annotation, format_count, format_interval, format_points, format_rate
from clipdash.charts.palette import Palette, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Estimate, GroupShift, Shift, Side

__all__ = ["is_quiet", "shift_chart"]

_LEFT, _RIGHT = (0.0, 0.57), (0.635, 1.0)
#: How far before stands above the line of its row, and after below: in rows, wide and narrow.
_WIDE, _NARROW = (-0.17, 0.17), (-0.02, 0.25)


def shift_chart(result: "Shift", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw the rate of each group before and after, and its paired shift.

    Parameters
    ----------
    result : Shift
        The comparison.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: one panel, the shift as text.

    Returns
    -------
    plotly.graph_objects.Figure
        At most thirty rows, in the order of the result. A row whose interval includes 0 is drawn quiet, a withheld
        row keeps its place and says why it is empty. Each mark's ``customdata`` is its group's values.
    """
    palette = read_palette(theme)
    rows = frame.shown_rows(result.rows)
    if narrow:
        return _draw_narrow(result, rows, palette)
    return _draw_wide(result, rows, palette)


def is_quiet(estimate: "Estimate | None") -> bool:
    """Say whether an interval includes 0, or there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return True
    return estimate.low <= 0 <= estimate.high


Placed = tuple[int, "GroupShift", "Side", "Side"]


def _measured(rows: "Sequence[GroupShift]") -> Iterator[Placed]:
    for place, row in enumerate(rows):
        if row.before is not None and row.after is not None and row.before.rate is not None:
            yield place, row, row.before, row.after


def _draw_wide(result: "Shift", rows: "Sequence[GroupShift]", palette: Palette) -> "go.Figure":
    groups = len(result.rows)
    left, notes = frame.name_rows(rows, palette)
    measured = list(_measured(rows))
    if not rows:
        notes += frame.say_empty("No group to show.", palette)
    notes += _say_heads(palette) + _say_gaps(result, rows, palette) + frame.say_rest(groups, len(rows), palette)
    notes += [_say_shift(place, row, palette) for place, row, *_ in measured]
    body = frame.body_height(len(rows), groups, narrow=False)
    margin = {"l": left, "r": 64, "t": frame.top_margin(narrow=False), "b": frame.bottom_margin(groups)}
    ceiling = frame.find_ceiling([side.high for *_, before, after in measured for side in (before, after)])
    return frame.compose(
        palette,
        body + margin["t"] + margin["b"],
        margin,
        _draw_rates(measured, palette, _WIDE) + _draw_shifts(measured, palette),
        notes,
        xaxis=_rate_axis(palette, ceiling, domain=_LEFT),
        xaxis2=_shift_axis(rows, palette),
        yaxis=frame.row_axis(len(rows)),
        shapes=[_draw_zero(palette)],
    )


def _rate_axis(palette: Palette, ceiling: float, **changes: Any) -> dict[str, Any]:
    return frame.value_axis(palette, range=[0, ceiling], tickformat=".0%", **changes)


def _shift_axis(rows: "Sequence[GroupShift]", palette: Palette) -> dict[str, Any]:
    ends = [end for row in rows if row.shift is not None for end in (row.shift.low, row.shift.high) if end is not None]
    low, high = 100 * min([0.0, *ends]), 100 * max([0.0, *ends])
    room = max(0.08 * (high - low), 1.0)
    return frame.value_axis(palette, range=[low - room, high + room], domain=_RIGHT, anchor="y")


def _draw_zero(palette: Palette) -> dict[str, Any]:
    line = {"color": palette.ink, "width": 1}
    return {"type": "line", "xref": "x2", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line}


def _say_heads(palette: Palette) -> list[dict[str, Any]]:
    keys = f"{frame.colour_text('○ before', palette.mute)}  {frame.colour_text('● after', palette.accent)}"
    heads = (
        (_LEFT[0], f"<b>Rate</b>  {keys}"),
        (_RIGHT[0], f"<b>Shift</b>  {_mute('in points, same images', palette)}"),
    )
    return [frame.note(text, x=x, y=1, yref="paper", yanchor="bottom", yshift=25, xshift=2) for x, text in heads]


def _mute(text: str, palette: Palette) -> str:
    return frame.colour_text(text, palette.mute)


def _say_gaps(result: "Shift", rows: "Sequence[GroupShift]", palette: Palette) -> list[dict[str, Any]]:
    font = {"size": frame.NOTE, "color": palette.mute}
    measured = {place for place, *_ in _measured(rows)}
    return [
        frame.note(frame.say_withheld(row, result.min_n), x=0, y=place, xshift=2, font=font)
        for place, row in enumerate(rows)
        if place not in measured
    ]


def _say_shift(place: int, row: "GroupShift", palette: Palette) -> dict[str, Any]:
    quiet = is_quiet(row.shift)
    number = format_points(row.shift.value if row.shift is not None else None)
    font = {"size": frame.TEXT, "color": palette.quiet if quiet else palette.ink}
    text = number if quiet else f"<b>{number}</b>"
    return frame.note(text, x=1, y=place, xanchor="right", xshift=62, font=font)


def _draw_rates(measured: Sequence[Placed], palette: Palette, levels: tuple[float, float]) -> list[dict[str, Any]]:
    """Links, intervals and marks of the two rates: seven traces at most, whatever the number of rows."""
    up, down = levels
    links: dict[bool, list[Any]] = {True: [], False: []}
    earlier: dict[bool, list[Any]] = {True: [], False: []}
    later: dict[bool, list[Any]] = {True: [], False: []}
    for place, row, before, after in measured:
        unsure = is_quiet(row.shift)
        links[unsure].append((before.rate, place + up, after.rate, place + down))
        earlier[unsure].append((before.low, place + up, before.high, place + up))
        later[unsure].append((after.low, place + down, after.high, place + down))
    quiet, faint = palette.quiet, fade_colour(palette.accent, 0.55)
    return [
        *frame.line_trace("links", links[False], color=faint),
        *frame.line_trace("quiet links", links[True], color=quiet, dash="dot"),
        *frame.line_trace("intervals before", earlier[False], color=fade_colour(palette.mute, 0.62)),
        *frame.line_trace("intervals after", later[False], color=fade_colour(palette.accent, 0.8)),
        *frame.line_trace("quiet intervals", earlier[True] + later[True], color=fade_colour(quiet, 0.7)),
        *frame.mark_trace("rates", [point for placed in measured for point in _mark_rates(placed, palette, levels)]),
    ]


def _mark_rates(placed: Placed, palette: Palette, levels: tuple[float, float]) -> Iterator[dict[str, Any]]:
    place, row, before, after = placed
    quiet = is_quiet(row.shift)
    shared = {"hover": _say_row(row, before, after), "customdata": list(row.group.values())}
    ring, disc = (palette.quiet, palette.quiet) if quiet else (palette.mute, palette.accent)
    yield shared | {"x": before.rate, "y": place + levels[0], "colour": palette.paper, "edge": ring}
    yield shared | {"x": after.rate, "y": place + levels[1], "colour": disc}


def _draw_shifts(measured: Sequence[Placed], palette: Palette) -> list[dict[str, Any]]:
    lines: dict[bool, list[tuple[float, float, float, float]]] = {True: [], False: []}
    points = []
    for place, row, before, after in measured:
        if row.shift is None or row.shift.value is None or row.shift.low is None or row.shift.high is None:
            continue
        quiet = is_quiet(row.shift)
        lines[quiet].append((100 * row.shift.low, place, 100 * row.shift.high, place))
        hover, colour = _say_row(row, before, after), palette.quiet if quiet else palette.accent
        mark = {"x": 100 * row.shift.value, "y": place, "colour": colour, "symbol": "diamond", "size": 8}
        points.append(mark | {"hover": hover, "customdata": list(row.group.values())})
    return [
        *frame.line_trace("shift intervals", lines[False], xaxis="x2", color=palette.accent),
        *frame.line_trace("quiet shift intervals", lines[True], xaxis="x2", color=palette.quiet),
        *frame.mark_trace("shifts", points, xaxis="x2"),
    ]


def _say_row(row: "GroupShift", before: "Side", after: "Side") -> str:
    """Write the hover box: who and n, before, after, shift, no longer and newly."""
    shift = row.shift
    paired = "" if shift is None else f" ({format_interval(shift.low, shift.high)})"
    return frame.pad_lines(
        [
            f"{escape_markup(format_annotation(row.group))}, n {format_count(row.n)}",
            f"before {_say_side(before)}",
            f"after {_say_side(after)}",
            f"shift {format_points(shift.value if shift else None)} points{paired}",
            f"no longer {format_count(row.fixed or 0)}, newly {format_count(row.broken or 0)}",
        ]
    )


def _say_side(side: "Side") -> str:
    return escape_markup(f"{format_rate(side.rate)} ({format_rate(side.low)} to {format_rate(side.high)})")


def _draw_narrow(result: "Shift", rows: "Sequence[GroupShift]", palette: Palette) -> "go.Figure":
    groups, measured = len(result.rows), list(_measured(rows))
    shifts = {place: _write_shift(row, palette) for place, row, *_ in measured}
    notes = phone.name_rows(rows, shifts, palette) + frame.say_rest(groups, len(rows), palette)
    notes += phone.say_gaps(rows, set(shifts), result.min_n, palette)
    if not rows:
        notes += frame.say_empty("No group to show.", palette)
    head = f"{_mute('○ before', palette)}  {frame.colour_text('● after', palette.accent)}"
    head += _mute("  |  shift in points, 95% interval", palette)
    notes.append(frame.note(head, x=0, y=1, yref="paper", yanchor="bottom", yshift=28, xshift=-12))
    margin = {"l": 14, "r": 20, "t": frame.top_margin(narrow=True), "b": frame.bottom_margin(groups)}
    ceiling = frame.find_ceiling([side.high for *_, before, after in measured for side in (before, after)])
    return frame.compose(
        palette,
        frame.body_height(len(rows), groups, narrow=True) + margin["t"] + margin["b"],
        margin,
        _draw_rates(measured, palette, _NARROW),
        notes,
        xaxis=_rate_axis(palette, ceiling),
        yaxis=phone.row_axis(len(rows), palette),
    )


def _write_shift(row: "GroupShift", palette: Palette) -> str:
    if row.shift is None:
        return ""
    number = format_points(row.shift.value)
    interval = format_interval(row.shift.low, row.shift.high)
    if is_quiet(row.shift):
        return frame.colour_text(f"{number}  {interval}", palette.quiet)
    return f"<b>{number}</b>  {_mute(interval, palette)}"
