"""The words that a scan found: for each, the shift of every group in the half of the images that had no say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_annotation, format_count, format_group, format_interval, format_points
from clipdash.charts.palette import Palette, fade_colour, read_palette
from clipdash.charts.shifts import is_quiet

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import FoundWord, GroupShift, Scan

__all__ = ["describe_scan_chart", "scan_chart"]

_TOP, _SPOKEN = 28, 5
#: On a phone a word stands above its dots: so far above and below the line of its row.
_TEXT, _DOTS = -0.25, 0.18


def scan_chart(result: "Scan", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw a dot for each group's confirmed shift, one row a word.

    Parameters
    ----------
    result : Scan
        What was found.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: the word above its dots.

    Returns
    -------
    plotly.graph_objects.Figure
        Rows in the order of the words found. A dot whose interval includes 0 is grey; the group that moves most is
        named at the right. Each dot's ``customdata`` is its word and the group's values.
    """
    palette, words = read_palette(theme), result.found
    row = 52 if narrow else frame.TIGHT_ROW
    names = [fit_text(word.word, frame.TEXT, 130 if narrow else 200) for word in words]
    ends = [_name_most(word, 140 if narrow else 190) for word in words]
    left = 6 if narrow else round(12 + frame.SLACK * max((measure_text(n, frame.TEXT) for n in names), default=40.0))
    right = 6 if narrow else round(16 + frame.SLACK * max((measure_text(e, frame.NOTE) for e in ends), default=40.0))
    margin = {"l": left, "r": right, "t": _TOP, "b": 8}
    notes = _write_names(names, ends, palette, narrow)
    if not words:
        notes += frame.say_empty("No word moves five images of the half that chooses.", palette)
    return frame.compose(
        palette,
        max(len(words), 1) * row + margin["t"] + margin["b"],
        margin,
        _draw_dots(words, palette, _DOTS if narrow else 0.0),
        notes,
        xaxis=_value_axis(words, palette),
        yaxis=frame.row_axis(len(words)),
        shapes=[_draw_zero(palette)],
    )


def _write_names(names: Sequence[str], ends: Sequence[str], palette: Palette, narrow: bool) -> list[dict[str, Any]]:
    notes = []
    small = {"size": frame.NOTE, "color": palette.mute}
    for place, (name, end) in enumerate(zip(names, ends, strict=True)):
        word, most = escape_markup(name), escape_markup(end)
        if narrow:
            notes.append(frame.note(f"<b>{word}</b>", x=0, y=place + _TEXT))
            # a plate, or the line at 0 would run through the words
            notes.append(frame.note(most, x=1, y=place + _TEXT, xanchor="right", font=small, bgcolor=palette.paper))
        else:
            notes.append(frame.note(word, x=0, y=place, xanchor="right", xshift=-9, font={"size": frame.TEXT}))
            notes.append(frame.note(most, x=1, y=place, xshift=9, font=small))
    return notes


def _list_rows(word: "FoundWord") -> "list[GroupShift]":
    return [row for row in word.confirmed.rows if row.shift is not None]


def _name_most(word: "FoundWord", pixels: float) -> str:
    most = max(_list_rows(word), key=lambda row: abs(row.shift.value) if row.shift else 0.0, default=None)
    if most is None or most.shift is None:
        return ""
    value = format_points(most.shift.value)
    return f"{fit_text(format_group(most.group), frame.NOTE, pixels - measure_text(value, frame.NOTE))} {value}"


def _value_axis(words: "Sequence[FoundWord]", palette: Palette) -> dict[str, Any]:
    values = [100 * row.shift.value for word in words for row in _list_rows(word) if row.shift]
    low, high = min([0.0, *values]), max([0.0, *values])
    room = max(0.05 * (high - low), 0.5)
    return frame.value_axis(palette, range=[low - room, high + room])


def _draw_zero(palette: Palette) -> dict[str, Any]:
    line = {"color": palette.ink, "width": 1}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line}


def _draw_dots(words: "Sequence[FoundWord]", palette: Palette, below: float) -> list[dict[str, Any]]:
    lines, points = [], []
    for place, word in enumerate(words):
        rows = _list_rows(word)
        values = [100 * row.shift.value for row in rows if row.shift]
        if values:
            lines.append((min(values), place + below, max(values), place + below))
        points += [
            {
                "x": value,
                "y": place + below,
                "colour": palette.quiet if is_quiet(row.shift) else palette.accent,
                "size": 9,
                "hover": _say(word, row),
                "customdata": [word.word, *row.group.values()],
            }
            for value, row in zip(values, rows, strict=True)
        ]
    spans = frame.line_trace("spans", lines, color=fade_colour(palette.mute, 0.55), width=1)
    return spans + frame.mark_trace("groups", sorted(points, key=lambda point: point["colour"] == palette.accent))


def _say(word: "FoundWord", row: "GroupShift") -> str:
    shift = row.shift
    interval = "" if shift is None else f" ({format_interval(shift.low, shift.high)})"
    points = f"{format_points(None if shift is None else shift.value)} points{interval}"
    return frame.pad_lines(
        [
            f"<b>{escape_markup(fit_text(word.word, frame.TEXT, 320))}</b>",
            f"{escape_markup(format_annotation(row.group))}, n {format_count(row.n)}",
            escape_markup(points),
            f"no longer {format_count(row.fixed or 0)}, newly {format_count(row.broken or 0)}",
        ]
    )


def describe_scan_chart(result: "Scan") -> str:
    """Say the group that each of the first words moves most, for readers who do not see the chart."""
    if not result.found:
        return "Shift of each group by word: nothing to show."
    parts = [f"{clean_text(word.word)}: {clean_text(_name_most(word, 400))}" for word in result.found[:_SPOKEN]]
    rest = f"; and {len(result.found) - _SPOKEN} more words" if len(result.found) > _SPOKEN else ""
    return f"Shift of each group by word, in points; the group moved most: {'; '.join(parts)}{rest}."
