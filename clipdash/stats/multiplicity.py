"""Adjustment of p-values for the number of questions asked."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return Holm's adjusted p-values, in the order given.

    Parameters
    ----------
    p_values : sequence of float or None
        One a question; None is no question (nothing else was possible), stays None and does not count.

    Returns
    -------
    tuple of float or None
        Each at least its own p-value and at most 1. Calling what lies at or below .05 keeps the chance of any false
        call at or below .05.

    Raises
    ------
    ValueError
        If a p-value is not a number from 0 to 1.

    References
    ----------
    S. Holm (1979), A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6,
    65-70.

    Examples
    --------
    >>> holm([0.01, None, 0.04])
    (0.02, None, 0.04)
    """
    asked = [place for place, p in enumerate(p_values) if p is not None]
    raw = np.array([p for p in p_values if p is not None], dtype=np.float64)
    if not ((raw >= 0) & (raw <= 1)).all():
        raise ValueError(f"p-values must lie from 0 to 1; got {list(p_values)}")
    order = np.argsort(raw, kind="stable")
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1)), 1.0)
    result: list[float | None] = [None] * len(p_values)
    for place, p in zip(asked, adjusted.tolist(), strict=True):
        result[place] = p
    return tuple(result)
