"""Two halves of the images: one to choose by, one to confirm with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Strata", "draw_half", "stratify"]


@dataclass(frozen=True, eq=False)
class Strata:
    """What is drawn: units that stay together, each in a stratum.

    Parameters
    ----------
    unit : ndarray of int64, shape (M,)
        Place of each image's unit.
    stratum : ndarray of int64, shape (U,)
        Stratum of each unit: units that lie in the same groups share one.
    """

    unit: NDArray[np.int64]
    stratum: NDArray[np.int64]


def stratify(member: NDArray[np.int64], units: NDArray[np.int64]) -> Strata:
    """Find the strata of images.

    Parameters
    ----------
    member : ndarray of int64, shape (M,)
        Group of each image.
    units : ndarray of int64, shape (M,)
        What stays together has one number.

    Returns
    -------
    Strata
    """
    seen, unit = np.unique(units, return_inverse=True)
    groups = int(member.max(initial=0)) + 1
    pairs = np.unique(unit * groups + member)
    # The groups of a unit as one number: a sum of random ones, so that no table of units by groups is needed.
    codes = np.random.default_rng(0).integers(1, 1 << 62, groups, dtype=np.uint64)
    keys = np.zeros(len(seen), dtype=np.uint64)
    np.add.at(keys, pairs // groups, codes[pairs % groups])
    _, stratum = np.unique(keys, return_inverse=True)
    return Strata(unit.astype(np.int64), stratum.astype(np.int64))


def draw_half(strata: Strata, seed: int) -> NDArray[np.bool_]:
    """Draw one half of the images.

    Parameters
    ----------
    strata : Strata
        The units.
    seed : int
        The same seed draws the same half.

    Returns
    -------
    ndarray of bool, shape (M,)
        Whether an image is in the first half. In every stratum the two halves differ by at most one unit; which of
        them has one more is drawn too.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(strata.stratum))
    order = order[np.argsort(strata.stratum[order], kind="stable")]
    along = strata.stratum[order]
    starts = np.searchsorted(along, np.arange(int(along.max(initial=-1)) + 1))
    turned = random.integers(0, 2, len(starts))
    half = np.empty(len(order), dtype=bool)
    half[order] = (np.arange(len(order)) - starts[along] + turned[along]) % 2 == 0
    return half[strata.unit]
