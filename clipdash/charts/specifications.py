"""The specification curve: what every combination of choices finds, sorted, and the choices under it."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_interval, format_points
from clipdash.charts.palette import Palette, fade_colour, read_palette
from clipdash.charts.shifts import is_quiet

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import SpecificationCurve

__all__ = ["describe_specification_chart", "specification_chart"]

_TOP, _ROW, _HEAD = 220, 22, 26
_MOST_INTERVALS = 400


def specification_chart(result: "SpecificationCurve", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw the sorted values with their intervals, and below them which option of each choice was taken.

    Parameters
    ----------
    result : SpecificationCurve
        The combinations.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: shorter names.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace of values, at most one of intervals each, and one of options, whatever the number of combinations.
    """
    palette = read_palette(theme)
    notes: list[dict[str, Any]] = []
    level, room = 0.0, 110 if narrow else 210
    heights: dict[tuple[int, int], float] = {}
    widest = 60.0
    for place, (name, options) in enumerate(result.options.items()):
        level += _HEAD
        head = f"<b>{escape_markup(fit_text(name, frame.NOTE, room))}</b>"
        notes.append(_name(head, level, palette.ink))
        for option, text in enumerate(options):
            level += _ROW
            heights[place, option] = level
            shown = fit_text(text, frame.NOTE, room)
            widest = max(widest, measure_text(shown, frame.NOTE))
            notes.append(_name(escape_markup(shown), level, palette.mute))
    bottom = level + _ROW
    margin = {"l": round(22 + frame.SLACK * widest), "r": 16, "t": 10, "b": 8}
    share = _TOP / (_TOP + bottom)
    line = {"color": palette.ink, "width": 1.5}
    zero = {"type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": line}
    count = len(result.specifications)
    across = {"range": [-0.5, count - 0.5], "visible": False, "fixedrange": True}
    return frame.compose(
        palette,
        round(_TOP + bottom) + margin["t"] + margin["b"],
        margin,
        [*_draw_values(result, palette), *_draw_options(result, heights, palette)],
        notes,
        xaxis=across | {"anchor": "y"},
        yaxis={
            "domain": [0, 1 - share],
            "range": [bottom, 0],
            "visible": False,
            "fixedrange": True,
        },
        xaxis2=across | {"anchor": "y2"},
        yaxis2=frame.value_axis(
            palette, side="left", anchor="x2", domain=[1 - share, 1], nticks=5, range=_find_ends(result)
        ),
        shapes=[zero],
    )


def _find_ends(result: "SpecificationCurve") -> list[float]:
    """Return where the axis of values ends: it holds 0 and every interval, in points."""
    ends = [100 * end for each in result.specifications for end in (each.estimate.low, each.estimate.high)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    room = max(0.06 * (high - low), 0.5)
    return [low - room, high + room]


def _name(text: str, level: float, colour: str) -> dict[str, Any]:
    font = {"size": frame.NOTE, "color": colour}
    return frame.note(text, x=0, y=level, xanchor="right", xshift=-10, font=font)


def _draw_values(result: "SpecificationCurve", palette: Palette) -> list[dict[str, Any]]:
    found = list(enumerate(result.specifications))
    axes = {"xaxis": "x2", "yaxis": "y2"}
    traces = []
    if len(found) <= _MOST_INTERVALS:
        lines = [(place, 100 * each.estimate.low, place, 100 * each.estimate.high) for place, each in found]
        traces = [
            trace | axes for trace in frame.line_trace("intervals", lines, color=fade_colour(palette.accent, 0.35))
        ]
    size = 8 if len(found) <= 60 else 5 if len(found) <= 400 else 3
    points = [
        {
            "x": place,
            "y": 100 * each.estimate.value,
            "colour": palette.quiet if is_quiet(each.estimate) else palette.accent,
            "size": size,
            "hover": _say(result, place),
            "customdata": [place],
        }
        for place, each in found
    ]
    return traces + [trace | axes for trace in frame.mark_trace("values", points)]


def _say(result: "SpecificationCurve", place: int) -> str:
    found = result.specifications[place]
    value = f"{format_points(found.estimate.value)} points ({format_interval(found.estimate.low, found.estimate.high)})"
    taken = zip(result.options.items(), found.places, strict=True)
    return frame.pad_lines(
        [escape_markup(value), *(escape_markup(f"{name}: {options[at]}") for (name, options), at in taken)]
    )


def _draw_options(
    result: "SpecificationCurve", heights: dict[tuple[int, int], float], palette: Palette
) -> list[dict[str, Any]]:
    x, y = [], []
    for place, found in enumerate(result.specifications):
        for choice, option in enumerate(found.places):
            x.append(place)
            y.append(heights[choice, option])
    size = 8 if len(result.specifications) <= 60 else 4
    marker = {"symbol": "line-ns", "size": size, "line": {"width": 2, "color": palette.ink}}
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "options",
            "x": x,
            "y": y,
            "marker": marker,
            "hoverinfo": "skip",
        }
    ]


def describe_specification_chart(result: "SpecificationCurve") -> str:
    """Say from where to where the values run, for readers who do not see the chart."""
    first, last = result.specifications[0].estimate, result.specifications[-1].estimate
    return (
        f"{len(result.specifications):,} combinations of choices, from {format_points(first.value)} to "
        f"{format_points(last.value)} points, median {format_points(result.median)}."
    )
