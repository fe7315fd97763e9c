"""What the chart of Stage is drawn from: its rows, and its sizes in a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clipdash.charts import frame
from clipdash.charts.markup import clean_text
from clipdash.charts.numbers import format_count, format_group, format_value
from clipdash.charts.shifts import is_quiet

if TYPE_CHECKING:
    from clipdash.audit import Audit, GroupRate, GroupShift, Shift, Side

__all__ = ["list_left_out"]

#: More rows cannot be read from the back row.
MOST_STAGED = 9
Points = Sequence[tuple[str, float, float]]
#: A rate with its interval, where one is known.
Rate = tuple[float, float | None, float | None]


@dataclass(frozen=True)
class Row:
    """A group with its n, its rates, and what stands there where it has none; quiet where its shift may be 0."""

    name: str
    count: str
    gap: str
    before: Rate | None
    after: Rate | None
    quiet: bool = False


@dataclass(frozen=True)
class Sizes:
    """Pixels: of a unit (1 in a window of 1080 lines), of texts and marks, and of the whole figure."""

    unit: float
    name: float
    note: float
    disc: float
    line: float
    width: float
    height: float

    @property
    def head(self) -> float:
        """Above the rows, for the axis."""
        return 1.9 * self.note

    def level(self, rows: int) -> float:
        """How far an interval stands from the line of its row, in rows: clear of the mark and of its value."""
        return 0.8 * self.disc * max(rows, 1) / (self.height - self.head)


def list_left_out(shown: "Shift | Audit | Points") -> list[str]:
    """Return the names of the groups that are too many for the stage, as they were annotated."""
    if isinstance(shown, Sequence):
        return [clean_text(format_value(name)) for name, *_ in shown[MOST_STAGED:]]
    groups = _list_groups(shown)
    drawn = {id(row) for row in frame.shown_rows(groups, MOST_STAGED)}
    return [clean_text(format_group(row.group)) for row in groups if id(row) not in drawn]


def measure_window(window: tuple[int, int]) -> Sizes:
    """Scale by the window's height; by its width too where that is the smaller, and never below what can be read."""
    unit = min(window[1] / 1080, window[0] / 1280)
    return Sizes(
        unit=unit,
        name=max(13.0, 32 * unit),
        note=max(12.0, 26 * unit),
        disc=max(12.0, 28 * unit),
        line=max(2.0, 5 * unit),
        width=min(1344 * unit, window[0] - 32.0),
        height=max(280.0, 0.6 * window[1]),
    )


def read_rows(shown: "Shift | Audit | Points") -> list[Row]:
    if isinstance(shown, Sequence):
        return [
            Row(clean_text(format_value(name)), "", "", (before, None, None), (after, None, None))
            for name, before, after in shown[:MOST_STAGED]
        ]
    return [_read_row(row, shown.min_n) for row in frame.shown_rows(_list_groups(shown), MOST_STAGED)]


def _list_groups(shown: "Shift | Audit") -> "Sequence[GroupRate | GroupShift]":
    return shown.rows


def _read_row(row: "GroupRate | GroupShift", least: int) -> Row:
    before, after = (None, row.side) if hasattr(row, "side") else (row.before, row.after)
    count = f"n\u00a0{format_count(row.n)}"
    if after is None or not row.n:
        return Row(format_group(row.group), count, frame.say_withheld(row, least), None, None)
    quiet = before is not None and is_quiet(getattr(row, "shift", None))
    return Row(format_group(row.group), count, "", _read_side(before), _read_side(after), quiet)


def _read_side(side: "Side | None") -> Rate | None:
    return None if side is None else (side.rate, side.low, side.high)


def list_moving(rows: Sequence[Row]) -> list[int]:
    return [place for place, row in enumerate(rows) if row.before is not None and row.after is not None]
