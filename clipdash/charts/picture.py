"""A figure as a static picture, drawn without a browser: for print, and where no script runs.

It knows what the figures of this room use and nothing else of plotly: anything else is refused, so that no chart can
lose a part of itself without a word.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from clipdash.charts.canvas import Axis, Box, check_fixed, check_known, list_ticks, read_axes, tag
from clipdash.charts.lettering import draw_note, draw_text
from clipdash.charts.marks import draw_bars, draw_sankey, draw_trace

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["draw_picture"]

_LAYOUT = (
    *("annotations", "barmode", "dragmode", "font", "height", "hoverlabel", "hovermode", "margin"),
    *("paper_bgcolor", "plot_bgcolor", "shapes", "showlegend", "template"),
)
_CLEAR = "rgba(0,0,0,0)"
_FIXED = {"barmode": "stack", "showlegend": False, "paper_bgcolor": _CLEAR, "plot_bgcolor": _CLEAR}


def draw_picture(figure: "go.Figure", name: str, *, width: float = 680, alt: str = "") -> str:
    """Draw a figure as SVG.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        A figure of this room.
    name : str
        Leads the ids of the picture, so that several can stand in one page.
    width : float
        Pixels; the default is what A4 has between its margins. The height is the figure's.
    alt : str
        What the picture shows, for readers who do not see it.

    Returns
    -------
    str
        One ``svg`` element that stands by itself. Marks lie within a pixel of where plotly draws them.

    Raises
    ------
    ValueError
        If the figure uses anything that is not known here.
    """
    whole = figure.to_plotly_json()
    layout, traces = whole["layout"], whole["data"]
    check_known([key for key in layout if not key.startswith(("xaxis", "yaxis"))], _LAYOUT, "a layout")
    check_fixed(layout, _FIXED, "a layout")
    margin, height = layout["margin"], layout["height"]
    box = Box(margin["l"], margin["t"], width - margin["l"] - margin["r"], height - margin["t"] - margin["b"])
    axes = read_axes(layout, box)
    parts = [
        *_list_clips(axes, name),
        *(part for axis in axes.values() if axis.visible for part in _draw_axis(axis, axes, layout["font"])),
        *_draw_traces(traces, axes, box, name),
        *(_draw_shape(shape, axes, box) for shape in layout.get("shapes", ())),
        *(draw_note(note, axes, box, layout["font"]) for note in layout.get("annotations", ())),
    ]
    said = [tag("title", escape(alt), id=f"{name}-title")] if alt else []
    return tag(
        "svg",
        *said,
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="img",
        aria_labelledby=f"{name}-title" if alt else None,
        style=f"font-family:{layout['font']['family']}",
    )


def _list_clips(axes: Mapping[str, Axis], name: str) -> Iterator[str]:
    """Yield for each pair of axes the area that lines may not leave."""
    for x in axes.values():
        for y in axes.values():
            if x.name.startswith("x") and y.name.startswith("y"):
                top, bottom = sorted((y.start, y.end))
                area = tag("rect", x=float(x.start), y=float(top), width=float(x.end - x.start), height=bottom - top)
                yield tag("clipPath", area, id=f"{name}-{x.name}{y.name}")


def _draw_axis(axis: Axis, axes: Mapping[str, Axis], font: Mapping[str, Any]) -> Iterator[str]:
    """Yield grid lines and labels of an axis, across the axis that it is anchored to."""
    lying = axis.name.startswith("x")
    other = axes[axis.options.get("anchor", "y" if lying else "x")]
    low, high = float(other.start), float(other.end)
    look = {**font, **axis.options.get("tickfont", {})}
    for value, text in list_ticks(axis):
        place = axis.place(value)
        if place is None:
            continue
        if axis.options.get("showgrid", True):
            across, down = ((place, place), (low, high)) if lying else ((low, high), (place, place))
            ends = {"x1": across[0], "x2": across[1], "y1": down[0], "y2": down[1]}
            yield tag("line", **ends, stroke=axis.options["gridcolor"])
        if text:
            yield _draw_label(axis, text, place, (low, high), look)


def _draw_label(axis: Axis, text: str, place: float, ends: tuple[float, float], look: Mapping[str, Any]) -> str:
    """Draw the label of a tick where plotly writes it: half a pixel, for a line that is not drawn, beside the end."""
    side, size, angle = axis.options["side"], look["size"], axis.options.get("tickangle", 0)
    if angle not in (0, -45) or (angle and side not in ("top", "left")):
        raise ValueError(f"a picture cannot write labels at an angle of {angle}")
    if side == "left":
        return draw_text(text, ends[0] - 0.5, place + 0.35 * size, look, "end")
    y = max(ends) + 0.5 + size if side == "bottom" else min(ends) - 0.5 - 0.2 * size
    return draw_text(text, place, y, look, "start" if angle else "middle", angle=angle)


def _draw_traces(traces: Any, axes: Mapping[str, Axis], box: Box, name: str) -> Iterator[str]:
    """Yield the traces in plotly's order: bars lie under lines and marks."""
    check_known({trace["type"] for trace in traces}, ("bar", "sankey", "scatter"), "the types of traces")
    yield draw_bars([trace for trace in traces if trace["type"] == "bar"], axes, name)
    yield from (draw_sankey(trace, box) for trace in traces if trace["type"] == "sankey")
    yield from (draw_trace(trace, axes, name) for trace in traces if trace["type"] == "scatter")


def _draw_shape(shape: Mapping[str, Any], axes: Mapping[str, Axis], box: Box) -> str:
    check_known(shape, ("line", "type", "x0", "x1", "xref", "y0", "y1", "yref"), "a shape")
    check_fixed(shape, {"type": "line"}, "a shape")
    places = {
        f"{letter}{end + 1}": _place(shape[f"{letter}{end}"], shape[f"{letter}ref"], letter, axes, box)
        for letter in "xy"
        for end in (0, 1)
    }
    return tag("line", **places, stroke=shape["line"]["color"], stroke_width=shape["line"]["width"])


def _place(value: float, ref: str, letter: str, axes: Mapping[str, Axis], box: Box) -> float | None:
    if ref != "paper":
        return axes[ref].place(value)
    return box.left + value * box.width if letter == "x" else box.top + (1 - value) * box.height
