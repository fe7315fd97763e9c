"""Approximate indices of FAISS over a store's embeddings, for search in large stores, held against the exact one.

Labels are always given by exact scores; an approximate index only proposes what a search looks at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import faiss
import numpy as np
from numpy.typing import NDArray

from clipdash.errors import QueryError
from clipdash.store.manifest import DamageError, Variant
from clipdash.store.specs import ScoresSpec, SearchSpec
from clipdash.store.vectors import Vectors, find_index, map_vectors

__all__ = [
    "build_search_index",
    "check_factory",
    "check_search",
    "index_variant",
    "measure_recall",
    "read_search_index",
    "select_rows",
    "takes_filter",
]

_ROWS_A_BLOCK = 4096
_MOST_TRAINED = 262_144
_SEED = 7
_QUERIES, _NEAREST = 200, 10
_TOLERANCE = 1e-5
_BEAM = 128  # FAISS would look at 16 candidates of a graph, which finds too few of the nearest


def select_rows(index: Any, mask: NDArray[np.bool_]) -> Any:
    """Return the parameters of a search among some rows only, by a selector inside FAISS.

    Parameters
    ----------
    index : faiss index
        One that `takes_filter`.
    mask : ndarray of bool, shape (N,)
        The rows that may be found.
    """
    module: Any = faiss  # its type hints know of C++ signatures only
    chosen = module.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
    if isinstance(index, faiss.IndexHNSW):
        return module.SearchParametersHNSW(sel=chosen, efSearch=index.hnsw.efSearch)
    if isinstance(index, faiss.IndexIVF):
        return module.SearchParametersIVF(sel=chosen, nprobe=index.nprobe)
    return module.SearchParameters(sel=chosen)


def takes_filter(index: Any) -> bool:
    """Return whether FAISS searches an index of this kind among some rows only."""
    return isinstance(index, faiss.IndexFlat | faiss.IndexHNSW | faiss.IndexIVF | faiss.IndexScalarQuantizer)


def check_factory(factory: str, variant: Variant) -> None:
    """Raise `QueryError` where FAISS makes no such index of a variant."""
    if isinstance(variant.encoder, ScoresSpec):
        raise QueryError(f'The variant "{variant.name}" holds scores and no embeddings, so it can have no index.')
    index = _make_index(variant.encoder.dim, factory)
    if index.is_trained:
        _add(index, np.eye(1, variant.encoder.dim, dtype=np.float32), factory)


def check_search(index: Any, vectors: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None) -> None:
    """Raise `QueryError` where k, the vectors (q, D) or the mask (N,) do not fit an index of N rows."""
    if not 1 <= k <= index.ntotal:
        raise QueryError(
            f"The nearest {k:,} images were asked for; ask for 1 to {index.ntotal:,}, as many as there are."
        )
    if vectors.ndim != 2 or vectors.shape[1] != index.d:
        raise QueryError(
            f"The vectors to look for have the shape {vectors.shape}; expected rows of {index.d} numbers, "
            "as the store has."
        )
    if not np.isfinite(vectors).all():
        raise QueryError("A vector to look for holds a value that is not a finite number; every value must be one.")
    if mask is not None and mask.shape != (index.ntotal,):
        raise QueryError(
            f"The images allowed have the shape {mask.shape}; expected one value for each of {index.ntotal:,} images."
        )


def build_search_index(vectors: Vectors, factory: str, path: Path) -> None:
    """Build an approximate index of inner products and write it, whole or not at all.

    The same vectors and factory give the same bytes: training draws a sample by a fixed seed, and all is built on one
    thread (the graph of an HNSW depends on the order in which threads add to it).

    Parameters
    ----------
    vectors : ndarray of float32, shape (N, D)
        Unit rows; mapped ones are read block by block, but the index itself grows in memory.
    factory : str
        What FAISS's ``index_factory`` reads, such as ``"HNSW32"``, ``"IVF1024,Flat"`` or ``"IVF1024,PQ32"``.
    path : Path
        The file; one that is there is replaced, and who has it open reads on undisturbed.

    Raises
    ------
    QueryError
        FAISS has no such index of inner products for D numbers, or there are too few vectors to train it.
    """
    images, dim = vectors.shape
    with _one_thread():
        index = _make_index(dim, factory)
        _widen(index)
        if not index.is_trained:
            _train(index, vectors, factory)
        for start in range(0, images, _ROWS_A_BLOCK):
            _add(index, np.ascontiguousarray(vectors[start : start + _ROWS_A_BLOCK]), factory)
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        faiss.write_index(index, str(beside))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def index_variant(folder: Path, variant: Variant, images: int, factory: str) -> SearchSpec:
    """Build the approximate index of a variant of embeddings, and measure how much of the exact answer it finds.

    Parameters
    ----------
    folder : Path
        Where the store is put together; the variant's vectors are complete in it.
    variant : Variant
        Of an encoder or a label bank.
    images : int
        N.
    factory : str
        As in `build_search_index`.

    Returns
    -------
    SearchSpec
        The recall is over up to 200 images of the store as queries, drawn by a fixed seed.
    """
    if isinstance(variant.encoder, ScoresSpec):
        raise TypeError("a table of scores has no embeddings")
    shape = (images, variant.encoder.dim)
    vectors = map_vectors(folder / variant.files[0], variant.files[0], shape)
    path = folder / variant.search_file
    build_search_index(vectors, factory, path)
    chosen = np.sort(np.random.default_rng(_SEED).choice(images, min(images, _QUERIES), replace=False))
    index = read_search_index(path, variant.search_file, shape)
    recall = measure_recall(vectors, index, np.asarray(vectors[chosen]), min(images, _NEAREST))
    return SearchSpec(factory=factory, recall=round(recall, 4), queries=len(chosen))


def read_search_index(path: Path, name: str, shape: tuple[int, int]) -> Any:
    """Return the FAISS index in a file, mapped where its kind allows.

    Parameters
    ----------
    path : Path
        What `build_search_index` wrote.
    name : str
        What to call the file in an error.
    shape : (int, int)
        Rows and numbers a row that the index must have.

    Raises
    ------
    DamageError
        The file is not such an index.
    """
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except (RuntimeError, MemoryError):
        raise DamageError(f"{name} is not an index that FAISS reads") from None
    if index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise DamageError(f"{name} is not an index of inner products")
    if (index.ntotal, index.d) != shape:
        raise DamageError(f"{name} holds {index.ntotal} x {index.d} numbers where {shape[0]} x {shape[1]} are expected")
    return index


def measure_recall(exact: Vectors, approximate: Any, queries: Vectors, k: int = 10) -> float:
    """Return the share of the k nearest images that an approximate index finds.

    Parameters
    ----------
    exact : ndarray of float32, shape (N, D)
        The vectors as `Store.vectors` returns them.
    approximate : faiss index
        Over the same vectors in the same order.
    queries : ndarray of float32, shape (q, D)
        What to look for, at least one.
    k : int
        How many of each, from 1 to N.

    Returns
    -------
    float
        From 0 to 1, over all queries. An image found instead of one with the same score counts as right.

    Raises
    ------
    QueryError
        k is not from 1 to N, the shapes do not fit, or there is no query.
    """
    index, asked = find_index(exact), np.ascontiguousarray(queries, dtype=np.float32)
    check_search(index, asked, k, None)
    if not len(asked):
        raise QueryError("There is nothing to measure the recall with; give at least one vector to look for.")
    least = index.search(asked, k)[0][:, -1]
    found = approximate.search(asked, k)[1]
    right = 0
    for query, rows, score in zip(asked, found, least, strict=True):
        kept = rows[rows >= 0]  # -1 stands where an index found fewer
        right += int(np.count_nonzero(exact[kept] @ query >= score - _TOLERANCE))
    return right / (len(asked) * k)


def _make_index(dim: int, factory: str) -> Any:
    try:
        return faiss.index_factory(dim, factory, faiss.METRIC_INNER_PRODUCT)
    except RuntimeError:
        raise QueryError(
            f'FAISS makes no index "{factory}" of inner products of {dim} numbers; expected one such as HNSW32 or '
            "IVF1024,Flat."
        ) from None


def _add(index: Any, rows: Vectors, factory: str) -> None:
    try:
        index.add(rows)
    except RuntimeError:
        raise QueryError(
            f'The index "{factory}" cannot take images block by block; expected one such as HNSW32 or IVF1024,Flat.'
        ) from None


def _widen(index: Any) -> None:
    """Let a search look at more than FAISS's defaults do; the width is kept in the file."""
    if isinstance(index, faiss.IndexHNSW):
        index.hnsw.efSearch = _BEAM
    lists = faiss.try_extract_index_ivf(index)  # they may lie behind a transform
    if lists is not None:
        lists.nprobe = max(round(lists.nlist**0.5), 1)


def _train(index: Any, vectors: Vectors, factory: str) -> None:
    images = len(vectors)
    count = min(images, _MOST_TRAINED)
    sample = np.sort(np.random.default_rng(_SEED).choice(images, count, replace=False))
    try:
        index.train(np.ascontiguousarray(vectors[sample]))
    except RuntimeError:
        raise QueryError(
            f'The index "{factory}" cannot be trained on {count:,} vectors; it needs more of them, or fewer centroids.'
        ) from None


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
