"""What all figures share: margins, axes, rows with their names, and lines drawn in few traces."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from clipdash.charts.markup import escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_count, format_group
from clipdash.charts.palette import Palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Audit, GroupRate, GroupShift, Shift

__all__ = ["chart_height"]


class Named(Protocol):
    """A row of a result: a group, its n, and whether its figures are withheld."""

    @property
    def group(self) -> Mapping[str, str]: ...
    @property
    def n(self) -> int: ...
    @property
    def withheld(self) -> bool: ...


Row = TypeVar("Row", bound=Named)

FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", "Helvetica Neue", Arial, "Liberation Sans", sans-serif'
#: Margins leave this much more than a name needs in the first of these fonts: the others are wider.
SLACK = 1.2
#: Pixels a row: up to twelve rows, up to thirty, and on a phone, where the name stands above its marks.
ROW, TIGHT_ROW, PHONE_ROW = 44, 30, 62
#: A longer chart is no chart any more: it shows the first rows and says so; the table has the others.
MOST_ROWS = 30
TEXT, NOTE, SMALL = 14, 13, 12
#: A mark that is clicked opens its images; it dims no other.
KEPT = {"marker": {"opacity": 1}}
#: Rates end at the first of these that holds them, so that the axis seldom jumps while a label is typed.
_CEILINGS = (0.1, 0.2, 0.5, 1.0)
_FLOORS = (0.8, 0.6, 0.4, 0.2)


def chart_height(result: "Audit | Shift", narrow: bool = False) -> int:
    """Return the height of the shift chart or rate chart of a result.

    Parameters
    ----------
    result : Audit or Shift
        The result to draw.
    narrow : bool
        Whether the chart is the one for screens of at most 640 px.

    Returns
    -------
    int
        Pixels.
    """
    rows: Sequence[GroupRate | GroupShift] = result.rows
    groups, drawn = len(rows), len(shown_rows(rows))
    return top_margin(narrow) + body_height(drawn, groups, narrow) + bottom_margin(groups)


def top_margin(narrow: bool) -> int:
    return 54 if narrow else 55


def bottom_margin(groups: int) -> int:
    return 36 if groups > MOST_ROWS else 8


def body_height(drawn: int, groups: int, narrow: bool) -> int:
    """Return the pixels of all rows drawn."""
    return max(drawn, 1) * row_height(groups, narrow)


def row_height(groups: int, narrow: bool = False) -> int:
    if narrow:
        return PHONE_ROW
    return ROW if groups <= 12 else TIGHT_ROW


def compose(
    palette: Palette,
    height: int,
    margin: Mapping[str, int],
    traces: Sequence[Mapping[str, Any]],
    notes: Sequence[Mapping[str, Any]],
    **layout: Any,
) -> "go.Figure":
    """Put traces and texts into a figure without any of plotly's own looks."""
    import plotly.graph_objects as go

    base = {
        "template": go.layout.Template(),
        "height": height,
        "margin": {"pad": 0, **margin},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": TEXT, "color": palette.ink},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": palette.paper,
            "bordercolor": palette.border,
            "align": "left",
            "font": {"family": FONT, "size": TEXT, "color": palette.ink},
        },
        "annotations": list(notes),
    }
    # Checking each property takes plotly five times as long as all the rest; the tests check every chart's.
    return go.Figure(data=list(traces), layout=base | layout, _validate=False)


def value_axis(palette: Palette, **changes: Any) -> dict[str, Any]:
    """Return an axis of values: on top, where reading starts, with a grid and no line of its own."""
    axis = {
        "side": "top",
        "fixedrange": True,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "nticks": 6,
        "gridcolor": palette.grid,
        "gridwidth": 1,
        "tickangle": 0,
        "tickfont": {"size": NOTE, "color": palette.mute},
    }
    return axis | changes


