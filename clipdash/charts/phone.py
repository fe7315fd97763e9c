"""Rows of the figures for phones: the name above its marks, the number at the upper right as text."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, fit_text
from clipdash.charts.numbers import format_count, format_group
from clipdash.charts.palette import Palette

__all__: list[str] = []

#: Where the text of a row stands above the middle of the row, and the reason of an empty one: in rows.
_TEXT, _REASON = -0.3, 0.06


def name_rows(rows: Sequence[frame.Named], values: Mapping[int, str], palette: Palette) -> list[dict[str, Any]]:
    """Write name and n at the upper left of each row, and the markup of its value at the upper right."""
    notes = []
    for place, row in enumerate(rows):
        name = escape_markup(fit_text(format_group(row.group), frame.TEXT, 130))
        count = frame.colour_text(f"n\u00a0{format_count(row.n)}", palette.mute, frame.NOTE)
        notes.append(frame.note(f"<b>{name}</b>  {count}", x=0, y=place + _TEXT, xshift=-12))
        if place in values:
            notes.append(frame.note(values[place], x=1, y=place + _TEXT, xanchor="right", xshift=18))
    return notes


def say_gaps(
    rows: Sequence[frame.Named], measured: Collection[int], least: int, palette: Palette
) -> list[dict[str, Any]]:
    """Write into each row without marks why it is empty."""
    font = {"size": frame.NOTE, "color": palette.mute}
    return [
        frame.note(frame.say_withheld(row, least, narrow=True), x=0, y=place + _REASON, xshift=-12, font=font)
        for place, row in enumerate(rows)
        if place not in measured
    ]


def row_axis(rows: int, palette: Palette) -> dict[str, Any]:
    """Return the axis of rows, with a thin line between two."""
    lines = {"showgrid": True, "gridcolor": palette.grid, "tickvals": [place + 0.5 for place in range(rows - 1)]}
    return frame.row_axis(rows, **lines)
