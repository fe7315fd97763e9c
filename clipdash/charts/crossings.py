"""How many images a store has of each pair of annotations, as a heat map that marks what is empty or small."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_count, format_value
from clipdash.charts.palette import Palette, Theme, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.store import Crossing

__all__ = ["crossing_chart", "describe_crossing_chart", "shorten_crossing"]

_ROW = 34
#: Rows and columns that a chart holds, wide and narrow; those with the most images are kept.
_MOST, _MOST_NARROW = (20, 12), (20, 5)
#: The deepest tone, at which the ink of a number can still be read.
_DEEPEST = 0.5
#: Pixels that the columns share, about, for their names to lie or to lean.
_WIDTH, _WIDTH_NARROW = 640, 240


def shorten_crossing(crossing: "Crossing", narrow: bool = False) -> "Crossing":
    """Return the part of a crossing that a chart has room for: the values with the most images."""
    return crossing.shorten(*(_MOST_NARROW if narrow else _MOST))


def crossing_chart(crossing: "Crossing", least: int, *, theme: Theme = "light", narrow: bool = False) -> "go.Figure":
    """Draw the number of images of each pair of annotations.

    Parameters
    ----------
    crossing : Crossing
        What to draw; of many values those with the most images.
    least : int
        Cells with fewer images are framed by dots; cells without any are crossed out.
    theme : {"light", "dark"}
        Colours.
    narrow : bool
        Whether the figure is the one for screens of at most 640 px.

    Returns
    -------
    plotly.graph_objects.Figure
        One tone a cell, the deeper the more images, and the number in it.
    """
    palette, shown = read_palette(theme), shorten_crossing(crossing, narrow)
    names = [fit_text(format_value(value), frame.NOTE, 96 if narrow else 180) for value in shown.rows]
    heads = [fit_text(format_value(value), frame.NOTE, 90 if narrow else 150) for value in shown.columns]
    widest = max((measure_text(head, frame.NOTE) for head in heads), default=0.0)
    leaning = widest + 8 > (_WIDTH_NARROW if narrow else _WIDTH) / max(len(heads), 1)
    left = round(12 + frame.SLACK * max((measure_text(name, frame.NOTE) for name in names), default=0.0))
    top = round(18 + 0.72 * frame.SLACK * widest) if leaning else 30
    traces = [_draw_tones(shown, palette), *_cross_out(shown, palette), *_frame_small(shown, least, palette)]
    return frame.compose(
        palette,
        _ROW * max(len(names), 1) + top + 8,
        {"l": left, "r": round(0.6 * widest) if leaning else 8, "t": top, "b": 8},
        [*traces, _write_counts(shown, palette)],
        [],
        xaxis=frame.name_axis(palette, heads, [-0.5, len(heads) - 0.5], tickangle=-45 if leaning else 0),
        yaxis=frame.name_axis(palette, names, [len(names) - 0.5, -0.5], side="left"),
    )


def _list_cells(crossing: "Crossing") -> list[tuple[int, int, int]]:
    """Return (row, column, images) of every cell."""
    return [(y, x, n) for y, row in enumerate(crossing.counts.tolist()) for x, n in enumerate(row)]


def _draw_tones(crossing: "Crossing", palette: Palette) -> dict[str, Any]:
    counts = crossing.counts.tolist()
    first, second = (escape_markup(name.replace("_", " ")) for name in crossing.attributes)
    hover = [
        [
            f" {first} {escape_markup(format_value(above))}, {second} {escape_markup(format_value(beside))}: "
            f"{format_count(n)} {'image' if n == 1 else 'images'}  "
            for beside, n in zip(crossing.columns, row, strict=True)
        ]
        for above, row in zip(crossing.rows, counts, strict=True)
    ]
    return {
        "type": "heatmap",
        "name": "images",
        "z": [[n or None for n in row] for row in counts],
        "zmin": 0,
        "zmax": max((n for row in counts for n in row), default=1) or 1,
        "colorscale": [[0, fade_colour(palette.accent, 0.03)], [1, fade_colour(palette.accent, _DEEPEST)]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertext": hover,
        "hoverinfo": "text",
    }


def _cross_out(crossing: "Crossing", palette: Palette) -> list[dict[str, Any]]:
    lines = [(x - 0.47, y + 0.42, x + 0.47, y - 0.42) for y, x, n in _list_cells(crossing) if not n]
    return frame.line_trace("no image", lines, color=palette.border, width=1.5)


def _frame_small(crossing: "Crossing", least: int, palette: Palette) -> list[dict[str, Any]]:
    lines = []
    for y, x, n in _list_cells(crossing):
        if 0 < n < least:
            left, right, top, bottom = x - 0.46, x + 0.46, y - 0.4, y + 0.4
            lines += [(left, top, right, top), (left, bottom, right, bottom)]
            lines += [(left, top, left, bottom), (right, top, right, bottom)]
    return frame.line_trace(f"fewer than {least}", lines, color=palette.quiet, width=1.5, dash="dot")


def _write_counts(crossing: "Crossing", palette: Palette) -> dict[str, Any]:
    cells = _list_cells(crossing)
    return {
        "type": "scatter",
        "mode": "text",
        "name": "counts",
        "x": [x for _, x, _ in cells],
        "y": [y for y, _, _ in cells],
        "text": [format_count(n) for *_, n in cells],
        "textfont": {"size": frame.NOTE, "color": palette.ink},
        "hoverinfo": "skip",
    }


def describe_crossing_chart(crossing: "Crossing", least: int) -> str:
    """Say what `crossing_chart` shows, for readers who do not see it; arguments as there."""
    first, second = (name.replace("_", " ") for name in crossing.attributes)
    counts = [n for *_, n in _list_cells(crossing)]
    size = f"Images by {first} and {second}: {len(crossing.rows):,} by {len(crossing.columns):,} cells"
    if not any(counts):
        return f"{size}, all of them empty."
    y, x, most = max(_list_cells(crossing), key=lambda cell: cell[2])
    empty, small = counts.count(0), sum(0 < n < least for n in counts)
    return (
        f"{size}, {empty or 'none'} empty, {small or 'none'} with fewer than {least:,} images; the largest is "
        f"{format_value(crossing.rows[y])}, {format_value(crossing.columns[x])} with {format_count(most)}."
    )
