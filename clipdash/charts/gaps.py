"""The gap between the largest and the smallest group rate, as a strip from 0."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.numbers import format_size
from clipdash.charts.palette import Palette, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Audit, Gap, Shift

__all__ = ["gap_chart"]

_HEIGHT = 140


def gap_chart(result: "Audit | Shift", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw the gap before over after, in points from 0, with simultaneous intervals.

    Parameters
    ----------
    result : Shift or Audit
        A Shift gives two marks, an Audit one.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: fewer ticks.

    Returns
    -------
    plotly.graph_objects.Figure
        140 px high; says so where fewer than two groups are shown.
    """
    palette = read_palette(theme)
    gaps = _list_gaps(result)
    drawn = [(level, name, gap) for level, name, gap in gaps if gap.value is not None]
    ends = [100 * end for *_, gap in drawn for end in (gap.value, gap.high) if end is not None]
    ceiling = max(1.08 * max(ends, default=0.0), 1.0)
    axis = frame.value_axis(
        palette,
        side="bottom",
        nticks=4 if narrow else 6,
        range=[-0.01 * ceiling, ceiling],
        ticksuffix=" points",
        showticksuffix="last",
        visible=bool(drawn),
    )
    notes = [note for level, name, gap in drawn for note in _say_gap(level, name, gap, len(gaps), palette)]
    line = {"color": palette.ink, "width": 1.5}
    zero = {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line}
    return frame.compose(
        palette,
        _HEIGHT,
        {"l": 8, "r": 30, "t": 4, "b": 28},
        _draw_gaps(drawn, palette),
        notes or frame.say_empty("A gap needs two groups that are shown.", palette),
        xaxis=axis,
        yaxis=frame.row_axis(1, range=[1, 0]),
        shapes=[zero] if drawn else [],
    )


def _list_gaps(result: "Audit | Shift") -> "list[tuple[float, str, Gap]]":
    if hasattr(result, "gap"):
        return [(0.5, "gap", result.gap)]
    return [(0.37, "before", result.gap_before), (0.66, "after", result.gap_after)]


def _draw_gaps(drawn: "list[tuple[float, str, Gap]]", palette: Palette) -> list[dict[str, Any]]:
    places = [(100 * (gap.value or 0.0), level) for level, _, gap in drawn]
    links = [(*places[0], *places[1])] if len(places) == 2 else []
    traces = frame.line_trace("link", links, color=fade_colour(palette.accent, 0.55))
    for level, name, gap in drawn:
        colour = fade_colour(palette.mute, 0.7) if name == "before" else fade_colour(palette.accent, 0.8)
        ends = [] if gap.low is None or gap.high is None else [(100 * gap.low, level, 100 * gap.high, level)]
        traces += frame.line_trace(f"interval {name}", ends, color=colour)
    return traces + frame.mark_trace("gaps", [_mark_gap(*entry, palette) for entry in drawn])


def _mark_gap(level: float, name: str, gap: "Gap", palette: Palette) -> dict[str, Any]:
    hover = [f"{name} {format_size(gap.value)} points", f"interval {format_size(gap.low)} to {format_size(gap.high)}"]
    colours = {"colour": palette.paper, "edge": palette.mute} if name == "before" else {"colour": palette.accent}
    return {"x": 100 * (gap.value or 0.0), "y": level, "hover": frame.pad_lines(hover), "customdata": [name]} | colours


def _say_gap(level: float, name: str, gap: "Gap", count: int, palette: Palette) -> list[dict[str, Any]]:
    above = name == "before" or count == 1
    colour = palette.mute if name == "before" else palette.accent
    place = {"yanchor": "bottom", "yshift": 7} if above else {"yanchor": "top", "yshift": -7}
    text = f"{name} {format_size(gap.value)}"
    font = {"size": frame.NOTE, "color": colour}
    return [frame.note(text, xref="x", x=100 * (gap.value or 0.0), y=level, xanchor="center", font=font, **place)]
