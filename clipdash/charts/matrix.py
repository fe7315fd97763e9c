"""The flows between many labels, as squares in a matrix: rows before, columns after."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, fit_text, measure_text
from clipdash.charts.numbers import format_count
from clipdash.charts.palette import Palette, fade_colour

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Flow

__all__ = ["draw_matrix"]

_CELL = 30
#: Labels a side that a matrix shows, wide and narrow; those with the fewest images share one row and one column.
_MOST, _MOST_NARROW = 20, 8


def draw_matrix(
    flows: "Sequence[Flow]", before: Mapping[str, int], after: Mapping[str, int], palette: Palette, narrow: bool
) -> "go.Figure":
    """Draw flows as squares whose area is the number of images.

    Parameters
    ----------
    flows : sequence of Flow
        Non-zero flows.
    before, after : mapping of str to int
        Images of each label, in the order of its list.
    palette : Palette
        Colours.
    narrow : bool
        Whether the figure is the one for screens of at most 640 px.

    Returns
    -------
    plotly.graph_objects.Figure
        One square a pair of labels; squares are points, since a heat map cannot be selected.
    """
    most = _MOST_NARROW if narrow else _MOST
    rows, columns = _choose_labels(before, most), _choose_labels(after, most)
    cells: Counter[tuple[int, int]] = Counter()
    for flow in flows:
        cells[(_find(flow.before, rows), _find(flow.after, columns))] += flow.count
    pixels = 100 if narrow else 180
    names, heads = _name_labels(rows, before, pixels), _name_labels(columns, after, pixels)
    left = round(12 + frame.SLACK * max(measure_text(name, frame.NOTE) for name in names))
    top = round(34 + 0.8 * max(measure_text(name, frame.NOTE) for name in heads))
    small = {"size": frame.NOTE, "color": palette.mute}
    corner = frame.note("before ↓  after →", x=0, y=1, yref="paper", xanchor="right", xshift=-9, yshift=12, font=small)
    return frame.compose(
        palette,
        _CELL * len(rows) + top + 8,
        {"l": left, "r": 60, "t": top, "b": 8},
        [_draw_squares(cells, rows, columns, palette)],
        [corner],
        xaxis=_label_axis(palette, heads, tickangle=-45, range=[-0.5, len(columns) - 0.5]),
        yaxis=_label_axis(palette, names, side="left", range=[len(rows) - 0.5, -0.5]),
    )


def _choose_labels(counts: Mapping[str, int], most: int) -> list[str | None]:
    """Return the labels with the most images in the order of their list, then None for all others."""
    if len(counts) <= most:
        return list(counts)
    largest = set(sorted(counts, key=lambda text: -counts[text])[: most - 1])
    return [*(text for text in counts if text in largest), None]


def _find(text: str, labels: Sequence[str | None]) -> int:
    return labels.index(text) if text in labels else len(labels) - 1


def _name_labels(labels: Sequence[str | None], counts: Mapping[str, int], pixels: int) -> list[str]:
    rest = len(counts) - len(labels) + 1
    return [f"{rest:,} others" if text is None else fit_text(text, frame.NOTE, pixels) for text in labels]


def _label_axis(palette: Palette, names: Sequence[str], **changes: Any) -> dict[str, Any]:
    font = {"size": frame.NOTE, "color": palette.ink}
    texts = [escape_markup(name) for name in names]
    return frame.value_axis(palette, tickvals=list(range(len(names))), ticktext=texts, tickfont=font, **changes)


def _draw_squares(
    cells: Mapping[tuple[int, int], int], rows: Sequence[str | None], columns: Sequence[str | None], palette: Palette
) -> dict[str, Any]:
    places, largest = sorted(cells), max(cells.values())
    kept = [rows[row] is not None and rows[row] == columns[column] for row, column in places]
    colours = [fade_colour(palette.quiet, 0.45) if same else palette.accent for same in kept]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "flows",
        "x": [column for _, column in places],
        "y": [row for row, _ in places],
        "marker": {
            "symbol": "square",
            "color": colours,
            "opacity": 1,
            "size": [max(3.0, round(24 * (cells[place] / largest) ** 0.5, 2)) for place in places],
        },
        "customdata": [[rows[row], columns[column]] for row, column in places],
        "hovertext": [_say_cell(rows[row], columns[column], cells[(row, column)]) for row, column in places],
        "hoverinfo": "text",
    }


def _say_cell(before: str | None, after: str | None, count: int) -> str:
    first, second = ("others" if text is None else escape_markup(text) for text in (before, after))
    verb = f"kept {first}" if before is not None and before == after else f"{first} → {second}"
    return f" {verb}: {format_count(count)}  "
