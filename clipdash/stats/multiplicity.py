"""Adjustment of p-values for the number of questions asked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


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


def benjamini_hochberg(p_values: NDArray[np.floating], *, any_dependence: bool = False) -> NDArray[np.float64]:
    """Return p-values adjusted to keep the false discovery rate, in the order given.

    Parameters
    ----------
    p_values : ndarray of float, shape (M,)
        One a question.
    any_dependence : bool
        Whether to hold under any dependence between the questions (Benjamini and Yekutieli); else under independence
        and positive dependence (Benjamini and Hochberg).

    Returns
    -------
    ndarray of float64, shape (M,)
        Each at least its own p-value and at most 1. Calling what lies at or below .05 keeps the expected share of false
        calls among all calls at or below .05.

    Raises
    ------
    ValueError
        If a p-value is not a number from 0 to 1.

    References
    ----------
    Y. Benjamini, Y. Hochberg (1995), Controlling the false discovery rate. Journal of the Royal Statistical Society B
    57, 289-300; Y. Benjamini, D. Yekutieli (2001), The control of the false discovery rate in multiple testing under
    dependency. Annals of Statistics 29, 1165-1188.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.5, 0.02])).tolist()
    [0.03, 0.5, 0.03]
    """
    raw = np.asarray(p_values, dtype=np.float64)
    if not ((raw >= 0) & (raw <= 1)).all():
        raise ValueError("p-values must lie from 0 to 1")
    places = np.arange(1, len(raw) + 1)
    factor = float((1 / places).sum()) if any_dependence else 1.0
    order = np.argsort(raw, kind="stable")
    scaled = raw[order] * (len(raw) * factor / places)
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
