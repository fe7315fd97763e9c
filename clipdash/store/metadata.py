"""Metadata files: a CSV with ``image_id`` and one column an attribute, read as text without guessing."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from clipdash.errors import FileError, suggest
from clipdash.store.parquet import read_text_columns
from clipdash.store.people import IMAGE_ID, sort_values
from clipdash.store.rows import UTF8, Readable, Rows, open_rows

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


def read_people(path: Readable, encoding: str = UTF8) -> pd.DataFrame:
    """Read a metadata file.

    Every column is text and stays what it is (``NA``, ``01``, blanks around a word); only the empty cell is missing.
    Rows without any cell are passed over.

    Parameters
    ----------
    path : Path or Upload
        CSV with a head line, or Parquet (numbers are taken as they are written).
    encoding : str
        Of a CSV; a byte order mark is allowed.

    Returns
    -------
    DataFrame
        Indexed by image_id in the order of the file, one Categorical an attribute, in natural order of its values.

    Raises
    ------
    FileError
        The file is missing, in another encoding, empty, ragged, without ``image_id``, or repeats ids or columns; the
        message names the file, the line and the value.
    """
    if path.suffix == ".parquet":
        return _read_parquet(path)
    with open_rows(path, encoding, f"{IMAGE_ID} and one column an attribute") as file:
        return _collect(file)


def _read_parquet(path: Readable) -> pd.DataFrame:
    columns = read_text_columns(path)
    if IMAGE_ID not in columns:
        raise FileError(f"{path} has no column {IMAGE_ID}. {suggest(IMAGE_ID, columns)}")
    ids = columns.pop(IMAGE_ID)
    if not all(ids):
        raise FileError(f"{path}: row {ids.index('') + 1} has no {IMAGE_ID}.")
    check_ids(path, ids)
    return frame_people(ids, columns)


def _collect(file: Rows) -> pd.DataFrame:
    at = find_id_column(file)
    columns = {name: _Column() for name in file.names if name != IMAGE_ID}
    ids: list[str] = []
    for line, row in file.rows:
        if not row[at]:
            raise FileError(f"{file.path}: the row in line {line} has no {IMAGE_ID}.")
        ids.append(row[at])
        for name, cell in zip(file.names, row, strict=True):
            if name != IMAGE_ID:
                columns[name].append(cell)
    check_ids(file.path, ids)
    return _frame(ids, columns)


def frame_people(ids: Sequence[str], columns: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return annotations as `read_people` does, from ids and columns that were read already."""
    read = {name: _Column() for name in columns}
    for name, cells in columns.items():
        for cell in cells:
            read[name].append(cell)
    return _frame(ids, read)


def _frame(ids: Sequence[str], columns: Mapping[str, _Column]) -> pd.DataFrame:
    index = pd.Index(list(ids), dtype="str", name=IMAGE_ID)
    return pd.DataFrame({name: column.close() for name, column in columns.items()}, index=index)


def find_id_column(file: Rows) -> int:
    """Return the place of the column ``image_id``; `FileError` names the nearest where there is none."""
    if IMAGE_ID not in file.names:
        raise FileError(f"{file.path} has no column {IMAGE_ID}. {suggest(IMAGE_ID, file.names)}")
    return file.names.index(IMAGE_ID)


def check_ids(path: Readable, ids: Sequence[str]) -> None:
    """Raise `FileError` where a file has no row, or an id in more than one; the first five are named."""
    if not ids:
        raise FileError(f"{path} has a head line and no row.")
    repeated = [image_id for image_id, rows in Counter(ids).items() if rows > 1]
    if repeated:
        number = f"{len(repeated):,} {'id occurs' if len(repeated) == 1 else 'ids occur'}"
        raise FileError(f"{path}: {number} in more than one row: {name_ids(repeated)}.")


def name_ids(ids: Sequence[str]) -> str:
    """Return the first five ids in quotes, and dots where there are more."""
    shown = ", ".join(f'"{image_id}"' for image_id in ids[:_SHOWN])
    return f"{shown}{', ...' if len(ids) > _SHOWN else ''}"
