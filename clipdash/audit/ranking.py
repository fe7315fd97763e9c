"""Words by what they do to the groups in the half of the images that chooses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.candidates import Candidates
from clipdash.audit.contest import Movers, count_moves

__all__ = ["FEWEST_MOVED", "Order", "Ranking", "rank_words"]

Order = Literal["shift", "difference"]
#: A word that moves fewer images of the half is not ranked.
FEWEST_MOVED = 5


@dataclass(frozen=True, eq=False)
class Ranking:
    """What each word does in the half that chooses.

    Parameters
    ----------
    moved : ndarray of int64, shape (W,)
        Images that change sides.
    shift : ndarray of float64, shape (W,)
        Largest absolute shift of a group.
    difference : ndarray of float64, shape (W,)
        Largest less smallest shift of the groups.
    by_shift, by_difference : ndarray of int64, shape (W,)
        Rank, 1 the best; of equal words the one listed first. 0 where a word moves fewer than 5 images.
    """

    moved: NDArray[np.int64]
    shift: NDArray[np.float64]
    difference: NDArray[np.float64]
    by_shift: NDArray[np.int64]
    by_difference: NDArray[np.int64]


class _Figures(NamedTuple):
    moved: NDArray[np.int64]
    shift: NDArray[np.float64]
    difference: NDArray[np.float64]


def rank_words(
    movers: Movers,
    candidates: Candidates,
    halves: NDArray[np.bool_],
    order: str,
    most: int,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Ranking, list[NDArray[np.int64]]]:
    """Rank all words by each of several first halves; nothing of the second halves is read.

    Parameters
    ----------
    movers : Movers
        The images that could change sides, of M judged ones.
    candidates : Candidates
        The words.
    halves : ndarray of bool, shape (S, M)
        The first halves.
    order : {"shift", "difference"}
        What to choose by.
    most : int
        How many words to choose.
    progress : callable, optional
        As in `count_moves`.

    Returns
    -------
    ranking : Ranking
        By the first of the halves.
    chosen : list of S ndarray of int64
        Places of the best words by each half, best first.
    """
    field = movers.field
    sizes = np.stack([np.bincount(field.member[half & field.listed], minlength=len(field.groups)) for half in halves])
    counted = count_moves(movers, candidates.vectors, halves[:, movers.places], progress)
    parts = [_measure(counts, sizes) for _, counts in counted]
    found = _Figures(*(np.concatenate(figures, axis=1) for figures in zip(*parts, strict=True)))
    values = found.shift if order == "shift" else found.difference
    chosen = [
        np.argsort(-np.where(moved >= FEWEST_MOVED, own, -1.0), kind="stable")[
            : min(most, (moved >= FEWEST_MOVED).sum())
        ]
        for moved, own in zip(found.moved, values, strict=True)
    ]
    first = _Figures(*(figures[0] for figures in found))
    return Ranking(*first, _rank(first.shift, first.moved), _rank(first.difference, first.moved)), chosen


def _measure(counts: NDArray[np.int32], sizes: NDArray[np.int64]) -> _Figures:
    """Return the figures of some words, shape (S, w) each, from counts by sample, slot and word."""
    fixed, broken = counts[:, 0::2], counts[:, 1::2]
    present = (sizes > 0)[:, :, np.newaxis]
    shifts = (broken - fixed) / np.maximum(sizes, 1)[:, :, np.newaxis]
    highest = np.where(present, shifts, -np.inf).max(axis=1)
    lowest = np.where(present, shifts, np.inf).min(axis=1)
    return _Figures(counts.sum(axis=1, dtype=np.int64), np.abs(shifts).max(axis=1), highest - lowest)


def _rank(values: NDArray[np.float64], moved: NDArray[np.int64]) -> NDArray[np.int64]:
    ranked = moved >= FEWEST_MOVED
    order = np.argsort(-np.where(ranked, values, -1.0), kind="stable")[: ranked.sum()]
    ranks = np.zeros(len(values), dtype=np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks
