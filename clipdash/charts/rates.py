"""The rate of each group under one set, and published rates whose group sizes nobody gave."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame, phone
from clipdash.charts.markup import escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_annotation, format_count, format_rate, format_value
from clipdash.charts.palette import Palette, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Audit, GroupRate, Side

__all__ = ["published_chart", "rate_chart"]


def rate_chart(
    result: "Audit", *, theme: str = "light", narrow: bool = False, largest: float | None = None
) -> "go.Figure":
    """Draw the rate of each group with its Wilson interval.

    Parameters
    ----------
    result : Audit
        The rates under one label set.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px.
    largest : float, optional
        A rate that the axis must hold, where several figures share it.

    Returns
    -------
    plotly.graph_objects.Figure
        At most thirty rows, in the order of the result; withheld rows keep their place. Each mark's ``customdata``
        is its group's values.
    """
    palette, groups = read_palette(theme), len(result.rows)
    rows = frame.shown_rows(result.rows)
    measured = [(place, row, row.side) for place, row in enumerate(rows) if row.side is not None and row.n]
    left, notes = (14, _write_phone(result, rows, palette)) if narrow else _write_rows(result, rows, palette)
    notes += frame.say_rest(groups, len(rows), palette)
    if not rows:
        notes += frame.say_empty("No group to show.", palette)
    margin = {"l": left, "r": 20 if narrow else 64, "t": 28, "b": frame.bottom_margin(groups)}
    down = 0.12 if narrow else 0.0
    ceiling = frame.find_ceiling([largest, *(side.high for *_, side in measured)])
    return frame.compose(
        palette,
        frame.body_height(len(rows), groups, narrow) + margin["t"] + margin["b"],
        margin,
        _draw_rates(measured, palette, down),
        notes,
        xaxis=frame.value_axis(palette, range=[0, ceiling], tickformat=".0%"),
        yaxis=phone.row_axis(len(rows), palette) if narrow else frame.row_axis(len(rows)),
    )


def _write_rows(result: "Audit", rows: "Sequence[GroupRate]", palette: Palette) -> tuple[int, list[dict[str, Any]]]:
    left, notes = frame.name_rows(rows, palette)
    mute = {"size": frame.NOTE, "color": palette.mute}
    for place, row in enumerate(rows):
        if row.side is None or not row.n:
            notes.append(frame.note(frame.say_withheld(row, result.min_n), x=0, y=place, xshift=2, font=mute))
        else:
            text = f"<b>{escape_markup(format_rate(row.side.rate))}</b>"
            notes.append(frame.note(text, x=1, y=place, xanchor="right", xshift=62))
    return left, notes


def _write_phone(result: "Audit", rows: "Sequence[GroupRate]", palette: Palette) -> list[dict[str, Any]]:
    values = {}
    for place, row in enumerate(rows):
        if row.side is not None and row.n:
            interval = frame.colour_text(escape_markup(_say_interval(row.side)), palette.mute)
            values[place] = f"<b>{escape_markup(format_rate(row.side.rate))}</b>  {interval}"
    return phone.name_rows(rows, values, palette) + phone.say_gaps(rows, set(values), result.min_n, palette)


def _draw_rates(
    measured: "Sequence[tuple[int, GroupRate, Side]]", palette: Palette, down: float
) -> list[dict[str, Any]]:
    lines = [(side.low, place + down, side.high, place + down) for place, _, side in measured]
    points = [
        {
            "x": side.rate,
            "y": place + down,
            "colour": palette.accent,
            "hover": _say_row(row, side),
            "customdata": list(row.group.values()),
        }
        for place, row, side in measured
    ]
    colour = fade_colour(palette.accent, 0.8)
    return [
        *frame.line_trace("intervals", lines, color=colour),
        *frame.mark_trace("rates", points),
    ]


def _say_row(row: "GroupRate", side: "Side") -> str:
    return frame.pad_lines(
        [
            f"{escape_markup(format_annotation(row.group))}, n {format_count(row.n)}",
            f"rate {escape_markup(format_rate(side.rate))} ({escape_markup(_say_interval(side))})",
            f"{format_count(side.misclassified)} images",
        ]
    )


def _say_interval(side: "Side") -> str:
    return f"{format_rate(side.low)} to {format_rate(side.high)}"


def published_chart(
    rows: Sequence[tuple[str, float, float]],
    *,
    theme: str = "light",
    narrow: bool = False,
    quiet: Collection[str] = (),
) -> "go.Figure":
    """Draw published rates before and after, whose group sizes are not known: marks without intervals.

    Parameters
    ----------
    rows : sequence of (str, float, float)
        Name of the group, rate before, rate after (0 to 1).
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px.
    quiet : collection of str
        Names of rows to draw quiet, where the source says that the shift's interval includes 0.

    Returns
    -------
    plotly.graph_objects.Figure
        A low figure for a card; each mark's ``customdata`` is its row's name.
    """
    palette = read_palette(theme)
    names = [fit_text(format_value(name), frame.TEXT, 90 if narrow else 130) for name, *_ in rows]
    left = round(12 + frame.SLACK * max((measure_text(name, frame.TEXT) for name in names), default=40.0))
    notes = [
        frame.note(escape_markup(name), x=0, y=place, xanchor="right", xshift=-10) for place, name in enumerate(names)
    ]
    ceiling = max([rate for _, *pair in rows for rate in pair], default=1.0)
    room = 0.03 * ceiling
    return frame.compose(
        palette,
        30 * max(len(rows), 1) + 40,
        {"l": left, "r": 20, "t": 6, "b": 34},
        _draw_published(rows, palette, quiet),
        notes or frame.say_empty("No row to show.", palette),
        xaxis=frame.value_axis(palette, side="bottom", nticks=4, tickformat=".0%", range=[-room, ceiling + 3 * room]),
        yaxis=frame.row_axis(len(rows)),
    )


def _draw_published(
    rows: Sequence[tuple[str, float, float]], palette: Palette, quiet: Collection[str]
) -> list[dict[str, Any]]:
    loud = [(before, place, after, place) for place, (name, before, after) in enumerate(rows) if name not in quiet]
    still = [(before, place, after, place) for place, (name, before, after) in enumerate(rows) if name in quiet]
    points = []
    for place, (name, before, after) in enumerate(rows):
        lines = [escape_markup(format_value(name)), f"before {_say(before)}", f"after {_say(after)}"]
        shared = {"y": place, "size": 8, "hover": frame.pad_lines(lines), "customdata": [name]}
        ring, disc = (palette.quiet, palette.quiet) if name in quiet else (palette.mute, palette.accent)
        points.append(shared | {"x": before, "colour": palette.paper, "edge": ring})
        points.append(shared | {"x": after, "colour": disc})
    return [
        *frame.line_trace("links", loud, color=fade_colour(palette.accent, 0.55)),
        *frame.line_trace("quiet links", still, color=palette.quiet, dash="dot"),
        *frame.mark_trace("rates", points),
    ]


def _say(rate: float) -> str:
    return escape_markup(format_rate(rate))
