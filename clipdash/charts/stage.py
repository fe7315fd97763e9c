"""The one chart of Stage: large enough for the back row, and after moves in group by group without a new figure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_rate
from clipdash.charts.palette import Palette, fade_colour, read_palette
from clipdash.charts.slide import Points, Rate, Row, Sizes, list_moving, measure_window, read_rows

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Audit, Shift

__all__ = ["stage_chart"]

Line = tuple[float, float, float, float]
#: Milliseconds that each group moves, and the rest before the next one does.
_MOVE, _REST = 450, 120


def stage_chart(
    shown: "Shift | Audit | Points", *, theme: str = "light", window: tuple[int, int] = (1920, 1080)
) -> "go.Figure":
    """Draw the rates of at most nine groups for a large screen, the values written at the marks.

    Parameters
    ----------
    shown : Shift, Audit or sequence of (str, float, float)
        A result; or published rows (name of the group, rate before, rate after), which have no intervals.
    theme : str
        ``"light"`` or ``"dark"``.
    window : tuple of int
        Width and height of the window in pixels. At 1080 lines names and values are 32 px, the axis 26 px.

    Returns
    -------
    plotly.graph_objects.Figure
        Before alone. Where there is an after, frame ``"k"`` shows the first k groups after as well, and the figure's
        menu, which nobody sees, has three buttons: group by group, at once, and back to before alone.
    """
    palette, sizes = read_palette(theme), measure_window(window)
    rows = read_rows(shown)
    left, notes = _name_rows(rows, palette, sizes)
    notes += [
        frame.note(escape_markup(row.gap), x=0, y=place, xshift=4, font={"size": sizes.note, "color": palette.mute})
        for place, row in enumerate(rows)
        if row.gap
    ]
    if not rows:
        notes += [frame.note("No group to show.", x=0, y=0.5, yref="paper", font={"size": sizes.name})]
    span, close = _find_span(rows, sizes, sizes.width - left)
    states = [_draw(rows, count, close, palette, sizes) for count in range(1 + len(list_moving(rows)))]
    axis = {"tickfont": {"size": sizes.note, "color": palette.mute}, "tickformat": ".0%", "range": list(span)}
    figure = frame.compose(
        palette,
        round(sizes.height),
        {"l": round(left), "r": 0, "t": round(sizes.head), "b": 4},
        states[0],
        notes,
        font={"family": frame.FONT, "size": sizes.name, "color": palette.ink},
        hovermode=False,
        hoverlabel={},
        xaxis=frame.value_axis(palette, **axis),
        yaxis=frame.row_axis(len(rows)),
        updatemenus=_build_menu(len(states), sizes),
    )
    if len(states) > 1:
        figure.frames = [{"name": str(count), "data": state} for count, state in enumerate(states)]
    return figure


def _name_rows(rows: Sequence[Row], palette: Palette, sizes: Sizes) -> tuple[float, list[dict[str, Any]]]:
    """Write names and n at the left: beside each other, under each other where the window is narrow."""
    narrow, notes = sizes.width < 700, []
    names = [fit_text(row.name, sizes.name, (0.4 if narrow else 0.3) * sizes.width) for row in rows]
    counted = max((measure_text(row.count, sizes.note) for row in rows), default=0.0)
    named = max((measure_text(name, sizes.name) for name in names), default=0.0)
    gap = 0.75 * sizes.name
    beside = gap + (0 if narrow or not counted else counted + 0.6 * gap)
    lift = 0.55 * sizes.name if narrow and counted else 0.0
    small = {"size": sizes.note, "color": palette.mute}
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        at = {"x": 0, "y": place, "xanchor": "right"}
        notes.append(
            frame.note(
                escape_markup(name),
                xshift=-beside,
                yshift=lift,
                font={
                    "size": sizes.name,
                },
                **at,
            )
        )
        if row.count:
            notes.append(frame.note(row.count, xshift=-gap, yshift=-lift, font=small, **at))
    return (max(counted, named) + gap if narrow else named + beside), notes


def _find_span(rows: Sequence[Row], sizes: Sizes, pixels: float) -> tuple[tuple[float, float], set[int]]:
    """Return both ends of the axis, with room for the values beside the marks, and the rows whose marks are close."""
    rates = [rate for row in rows for rate in (row.before, row.after) if rate is not None]
    top = max((end for rate in rates for end in rate if end is not None), default=0.0) or 0.1
    one = measure_text("99.9", sizes.name) + 1.2 * sizes.disc
    pair = one + measure_text(" → 99.9", sizes.name)
    scale = max(pixels - one - pair, 0.2 * pixels) / top
    close = {
        place
        for place, row in enumerate(rows)
        if row.before and row.after and abs(row.before[0] - row.after[0]) * scale < 3.5 * sizes.disc
    }
    ends = {
        place: max(rate[0] for rate in (row.before, row.after) if rate) for place, row in enumerate(rows) if row.after
    }
    right = max(
        [0.5 * sizes.disc, *((pair if place in close else one) - (top - end) * scale for place, end in ends.items())]
    )
    scale = max(pixels - one - right, 0.2 * pixels) / top
    return (-one / scale, top + right / scale), close


def _draw(rows: Sequence[Row], revealed: int, close: set[int], palette: Palette, sizes: Sizes) -> list[dict[str, Any]]:
    """Draw the rows, after on the first `revealed` of those that move: always the same traces of the same marks."""
    hidden = set(list_moving(rows)[revealed:])
    lines: dict[str, list[Line]] = {}
    rings, discs = [], []
    level = sizes.level(len(rows))
    for place, row in enumerate(rows):
        if row.after is None:
            continue
        tone = "quiet " * row.quiet
        still = place in hidden
        now = row.after if row.before is None or not still else (row.before[0],) * 3
        ring, disc = _write_values(row, place in close, still, palette)
        if row.before is not None:
            _add(lines, f"{tone}links", (row.before[0], now[0]), place)
            _add(lines, "intervals before", row.before[1:], place - level)
            rings.append({"x": row.before[0], "y": place, "quiet": row.quiet, **ring})
        _add(lines, f"{tone}intervals", now[1:] if row.after[1] is not None else (), place + level)
        discs.append({"x": now[0], "y": place, "quiet": row.quiet, "opacity": int(not still), **disc})
    styles = _style_lines(palette, sizes).items()
    drawn = [trace for name, style in styles for trace in frame.line_trace(name, lines.get(name, []), **style)]
    return [*drawn, *_mark("before", rings, palette, sizes), *_mark("after", discs, palette, sizes)]


def _add(lines: dict[str, list[Line]], name: str, ends: Sequence[float | None], y: float) -> None:
    known = [end for end in ends if end is not None]
    if len(known) == 2:
        lines.setdefault(name, []).append((known[0], y, known[1], y))


def _style_lines(palette: Palette, sizes: Sizes) -> dict[str, dict[str, Any]]:
    """Return the kinds of lines in the order of drawing. Moving lines keep their points, or they cannot move."""
    thin, thick = {"width": max(1.5, 0.5 * sizes.line), "simplify": False}, {"width": sizes.line, "simplify": False}
    return {
        "links": thick | {"color": fade_colour(palette.accent, 0.55)},
        "quiet links": thick | {"color": fade_colour(palette.quiet, 0.55)},
        "intervals before": thin | {"color": fade_colour(palette.mute, 0.8)},
        "intervals": thin | {"color": palette.accent},
        "quiet intervals": thin | {"color": palette.quiet},
    }


def _write_values(row: Row, close: bool, still: bool, palette: Palette) -> tuple[dict[str, str], dict[str, str]]:
    """Return text and its side of a row's ring and disc: outside of both, or both together at the right one."""
    nothing = {"text": "", "side": "middle right"}
    after = _say(row.after, palette.quiet if row.quiet else palette.accent, bold=True)
    if row.before is None or row.after is None:
        return nothing, {"text": after, "side": "middle right"}
    before = _say(row.before, palette.mute)
    if still:
        return {"text": before, "side": "middle right"}, nothing
    rises = row.after[0] > row.before[0]
    if close:
        both = {"text": f"{before}{frame.colour_text(' → ', palette.mute)}{after}", "side": "middle right"}
        return (nothing, both) if rises else (both, nothing)
    sides = ("middle left", "middle right") if rises else ("middle right", "middle left")
    return {"text": before, "side": sides[0]}, {"text": after, "side": sides[1]}


