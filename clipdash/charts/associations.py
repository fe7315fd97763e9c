"""Words by effect size: those with the highest and with the lowest mean cosine in a group, ranked."""

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_group, format_p, format_signed
from clipdash.charts.palette import Palette, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Association

__all__ = ["association_chart", "describe_association_chart", "name_side"]

#: Words drawn in each direction.
MOST_WORDS = 12
_ROW, _HEAD = 22, 1.6  # pixels a row, and rows that a head takes
_SPOKEN = 5


def name_side(found: "Association", place: int, upper: bool = True) -> str:
    """Name one side of a contrast: its group, or the one that it is held against."""
    group, against = found.contrasts[place]
    if upper:
        return format_group(group.group)
    return "other groups" if against is None else format_group(against.group)


def association_chart(
    found: "Association", place: int = 0, *, theme: str = "light", narrow: bool = False
) -> "go.Figure":
    """Draw the words of a contrast with the largest effects, either way.

    Parameters
    ----------
    found : Association
        The words.
    place : int
        Of the contrast.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: shorter names.

    Returns
    -------
    plotly.graph_objects.Figure
        One mark a word, in the accent where its adjusted p is below .05, else quiet; at most 24 words, whatever the
        length of the list. `customdata` is the place of the word.
    """
    palette = read_palette(theme)
    upper, lower = _pick(found, place)
    notes: list[dict[str, Any]] = []
    levels: dict[int, float] = {}
    level, widest = -0.5, 60.0
    room = 110 if narrow else 220
    for words, side in ((upper, True), (lower, False)):
        if not words:
            continue
        level += _HEAD
        notes.append(_name_head(found, place, side, level=level - 0.35, narrow=narrow, paper=palette.paper))
        for word in words:
            level += 1
            levels[word] = level
            shown = fit_text(found.words[word], frame.TEXT, room)
            widest = max(widest, measure_text(shown, frame.TEXT))
            notes.append(frame.note(escape_markup(shown), x=0, y=level, xanchor="right", xshift=-10))
    if not levels:
        notes = frame.say_empty("No word has an effect either way.", palette)
    return _compose(found, place, levels, notes, palette, round(level + 1), widest)


def _compose(
    found: "Association",
    place: int,
    levels: dict[int, float],
    notes: Sequence[dict[str, Any]],
    palette: Palette,
    *size: float,
) -> "go.Figure":
    rows, widest = size
    margin = {"l": round(16 + frame.SLACK * widest), "r": 20, "t": 30, "b": 10}
    end = 1.1 * max((abs(float(found.effects[place, word])) for word in levels), default=1.0)
    line = {"color": palette.ink, "width": 1.5}
    zero = {"type": "line", "xref": "x", "yref": "paper", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "line": line}
    links = [(0.0, level, float(found.effects[place, word]), level) for word, level in levels.items()]
    points = [_draw_point(found, place, word, level, palette) for word, level in levels.items()]
    return frame.compose(
        palette,
        round(rows * _ROW) + margin["t"] + margin["b"],
        margin,
        [*frame.line_trace("links", links, color=palette.grid), *frame.mark_trace("words", points)],
        list(notes),
        xaxis=frame.value_axis(palette, range=[-end, end], nticks=5, visible=bool(levels)),
        yaxis=frame.row_axis(1, range=[rows - 0.5, -0.5]),
        shapes=[zero] if levels else [],
    )


def _name_head(
    found: "Association", place: int, upper: bool, *, level: float, narrow: bool, paper: str
) -> dict[str, Any]:
    group, against = found.contrasts[place]
    n = group.n if upper else found.n - group.n
    name = escape_markup(fit_text(name_side(found, place, upper), frame.TEXT, 110 if narrow else 280))
    what = "Higher with" if narrow else f"Higher mean {found.measure} with images annotated as"
    if not upper and against is None and not narrow:
        what = f"Higher mean {found.measure} with images of"
    text = f"{what} <b>{name}</b>  n\u00a0{n:,}"
    return frame.note(text, x=0, y=level, font={"size": frame.NOTE}, bgcolor=paper)


def _draw_point(found: "Association", place: int, word: int, level: float, palette: Palette) -> dict[str, Any]:
    return {
        "x": float(found.effects[place, word]),
        "y": level,
        "colour": palette.accent if found.called[place, word] else palette.quiet,
        "hover": frame.pad_lines([escape_markup(found.words[word]), *map(escape_markup, _say(found, place, word))]),
        "customdata": [word],
    }


def _say(found: "Association", place: int, word: int) -> list[str]:
    said = [
        f"effect size {format_signed(float(found.effects[place, word]), 2)}",
        f"difference of means {format_signed(float(found.differences[place, word]), 4)}",
    ]
    if found.p_adjusted is not None:
        said.append(f"adjusted p {format_p(float(found.p_adjusted[place, word]))}")
    return said


def _pick(found: "Association", place: int) -> tuple[list[int], list[int]]:
    effects = np.nan_to_num(found.effects[place])
    ranked = found.rank(place).tolist()
    upper = [word for word in ranked if effects[word] > 0][:MOST_WORDS]
    lower = [word for word in reversed(ranked) if effects[word] < 0][:MOST_WORDS]
    return upper, lower


def describe_association_chart(found: "Association", place: int = 0) -> str:
    """Say the first words of either direction, for readers who do not see the chart."""
    parts = []
    for words, side in zip(_pick(found, place), (True, False), strict=True):
        said = [
            f"{clean_text(found.words[word])} {format_signed(float(found.effects[place, word]), 2)}"
            for word in words[:_SPOKEN]
            if not isnan(found.effects[place, word])
        ]
        if said:
            parts.append(f"higher with {clean_text(name_side(found, place, side))}: {', '.join(said)}")
    return f"Words by effect size; {'; '.join(parts) or 'nothing to show'}."
