"""A result as a CSV table for spreadsheets."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import TypeAlias

from clipdash.audit import OUTCOMES, Audit, GroupRate, GroupShift, Shift, Side

__all__ = ["guard_cell", "to_csv"]

Cell: TypeAlias = str | int | float | bool | None


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
    columns = _figure_columns(result)
    rows = [(row.group, _group_cells(row)) for row in result.rows]
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        [guard_cell(name if name not in columns else f"{name} (attribute)") for name in result.by] + columns
    )
    for group, cells in rows:
        writer.writerow([*map(guard_cell, group.values()), *(_write(cells.get(column)) for column in columns)])
    return out.getvalue()


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
    return value if isinstance(value, str) else repr(value)
