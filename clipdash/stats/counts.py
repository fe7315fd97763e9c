"""Checks of the numbers that callers hand in; what fails here is a bug of the caller."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Counts: TypeAlias = NDArray[Any] | Sequence[float]
FloatArray: TypeAlias = NDArray[np.float64]


def check_counts(**named: ArrayLike) -> list[FloatArray]:
    """Return the arguments as float64 arrays of one shape.

    Parameters
    ----------
    **named : array_like
        Counts by the name that an error shall give them; whole or effective (divided by a design effect).

    Returns
    -------
    list of ndarray
        In the order given, not broadcast.

    Raises
    ------
    ValueError
        If a count is negative, infinite or NaN, or the shapes differ.
    """
    arrays = [np.asarray(value, dtype=np.float64) for value in named.values()]
    for name, array in zip(named, arrays, strict=True):
        if not (np.isfinite(array) & (array >= 0)).all():
            raise ValueError(f"{name} must be finite and not negative; got {array.tolist()}")
        if array.shape != arrays[0].shape:
            raise ValueError(f"{', '.join(named)} must have one shape; got {[each.shape for each in arrays]}")
    return arrays


def check_share(count: FloatArray, n: FloatArray, name: str = "count") -> None:
    """Raise `ValueError` where `count` exceeds `n`."""
    if (count > n).any():
        raise ValueError(f"{name} must not exceed n; got {count.tolist()} of {n.tolist()}")


def find_point(level: float, z: float | None = None) -> float:
    """Return `z` if given, else the two-sided normal point of `level`.

    Raises
    ------
    ValueError
        If `level` does not lie strictly between 0 and 1, or `z` is not a positive finite number.
    """
    if z is None:
        check_level(level)
        return float(ndtri((1 + level) / 2))
    if not 0 < z < np.inf:
        raise ValueError(f"z must be positive and finite; got {z}")
    return z


def check_level(level: float) -> None:
    """Raise `ValueError` unless `level` lies strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1; got {level}")
