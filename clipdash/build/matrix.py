"""Embeddings that were made elsewhere, as files: opened, checked and read in blocks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from clipdash.encoders import read_tensor
from clipdash.errors import FileError
from clipdash.store import read_list_column

_ROWS_A_BLOCK = 4096
_MATRIX = 2
_TENSORS = (".pt", ".pth", ".safetensors")
_FORMS = ".npy, .parquet, .pt, .safetensors, or a folder of clip-retrieval with img_emb/img_emb_*.npy"

Rows = npt.NDArray[Any]


@dataclass(frozen=True)
class Matrix:
    """Rows of numbers in one file or several.

    Parameters
    ----------
    path : Path
        The file or folder.
    parts : sequence of ndarray of shape (n, D)
        Mapped rather than loaded, where the format allows it.
    """

    path: Path
    parts: Sequence[Rows]

    @property
    def rows(self) -> int:
        """All rows N."""
        return sum(len(part) for part in self.parts)

    @property
    def dim(self) -> int:
        """Columns D."""
        return int(self.parts[0].shape[1])

    def split_blocks(self) -> Iterator[tuple[int, Rows]]:
        """Yield (first row, block of rows)."""
        start = 0
        for part in self.parts:
            for first in range(0, len(part), _ROWS_A_BLOCK):
                block = np.asarray(part[first : first + _ROWS_A_BLOCK])
                yield start, block
                start += len(block)


def open_matrix(path: Path) -> Matrix:
    """Open embeddings.

    Parameters
    ----------
    path : Path
        ``.npy``; ``.parquet`` with one column of lists; ``.pt`` or ``.safetensors`` with one matrix; or a folder of
        clip-retrieval.

    Returns
    -------
    Matrix
        Of floats, with at least one row; the values are not looked at yet.

    Raises
    ------
    FileError
        There is no such file, it is none of these, holds pickled objects, or is not a matrix of floats.
    """
    parts = _open_parts(path)
    for part in parts:
        if part.ndim != _MATRIX or part.dtype.kind != "f" or not part.shape[1]:
            raise FileError(
                f"{path} holds {part.dtype} of shape {part.shape}; expected a matrix of floats, a row an image."
            )
        if part.shape[1] != parts[0].shape[1]:
            raise FileError(f"{path}: its parts have {parts[0].shape[1]} and {part.shape[1]} columns.")
    matrix = Matrix(path, parts)
    if not matrix.rows:
        raise FileError(f"{path} holds no embedding.")
    return matrix


def _open_parts(path: Path) -> list[Rows]:
    if not path.exists():
        raise FileError(f"The embeddings {path} are not there.")
    if path.is_dir():
        files = sorted((path / "img_emb").glob("img_emb_*.npy"), key=_number)
        if not files:
            raise FileError(f"{path} is a folder without img_emb/img_emb_*.npy. Expected {_FORMS}.")
        return [_map_array(file) for file in files]
    if path.suffix == ".npy":
        return [_map_array(path)]
    if path.suffix == ".parquet":
        return [read_list_column(path)]
    if path.suffix in _TENSORS:
        return [read_tensor(path)]
    raise FileError(f"{path} is not of a form that can be imported. Expected {_FORMS}.")


def _number(path: Path) -> int:
    found = re.search(r"([0-9]+)$", path.stem)
    return int(found.group()) if found else -1


def _map_array(path: Path) -> Rows:
    try:
        return np.asanyarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except OSError as error:
        raise FileError(f"The embeddings {path} cannot be read ({error.strerror or error}).") from None
    except (ValueError, EOFError) as error:
        raise FileError(f"{path} is not an array that can be read, and nothing pickled ever is ({error}).") from None
