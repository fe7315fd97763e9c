"""Search in a store's own index: the rows nearest to some vectors, of those that a filter allows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipdash.store.approximation import check_search, select_rows, takes_filter
from clipdash.store.reader import Store
from clipdash.store.vectors import find_index

__all__ = ["search_rows"]

_MORE = 2  # times k are asked of an approximate index, and ranked by their exact scores

Found = tuple[NDArray[np.int64], NDArray[np.float32]]


def search_rows(
    store: Store,
    vectors: NDArray[np.float32],
    *,
    k: int,
    allowed: NDArray[np.bool_] | None = None,
    variant: str | None = None,
    exact: bool = False,
) -> Found:
    """Return the k images whose embeddings have the largest inner product with each vector.

    In a variant with an approximate index that proposes the images; their scores and their order are exact. Where it
    proposes too few, as it may under a narrow filter, all images are looked at.

    Parameters
    ----------
    store : Store
        N images.
    vectors : ndarray of float32, shape (q, D)
        What to look for; with unit rows the scores are cosines.
    k : int
        How many of each, from 1 to N.
    allowed : ndarray of bool, shape (N,), optional
        The images that may be found; by default all.
    variant : str, optional
        The variant of the store; its first one by default.
    exact : bool
        Whether to look at all images, whatever index there is.

    Returns
    -------
    rows : ndarray of int64, shape (q, k')
        Rows of the store, largest score first, of equal scores the smaller row first. k' is k, or the number of images
        allowed where that is smaller.
    scores : ndarray of float32, shape (q, k')
        Their inner products.

    Raises
    ------
    QueryError
        k is not from 1 to N, the shapes do not fit, a vector is not finite, or the variant holds scores.
    """
    index = find_index(store.vectors(variant))
    asked = np.ascontiguousarray(vectors, dtype=np.float32)
    mask = None if allowed is None else np.asarray(allowed, dtype=bool)
    check_search(index, asked, k, mask)
    reach = int(index.ntotal if mask is None else np.count_nonzero(mask))
    most = min(k, reach)
    if not most or not len(asked):
        return np.empty((len(asked), most), np.int64), np.empty((len(asked), most), np.float32)
    params = None if mask is None else select_rows(index, mask)
    proposer = None if exact else store.proposer(variant)
    parts = []
    for place in range(len(asked)):
        vector = asked[place : place + 1]
        found = _search_proposed(store.vectors(variant), proposer, vector, most, mask) if proposer else None
        parts.append(found or _search_one(index, vector, most, reach, params))
    rows, scores = zip(*parts, strict=True)
    return np.stack(rows), np.stack(scores)


def _search_one(index: Any, vector: NDArray[np.float32], k: int, reach: int, params: Any) -> Found:
    """Search for one vector; more are asked for until the last of the k is not tied with one that was left out."""
    width = min(k + 1, reach)
    while True:
        scores, rows = (part[0] for part in index.search(vector, width, params=params))
        if width == reach or scores[-1] < scores[k - 1]:
            order = np.lexsort((rows, -scores))[:k]
            return rows[order], scores[order]
        width = min(2 * width, reach)


def _search_proposed(
    vectors: NDArray[np.float32], proposer: Any, vector: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None
) -> Found | None:
    """Search for one vector among what an approximate index proposes; None where that is too little."""
    if mask is not None and not takes_filter(proposer):
        return None
    params = None if mask is None else select_rows(proposer, mask)
    proposed = proposer.search(vector, min(_MORE * k, proposer.ntotal), params=params)[1][0]
    rows = np.unique(proposed[proposed >= 0])
    if len(rows) < k:
        return None
    scores = vectors[rows] @ vector[0]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]