def name_axis(palette: Palette, names: Sequence[str], span: Sequence[float], **changes: Any) -> dict[str, Any]:
    """Return an axis of names, one a row or column of a heat map; typed names come as they are."""
    texts, font = [escape_markup(name) for name in names], {"size": NOTE, "color": palette.ink}
    ticks = {"tickvals": list(range(len(names))), "ticktext": texts, "tickfont": font, "showgrid": False}
    ticks |= {"ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
    return value_axis(palette, range=list(span), **ticks, **changes)


def row_axis(rows: int, **changes: Any) -> dict[str, Any]:
    """Return the axis of rows: row 0 on top, names drawn as annotations."""
    axis = {
        "range": [max(rows, 1) - 0.5, -0.5],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "showticklabels": False,
        "ticks": "",
    }
    return axis | changes


def find_ceiling(values: Iterable[float | None]) -> float:
    """Return where an axis of rates ends."""
    largest = max((value for value in values if value is not None), default=0.0)
    return next((ceiling for ceiling in _CEILINGS if largest <= ceiling), 1.0)


def find_floor(values: Iterable[float | None]) -> float:
    """Return where an axis of marks and lines, never of bars, may begin so that all of them are on it."""
    least = min((value for value in values if value is not None), default=0.0)
    return next((floor for floor in _FLOORS if least > floor), 0.0)


def note(text: str, **changes: Any) -> dict[str, Any]:
    """Return an annotation without an arrow; the text is plotly markup, so typed words come escaped."""
    base = {"text": text, "showarrow": False, "xref": "paper", "yref": "y", "xanchor": "left", "yanchor": "middle"}
    return base | changes


def colour_text(text: str, colour: str, size: int | None = None) -> str:
    """Return plotly markup of a text, already escaped, in a colour and size."""
    return f'<span style="color:{colour}{f";font-size:{size}px" if size else ""}">{text}</span>'


def part_lines(lines: Iterable[tuple[float, float, float, float]]) -> dict[str, list[float | None]]:
    """Return x and y of many segments (x0, y0, x1, y1) as one line, parted by None."""
    x: list[float | None] = []
    y: list[float | None] = []
    for x0, y0, x1, y1 in lines:
        x += [x0, x1, None]
        y += [y0, y1, None]
    return {"x": x, "y": y}


def line_trace(name: str, lines: Sequence[tuple[float, float, float, float]], **line: Any) -> list[dict[str, Any]]:
    """Return one trace of many segments, or none where there is no segment."""
    axis = {"xaxis": line.pop("xaxis")} if "xaxis" in line else {}
    style = {"type": "scatter", "mode": "lines", "name": name, "hoverinfo": "skip", "line": {"width": 2} | line}
    return [style | axis | part_lines(lines)] if lines else []


def mark_trace(name: str, points: Sequence[Mapping[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    """Return one trace of marks; each point has x, y, hover, customdata and the properties of its marker."""
    if not points:
        return []
    edges = [point.get("edge", point["colour"]) for point in points]
    marker = {
        "symbol": [point.get("symbol", "circle") for point in points],
        "size": [point.get("size", 11) for point in points],
        "color": [point["colour"] for point in points],
        "line": {"width": 2, "color": edges},
        "opacity": 1,
    }
    trace = {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [point["x"] for point in points],
        "y": [point["y"] for point in points],
        "hovertext": [point["hover"] for point in points],
        "hoverinfo": "text",
        "customdata": [point["customdata"] for point in points],
        "marker": marker,
        "cliponaxis": False,
        "unselected": KEPT,
    }
    return [trace | changes]


def pad_lines(lines: Iterable[str]) -> str:
    """Return the lines of a hover box; its only padding is blanks."""
    return "<br>".join(f" {line}  " for line in lines)


def shown_rows(rows: Sequence[Row], most: int = MOST_ROWS) -> list[Row]:
    """Return the rows of a result that a chart draws, in the order of the store; of too many, those with figures."""
    if len(rows) <= most:
        return list(rows)
    return [row for row in rows if not row.withheld][:most] or [row for row in rows if row.n][:most]


def name_rows(
    rows: Sequence[Named], palette: Palette, pixels: float = 220, counted: bool = True
) -> tuple[int, list[dict[str, Any]]]:
    """Write the names at the left of the rows, and n beside each.

    Returns
    -------
    margin : int
        Pixels that they need.
    notes : list of dict
        Annotations.
    """
    names = [fit_text(format_group(row.group), TEXT, pixels) for row in rows]
    counts = [f"n\u00a0{format_count(row.n)}" for row in rows] if counted else []
    column = max((measure_text(count, SMALL) for count in counts), default=0.0)
    right = 9 + column + 8 * bool(counts)
    notes = [
        note(escape_markup(name), x=0, y=place, xanchor="right", xshift=-right, font={"size": TEXT})
        for place, name in enumerate(names)
    ]
    small = {"size": SMALL, "color": palette.mute}
    notes += [note(count, x=0, y=place, xanchor="right", xshift=-9, font=small) for place, count in enumerate(counts)]
    return round(right + SLACK * max((measure_text(name, TEXT) for name in names), default=40.0)), notes


def say_rest(groups: int, drawn: int, palette: Palette) -> list[dict[str, Any]]:
    """Write under the chart that it shows some rows only, where it does."""
    if groups <= MOST_ROWS:
        return []
    text = f"{drawn} of {format_count(groups)} groups, those with figures first; the table has all with images."
    font = {"size": NOTE, "color": palette.mute}
    return [note(text, x=0, y=0, yref="paper", yanchor="top", yshift=-10, font=font)]


def say_empty(text: str, palette: Palette) -> list[dict[str, Any]]:
    """Write in the chart's place why nothing is drawn."""
    return [note(text, x=0, y=0.5, yref="paper", font={"size": TEXT, "color": palette.mute})]


def say_withheld(row: Named, least: int, narrow: bool = False) -> str:
    """Return what stands in place of the marks of a row."""
    if not row.n:
        return "no images"
    if narrow:
        return f"withheld: fewer than {least:,} images"
    return f"withheld: {row.n:,} image{'' if row.n == 1 else 's'}, fewer than {least:,}"
