"""Pictures whose files have the same bytes."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["find_duplicates"]


def find_duplicates(ids: Sequence[str], checksums: NDArray[np.uint8]) -> Iterator[tuple[str, str]]:
    """Yield (image_id, first image_id) of each image whose file was there before, in order.

    Parameters
    ----------
    ids : sequence of N str
    checksums : ndarray of uint8, shape (N, 16)
    """
    halves = np.ascontiguousarray(checksums).view("<u8")
    order = np.lexsort((halves[:, 1], halves[:, 0]))  # stable: the first of equal ones comes first
    same = np.r_[False, (halves[order][1:] == halves[order][:-1]).all(axis=1)]
    first = order[np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))]
    pairs = sorted(zip(order[same].tolist(), first[same].tolist(), strict=True))
    yield from ((ids[image], ids[twin]) for image, twin in pairs)
