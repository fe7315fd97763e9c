"""A group's shift under every template and encoder: a heat map with the number, its sign and an arrow in each cell."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_count, format_group, format_interval, format_points
from clipdash.charts.palette import Palette, fade_colour, read_palette
from clipdash.charts.shifts import is_quiet

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Estimate, GroupGrid, ShiftGrid

__all__ = ["describe_grid_chart", "grid_chart"]

_ROW, _ROW_WRITTEN = 34, 46
#: Up to so many encoders there is room for the interval below each shift.
_WRITTEN = 5
#: The deepest tone, at which the ink of a number can still be read.
_DEEPEST = 0.5
#: Pixels that the columns share, about, for their names to lie or to lean.
_WIDTH, _WIDTH_NARROW = 600, 220


def grid_chart(
    result: "ShiftGrid", place: int | None = None, *, theme: str = "light", narrow: bool = False
) -> "go.Figure":
    """Draw the shift of one group, or of all images, in every cell.

    Parameters
    ----------
    result : ShiftGrid
        The grid.
    place : int, optional
        Of the group in the result's rows; all images by default.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: shorter names.

    Returns
    -------
    plotly.graph_objects.Figure
        Templates as rows, at most thirty, encoders as columns. The tone is the size of the shift, on one scale for all
        groups; the sign and the arrow are its direction. Bold where the interval excludes 0; below it the interval,
        where there is room.
    """
    palette, row = read_palette(theme), _find(result, place)
    if row.withheld:
        text = f"withheld: {format_count(row.n)} images, fewer than {result.first.min_n:,}"
        hidden = {"visible": False, "fixedrange": True}
        margin = {"l": 8, "r": 8, "t": 8, "b": 8}
        return frame.compose(palette, 60, margin, [], frame.say_empty(text, palette), xaxis=hidden, yaxis=hidden)
    templates = list(result.templates)[: frame.MOST_ROWS]
    names = [fit_text(name, frame.NOTE, 110 if narrow else 260) for name in templates]
    heads = [fit_text(name, frame.NOTE, 90 if narrow else 150) for name in result.variants]
    widest = max(measure_text(head, frame.NOTE) for head in heads)
    leaning = widest + 8 > (_WIDTH_NARROW if narrow else _WIDTH) / len(heads)
    left = round(12 + frame.SLACK * max(measure_text(name, frame.NOTE) for name in names))
    top = round(18 + 0.72 * frame.SLACK * widest) if leaning else 30
    rest = len(result.templates) - len(templates)
    written = not narrow and len(heads) <= _WRITTEN
    return frame.compose(
        palette,
        (_ROW_WRITTEN if written else _ROW) * len(names) + top + (32 if rest else 8),
        {"l": left, "r": round(0.6 * widest) if leaning else 8, "t": top, "b": 32 if rest else 8},
        [
            _draw_tones(result, row, templates, palette),
            _write_shifts(row, len(templates), palette, narrow=narrow, written=written),
        ],
        _say_rest(rest, palette),
        xaxis=frame.name_axis(palette, heads, [-0.5, len(heads) - 0.5], tickangle=-45 if leaning else 0),
        yaxis=frame.name_axis(palette, names, [len(names) - 0.5, -0.5], side="left"),
    )


def _find(result: "ShiftGrid", place: int | None) -> "GroupGrid":
    return result.overall if place is None else result.rows[place]


def _say_rest(rest: int, palette: Palette) -> list[dict[str, Any]]:
    if not rest:
        return []
    font = {"size": frame.NOTE, "color": palette.mute}
    text = f"and {rest:,} more templates; the table has them all."
    return [frame.note(text, x=0, y=0, yref="paper", yanchor="top", yshift=-8, font=font)]


def _draw_tones(result: "ShiftGrid", row: "GroupGrid", templates: list[str], palette: Palette) -> dict[str, Any]:
    shown = row.shifts[: len(templates)]
    largest = max(
        (abs(each.value) for one in (result.overall, *result.rows) for line in one.shifts for each in line), default=0.0
    )
    return {
        "type": "heatmap",
        "name": "shifts",
        "z": [[abs(each.value) for each in line] for line in shown],
        "zmin": 0,
        "zmax": largest or 1.0,
        "colorscale": [[0, fade_colour(palette.accent, 0.03)], [1, fade_colour(palette.accent, _DEEPEST)]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertext": [
            [_say(row, template, encoder, each) for encoder, each in zip(result.variants, line, strict=True)]
            for template, line in zip(templates, shown, strict=True)
        ],
        "hoverinfo": "text",
    }


def _say(row: "GroupGrid", template: str, encoder: str, found: "Estimate") -> str:
    return frame.pad_lines(
        [
            f"<b>{escape_markup(format_group(row.group))}</b>, n {format_count(row.n)}",
            escape_markup(fit_text(template, frame.TEXT, 320)),
            escape_markup(fit_text(encoder, frame.TEXT, 320)),
            f"{format_points(found.value)} points ({format_interval(found.low, found.high)})",
        ]
    )


def _write_shifts(row: "GroupGrid", templates: int, palette: Palette, *, narrow: bool, written: bool) -> dict[str, Any]:
    cells = [(x, y, each) for y, line in enumerate(row.shifts[:templates]) for x, each in enumerate(line)]
    return {
        "type": "scatter",
        "mode": "text",
        "name": "numbers",
        "x": [x for x, *_ in cells],
        "y": [y for _, y, _ in cells],
        "text": [_write(each, narrow, written) for *_, each in cells],
        "textfont": {"size": frame.SMALL if narrow else frame.TEXT, "color": palette.ink},
        "hoverinfo": "skip",
    }


def _write(found: "Estimate", narrow: bool, written: bool) -> str:
    text = format_points(found.value)
    if not narrow and text != "0.0":
        text = f"{text} →" if found.value > 0 else f"← {text}"
    text = text if is_quiet(found) else f"<b>{text}</b>"
    interval = f"<br><span style='font-size:{frame.SMALL}px'>{format_interval(found.low, found.high)}</span>"
    return f"{text}{interval}" if written else text


def describe_grid_chart(result: "ShiftGrid", place: int | None = None) -> str:
    """Say from where to where a group's shift runs, and how many cells agree, for readers who do not see the chart."""
    row = _find(result, place)
    name = clean_text(format_group(row.group))
    if row.withheld:
        return f"Shift of {name} by template and encoder: withheld, too few images."
    values = [each.value for line in row.shifts for each in line]
    size = f"{len(result.templates):,} by {len(result.variants):,} templates and encoders"
    return (
        f"Shift of {name} (n {format_count(row.n)}) under {size}: from {format_points(min(values))} to "
        f"{format_points(max(values))} points; {row.same_sign:,} of {len(values):,} have the sign of the first, the "
        f"intervals of {row.clear:,} exclude 0."
    )
