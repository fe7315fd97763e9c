"""One permutation test of many specifications of the same comparison at once."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Joint", "flip_jointly", "shuffle_groups"]

_COLUMNS_AT_ONCE = 512  # bounds the memory to some 50 MB of float32 beside the answers themselves
_DRAWS_AT_ONCE = 64


class Joint(NamedTuple):
    """The median over all specifications, how often chance alone makes one as large, and of how many draws."""

    statistic: float
    p: float
    draws: int


def flip_jointly(
    differences: NDArray[np.int8],
    draws: int = 999,
    seed: int = 0,
    *,
    progress: Callable[[float], None] | None = None,
) -> Joint:
    """Test that no specification has a shift, by swapping before and after of each image in all of them at once.

    Parameters
    ----------
    differences : ndarray of int8, shape (N, S)
        Misclassified after less before, of each image under each of S specifications: -1, 0 or 1.
    draws : int
        Random swaps.
    seed : int
        Of these: the same call gives the same numbers.
    progress : callable, optional
        Is told the share done.

    Returns
    -------
    Joint
        `statistic` is the size of the median shift over the specifications; ``p = (1 + #) / (draws + 1)``, # the draws
        that reach it.

    Raises
    ------
    ValueError
        Without an image or a specification, or `draws` below 1.

    References
    ----------
    U. Simonsohn, J. P. Simmons, L. D. Nelson (2020), Specification curve analysis. Nature Human Behaviour 4, 1208-1214.
    Sign flipping: A. M. Winkler et al. (2014), NeuroImage 92, 381-397.
    """
    images, _ = _check(differences, draws)
    random = np.random.default_rng(seed)
    signs = random.integers(0, 2, (draws, images), dtype=np.int8).astype(np.float32) * 2 - 1
    sums = np.empty((draws + 1, differences.shape[1]), dtype=np.float32)
    for done, part in _split(differences.shape[1]):
        block = differences[:, part].astype(np.float32)
        sums[0, part] = block.sum(axis=0)
        sums[1:, part] = signs @ block  # whole numbers below 2**24: exact
        _tell(progress, done)
    medians = np.abs(np.median(sums, axis=1)) / images
    return _conclude(medians)


def shuffle_groups(
    wrong: NDArray[np.bool_],
    group: NDArray[np.integer],
    draws: int = 999,
    seed: int = 0,
    *,
    progress: Callable[[float], None] | None = None,
) -> Joint:
    """Test that no specification has a gap, by shuffling which image is in which group in all of them at once.

    Parameters
    ----------
    wrong : ndarray of bool, shape (N, S)
        Whether each image counts as misclassified under each of S specifications.
    group : ndarray of int, shape (N,)
        Place of each image's group, 0 to G - 1; every group has an image.
    draws, seed, progress
        As in `flip_jointly`.

    Returns
    -------
    Joint
        `statistic` is the median over the specifications of the largest less the smallest group rate.

    Raises
    ------
    ValueError
        As `flip_jointly`; also with fewer than two groups, or one without images.
    """
    images, columns = _check(wrong, draws)
    sizes = np.bincount(group)
    if len(group) != images or len(sizes) < 2 or not sizes.all():
        raise ValueError(f"{images} images need a group each, of at least two, all with images; got {sizes.tolist()}")
    members = np.zeros((len(sizes), images), dtype=np.float32)
    members[group, np.arange(images)] = 1
    gaps = np.empty((draws + 1, columns), dtype=np.float32)
    for done, part in _split(columns):
        block = wrong[:, part].astype(np.float32)
        gaps[0, part] = np.ptp(members @ block / sizes[:, np.newaxis], axis=0)
        random = np.random.default_rng(seed)  # anew for each part: the same shuffles meet every specification
        for start in range(0, draws, _DRAWS_AT_ONCE):
            count = min(_DRAWS_AT_ONCE, draws - start)
            shuffled = np.concatenate([members[:, random.permutation(images)] for _ in range(count)])
            rates = (shuffled @ block).reshape(count, len(sizes), -1) / sizes[:, np.newaxis]
            gaps[1 + start : 1 + start + count, part] = np.ptp(rates, axis=1)
        _tell(progress, done)
    return _conclude(np.median(gaps, axis=1))


def _check(answers: NDArray[np.generic], draws: int) -> tuple[int, int]:
    if answers.ndim != 2 or not answers.size or draws < 1:
        raise ValueError(f"images by specifications and a draw are needed; got {answers.shape} and {draws} draws")
    return answers.shape


def _split(columns: int) -> Iterator[tuple[float, slice]]:
    for start in range(0, columns, _COLUMNS_AT_ONCE):
        yield min(1.0, (start + _COLUMNS_AT_ONCE) / columns), slice(start, start + _COLUMNS_AT_ONCE)


def _tell(progress: Callable[[float], None] | None, done: float) -> None:
    if progress is not None:
        progress(done)


def _conclude(medians: NDArray[np.floating]) -> Joint:
    draws = len(medians) - 1
    reached = int((medians[1:] >= medians[0] - 1e-6).sum())
    return Joint(float(medians[0]), (1 + reached) / (draws + 1), draws)
