"""What images chose among their own options: a dot and its exact interval for each role, chance as a dotted line."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import clean_text, escape_markup, fit_text
from clipdash.charts.numbers import format_count, format_group, format_p, format_rate
from clipdash.charts.palette import Palette, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import OptionGroup, OptionResult, RoleShare

__all__ = ["describe_option_chart", "option_chart"]

_ROW, _TOP, _MOST = 26, 30, 12
_LEFT, _RIGHT, _RIGHT_NARROW = 62, 172, 62


def option_chart(result: "OptionResult", *, theme: str = "light", narrow: bool = False) -> "go.Figure":
    """Draw the share of images that chose the truth, a close option and another.

    Parameters
    ----------
    result : OptionResult
        All images, and the groups where there are any.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px: shares without their intervals in figures.

    Returns
    -------
    plotly.graph_objects.Figure
        A row for each role that some image was offered, group below group; the dotted line is chance. At most twelve
        groups.
    """
    palette = read_palette(theme)
    notes: list[dict[str, Any]] = []
    lines: list[tuple[float, float, float, float]] = []
    chances: list[tuple[float, float, float, float]] = []
    points: list[dict[str, Any]] = []
    level = 0.0
    for row in (result.overall, *result.rows[:_MOST]):
        notes.append(_name(row, result, level, narrow=narrow, palette=palette))
        offered = {role: share for role, share in row.roles.items() if share.offered}
        for role, share in offered.items():
            level += 1
            notes += _write(role, share, level, narrow=narrow, palette=palette)
            lines.append((share.low, level, share.high, level))
            points.append(_mark(row, role, share, level, palette))
        if row.chance is not None:
            chances.append((row.chance, level - len(offered) + 0.5, row.chance, level - len(offered) + 1.5))
        level += 1.4
    margin = {"l": _LEFT, "r": _RIGHT_NARROW if narrow else _RIGHT, "t": _TOP, "b": 8}
    drawn = frame.line_trace("intervals", lines, color=palette.accent)
    drawn += frame.line_trace("chance", chances, color=palette.ink, dash="dot", width=1.5)
    return frame.compose(
        palette,
        round((level - 0.4) * _ROW) + margin["t"] + margin["b"],
        margin,
        [*drawn, *frame.mark_trace("shares", points)],
        notes,
        xaxis=frame.value_axis(palette, range=[0, 1], tickformat=".0%", nticks=4 if narrow else 6),
        yaxis=frame.row_axis(1, range=[level - 0.9, -0.5]),
    )


def _name(
    row: "OptionGroup", result: "OptionResult", level: float, *, narrow: bool, palette: Palette
) -> dict[str, Any]:
    name = escape_markup(fit_text(format_group(row.group), frame.TEXT, 130 if narrow else 300))
    said = f"withheld: fewer than {result.min_n:,}" if row.withheld else f"n\u00a0{format_count(row.n)}"
    if row.chance is not None:
        said += f", chance {format_rate(row.chance)} (dotted)"
    text = f"<b>{name[:1].upper()}{name[1:]}</b>  {frame.colour_text(said, palette.mute, frame.SMALL)}"
    return frame.note(text, x=0, y=level, xshift=-_LEFT + 4, bgcolor=palette.paper)


def _write(role: str, share: "RoleShare", level: float, *, narrow: bool, palette: Palette) -> list[dict[str, Any]]:
    value = f"<b>{escape_markup(format_rate(share.rate))}</b>"
    if not narrow:
        value += f"  {frame.colour_text(_say_interval(share), palette.mute, frame.SMALL)}"
    return [
        frame.note(role, x=0, y=level, xanchor="right", xshift=-9, font={"size": frame.NOTE}),
        frame.note(value, x=1, y=level, xshift=10, font={"size": frame.NOTE}),
    ]


def _say_interval(share: "RoleShare") -> str:
    return escape_markup(f"{format_rate(share.low)} to {format_rate(share.high)}")


def _mark(row: "OptionGroup", role: str, share: "RoleShare", level: float, palette: Palette) -> dict[str, Any]:
    hover = [
        f"{escape_markup(format_group(row.group))}: {role}",
        f"{format_count(share.count)} of {format_count(row.n)}, {escape_markup(format_rate(share.rate))}",
        f"interval {_say_interval(share)}",
        f"offered to {format_count(share.offered)}",
    ]
    return {
        "x": share.rate,
        "y": level,
        "colour": palette.accent if role == "truth" else palette.paper,
        "edge": palette.accent,
        "symbol": "diamond" if role == "close" else "circle",
        "hover": frame.pad_lines(hover),
        "customdata": [role, *row.group.values()],
    }


def describe_option_chart(result: "OptionResult") -> str:
    """Say the share of each role and chance, for readers who do not see the chart."""
    parts = []
    for row in (result.overall, *result.rows[:_MOST]):
        if row.withheld:
            continue
        shares = ", ".join(f"{role} {format_rate(share.rate)}" for role, share in row.roles.items() if share.offered)
        name = clean_text(format_group(row.group))
        parts.append(
            f"{name} (n {format_count(row.n)}): {shares}; chance {format_rate(row.chance)}, p {format_p(row.p)}"
        )
    return f"What images chose among their own options. {'. '.join(parts)}."
