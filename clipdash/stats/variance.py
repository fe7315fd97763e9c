"""Where the variance of a full grid of values lies: with each factor by itself, and with factors together."""

from itertools import combinations

import numpy as np

from clipdash.stats.counts import FloatArray

__all__ = ["split_variance"]

#: Sums of squares below this are rounding.
_NOTHING = 1e-24


def split_variance(values: FloatArray) -> dict[tuple[int, ...], float]:
    """Split the variance of a full grid, one value a cell, between its factors.

    Parameters
    ----------
    values : ndarray of float, one axis a factor
        Every combination of the factors' levels, once.

    Returns
    -------
    dict of tuple of int to float
        For each factor, pair of factors and so on, named by their axes, its share of the sum of squares around the mean
        (eta squared); they sum to 1, and are all 0 where every value is the same. In a full grid the parts are
        orthogonal, so the order of the factors does not matter.

    References
    ----------
    R. A. Fisher (1925), Statistical methods for research workers, chapter VII; without replication the last term holds
    whatever noise the values have.

    Examples
    --------
    >>> split_variance(np.array([[0.0, 2.0], [4.0, 6.0]]))
    {(0,): 0.8, (1,): 0.2, (0, 1): 0.0}
    """
    axes = range(values.ndim)
    effects: dict[tuple[int, ...], FloatArray] = {(): np.mean(values, axis=tuple(axes), keepdims=True)}
    squares: dict[tuple[int, ...], float] = {}
    for size in range(1, values.ndim + 1):
        for chosen in combinations(axes, size):
            others = tuple(axis for axis in axes if axis not in chosen)
            effect = np.mean(values, axis=others, keepdims=True)
            for known, part in effects.items():
                if set(known) < set(chosen):
                    effect = effect - part
            effects[chosen] = effect
            squares[chosen] = float((effect**2).sum()) * values.size / effect.size
    total = sum(squares.values())
    return {chosen: square / total if total > _NOTHING else 0.0 for chosen, square in squares.items()}
