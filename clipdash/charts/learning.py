"""Accuracy after ever more labelled images a class, with zero-shot as a line: one small panel a group."""

from math import log10
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup
from clipdash.charts.numbers import format_count, format_group, format_rate
from clipdash.charts.palette import Palette, fade_colour, read_palette
from clipdash.charts.panels import head_panel, lay_panels

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import GroupLearning, LearningCurve, LearningPoint

__all__ = ["describe_learning_chart", "learning_chart"]

_MOST = 9


def learning_chart(result: "LearningCurve", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw each group's learning curve with its band; zero-shot is a line of ink, all images stand in grey behind.

    Parameters
    ----------
    result : LearningCurve
        The curves.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        One panel a row instead of three.

    Returns
    -------
    plotly.graph_objects.Figure
        At most nine panels, in the order of the result, withheld groups left out. All share one axis of accuracy, which
        need not begin at 0.
    """
    palette = read_palette(theme)
    shown = [row for row in result.rows if not row.withheld][:_MOST]
    body, panels = lay_panels(len(shown), narrow)
    floor = _find_floor(result, shown)
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    for row, panel in zip(shown, panels, strict=True):
        layout[f"xaxis{panel.suffix}"] = _count_axis(result, palette, panel.across, f"y{panel.suffix}")
        layout[f"yaxis{panel.suffix}"] = _accuracy_axis(palette, panel.down, f"x{panel.suffix}", floor)
        traces += [trace | panel.axes for trace in _draw_group(result, row, palette)]
        notes.append(head_panel(row, panel, palette))
    notes += _say_key(result, palette, narrow)
    if not shown:
        layout = {"xaxis": {"visible": False, "fixedrange": True}, "yaxis": {"visible": False, "fixedrange": True}}
        notes = frame.say_empty("No group is shown.", palette)
    margin = {"l": 44 if narrow else 8, "r": 14, "t": 62, "b": 30}
    return frame.compose(palette, body + margin["t"] + margin["b"], margin, traces, notes, **layout)


def _say_key(result: "LearningCurve", palette: Palette, narrow: bool) -> list[dict[str, Any]]:
    what = [] if narrow else ["<b>Accuracy</b> by labelled images a class"]
    keys = [(palette.accent, "● linear probe")]
    keys += [] if result.overall.zero_shot is None else [(palette.ink, "— zero-shot")]
    keys += [] if result.overall.withheld else [(palette.quiet, "┄ all images")]
    text = "  ".join([*what, *(frame.colour_text(name, colour) for colour, name in keys)])
    return [frame.note(text, x=0, y=1, yref="paper", yanchor="bottom", yshift=34, xshift=-40 if narrow else 0)]


def _find_floor(result: "LearningCurve", shown: "list[GroupLearning]") -> float:
    values = [point.low for row in shown for point in row.points]
    values += [point.accuracy for point in result.overall.points]
    return frame.find_floor([*values, *(row.zero_shot.rate for row in shown if row.zero_shot is not None)])


def _count_axis(result: "LearningCurve", palette: Palette, domain: list[float], anchor: str) -> dict[str, Any]:
    counts = result.per_class
    few = counts if len(counts) <= 5 else counts[::2]
    axis = {"side": "bottom", "type": "log", "range": _find_range(counts), "domain": domain, "anchor": anchor}
    return frame.value_axis(palette, **axis, tickvals=list(few), ticktext=[format_count(count) for count in few])


def _find_range(counts: tuple[int, ...]) -> list[float]:
    low, high = log10(counts[0]), log10(counts[-1])
    room = max(0.04 * (high - low), 0.02)
    return [low - room, high + room]


def _accuracy_axis(palette: Palette, domain: list[float], anchor: str, floor: float) -> dict[str, Any]:
    room = 0.02 * (1 - floor)
    return frame.value_axis(
        palette,
        side="left",
        domain=domain,
        anchor=anchor,
        range=[floor - room, 1 + room],
        tickvals=[floor, (1 + floor) / 2, 1],
        ticktext=[f"{100 * tick:g}%" for tick in (floor, (1 + floor) / 2, 1)],
    )


def _draw_group(result: "LearningCurve", row: "GroupLearning", palette: Palette) -> list[dict[str, Any]]:
    x = list(result.per_class)
    line = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    band = line | {
        "name": "band",
        "x": x + x[::-1],
        "y": [point.high for point in row.points] + [point.low for point in row.points][::-1],
        "fill": "toself",
        "fillcolor": fade_colour(palette.accent, 0.16),
        "line": {"width": 0},
    }
    whole = line | {
        "name": "all images",
        "x": x,
        "y": [point.accuracy for point in result.overall.points],
        "line": {"color": palette.quiet, "width": 1.5, "dash": "dot"},
    }
    curve = line | {
        "name": "linear probe",
        "x": x,
        "y": [point.accuracy for point in row.points],
        "line": {"color": palette.accent, "width": 2},
    }
    marks = [
        {
            "x": point.per_class,
            "y": point.accuracy,
            "colour": palette.accent,
            "size": 6,
            "hover": _say_point(result, row, point),
            "customdata": list(row.group.values()),
        }
        for point in row.points
    ]
    traces = [band] if result.overall.withheld else [band, whole]
    return [*traces, *_draw_zero_shot(row, x, palette), curve, *frame.mark_trace("accuracy", marks)]


def _draw_zero_shot(row: "GroupLearning", x: list[int], palette: Palette) -> list[dict[str, Any]]:
    if row.zero_shot is None or row.zero_shot.rate is None:
        return []
    level = row.zero_shot.rate
    return frame.line_trace("zero-shot", [(x[0], level, x[-1], level)], color=palette.ink, width=1.5)


def _say_point(result: "LearningCurve", row: "GroupLearning", point: "LearningPoint") -> str:
    band = f"{format_rate(point.low)} to {format_rate(point.high)}"
    lines = [
        f"{escape_markup(format_group(row.group))}, n {format_count(row.n)}",
        f"{format_count(point.per_class)} labelled a class, {result.draws} draws",
        f"accuracy {escape_markup(format_rate(point.accuracy))} ({escape_markup(band)})",
    ]
    if row.zero_shot is not None:
        lines.append(f"zero-shot {escape_markup(format_rate(row.zero_shot.rate))}")
    return frame.pad_lines(lines)


def describe_learning_chart(result: "LearningCurve") -> str:
    """Say what the curves are, and each group's last accuracy, for readers who do not see the chart."""
    last = result.per_class[-1]
    parts = []
    for row in [row for row in result.rows if not row.withheld][:_MOST]:
        zero = "" if row.zero_shot is None else f" (zero-shot {format_rate(row.zero_shot.rate)})"
        parts.append(f"{clean_text(format_group(row.group))} {format_rate(row.points[-1].accuracy)}{zero}")
    head = f"Accuracy of a linear probe after {result.per_class[0]} to {format_count(last)} labelled images a class"
    if not parts:
        return f"{head}: nothing to show."
    return f"{head}, by group, with bands; after {format_count(last)}: {'; '.join(parts)}."
