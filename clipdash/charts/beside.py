"""Two figures a row beside each other: two rows of a published table, or a published figure and one computed here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_points, format_rate, format_value
from clipdash.charts.palette import Palette, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["BesideRow", "beside_chart", "describe_beside_chart"]

_ROW, _PHONE_ROW = 30, 50
_UP = -0.28
_HALF, _HIGH = 0.5, 0.8
_SPOKEN = 12


@dataclass(frozen=True)
class BesideRow:
    """A row of the chart.

    Parameters
    ----------
    name : str
        What it is about.
    first, second : float, optional
        A rate from 0 to 1, or a difference of two; None where there is no figure.
    low, high : float, optional
        The interval of the second figure.
    """

    name: str
    first: float | None
    second: float | None
    low: float | None = None
    high: float | None = None


def beside_chart(
    rows: Sequence[BesideRow], *, points: bool = False, theme: str = "light", narrow: bool = False
) -> "go.Figure":
    """Draw a ring for the first figure of each row, and a disc with its interval for the second.

    Parameters
    ----------
    rows : sequence of BesideRow
        From top to bottom.
    points : bool
        Whether the figures are differences of rates, in points, instead of rates.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: names stand above their marks.

    Returns
    -------
    plotly.graph_objects.Figure
        At most thirty rows; each mark's ``customdata`` is its row's name.
    """
    palette, shown = read_palette(theme), list(rows)[: frame.MOST_ROWS]
    scale = 100 if points else 1  # points are written without a percent sign
    left, notes = (14, _name_above(shown, palette)) if narrow else _name_beside(shown)
    notes += frame.say_rest(len(rows), len(shown), palette)
    down = 0.16 if narrow else 0.0
    margin = {"l": left, "r": 20, "t": 6, "b": 34 + 24 * (len(rows) > frame.MOST_ROWS)}
    height = max(len(shown), 1) * (_PHONE_ROW if narrow else _ROW) + margin["t"] + margin["b"]
    traces = [
        *frame.line_trace("links", _link(shown, down, scale), color=fade_colour(palette.accent, 0.3)),
        *frame.line_trace("intervals", _span(shown, down, scale), color=fade_colour(palette.accent, 0.8)),
        *frame.mark_trace("figures", _mark(shown, palette, down, scale)),
    ]
    return frame.compose(
        palette,
        height,
        margin,
        traces,
        notes if shown else frame.say_empty("No figure to show.", palette),
        xaxis=_axis(shown, palette, points),
        yaxis=frame.row_axis(len(shown)),
        shapes=[_draw_zero(palette)] if points and shown else [],
    )


def _name_beside(rows: Sequence[BesideRow]) -> tuple[int, list[dict[str, Any]]]:
    names = [fit_text(format_value(row.name), frame.TEXT, 320) for row in rows]
    left = round(12 + frame.SLACK * max((measure_text(name, frame.TEXT) for name in names), default=40.0))
    notes = [
        frame.note(escape_markup(name), x=0, y=place, xanchor="right", xshift=-10) for place, name in enumerate(names)
    ]
    return left, notes


def _name_above(rows: Sequence[BesideRow], palette: Palette) -> list[dict[str, Any]]:
    look = {"font": {"size": frame.NOTE, "color": palette.ink}, "bgcolor": palette.paper}
    return [
        frame.note(
            escape_markup(fit_text(format_value(row.name), frame.NOTE, 300)), x=0, y=place + _UP, xshift=-10, **look
        )
        for place, row in enumerate(rows)
    ]


def _axis(rows: Sequence[BesideRow], palette: Palette, points: bool) -> dict[str, Any]:
    values = [value for row in rows for value in (row.first, row.second, row.low, row.high) if value is not None]
    if points:
        low, high = 100 * min([0.0, *values]), 100 * max([0.0, *values])
    else:  # where all of several are high, a difference of a point would not be seen from 0
        low = int(10 * min(values)) / 10 if len(rows) > 1 and min(values, default=0.0) > _HIGH else 0.0
        high = max(values, default=1.0)
        high = 1.0 if high > _HALF or len(rows) == 1 else high
    room = 0.05 * ((high - low) or 0.1)
    tick = "~r" if points else ".0%"
    return frame.value_axis(palette, side="bottom", nticks=5, range=[low - room, high + room], tickformat=tick)


def _draw_zero(palette: Palette) -> dict[str, Any]:
    line = {"color": palette.ink, "width": 1.5}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line}


def _link(rows: Sequence[BesideRow], down: float, scale: int) -> list[tuple[float, float, float, float]]:
    return [
        (scale * row.first, place + down, scale * row.second, place + down)
        for place, row in enumerate(rows)
        if row.first is not None and row.second is not None
    ]


def _span(rows: Sequence[BesideRow], down: float, scale: int) -> list[tuple[float, float, float, float]]:
    return [
        (scale * row.low, place + down, scale * row.high, place + down)
        for place, row in enumerate(rows)
        if row.low is not None and row.high is not None
    ]


def _mark(rows: Sequence[BesideRow], palette: Palette, down: float, scale: int) -> list[dict[str, Any]]:
    marks = []
    for place, row in enumerate(rows):
        shared = {"y": place + down, "size": 9, "customdata": [row.name]}
        shared["hover"] = frame.pad_lines([escape_markup(format_value(row.name)), escape_markup(_say(row, scale > 1))])
        if row.first is not None:
            marks.append(shared | {"x": scale * row.first, "colour": palette.paper, "edge": palette.mute})
        if row.second is not None:
            marks.append(shared | {"x": scale * row.second, "colour": palette.accent})
    return marks


def _say(row: BesideRow, points: bool) -> str:
    write = format_points if points else format_rate
    said = [write(value) for value in (row.first, row.second) if value is not None]
    interval = "" if row.low is None or row.high is None else f" ({write(row.low)} to {write(row.high)})"
    return " and ".join(said) + interval


def describe_beside_chart(rows: Sequence[BesideRow], points: bool = False) -> str:
    """Say the figures of each row, or of the first twelve, for readers who do not see the chart."""
    parts = [f"{clean_text(format_value(row.name))}: {_say(row, points)}" for row in rows[:_SPOKEN]]
    more = f"; and {len(rows) - _SPOKEN} more rows" if len(rows) > _SPOKEN else ""
    return f"{'; '.join(parts) or 'Nothing to show'}{more}."
