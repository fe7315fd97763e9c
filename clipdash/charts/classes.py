"""Accuracy against the number of classes: the curve, the band of the lists drawn, and chance."""

from math import log10
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup
from clipdash.charts.numbers import format_count, format_rate
from clipdash.charts.palette import Palette, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import ClassCurve, ClassPoint

__all__ = ["class_chart", "describe_class_chart"]

_HEIGHT, _HEIGHT_NARROW, _TOP = 280, 240, 34


def class_chart(result: "ClassCurve", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw accuracy against the number of classes.

    Parameters
    ----------
    result : ClassCurve
        The points.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: lower.

    Returns
    -------
    plotly.graph_objects.Figure
        Classes on a logarithmic axis. The band holds 95 % of the lists drawn, the line through each point is Wilson's
        interval of one list, the dotted line is chance.
    """
    palette, points = read_palette(theme), result.points
    ticks = [point.classes for point in points]
    room = (ticks[-1] / ticks[0]) ** 0.06 if len(ticks) > 1 else 1.5
    body = _HEIGHT_NARROW if narrow else _HEIGHT
    margin = {"l": 48, "r": 24, "t": _TOP, "b": 44}
    keys = [
        f"{frame.colour_text('●', palette.accent)} accuracy",
        f"{frame.colour_text('▬', fade_colour(palette.accent, 0.3))} 95% of lists drawn",
        f"{frame.colour_text('┈', palette.ink)} chance",
    ]
    font = {"size": frame.NOTE}
    place = {
        "x": 0,
        "xshift": 6 - margin["l"],
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 10,
        "font": font,
    }
    below = {"x": 0.5, "y": 0, "yref": "paper", "yanchor": "top", "xanchor": "center", "yshift": -24}
    text = frame.colour_text("number of classes, on a logarithmic axis", palette.mute, frame.SMALL)
    return frame.compose(
        palette,
        body + margin["t"] + margin["b"],
        margin,
        [*_draw_band(points, palette), *_draw_points(points, result, palette)],
        [frame.note("   ".join(keys), **place), frame.note(text, **below)],
        xaxis=frame.value_axis(
            palette,
            side="bottom",
            type="log",
            range=[log10(ticks[0] / room), log10(ticks[-1] * room)],
            tickvals=_thin(ticks, narrow),
            ticktext=[format_count(tick) for tick in _thin(ticks, narrow)],
        ),
        yaxis=frame.value_axis(palette, side="left", range=[0, 1.02], tickformat=".0%", nticks=6),
    )


def _thin(ticks: list[int], narrow: bool) -> list[int]:
    """Return the counts that are written: from the most down, those that leave room for each other."""
    ratio = (ticks[-1] / ticks[0]) ** (1 / (4 if narrow else 10))
    kept = [ticks[-1]]
    for tick in reversed(ticks[:-1]):
        if kept[-1] / tick >= ratio:
            kept.append(tick)
    return kept[::-1]


def _draw_band(points: "tuple[ClassPoint, ...]", palette: Palette) -> list[dict[str, Any]]:
    x: list[float] = [point.classes for point in points]
    if len(points) == 1:  # a line of one point is none
        x, points = [x[0] / 1.08, x[0] * 1.08], points * 2
    shared = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    band: dict[str, Any] = {
        "name": "lists",
        "x": x + x[::-1],
        "y": [point.band_high for point in points] + [point.band_low for point in reversed(points)],
        "fill": "toself",
        "fillcolor": fade_colour(palette.accent, 0.16),
        "line": {"width": 0},
    }
    chance: dict[str, Any] = {"name": "chance", "x": x, "y": [point.chance for point in points]}
    chance |= {"line": {"color": palette.ink, "width": 1.5, "dash": "dot"}}
    curve: dict[str, Any] = {"name": "curve", "x": x, "y": [point.accuracy for point in points]}
    curve |= {"line": {"color": palette.accent, "width": 2}}
    return [shared | band, shared | chance, shared | curve]


def _draw_points(points: "tuple[ClassPoint, ...]", result: "ClassCurve", palette: Palette) -> list[dict[str, Any]]:
    lines = [(point.classes, point.low, point.classes, point.high) for point in points]
    marks = [
        {
            "x": point.classes,
            "y": point.accuracy,
            "colour": palette.accent,
            "size": 9,
            "hover": frame.pad_lines([escape_markup(line) for line in _say(point)]),
            "customdata": [point.classes],
        }
        for point in points
    ]
    return frame.line_trace("intervals", lines, color=palette.accent) + frame.mark_trace("accuracy", marks)


def _say(point: "ClassPoint") -> list[str]:
    said = [
        f"{format_count(point.classes)} classes: {format_rate(point.accuracy)}",
        f"interval of one list {format_rate(point.low)} to {format_rate(point.high)}",
        f"n {format_count(round(point.n))}, chance {format_rate(point.chance)}",
    ]
    if point.draws > 1:
        lists = f"95% of {point.draws:,} lists {format_rate(point.band_low)} to {format_rate(point.band_high)}"
        said.insert(1, lists)
    return said


def describe_class_chart(result: "ClassCurve") -> str:
    """Say the accuracy at each number of classes, for readers who do not see the chart."""
    said = ", ".join(f"{format_rate(point.accuracy)} among {point.classes:,}" for point in result.points)
    return f"Accuracy for {clean_text(result.attribute.replace('_', ' '))} by number of classes: {said}."
