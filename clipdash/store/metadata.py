"""Metadata files: a CSV with ``image_id`` and one column an attribute, read as text without guessing."""

import csv
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from clipdash.errors import BuildError, suggest
from clipdash.store.people import IMAGE_ID, sort_values

_SHOWN = 5


class _Column:
    """One column while it is read: each distinct text is kept once, so memory does not grow with long values."""

    def __init__(self) -> None:
        self.codes = array("i")
        self.values: dict[str, int] = {}

    def append(self, cell: str) -> None:
        self.codes.append(self.values.setdefault(cell, len(self.values)) if cell else -1)

    def close(self) -> pd.Categorical:
        values = list(self.values)
        order = sort_values(values)
        place = {value: i for i, value in enumerate(order)}
        moved = np.array([*(place[value] for value in values), -1], dtype=np.int32)
        codes = moved[np.frombuffer(self.codes, dtype=np.int32)]
        return pd.Categorical.from_codes(codes, categories=pd.Index(order, dtype="str"))


def read_people(path: Path) -> pd.DataFrame:
    """Read a metadata file.

    Every column is text and stays what it is (``NA``, ``01``, blanks around a word); only the empty cell is missing.
    Rows without any cell are passed over.

    Parameters
    ----------
    path : Path
        CSV with a head line, UTF-8 (a byte order mark is allowed).

    Returns
    -------
    DataFrame
        Indexed by image_id in the order of the file, one Categorical an attribute, in natural order of its values.

    Raises
    ------
    BuildError
        The file is missing, not UTF-8, empty, ragged, without ``image_id``, or repeats ids or columns; the message
        names the file, the line and the value.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            return _read_rows(path, text)
    except UnicodeDecodeError:
        line = _find_undecodable(path)
        raise BuildError(
            f"{path} is not UTF-8 text (see line {line}). Save it again with the encoding UTF-8."
        ) from None
    except OSError as error:
        raise BuildError(f"The metadata file {path} cannot be read ({error.strerror}).") from None
    except csv.Error as error:
        raise BuildError(f"{path} is not a CSV file that can be read: {error}.") from None


def _read_rows(path: Path, text: Iterator[str]) -> pd.DataFrame:
    reader = csv.reader(text, strict=True)
    names = next(reader, [])
    _check_head(path, names)
    columns = {name: _Column() for name in names if name != IMAGE_ID}
    at = names.index(IMAGE_ID)
    ids: list[str] = []
    for row in reader:
        if not row:
            continue
        _check_row(path, reader.line_num, row, len(names), at)
        ids.append(row[at])
        for name, cell in zip(names, row, strict=True):
            if name != IMAGE_ID:
                columns[name].append(cell)
    _check_ids(path, ids)
    return pd.DataFrame({n: c.close() for n, c in columns.items()}, index=pd.Index(ids, dtype="str", name=IMAGE_ID))


def _check_head(path: Path, names: Sequence[str]) -> None:
    if not names:
        raise BuildError(f"{path} is empty; expected a head line with {IMAGE_ID} and one column an attribute.")
    if IMAGE_ID not in names:
        raise BuildError(f"{path} has no column {IMAGE_ID}. {suggest(IMAGE_ID, (name for name in names if name))}")
    for place, name in enumerate(names, 1):
        if not name.strip():
            raise BuildError(f"{path}: column {place} of the head line has no name.")
        if names.index(name) != place - 1:
            raise BuildError(f'{path}: the column "{name}" occurs more than once in the head line.')


def _check_row(path: Path, line: int, row: Sequence[str], width: int, at: int) -> None:
    if len(row) != width:
        raise BuildError(
            f'{path}: the row in line {line} (it begins with "{row[0]}") has {len(row)} cells '
            f"where the head line has {width}."
        )
    if not row[at]:
        raise BuildError(f"{path}: the row in line {line} has no {IMAGE_ID}.")


def _check_ids(path: Path, ids: Sequence[str]) -> None:
    if not ids:
        raise BuildError(f"{path} has a head line and no row.")
    index = pd.Index(ids)
    repeated = list(dict.fromkeys(index[index.duplicated()]))
    if repeated:
        shown = ", ".join(f'"{image_id}"' for image_id in repeated[:_SHOWN])
        number = f"{len(repeated):,} {'id occurs' if len(repeated) == 1 else 'ids occur'}"
        raise BuildError(f"{path}: {number} in more than one row: {shown}{', ...' if len(repeated) > _SHOWN else ''}.")


def _find_undecodable(path: Path) -> int:
    with path.open("rb") as lines:
        return next(number for number, line in enumerate(lines, 1) if not _is_utf8(line))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
