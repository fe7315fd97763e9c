"""Small panels side by side, one a group: where each lies, and the words above it."""

from dataclasses import dataclass
from typing import Any

from clipdash.charts import frame
from clipdash.charts.markup import escape_markup, fit_text
from clipdash.charts.numbers import format_count, format_group
from clipdash.charts.palette import Palette

__all__ = ["Panel", "head_panel", "lay_panels"]

_HEIGHT, _GAP = 170, 62


@dataclass(frozen=True)
class Panel:
    """Where a panel lies: `across` and `down` in shares of the body, and what the names of its axes end in."""

    across: list[float]
    down: list[float]
    suffix: str

    @property
    def axes(self) -> dict[str, str]:
        """The axes of its traces."""
        return {"xaxis": f"x{self.suffix}", "yaxis": f"y{self.suffix}"}


def lay_panels(panels: int, narrow: bool) -> tuple[int, list[Panel]]:
    """Return the pixels that so many panels need below each other, three a row or on a phone one, and each panel."""
    columns = 1 if narrow else max(1, min(3, panels))
    lines = max(1, -(-panels // columns))
    body = lines * _HEIGHT + (lines - 1) * _GAP
    laid = []
    for place in range(panels):
        left, top = place % columns / columns, 1 - place // columns * (_HEIGHT + _GAP) / body
        across = [left + 0.045 * (columns > 1), left + 1 / columns - 0.015 * (columns > 1)]
        laid.append(Panel(across, [max(0.0, top - _HEIGHT / body), top], "" if place == 0 else str(place + 1)))
    return body, laid


def head_panel(row: frame.Named, panel: Panel, palette: Palette) -> dict[str, Any]:
    """Return the name and n above a panel."""
    name = escape_markup(fit_text(format_group(row.group), frame.TEXT, 190))
    count = frame.colour_text(f"n\u00a0{format_count(row.n)}", palette.mute, frame.SMALL)
    place = {"x": panel.across[0], "y": panel.down[1], "yref": "paper", "yanchor": "bottom", "yshift": 6}
    return frame.note(f"<b>{name}</b>  {count}", **place)
