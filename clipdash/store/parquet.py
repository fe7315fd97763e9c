"""Parquet files: annotations and embeddings from outside, and tables to take away."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clipdash.errors import FileError
from clipdash.store.arrow import UNREADABLE
from clipdash.store.rows import Readable, Upload

#: Of a file that was uploaded: a few kilobytes can unfold to more cells, or to longer text, than any memory holds.
_MOST_CELLS, _MOST_BYTES = 20_000_000, 1024**3


def read_text_columns(path: Readable) -> dict[str, list[str]]:
    """Return the columns of a file as text; what is missing becomes the empty text. Nested columns are refused."""
    table = _read(path)
    columns: dict[str, list[str]] = {}
    for name in table.column_names:
        try:
            text = table.column(name).cast(pa.string())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise FileError(f'{path}: the column "{name}" cannot be read as text.') from None
        columns[name] = [value or "" for value in text.to_pylist()]
    return columns


def read_list_column(path: Path) -> npt.NDArray[Any]:
    """Return the one column of lists of a file as a matrix of floats, shape (N, D)."""
    table = _read(path)
    names = [field.name for field in table.schema if pa.types.is_list(field.type) or _is_fixed(field.type)]
    if len(names) != 1:
        raise FileError(f"{path} has {len(names)} columns of lists; expected one, with the embedding of each image.")
    lists = table.column(names[0]).combine_chunks()
    lengths = set(pc.list_value_length(lists).to_pylist())
    if None in lengths or len(lengths) > 1:
        raise FileError(f'{path}: the lists in "{names[0]}" do not all have the same length.')
    flat = lists.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat.reshape(len(lists), max(lengths, default=0)))


def write_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return a table as the content of a Parquet file.

    Parameters
    ----------
    columns : sequence of str
        Names, each once.
    rows : sequence of sequence
        One cell a column: text, whole number, number, truth or None. A column has one kind, beside None; whole numbers
        beside other numbers become numbers, and a column of None alone is one of texts.
    """
    arrays = []
    for place in range(len(columns)):
        cells = [row[place] for row in rows]
        if any(isinstance(cell, float) for cell in cells):
            cells = [float(cell) if isinstance(cell, int) else cell for cell in cells]
        empty = all(cell is None for cell in cells)
        arrays.append(pa.array(cells, pa.string() if empty else None))
    content = BytesIO()
    pq.write_table(pa.table(arrays, names=list(columns)), content)
    return content.getvalue()


def _is_fixed(kind: Any) -> bool:
    return bool(pa.types.is_fixed_size_list(kind))


def _read(path: Readable) -> Any:
    try:
        return pq.read_table(path) if isinstance(path, Path) else _read_upload(path)
    except FileNotFoundError:
        raise FileError(f"The file {path} is not there.") from None
    except UNREADABLE as error:
        raise FileError(f"{path} is not a Parquet file that can be read ({str(error).splitlines()[0]}).") from None


def _read_upload(upload: Upload) -> Any:
    """Read a file that anybody may have made: how far it unfolds is known before it does."""
    with pq.ParquetFile(pa.BufferReader(upload.content)) as file:
        texts = [file.schema.column(place).path for place in range(file.metadata.num_columns)]
        cells = file.metadata.num_rows * max(1, len(texts))
        written = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
    _check_size(upload, cells <= _MOST_CELLS and written <= _MOST_BYTES)
    # Each text is held once, and its length counted as often as it stands.
    table = pq.read_table(pa.BufferReader(upload.content), read_dictionary=texts)
    _check_size(upload, sum(_measure(column) for column in table.columns) <= _MOST_BYTES)
    return table


def _check_size(upload: Upload, fits: bool) -> None:
    if not fits:
        raise FileError(
            f"{upload} unfolds to more than {_MOST_CELLS:,} cells or {_MOST_BYTES // 1024**3} GiB of text. Send a part "
            "of it, or use the command line, where only the machine sets limits."
        )


def _measure(column: Any) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = (pc.take(pc.binary_length(part.dictionary), part.indices) for part in column.chunks)
    return sum(pc.sum(part, min_count=0).as_py() for part in lengths)
