"""One image's score with every label, under one list or two."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup, fit_text, measure_text
from clipdash.charts.palette import Palette, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.zeroshot import ImageScores

__all__ = ["describe_score_chart", "list_labels", "score_chart"]

_ROW, _TOP, _BOTTOM = 36, 54, 8
#: How far before stands above the line of its row, and after below, in rows.
_LEVELS = {1: (0.0,), 2: (-0.17, 0.17)}


def list_labels(sides: "Sequence[ImageScores]") -> tuple[str, ...]:
    """Return the labels of one list or of two: those of the first, then those that the second adds."""
    return tuple(dict.fromkeys(text for side in sides for text in side.label_set.texts))


def score_chart(sides: "Sequence[ImageScores]", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw one image's score with every label.

    Parameters
    ----------
    sides : sequence of one or two ImageScores
        Under the only list, or before and after.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: less room for names.

    Returns
    -------
    plotly.graph_objects.Figure
        One row a label, in the order of the lists; the label that the image is given is written bold with a larger
        mark. Scores stand on an axis that need not begin at 0: they are places, not lengths.
    """
    palette = read_palette(theme)
    labels = list_labels(sides)
    names = [fit_text(text, frame.TEXT, 110 if narrow else 240) for text in labels]
    chosen = {side.label for side in sides}
    notes = [
        frame.note(_embolden(name, text in chosen), x=0, y=place, xanchor="right", xshift=-10)
        for place, (name, text) in enumerate(zip(names, labels, strict=True))
    ]
    notes += [frame.note(_say_key(len(sides), palette), x=0, y=1, yref="paper", yanchor="bottom", yshift=25, xshift=2)]
    scores = [score for side in sides for score in side.scores]
    room = 0.06 * (max(scores) - min(scores)) or 0.01
    left = round(14 + frame.SLACK * max(measure_text(name, frame.TEXT) for name in names))
    return frame.compose(
        palette,
        _ROW * len(labels) + _TOP + _BOTTOM,
        {"l": left, "r": 20, "t": _TOP, "b": _BOTTOM},
        frame.mark_trace("scores", list(_mark_scores(sides, labels, palette))),
        notes,
        xaxis=frame.value_axis(palette, range=[min(scores) - room, max(scores) + room], nticks=4 if narrow else 6),
        yaxis=frame.row_axis(
            len(labels),
            showgrid=True,
            gridcolor=palette.grid,
            tickvals=[place + 0.5 for place in range(len(labels) - 1)],
        ),
    )


def _mark_scores(sides: "Sequence[ImageScores]", labels: Sequence[str], palette: Palette) -> Iterator[dict[str, Any]]:
    for side, level, when in zip(sides, _LEVELS[len(sides)], ("before", "after")[-len(sides) :], strict=True):
        for place, (text, score) in enumerate(zip(side.label_set.texts, side.scores, strict=True)):
            given = place == side.top
            ring = when == "before"
            edge = palette.mute if ring else palette.accent
            said = [escape_markup(text), f"{score:.3f}{f' {when}' if len(sides) == 2 else ''}"]
            yield {
                "x": score,
                "y": labels.index(text) + level,
                "size": 13 if given else 8,
                "colour": palette.paper if ring else palette.accent,
                "edge": edge,
                "hover": frame.pad_lines([*said, "the highest: its label"] if given else said),
                "customdata": [text, when],
            }


def _say_key(sides: int, palette: Palette) -> str:
    head = "<b>Score</b>"
    if sides == 1:
        return f"{head}  {frame.colour_text('● each label', palette.accent)}"
    return f"{head}  {frame.colour_text('○ before', palette.mute)}  {frame.colour_text('● after', palette.accent)}"


def _embolden(name: str, chosen: bool) -> str:
    return f"<b>{escape_markup(name)}</b>" if chosen else escape_markup(name)


def describe_score_chart(sides: "Sequence[ImageScores]") -> str:
    """Say the label that the image is given, and the next highest score."""
    parts = []
    for side, when in zip(sides, ("before", "after")[-len(sides) :], strict=True):
        ranked = sorted(range(len(side.scores)), key=lambda place: (-side.scores[place], place))[:2]
        said = " then ".join(f"{clean_text(side.label_set.texts[place])} {side.scores[place]:.3f}" for place in ranked)
        parts.append(f"{f'{when}, ' * (len(sides) == 2)}{said}")
    return f"Score of the image with every label, highest first: {'; '.join(parts)}."
