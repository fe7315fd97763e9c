"""The labels that lean most to either of two groups: paired bars of the share of images that carry each."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup, fit_text, measure_text
from clipdash.charts.numbers import (
    format_annotation,
    format_count,
    format_group,
    format_interval,
    format_p,
    format_points,
    format_rate,
)
from clipdash.charts.palette import Palette, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import LabelFrequencies, LabelFrequency

__all__ = ["describe_frequency_chart", "frequency_chart"]

_ROW, _TOP = 34, 74
#: Where the bars of the first and of the second group stand beside the line of their row, and how thick they are.
_LEVELS, _THICK = (-0.19, 0.19), 0.34
_HEAD, _SPOKEN = 1.3, 5


def frequency_chart(result: "LabelFrequencies", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw the labels that lean most to either group.

    Parameters
    ----------
    result : LabelFrequencies
        Two groups.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: shorter names.

    Returns
    -------
    plotly.graph_objects.Figure
        Two bars a label, with intervals: the first group's full, the second's pale with an outline. First the labels
        that lean to the first group, then those that lean to the second, each from the most frequent on. A star marks
        an adjusted p below .05, a question mark a test with an expected count below 5.
    """
    palette = read_palette(theme)
    notes: list[dict[str, Any]] = []
    rows: list[tuple[float, LabelFrequency]] = []
    level, widest, room = -0.6, 60.0, 120 if narrow else 220
    for side, places in enumerate(result.leaning):
        if not places:
            continue
        level += _HEAD
        notes.append(_write_head(result, side, level - 0.15, palette, narrow))
        for place in places:
            level += 1
            row = result.rows[place]
            shown = fit_text(row.label, frame.TEXT, room)
            widest = max(widest, measure_text(shown, frame.TEXT))
            notes.append(frame.note(escape_markup(shown), x=0, y=level, xanchor="right", xshift=-18))
            notes.append(frame.note(_mark_test(row), x=0, y=level, xanchor="right", xshift=-7))
            rows.append((level, row))
    if not rows:
        notes = frame.say_empty("Both groups carry every label equally often.", palette)
    end = 1.04 * max((share.high or 0.0 for _, row in rows for share in row.shares), default=1.0)
    margin = {"l": round(24 + frame.SLACK * widest), "r": 20, "t": _TOP, "b": 10}
    notes += _write_key(result, palette, narrow, 8 - margin["l"])
    return frame.compose(
        palette,
        round((level + 1.1) * _ROW) + margin["t"] + margin["b"],
        margin,
        [*_draw_bars(rows, result, palette), *_draw_intervals(rows, palette)],
        notes,
        xaxis=frame.value_axis(
            palette, range=[0, min(end, 1.0)], tickformat=".0%" if end > 0.1 else ".1%", nticks=4 if narrow else 6
        )
        | {"visible": bool(rows)},
        yaxis=frame.row_axis(1, range=[level + 0.6, -0.5]),
        barmode="overlay",
        bargap=0,
    )


def _write_key(result: "LabelFrequencies", palette: Palette, narrow: bool, left: int) -> list[dict[str, Any]]:
    signs = (frame.colour_text("■", palette.accent), frame.colour_text("□", palette.accent))
    pixels = 90 if narrow else 220
    parts = [
        f"{sign} {escape_markup(fit_text(format_group(group), frame.NOTE, pixels))} "
        + frame.colour_text(f"n\u00a0{format_count(n)}", palette.mute, frame.SMALL)
        for sign, group, n in zip(signs, result.groups, result.sizes, strict=True)
    ]
    marks = frame.colour_text("* p below .05, Holm   ? expected count below 5", palette.mute, frame.SMALL)
    place = {"x": 0, "y": 1, "yref": "paper", "yanchor": "bottom", "xshift": left, "font": {"size": frame.NOTE}}
    return [frame.note("   ".join(parts), yshift=48, **place), frame.note(marks, yshift=28, **place)]


def _write_head(result: "LabelFrequencies", side: int, level: float, palette: Palette, narrow: bool) -> dict[str, Any]:
    group = result.groups[side]
    if narrow:
        text = f"More often with <b>{escape_markup(fit_text(format_group(group), frame.NOTE, 110))}</b>"
    else:
        text = f"More often on images <b>{escape_markup(fit_text(format_annotation(group), frame.NOTE, 360))}</b>"
    return frame.note(text, x=0, y=level, xshift=2, font={"size": frame.NOTE}, bgcolor=palette.paper)


def _mark_test(row: "LabelFrequency") -> str:
    called = row.p_adjusted is not None and row.p_adjusted < 0.05
    return "?" if row.small else "*" if called else ""


def _draw_bars(
    rows: "list[tuple[float, LabelFrequency]]", result: "LabelFrequencies", palette: Palette
) -> list[dict[str, Any]]:
    fills = (palette.accent, fade_colour(palette.accent, 0.16))
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": clean_text(format_group(group)),
            "x": [row.shares[side].rate for _, row in rows],
            "y": [level + _LEVELS[side] for level, _ in rows],
            "width": _THICK,
            "marker": {"color": fills[side], "line": {"color": palette.accent, "width": 1}},
            "hovertext": [_say(row, result) for _, row in rows],
            "hoverinfo": "text",
            "customdata": [[row.label, side] for _, row in rows],
        }
        for side, group in enumerate(result.groups)
        if rows
    ]


def _draw_intervals(rows: "list[tuple[float, LabelFrequency]]", palette: Palette) -> list[dict[str, Any]]:
    lines = [
        (share.low or 0.0, level + off, share.high or 0.0, level + off)
        for level, row in rows
        for share, off in zip(row.shares, _LEVELS, strict=True)
    ]
    return frame.line_trace("intervals", lines, color=palette.quiet, width=1.5)


def _say(row: "LabelFrequency", result: "LabelFrequencies") -> str:
    said = [f"<b>{escape_markup(fit_text(row.label, frame.TEXT, 320))}</b>"]
    for group, share in zip(result.groups, row.shares, strict=True):
        figures = f"{format_rate(share.rate)} ({share.count:,} of {share.n:,})"
        said.append(escape_markup(f"{fit_text(format_group(group), frame.TEXT, 200)} {figures}"))
    apart = row.difference
    said.append(f"difference {format_points(apart.value)} points ({format_interval(apart.low, apart.high)})")
    said.append(escape_markup(f"p, Holm {format_p(row.p_adjusted)}{', expected count below 5' if row.small else ''}"))
    return frame.pad_lines(said)


def describe_frequency_chart(result: "LabelFrequencies") -> str:
    """Say the first labels that lean to either group, for readers who do not see the chart."""
    parts = []
    for side, places in enumerate(result.leaning):
        said = [_name_shares(result.rows[place]) for place in places[:_SPOKEN]]
        if said:
            parts.append(f"more often with {clean_text(format_group(result.groups[side]))}: {', '.join(said)}")
    names = " and ".join(clean_text(format_group(group)) for group in result.groups)
    return f"Share of images that carry each label, {names}; {'; '.join(parts) or 'no label leans to either'}."


def _name_shares(row: "LabelFrequency") -> str:
    first, second = row.shares
    return f"{clean_text(row.label)} {format_rate(first.rate)} and {format_rate(second.rate)}"
