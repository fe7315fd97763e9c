"""Differences of group means along many directions at once, from the groups' mean vectors and one matrix of products.

A score along a direction is the inner product of a row with it. Its mean in a group is that of the group's mean vector,
its variance follows from the covariance of the rows, and a shuffle of the groups only changes the mean vectors: so
nothing here ever makes a score a row, however many directions there are.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Moments",
    "contrast_means",
    "gather_moments",
    "permutation_p",
    "score_means",
    "shuffle_contrasts",
    "spread_along",
]

#: Gives the rows anew, in blocks and in one order.
Blocks: TypeAlias = Callable[[], Iterable[NDArray[np.floating]]]
Numbers: TypeAlias = NDArray[np.float64]

_DIRECTIONS_AT_ONCE = 1024
_SHUFFLES_AT_ONCE = 512  # times groups; bounds the marks of a block of rows
_LABELS_AT_ONCE = 2**25
_SLACK = 1e-9


class Moments(NamedTuple):
    """Sizes (G,) and mean vectors (G, D) of groups, and the covariance (D, D) of all their rows; all but sizes float64.

    The covariance is over n - 1, around the mean of all rows.
    """

    sizes: NDArray[np.int64]
    means: Numbers
    covariance: Numbers


def gather_moments(blocks: Blocks, member: NDArray[np.integer]) -> Moments:
    """Read the rows once and keep what means and variances along any direction follow from.

    Parameters
    ----------
    blocks : callable
        Returns the N rows, shape (.., D), in blocks. Rows are added up in float64; the products of a block have the
        precision of its rows, and are added up over blocks in float64.
    member : ndarray of int, shape (N,)
        Place of each row's group, 0 to G - 1; every group has a row.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        With fewer than two groups, one without rows, or another number of rows.

    References
    ----------
    Sums around a point near the mean: T. F. Chan, G. H. Golub, R. J. LeVeque (1983), Algorithms for computing the
    sample variance. American Statistician 37, 242-247.
    """
    sizes = _count(member)
    shift = np.zeros(0)
    sums, products = np.zeros((0, 0)), np.zeros((0, 0))
    seen = 0
    for block in blocks():
        if not seen:
            shift = block.mean(axis=0)
            sums, products = np.zeros((len(sizes), len(shift))), np.zeros((len(shift), len(shift)))
        part, rows = member[seen : seen + len(block)], np.asarray(block, dtype=np.float64)
        for group in range(len(sizes)):
            sums[group] += rows[part == group].sum(axis=0)
        centred = block - shift
        products += centred.T @ centred
        seen += len(block)
    if seen != len(member):
        raise ValueError(f"{len(member)} rows were promised and {seen} came")
    centre = sums.sum(axis=0) / seen - shift
    covariance = (products - seen * np.outer(centre, centre)) / (seen - 1)
    return Moments(sizes, sums / sizes[:, np.newaxis], covariance)


def contrast_means(moments: Moments) -> Numbers:
    """Return mean vectors less mean vectors: of two groups the first less the second, of more each less all others.

    Returns
    -------
    ndarray of float64, shape (K, D)
        K is 1 with two groups, else G.
    """
    sizes, means, _ = moments
    return _contrast(means * sizes[:, np.newaxis], sizes)


def spread_along(moments: Moments, directions: NDArray[np.floating]) -> tuple[Numbers, Numbers]:
    """Return how scores along directions vary over all rows.

    Parameters
    ----------
    moments : Moments
        Of the rows.
    directions : ndarray of float, shape (W, D)
        What the rows are multiplied with.

    Returns
    -------
    deviation : ndarray of float64, shape (W,)
        The standard deviation, over n - 1; 0 where the scores differ by rounding alone.
    size : ndarray of float64, shape (W,)
        The root of the mean square: the scale of the scores, for tolerances.
    """
    centre = moments.sizes @ moments.means / moments.sizes.sum()
    variance, mean = np.empty(len(directions)), np.empty(len(directions))
    for part in _split(len(directions)):
        block = np.asarray(directions[part], dtype=np.float64)
        variance[part] = ((block @ moments.covariance) * block).sum(axis=1)
        mean[part] = block @ centre
    deviation = np.sqrt(np.maximum(variance, 0))
    size = np.hypot(deviation, mean)
    return np.where(deviation > 1e-7 * size, deviation, 0.0), size


def score_means(means: Numbers, directions: NDArray[np.floating]) -> Numbers:
    """Return the scores of mean vectors (M, D) along directions (W, D), shape (M, W), in float64."""
    scores = np.empty((len(means), len(directions)))
    for part in _split(len(directions)):
        scores[:, part] = means @ np.asarray(directions[part], dtype=np.float64).T
    return scores


def shuffle_contrasts(blocks: Blocks, member: NDArray[np.integer], draws: int, seed: int = 0) -> Iterator[Numbers]:
    """Yield what `contrast_means` would give if the rows had their groups by chance.

    Parameters
    ----------
    blocks, member
        As in `gather_moments`.
    draws : int
        Shuffles of `member`.
    seed : int
        Of these: the same call gives the same numbers.

    Yields
    ------
    ndarray of float64, shape (b, K, D)
        Of the next b shuffles; together `draws`. The rows are read once for each block of shuffles.
    """
    sizes = _count(member)
    shown = 1 if len(sizes) == 2 else len(sizes)
    labels = member.astype(np.int16)
    random = np.random.default_rng(seed)
    step = max(1, min(_SHUFFLES_AT_ONCE // shown, _LABELS_AT_ONCE // len(labels)))
    for start in range(0, draws, step):
        count = min(step, draws - start)
        shuffled = np.stack([random.permutation(labels) for _ in range(count)])
        yield _contrast_shuffled(blocks, shuffled, sizes, shown)


def _contrast_shuffled(blocks: Blocks, shuffled: NDArray[np.int16], sizes: NDArray[np.int64], shown: int) -> Numbers:
    sums, total = np.zeros((0, 0, 0)), np.zeros(0)
    seen = 0
    for block in blocks():
        rows = np.asarray(block, dtype=np.float64)
        if not seen:
            sums, total = np.zeros((shown, len(shuffled), rows.shape[1])), np.zeros(rows.shape[1])
        total += rows.sum(axis=0)
        part = shuffled[:, seen : seen + len(rows)]
        for group in range(shown):
            sums[group] += (part == group).astype(np.float64) @ rows
        seen += len(rows)
    held = sizes[:shown, np.newaxis, np.newaxis]
    differences: Numbers = sums / held - (total - sums) / (sizes.sum() - held)
    return differences.transpose(1, 0, 2)


def permutation_p(
    observed: Numbers,
    shuffled: Iterable[Numbers],
    directions: NDArray[np.floating],
    size: Numbers,
    *,
    progress: Callable[[int], None] | None = None,
) -> Numbers:
    """Return how often chance alone makes a difference of means as large, either way, along each direction.

    Parameters
    ----------
    observed : ndarray of float64, shape (K, D)
        What `contrast_means` returned.
    shuffled : iterable of ndarray of float64, shape (b, K, D)
        What `shuffle_contrasts` yields, B in all.
    directions : ndarray of float, shape (W, D)
        Read in blocks; no array of B times W is made.
    size : ndarray of float64, shape (W,)
        What `spread_along` returned. Differences count as equal where they lie no further apart than 1e-9 of this and
        of the difference itself: what is equal but for rounding must count as reached.
    progress : callable, optional
        Is told how many shuffles are done.

    Returns
    -------
    ndarray of float64, shape (K, W)
        ``(1 + #{|shuffled| >= |observed|}) / (B + 1)``, so never 0.

    References
    ----------
    B. Phipson, G. K. Smyth (2010), Permutation p-values should never be zero. Statistical Applications in Genetics and
    Molecular Biology 9, article 39.
    """
    reached = np.zeros((len(observed), len(directions)), dtype=np.int64)
    done = 0
    for block in shuffled:
        for part in _split(len(directions)):
            along = np.asarray(directions[part], dtype=np.float64).T
            least = np.abs(observed @ along)
            least -= _SLACK * (least + size[part])
            for place, limit in enumerate(least):
                reached[place, part] += (np.abs(block[:, place] @ along) >= limit).sum(axis=0)
        done += len(block)
        if progress is not None:
            progress(done)
    p: Numbers = (1 + reached) / (done + 1)
    return p


def _contrast(sums: Numbers, sizes: NDArray[np.int64]) -> Numbers:
    held = sizes[:, np.newaxis]
    differences: Numbers = sums / held - (sums.sum(axis=0) - sums) / (sizes.sum() - held)
    return differences[:1] if len(sizes) == 2 else differences


def _count(member: NDArray[np.integer]) -> NDArray[np.int64]:
    sizes = np.bincount(member).astype(np.int64)
    if len(sizes) < 2 or not sizes.all():
        raise ValueError(f"at least two groups are needed, all with rows; got {sizes.tolist()}")
    return sizes


def _split(count: int) -> Iterator[slice]:
    for start in range(0, count, _DIRECTIONS_AT_ONCE):
        yield slice(start, start + _DIRECTIONS_AT_ONCE)
