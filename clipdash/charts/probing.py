"""Zero-shot and a linear probe on the same held-out images: accuracy of each by group, and their paired difference."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame, phone
from clipdash.charts.markup import clean_text, escape_markup
from clipdash.charts.numbers import (
    format_annotation,
    format_count,
    format_group,
    format_interval,
    format_points,
    format_rate,
)
from clipdash.charts.palette import Palette, fade_colour, read_palette
from clipdash.charts.shifts import is_quiet

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import GroupProbe, LinearProbe, Share

__all__ = ["describe_linear_chart", "linear_chart"]

_LEFT, _RIGHT = [0.0, 0.58], [0.66, 1.0]


def linear_chart(result: "LinearProbe", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw the accuracy of zero-shot (ring) and of the linear probe (disc) with intervals, and their difference.

    Parameters
    ----------
    result : LinearProbe
        The probe; without zero-shot answers its own accuracy alone is drawn.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: the difference stands as text.

    Returns
    -------
    plotly.graph_objects.Figure
        At most thirty rows, in the order of the result; withheld rows keep their place. The axis of accuracy need not
        begin at 0. Each mark's ``customdata`` is its group's values.
    """
    palette, groups = read_palette(theme), len(result.rows)
    rows = frame.shown_rows(result.rows)
    paired = not narrow and any(row.difference is not None for row in rows)
    domain = _LEFT if paired else [0.0, 1.0]
    left, notes = (14, _write_phone(rows, result, palette)) if narrow else _write_rows(rows, result, palette)
    notes += frame.say_rest(groups, len(rows), palette) + _say_heads(rows, paired, palette)
    if not rows:
        notes += frame.say_empty("No group to show.", palette)
    margin = {"l": left, "r": 20 if narrow else 64, "t": 55, "b": frame.bottom_margin(groups)}
    levels = (0.06, 0.28) if narrow else (-0.17, 0.17)
    floor = frame.find_floor(share.low for row in rows for _, share, _ in _list_shares(row))
    layout: dict[str, Any] = {
        "xaxis": frame.value_axis(palette, range=[floor, 1], tickformat=".0%", domain=domain),
        "yaxis": phone.row_axis(len(rows), palette) if narrow else frame.row_axis(len(rows)),
    }
    traces = _draw_accuracies(rows, palette, levels)
    if paired:
        traces += _draw_differences(rows, palette)
        layout |= {"xaxis2": _difference_axis(rows, palette), "shapes": [_draw_zero(palette)]}
    height = frame.body_height(len(rows), groups, narrow) + margin["t"] + margin["b"]
    return frame.compose(palette, height, margin, traces, notes, **layout)


def _say_heads(rows: "Sequence[GroupProbe]", paired: bool, palette: Palette) -> list[dict[str, Any]]:
    both = any(row.zero_shot is not None for row in rows)
    ring = f"{frame.colour_text('○ zero-shot', palette.mute)}  " if both else ""
    heads = [(_LEFT[0], f"<b>Accuracy</b>  {ring}{frame.colour_text('● linear probe', palette.accent)}")]
    if paired:
        heads.append((_RIGHT[0], f"<b>Difference</b>  {frame.colour_text('in points, same images', palette.mute)}"))
    return [frame.note(text, x=x, y=1, yref="paper", yanchor="bottom", yshift=25, xshift=2) for x, text in heads]


def _write_rows(
    rows: "Sequence[GroupProbe]", result: "LinearProbe", palette: Palette
) -> tuple[int, list[dict[str, Any]]]:
    left, notes = frame.name_rows(rows, palette)
    for place, row in enumerate(rows):
        if row.linear is None:
            mute = {"size": frame.NOTE, "color": palette.mute}
            notes.append(frame.note(frame.say_withheld(row, result.min_n), x=0, y=place, xshift=2, font=mute))
        else:
            notes.append(frame.note(_say_value(row, palette), x=1, y=place, xanchor="right", xshift=62))
    return left, notes


def _say_value(row: "GroupProbe", palette: Palette) -> str:
    """Return the figure at the right of a row: the difference, or the accuracy where there is no zero-shot."""
    if row.difference is None:
        rate = row.linear.accuracy.rate if row.linear and row.linear.accuracy else None
        return f"<b>{escape_markup(format_rate(rate))}</b>"
    number = format_points(row.difference.value)
    return frame.colour_text(number, palette.quiet) if is_quiet(row.difference) else f"<b>{number}</b>"


