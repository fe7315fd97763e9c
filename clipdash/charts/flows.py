"""Which label each image moved to: ribbons, or a matrix where there are too many labels."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, fit_text, measure_text
from clipdash.charts.matrix import draw_matrix
from clipdash.charts.numbers import format_count
from clipdash.charts.palette import Palette, fade_colour, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Shift

__all__ = ["count_labels", "flow_chart"]

#: Ribbons between more labels than this cannot be told apart.
_MOST_LABELS = 12
_ROOM = 24  # pixels between two nodes: a line of text fits beside the smallest
_TOP, _BOTTOM = 28, 8


def flow_chart(result: "Shift", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw how many images each label of one list passed to each label of the other.

    Parameters
    ----------
    result : Shift
        The comparison.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px.

    Returns
    -------
    plotly.graph_objects.Figure
        Ribbons (moved blue, unchanged grey) between at most twelve labels a side, else a matrix whose rows are the
        labels before. ``customdata`` is the texts of the two labels.
    """
    palette = read_palette(theme)
    before, after = count_labels(result)
    if max(len(before), len(after)) > _MOST_LABELS:
        return draw_matrix(result.flows, before, after, palette, narrow)
    return _draw_ribbons(result, before, after, palette, narrow)


def count_labels(result: "Shift") -> tuple[dict[str, int], dict[str, int]]:
    """Count the judged images of each label before and after, in the order of the lists; unused labels are left out."""
    before, after = Counter[str](), Counter[str]()
    for flow in result.flows:
        before[flow.before] += flow.count
        after[flow.after] += flow.count
    ordered = zip((result.before.texts, result.after.texts), (before, after), strict=True)
    return tuple({text: counts[text] for text in texts if counts[text]} for texts, counts in ordered)  # type: ignore[return-value]


def _draw_ribbons(
    result: "Shift", before: Mapping[str, int], after: Mapping[str, int], palette: Palette, narrow: bool
) -> "go.Figure":
    most = max(len(before), len(after), 1)
    height = max(60 * most, 200)
    places = [_place_nodes(counts, most, height) for counts in (before, after)]
    pixels = 96 if narrow else 200
    names = [{text: fit_text(text, frame.TEXT, pixels) for text in counts} for counts in (before, after)]
    margins = [_measure_side(counts, texts) for counts, texts in zip((before, after), names, strict=True)]
    notes = _say_side("before", places[0], before, names[0], palette)
    notes += _say_side("after", places[1], after, names[1], palette)
    return frame.compose(
        palette,
        height + _TOP + _BOTTOM,
        {"l": margins[0], "r": margins[1], "t": _TOP, "b": _BOTTOM},
        [_draw_sankey(result, places[0], places[1], palette)] if before else [],
        notes if before else frame.say_empty("No image to show.", palette),
        xaxis={"visible": False, "fixedrange": True},
        yaxis={"visible": False, "fixedrange": True},
    )


def _place_nodes(counts: Mapping[str, int], most: int, height: int) -> dict[str, float]:
    """Return the middle of each node, 0 on top to 1; the nodes of one side fill the whole height.

    The scale is the one plotly uses: the side with the most nodes leaves `_ROOM` pixels between two.
    """
    total = sum(counts.values())
    filled = 1 - (most - 1) * _ROOM / height
    gap = (1 - filled) / (len(counts) - 1) if len(counts) > 1 else 0.0
    start = 0.0 if len(counts) > 1 else (1 - filled) / 2
    places = {}
    for text, count in counts.items():
        size = filled * count / total
        places[text] = start + size / 2
        start += size + gap
    return places


def _measure_side(counts: Mapping[str, int], names: Mapping[str, str]) -> int:
    texts = [f"{names[text]} {format_count(count)}" for text, count in counts.items()]
    return round(12 + frame.SLACK * max((measure_text(text, frame.TEXT) for text in texts), default=40.0))


def _say_side(
    head: str, places: Mapping[str, float], counts: Mapping[str, int], names: Mapping[str, str], palette: Palette
) -> list[dict[str, Any]]:
    """Write labels and counts beside the nodes, since plotly would write over the ribbons."""
    left = head == "before"
    side = {"x": 0, "xanchor": "right", "xshift": -9} if left else {"x": 1, "xanchor": "left", "xshift": 9}
    small = {"size": frame.NOTE, "color": palette.mute}
    heads = [frame.note(head, y=1, yref="paper", yanchor="bottom", yshift=6, font=small, **side)]
    return heads + [
        frame.note(
            f"{escape_markup(names[text])} {frame.colour_text(format_count(counts[text]), palette.mute)}",
            y=1 - place,
            yref="paper",
            **side,
        )
        for text, place in places.items()
    ]


def _draw_sankey(
    result: "Shift", before: Mapping[str, float], after: Mapping[str, float], palette: Palette
) -> dict[str, Any]:
    left, right = list(before), list(after)
    flows, node = result.flows, {"color": palette.ink, "thickness": 3, "pad": _ROOM, "line": {"width": 0}}
    # A coordinate of exactly 0 counts as none given.
    node |= {"x": [0.001] * len(left) + [0.999] * len(right), "y": [*before.values(), *after.values()]}
    node |= {"label": [""] * (len(left) + len(right)), "hoverinfo": "skip"}
    kept, moved = fade_colour(palette.quiet, 0.2), fade_colour(palette.accent, 0.36)
    return {
        "type": "sankey",
        "arrangement": "fixed",
        "node": node,
        "link": {
            "source": [left.index(flow.before) for flow in flows],
            "target": [len(left) + right.index(flow.after) for flow in flows],
            "value": [flow.count for flow in flows],
            "color": [kept if flow.before == flow.after else moved for flow in flows],
            "label": [_say_flow(flow.before, flow.after, flow.count) for flow in flows],
            "customdata": [[flow.before, flow.after] for flow in flows],
            "hovertemplate": "%{label}<extra></extra>",
        },
    }


def _say_flow(before: str, after: str, count: int) -> str:
    first, second = escape_markup(before), escape_markup(after)
    verb = f"kept {first}" if before == after else f"{first} → {second}"
    return f" {verb}: {format_count(count)}  "
