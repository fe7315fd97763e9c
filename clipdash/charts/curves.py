"""The rate of each group along a threshold, with the band of the whole curve: one small panel a group."""

from typing import TYPE_CHECKING, Any

import numpy as np

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup
from clipdash.charts.numbers import format_count, format_group, format_rate
from clipdash.charts.palette import Palette, fade_colour, read_palette
from clipdash.charts.panels import head_panel, lay_panels

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import GroupCurve, Sweep

__all__ = ["curve_chart", "describe_curve_chart"]

_MOST = 12
_SWEPT = {
    "probability": "softmax probability that a label needs",
    "cosine": "score that a label needs",
    "top-k": "labels an image",
}


def curve_chart(result: "Sweep", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw each group's curve and band; the curve of all images stands in grey behind it.

    Parameters
    ----------
    result : Sweep
        The curves.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        One panel a row instead of three.

    Returns
    -------
    plotly.graph_objects.Figure
        At most twelve panels, in the order of the result, withheld groups left out.
    """
    palette = read_palette(theme)
    shown = [row for row in result.rows if not row.withheld][:_MOST]
    body, panels = lay_panels(len(shown), narrow)
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    for row, panel in zip(shown, panels, strict=True):
        layout[f"xaxis{panel.suffix}"] = _threshold_axis(result, palette, panel.across, f"y{panel.suffix}")
        layout[f"yaxis{panel.suffix}"] = _rate_axis(palette, panel.down, f"x{panel.suffix}")
        traces += [trace | panel.axes for trace in _draw_curve(result, row, palette)]
        notes.append(head_panel(row, panel, palette))
    if not shown:
        layout = {"xaxis": {"visible": False, "fixedrange": True}, "yaxis": {"visible": False, "fixedrange": True}}
        notes = frame.say_empty("No group is shown.", palette)
    margin = {"l": 44 if narrow else 8, "r": 14, "t": 34, "b": 30}
    return frame.compose(palette, body + margin["t"] + margin["b"], margin, traces, notes, **layout)


def _threshold_axis(result: "Sweep", palette: Palette, domain: list[float], anchor: str) -> dict[str, Any]:
    changes: dict[str, Any] = {"side": "bottom", "domain": domain, "anchor": anchor, "nticks": 5}
    grid = result.thresholds
    if result.kind == "probability" and grid[0] > 0:
        low, high = float(np.log10(max(grid[0], 1e-4))), 0.0
        return frame.value_axis(palette, **changes, type="log", range=[low, high], dtick=1, tickformat=".2~g")
    if result.kind == "top-k":
        most = float(grid[-1])  # whole numbers, and few of them
        return frame.value_axis(palette, **changes, range=[0.8, most + 0.2], tickformat="d", dtick=-(-most // 5))
    return frame.value_axis(palette, **changes, range=[float(grid[0]), float(grid[-1])])


def _rate_axis(palette: Palette, domain: list[float], anchor: str) -> dict[str, Any]:
    return frame.value_axis(
        palette, side="left", domain=domain, anchor=anchor, range=[-0.02, 1.02], tickformat=".0%", nticks=3
    )


def _draw_curve(result: "Sweep", row: "GroupCurve", palette: Palette) -> list[dict[str, Any]]:
    x = result.thresholds.tolist()
    # Between two thresholds the rate is that of the higher one under a threshold; k takes whole numbers only.
    shape = "linear" if result.kind == "top-k" else "vh"
    band = {
        "type": "scatter",
        "mode": "lines",
        "name": "band",
        "x": x + x[::-1],
        "y": row.high.tolist() + row.low.tolist()[::-1],
        "fill": "toself",
        "fillcolor": fade_colour(palette.accent, 0.16),
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    whole = {
        "type": "scatter",
        "mode": "lines",
        "name": "all images",
        "x": x,
        "y": result.overall.rates.tolist(),
        "line": {"color": palette.quiet, "width": 1.5, "dash": "dot", "shape": shape},
        "hoverinfo": "skip",
    }
    curve = {
        "type": "scatter",
        "mode": "lines",
        "name": "rate",
        "x": x,
        "y": row.rates.tolist(),
        "line": {"color": palette.accent, "width": 2, "shape": shape},
        "hovertext": [_say_point(result, row, place) for place in range(len(x))],
        "hoverinfo": "text",
    }
    return [band, curve] if result.overall.withheld else [band, whole, curve]


def _say_point(result: "Sweep", row: "GroupCurve", place: int) -> str:
    band = f"{format_rate(float(row.low[place]))} to {format_rate(float(row.high[place]))}"
    letter = "k" if result.kind == "top-k" else "t"
    lines = [
        f"{escape_markup(format_group(row.group))}, n {format_count(row.n)}",
        f"{letter} = {result.thresholds[place]:.3g}",
        f"rate {escape_markup(format_rate(float(row.rates[place])))} ({escape_markup(band)})",
    ]
    return frame.pad_lines(lines)


def describe_curve_chart(result: "Sweep") -> str:
    """Say what is swept and each group's rate in its middle, for readers who do not see the chart."""
    middle = len(result.thresholds) // 2
    parts = [
        f"{clean_text(format_group(row.group))} {format_rate(float(row.rates[middle]))}"
        for row in result.rows[:_MOST]
        if not row.withheld
    ]
    head = f"Rate of each group along the {_SWEPT[result.kind]}, with bands"
    if not parts:
        return f"{head}: nothing to show."
    return f"{head}; at {result.thresholds[middle]:.3g}: {'; '.join(parts)}."