def _write_phone(rows: "Sequence[GroupProbe]", result: "LinearProbe", palette: Palette) -> list[dict[str, Any]]:
    values = {}
    for place, row in enumerate(rows):
        if row.linear is not None and row.linear.accuracy is not None:
            share, found = row.linear.accuracy, row.difference
            ends = _say_ends(share) if found is None else format_interval(found.low, found.high)
            values[place] = f"{_say_value(row, palette)}  {frame.colour_text(escape_markup(ends), palette.mute)}"
    return phone.name_rows(rows, values, palette) + phone.say_gaps(rows, set(values), result.min_n, palette)


def _list_shares(row: "GroupProbe") -> "Iterator[tuple[int, Share, float]]":
    """Yield (0 for zero-shot and 1 for the probe, share, rate) of a row that has figures."""
    for side, accuracy in enumerate((row.zero_shot, row.linear)):
        if accuracy is not None and accuracy.accuracy is not None and accuracy.accuracy.rate is not None:
            yield side, accuracy.accuracy, accuracy.accuracy.rate


def _draw_accuracies(
    rows: "Sequence[GroupProbe]", palette: Palette, levels: tuple[float, float]
) -> list[dict[str, Any]]:
    lines: tuple[list[Any], list[Any]] = ([], [])
    points = []
    for place, row in enumerate(rows):
        for side, share, rate in _list_shares(row):
            y = place + levels[side]
            lines[side].append((share.low, y, share.high, y))
            looks = ({"colour": palette.paper, "edge": palette.mute}, {"colour": palette.accent})[side]
            about = {"hover": _say_row(row), "customdata": list(row.group.values())}
            points.append({"x": rate, "y": y} | looks | about)
    return [
        *frame.line_trace("intervals of zero-shot", lines[0], color=fade_colour(palette.mute, 0.62)),
        *frame.line_trace("intervals of the linear probe", lines[1], color=fade_colour(palette.accent, 0.8)),
        *frame.mark_trace("accuracies", points),
    ]


def _difference_axis(rows: "Sequence[GroupProbe]", palette: Palette) -> dict[str, Any]:
    found = [row.difference for row in rows if row.difference is not None]
    low, high = 100 * min(0.0, *(each.low for each in found)), 100 * max(0.0, *(each.high for each in found))
    room = max(0.08 * (high - low), 1.0)
    return frame.value_axis(palette, range=[low - room, high + room], domain=_RIGHT, anchor="y", nticks=5)


def _draw_zero(palette: Palette) -> dict[str, Any]:
    line = {"color": palette.ink, "width": 1}
    return {"type": "line", "xref": "x2", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line}


def _draw_differences(rows: "Sequence[GroupProbe]", palette: Palette) -> list[dict[str, Any]]:
    lines: dict[bool, list[tuple[float, float, float, float]]] = {True: [], False: []}
    points = []
    for place, row in enumerate(rows):
        if row.difference is None:
            continue
        quiet = is_quiet(row.difference)
        lines[quiet].append((100 * row.difference.low, place, 100 * row.difference.high, place))
        mark = {"x": 100 * row.difference.value, "y": place, "symbol": "diamond", "size": 8}
        mark |= {"colour": palette.quiet if quiet else palette.accent}
        points.append(mark | {"hover": _say_row(row), "customdata": list(row.group.values())})
    return [
        *frame.line_trace("differences", lines[False], xaxis="x2", color=palette.accent),
        *frame.line_trace("quiet differences", lines[True], xaxis="x2", color=palette.quiet),
        *frame.mark_trace("differences", points, xaxis="x2"),
    ]


def _say_row(row: "GroupProbe") -> str:
    lines = [f"{escape_markup(format_annotation(row.group))}, n {format_count(row.n)}"]
    for side, share, rate in _list_shares(row):
        name = ("zero-shot", "linear probe")[side]
        lines.append(escape_markup(f"{name} {format_rate(rate)} ({_say_ends(share)})"))
    if row.difference is not None:
        ends = format_interval(row.difference.low, row.difference.high)
        lines.append(f"difference {format_points(row.difference.value)} points ({ends})")
        counts = [format_count(count or 0) for count in (row.only_linear, row.only_zero_shot)]
        lines.append(f"right only by the probe {counts[0]}, only by zero-shot {counts[1]}")
    return frame.pad_lines(lines)


def _say_ends(share: "Share") -> str:
    return f"{format_rate(share.low)} to {format_rate(share.high)}"


def describe_linear_chart(result: "LinearProbe") -> str:
    """Say each group's accuracies, for readers who do not see the chart."""
    names = ("zero-shot", "linear probe")
    parts = []
    for row in frame.shown_rows(result.rows):
        said = [f"{names[side]} {format_rate(rate)}" for side, _, rate in _list_shares(row)]
        if said:
            parts.append(f"{clean_text(format_group(row.group))} {', '.join(said)}")
    return f"Accuracy on held-out images by group: {'; '.join(parts) or 'nothing to show'}."
