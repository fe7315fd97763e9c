"""Parquet files from outside: annotations as text, embeddings as a matrix."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from clipdash.errors import FileError
from clipdash.store.arrow import UNREADABLE
from clipdash.store.rows import Readable


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


def _is_fixed(kind: Any) -> bool:
    return bool(pa.types.is_fixed_size_list(kind))


def _read(path: Readable) -> Any:
    try:
        return pq.read_table(path if isinstance(path, Path) else pa.BufferReader(path.content))
    except FileNotFoundError:
        raise FileError(f"The file {path} is not there.") from None
    except UNREADABLE as error:
        raise FileError(f"{path} is not a Parquet file that can be read ({str(error).splitlines()[0]}).") from None
