"""The four outcomes of each group: two stacked bars, before over after, or one bar for a single set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, measure_text
from clipdash.charts.numbers import format_annotation, format_count, format_percent, format_rate
from clipdash.charts.palette import OUTCOME_KEY, Fill, Palette, read_palette

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from clipdash.audit import Audit, GroupRate, GroupShift, Shift, Side

__all__ = ["outcome_chart"]

#: Rules whose images are the first ones of a bar, so that a tick can end them.
_TICKED = ("misclassified", "flagged", "not-supported")


@dataclass(frozen=True)
class Bar:
    """One bar: its place among the rows, its height in rows, its name, and whose outcomes it shows."""

    place: float
    width: float
    name: str
    row: "GroupRate | GroupShift"
    side: "Side"


def outcome_chart(
    result: "Audit | Shift", *, theme: str = "light", narrow: bool = False, overall: bool = False
) -> "go.Figure":
    """Draw which outcome the images of each group have.

    Parameters
    ----------
    result : Audit or Shift
        A Shift gives two bars a group, before over after; an Audit one.
    theme : str
        ``"light"`` or ``"dark"``.
    narrow : bool
        Draw the figure for screens of at most 640 px.
    overall : bool
        Draw all images in one group instead, in a low figure for a card.

    Returns
    -------
    plotly.graph_objects.Figure
        Shares as whole numbers of percent where they fit; an ink tick across a bar ends the share that counts as
        misclassified. Each bar's ``customdata`` is its group's values, its name and its outcome.
    """
    palette = read_palette(theme)
    groups_shown: Sequence[GroupRate | GroupShift] = [result.overall] if overall else result.rows
    rows = frame.shown_rows(groups_shown)
    groups = 1 if overall else len(result.rows)
    bars = [bar for place, row in enumerate(rows) for bar in _list_bars(place, row)]
    left, notes = _name_rows(rows, bars, palette, narrow, overall)
    notes += _say_shares(bars, palette, 0.08 if narrow else 0.04)
    notes += _say_gaps(rows, bars, result.min_n, palette)
    notes += [] if overall else frame.say_rest(groups, len(rows), palette)
    if not rows:
        notes += frame.say_empty("No group to show.", palette)
    tick = _draw_ticks(bars, palette) if result.rule.kind in _TICKED else []
    body = 104 if overall else max(len(rows), 1) * frame.row_height(groups)
    margin = {"l": left, "r": 20, "t": 26, "b": frame.bottom_margin(groups)}
    return frame.compose(
        palette,
        body + margin["t"] + margin["b"],
        margin,
        _draw_bars(bars, palette) + tick,
        notes,
        barmode="stack",
        xaxis=frame.value_axis(
            palette, range=[0, 1], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1], showgrid=False
        ),
        yaxis=frame.row_axis(len(rows)),
    )


def _list_bars(place: int, row: "GroupRate | GroupShift") -> Iterator[Bar]:
    if hasattr(row, "side"):
        if row.side is not None and row.n:
            yield Bar(place, 0.56, "", row, row.side)
    elif row.before is not None and row.after is not None and row.n:
        yield Bar(place - 0.205, 0.35, "before", row, row.before)
        yield Bar(place + 0.205, 0.35, "after", row, row.after)


def _name_rows(
    rows: "Sequence[GroupRate | GroupShift]", bars: Sequence[Bar], palette: Palette, narrow: bool, overall: bool
) -> tuple[int, list[dict[str, Any]]]:
    """Write names at the left, and before and after at the bars."""
    size = frame.TEXT if overall else frame.NOTE
    font = {"size": size, "color": palette.ink if overall else palette.mute}
    notes = [frame.note(bar.name, x=0, y=bar.place, xanchor="right", xshift=-8, font=font) for bar in bars if bar.name]
    inner = round(8 + measure_text("before", size)) if notes else 0
    if overall:
        return max(inner, 8) + 4, notes
    left, names = frame.name_rows(rows, palette, pixels=108 if narrow else 220, counted=False)
    for name in names:
        name["xshift"] -= inner
    return left + inner, names + notes


def _draw_bars(bars: Sequence[Bar], palette: Palette) -> list[dict[str, Any]]:
    """Four traces, one an outcome; a share of zero is None, or its outline would be drawn."""
    return [_draw_outcome(outcome, bars, palette.outcomes[outcome]) for outcome, _ in OUTCOME_KEY] if bars else []


def _draw_outcome(outcome: str, bars: Sequence[Bar], fill: Fill) -> dict[str, Any]:
    marker: dict[str, Any] = {"color": fill.colour, "line": {"color": fill.line, "width": 1}}
    if fill.pattern:
        size, solidity = (8, 0.22) if fill.pattern == "/" else (6, 0.16)
        shape = {"shape": fill.pattern, "fillmode": "overlay", "size": size, "solidity": solidity}
        marker["pattern"] = shape | {"fgcolor": fill.stroke, "fgopacity": fill.opacity}
    return {
        "type": "bar",
        "orientation": "h",
        "name": outcome,
        "x": [_share(bar, outcome) or None for bar in bars],
        "y": [bar.place for bar in bars],
        "width": [bar.width for bar in bars],
        "marker": marker,
        "hovertext": [_say_bar(bar) for bar in bars],
        "hoverinfo": "text",
        "customdata": [[*bar.row.group.values(), bar.name, outcome] for bar in bars],
        "unselected": frame.KEPT,
    }


def _share(bar: Bar, outcome: str) -> float:
    return bar.side.outcomes[outcome] / bar.row.n


def _say_bar(bar: Bar) -> str:
    """Write the hover box: who and n, then the four outcomes with counts."""
    who = f"{escape_markup(format_annotation(bar.row.group))}, n {format_count(bar.row.n)}"
    shares = [
        f"{outcome} {escape_markup(format_rate(_share(bar, outcome)))} ({format_count(bar.side.outcomes[outcome])})"
        for outcome, _ in OUTCOME_KEY
    ]
    return frame.pad_lines([f"{who}, {bar.name}" if bar.name else who, *shares])


def _say_shares(bars: Sequence[Bar], palette: Palette, least: float) -> list[dict[str, Any]]:
    """Write whole percents into the bars; over a pattern they stand on a plate of the bar's colour."""
    notes = []
    for bar in bars:
        start = 0.0
        for outcome, _ in OUTCOME_KEY:
            share, fill = _share(bar, outcome), palette.outcomes[outcome]
            if share >= least:
                plate = {"bgcolor": fill.colour, "borderpad": 1, "height": 12} if fill.pattern else {}
                font = {"size": frame.SMALL, "color": fill.ink}
                middle = start + share / 2
                notes.append(
                    frame.note(
                        format_percent(share), xref="x", x=middle, y=bar.place, xanchor="center", font=font, **plate
                    )
                )
            start += share
    return notes


def _say_gaps(
    rows: "Sequence[GroupRate | GroupShift]", bars: Sequence[Bar], least: int, palette: Palette
) -> list[dict[str, Any]]:
    drawn = {round(bar.place) for bar in bars}
    font = {"size": frame.NOTE, "color": palette.mute}
    return [
        frame.note(frame.say_withheld(row, least), x=0, y=place, xshift=2, font=font)
        for place, row in enumerate(rows)
        if place not in drawn
    ]


def _draw_ticks(bars: Sequence[Bar], palette: Palette) -> list[dict[str, Any]]:
    lines = []
    for bar in bars:
        if bar.side.rate is not None:
            reach = bar.width / 2 + 0.03
            lines.append((bar.side.rate, bar.place - reach, bar.side.rate, bar.place + reach))
    return frame.line_trace("counts as misclassified", lines, color=palette.ink, width=3)