def _say(rate: Rate | None, colour: str, bold: bool = False) -> str:
    text = escape_markup(format_rate(rate[0] if rate else None).removesuffix("%"))
    return frame.colour_text(f"<b>{text}</b>" if bold else text, colour)


def _mark(name: str, marks: Sequence[dict[str, Any]], palette: Palette, sizes: Sizes) -> list[dict[str, Any]]:
    """Return the rings of before, or the discs of after, with the values beside them.

    A value that is not shown is a blank: plotly takes an empty one away, and then misses it when it comes back.
    """
    if not marks:
        return []
    ring = name == "before"
    edges = [palette.quiet if mark["quiet"] else palette.mute if ring else palette.accent for mark in marks]
    edge = max(2.0, 4 * sizes.unit)
    return [
        {
            "type": "scatter",
            "mode": "markers+text",
            "name": name,
            "x": [mark["x"] for mark in marks],
            "y": [mark["y"] for mark in marks],
            "text": [f"\u00a0{mark['text']}\u00a0" for mark in marks],
            "textposition": [mark["side"] for mark in marks],
            "textfont": {"size": sizes.name},
            "marker": {
                "size": sizes.disc - edge,
                "color": palette.paper if ring else edges,
                "line": {"width": edge, "color": edges},
                "opacity": [mark.get("opacity", 1) for mark in marks],
            },
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    ]


def _build_menu(states: int, sizes: Sizes) -> list[dict[str, Any]]:
    """Return the menu that the stage's buttons press: no other way leads to a figure that Streamlit has drawn."""
    if states < 2:
        return []
    slow = {
        "mode": "immediate",
        "frame": {"duration": _MOVE + _REST, "redraw": False},
        "transition": {"duration": _MOVE, "easing": "cubic-in-out"},
    }
    jump = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    acts = {
        "group by group": ([str(count) for count in range(1, states)], slow),
        "at once": ([str(states - 1)], jump),
        "before alone": (["0"], jump),
    }
    buttons = [{"label": label, "method": "animate", "args": list(args)} for label, args in acts.items()]
    font = {"size": sizes.note}
    return [{"type": "buttons", "showactive": False, "x": 0.5, "y": 0.5, "font": font, "buttons": buttons}]
