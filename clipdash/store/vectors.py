"""Embeddings on disk: a flat FAISS index of inner products, appended to block by block and read in place."""

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from clipdash.errors import StoreError
from clipdash.store.manifest import DamageError

Vectors = npt.NDArray[np.float32]

# In the 45 bytes that FAISS writes before the vectors of an IndexFlatIP: the number of vectors, and of floats.
_COUNT_AT, _FLOATS_AT, _HEAD_BYTES = 8, 37, 45
# Rows that stay in a processor's own cache while every label goes over them, in floats.
_FLOATS_AT_ONCE = 1 << 18
# For fewer numbers a row FAISS takes several rows at once, and the last digit then hangs on where a row stands.
_LEAST_WIDTH = 16


def normalise_rows(block: npt.NDArray[Any], variant: str, image_ids: Sequence[str]) -> Vectors:
    """Return the rows scaled to length one, in float32.

    Parameters
    ----------
    block : ndarray of shape (n, D)
        Embeddings of any float type.
    variant : str
        Whose they are, for the error.
    image_ids : sequence of n str
        The images that they belong to, for the error.

    Raises
    ------
    StoreError
        A row holds NaN or infinity, or is zero: no cosine can be taken of it, and FAISS would silently lose it.
    """
    lengths = np.sqrt(np.einsum("ij,ij->i", block, block, dtype=np.float64))
    bad = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
    if bad.size:
        row = int(bad[0])
        what = "is zero" if lengths[row] == 0 else "holds a value that is not a finite number"
        more = f" ({bad.size} such rows in this block)" if bad.size > 1 else ""
        raise StoreError(
            f'The embedding of "{image_ids[row]}" in variant "{variant}" {what}{more}; no store is written.'
        )
    rows: Vectors = (block / lengths[:, None]).astype(np.float32)
    return rows


def locate_rows(rows: range, dim: int) -> tuple[int, int]:
    """Return the first byte of some rows in an index of `dim` floats a row, and the byte after their last."""
    return _HEAD_BYTES + 4 * dim * rows.start, _HEAD_BYTES + 4 * dim * rows.stop


def make_head(rows: int, dim: int) -> bytes:
    """Return the bytes that FAISS writes before the rows of a flat index of inner products."""
    head = bytearray(faiss.serialize_index(faiss.IndexFlatIP(dim)).tobytes())
    for place, count in ((_COUNT_AT, rows), (_FLOATS_AT, rows * dim)):
        struct.pack_into("<q", head, place, count)
    return bytes(head)


class VectorFile:
    """An index of unit rows under construction; memory does not grow with the number of rows.

    FAISS writes an index only from memory, so the rows are appended behind a head that FAISS made for the empty
    index, and the two counts in the head are set when the last row is there. `close` reads the result back.

    Parameters
    ----------
    path : Path
        The file, which must not exist.
    dim : int
        Floats a row.
    """

    def __init__(self, path: Path, dim: int) -> None:
        self.path, self.dim, self.rows = path, dim, 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("xb")
        self._file.write(faiss.serialize_index(faiss.IndexFlatIP(dim)).tobytes())

    def append(self, rows: Vectors) -> None:
        """Append unit rows of shape (n, D)."""
        self._file.write(np.ascontiguousarray(rows, dtype="<f4").data)
        self.rows += len(rows)

    def close(self) -> None:
        """Finish the head, close the file and make sure that FAISS reads what was meant."""
        if not self._file.closed:
            for place, count in ((_COUNT_AT, self.rows), (_FLOATS_AT, self.rows * self.dim)):
                self._file.seek(place)
                self._file.write(struct.pack("<q", count))
            self._file.close()
        map_vectors(self.path, self.path.name, (self.rows, self.dim))

    def discard(self) -> None:
        """Close the file as it is."""
        self._file.close()


class _MappedRows:
    """What numpy keeps as the base of the array: as long as any view of it lives, the index stays mapped."""

    def __init__(self, index: Any, shape: tuple[int, int]) -> None:
        self.index = index
        address = faiss.rev_swig_ptr(index.get_xb(), shape[0] * shape[1]).__array_interface__["data"][0]
        self.__array_interface__ = {"data": (address, True), "shape": shape, "typestr": "<f4", "version": 3}


def map_vectors(path: Path, name: str, shape: tuple[int, int]) -> Vectors:
    """Return the rows of a flat index as a read-only array over the mapped file; nothing is copied.

    Parameters
    ----------
    path : Path
        The index.
    name : str
        What to call the file in an error.
    shape : (int, int)
        Rows and floats a row that the manifest promises.

    Returns
    -------
    ndarray of float32, shape (N, D)
        The head of the file is 45 bytes long, so the array is not aligned: numpy copies what it multiplies, which
        costs nothing in blocks of about 1,000 rows (they stay in the processor's cache).

    Raises
    ------
    DamageError
        The file is not such an index.
    """
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except (RuntimeError, MemoryError):
        raise DamageError(f"{name} is not an index that FAISS reads") from None
    if not isinstance(index, faiss.IndexFlat) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise DamageError(f"{name} is not a flat index of inner products")
    if (index.ntotal, index.d) != shape:
        raise DamageError(
            f"{name} holds {index.ntotal} x {index.d} numbers where the manifest says {shape[0]} x {shape[1]}"
        )
    return np.asarray(_MappedRows(index, shape))


def multiply_rows(vectors: Vectors, weights: Vectors, columns: Sequence[Vectors]) -> None:
    """Write the inner products of some rows with each of several vectors.

    Each is one sum of its own, by FAISS: it is the same to the last bit whatever other rows and vectors there are, in
    whatever block and thread it is computed. Nothing is copied, and other threads run meanwhile.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, D)
        Rows, as `map_vectors` returns them or of any memory in C order.
    weights : ndarray of float32, shape (C, D)
        What to multiply them with.
    columns : sequence of C ndarrays of float32, shape (n,)
        Where the products go, one array a vector.
    """
    rows, kept = _widen(vectors), _widen(weights)
    dim = rows.shape[1]
    step = max(_FLOATS_AT_ONCE // dim, 1)
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        address = faiss.cast_integer_to_float_ptr(block.__array_interface__["data"][0])
        for weight, column in zip(kept, columns, strict=True):
            target = faiss.swig_ptr(column[start : start + step])
            faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]
                target, faiss.swig_ptr(weight), address, dim, len(block)
            )


def _widen(rows: Vectors) -> Vectors:
    """Return rows in C order, as wide as `multiply_rows` needs them; zeros change no product."""
    whole = rows if rows.flags.c_contiguous else np.ascontiguousarray(rows)
    return np.pad(whole, ((0, 0), (0, max(_LEAST_WIDTH - rows.shape[1], 0)))) if rows.shape[1] < _LEAST_WIDTH else whole


def find_index(vectors: Vectors) -> Any:
    """Return the FAISS index whose rows are `vectors`, as `map_vectors` returned them; ``TypeError`` for others."""
    if not isinstance(vectors.base, _MappedRows):
        raise TypeError("these vectors are no rows of a mapped index")
    return vectors.base.index
