"""The cells of a table of counts, before anything is counted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clipdash.errors import FileError, suggest
from clipdash.store import About, Readable, Rows, frame_people, open_rows, order_people

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sheet", "read_attributes", "read_numbers", "read_sheet"]

_WHOLE = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Sheet:
    """The cells of a table of counts, by column, and the line that each row ends in."""

    path: Readable
    columns: Mapping[str, list[str]]
    lines: Sequence[int]


def read_sheet(path: Readable, needed: Sequence[str], encoding: str) -> Sheet:
    """Read a table of counts, which has the columns `needed` and at least one of an attribute."""
    with open_rows(path, encoding, f"one column an attribute, {', '.join(needed)}") as file:
        _check_columns(file, needed)
        found = list(file.rows)
    if not found:
        raise FileError(f"{path} has a head line and no row.")
    columns = {name: [row[place] for _, row in found] for place, name in enumerate(file.names)}
    return Sheet(path, columns, [line for line, _ in found])


def _check_columns(file: Rows, needed: Sequence[str]) -> None:
    for name in needed:
        if name not in file.names:
            raise FileError(
                f'{file.path} has no column "{name}"; expected one column an attribute, then {", ".join(needed)}. '
                f"{suggest(name, file.names)}"
            )
    if len(file.names) == len(needed):
        raise FileError(f"{file.path} has no column of an attribute beside {', '.join(needed)}.")


def read_numbers(sheet: Sheet, column: str) -> list[int]:
    """Return the whole numbers of a column; `FileError` names the line and the cell that is none."""
    numbers = []
    for line, cell in zip(sheet.lines, sheet.columns[column], strict=True):
        if not _WHOLE.fullmatch(cell.strip()):
            raise FileError(
                f'{sheet.path}: line {line} has "{cell}" under {column}; expected a whole number of images, 0 or more.'
            )
        numbers.append(int(cell))
    return numbers


def read_attributes(sheet: Sheet, reserved: Sequence[str], order: Mapping[str, Sequence[str]] | None) -> "pd.DataFrame":
    """Return the annotations of each row: all columns but the reserved ones."""
    columns = {name: cells for name, cells in sheet.columns.items() if name not in reserved}
    people = frame_people([f"line {line}" for line in sheet.lines], columns)
    return order_people(people, About(), order or {})
