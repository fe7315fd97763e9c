"""Results as tables for spreadsheets and programs."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TypeAlias

from clipdash.audit import OUTCOMES, Audit, GroupRate, GroupShift, Shift, Side

__all__ = ["Cell", "Sheet", "gather_rows", "guard_cell", "result_sheet", "to_csv"]

Cell: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Sheet:
    """A table for spreadsheets and programs: numbers are numbers, texts stand as they were typed.

    Parameters
    ----------
    columns : tuple of str
        Names, each once.
    rows : tuple of tuple
        One cell a column; None where none applies.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def csv(self) -> str:
        """The table as CSV (RFC 4180, CRLF).

        Cells that do not apply are empty. Texts that a spreadsheet would run as a formula start with an apostrophe;
        numbers stay numbers.
        """
        out = StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow([guard_cell(name) for name in self.columns])
        writer.writerows([_write(cell) for cell in row] for row in self.rows)
        return out.getvalue()


def gather_rows(rows: Iterable[Mapping[str, Cell]], columns: Sequence[str] = ()) -> Sheet:
    """Return rows as a sheet; `columns` stand first, then those of the rows in the order in which they appear."""
    listed = list(rows)
    names = tuple(dict.fromkeys([*columns, *(name for row in listed for name in row)]))
    return Sheet(names, tuple(tuple(row.get(name) for name in names) for row in listed))


def to_csv(result: Audit | Shift) -> str:
    """Return a result as a CSV table, one row a group.

    Parameters
    ----------
    result : Audit or Shift
        What `measure` or `shift` returned.

    Returns
    -------
    str
        RFC 4180: commas, quotes where needed, CRLF. Cells that do not apply are empty, withheld groups have n only.
        Texts that a spreadsheet would run as a formula start with an apostrophe; numbers stay numbers.
    """
    return result_sheet(result).csv


def result_sheet(result: Audit | Shift) -> Sheet:
    """Return a result as a sheet, one row a group; withheld groups have n only."""
    columns = _figure_columns(result)
    names = [name if name not in columns else f"{name} (attribute)" for name in result.by]
    rows = [(row.group.values(), _group_cells(row)) for row in result.rows]
    return Sheet(
        (*names, *columns), tuple((*group, *(cells.get(column) for column in columns)) for group, cells in rows)
    )


def _figure_columns(result: Audit | Shift) -> list[str]:
    if isinstance(result, Audit):
        return ["n", "withheld", *_side_columns("", result.label_set.texts)]
    sides = [
        *_side_columns("before_", result.before.texts),
        *_side_columns("after_", result.after.texts),
    ]
    return [
        *("n", "withheld", "shift", "shift_low", "shift_high", "fixed", "broken", "p", "p_adjusted", "one_way"),
        *(column for column in sides if "label:" not in column),
        *(column for column in sides if "label:" in column),
    ]


def _side_columns(prefix: str, texts: Sequence[str]) -> list[str]:
    figures = ("misclassified", "rate", "low", "high", *OUTCOMES)
    return [f"{prefix}{figure}" for figure in figures] + [f"{prefix}label:{text}" for text in texts]


def _side_cells(prefix: str, side: Side) -> dict[str, Cell]:
    figures: dict[str, Cell] = {name: getattr(side, name) for name in ("misclassified", "rate", "low", "high")}
    labels = {f"label:{text}": count for text, count in side.labels.items()}
    return {f"{prefix}{name}": value for name, value in (figures | dict(side.outcomes) | labels).items()}


def _group_cells(row: GroupRate | GroupShift) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"n": row.n, "withheld": row.withheld}
    if isinstance(row, GroupRate):
        return cells if row.side is None else cells | _side_cells("", row.side)
    if row.before is None or row.after is None or row.shift is None:
        return cells
    shift: dict[str, Cell] = {"shift": row.shift.value, "shift_low": row.shift.low, "shift_high": row.shift.high}
    tests: dict[str, Cell] = {name: getattr(row, name) for name in ("fixed", "broken", "p", "p_adjusted", "one_way")}
    return cells | shift | tests | _side_cells("before_", row.before) | _side_cells("after_", row.after)


def guard_cell(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def _write(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guard_cell(value) if isinstance(value, str) else repr(value)
