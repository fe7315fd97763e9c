"""The scores that decide whether an image counts, at every threshold at once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.carrying import walk_labels
from clipdash.audit.rule import CONTRADICTED, FLAGGED, SUPPORTED, Rule
from clipdash.audit.selection import Selection

if TYPE_CHECKING:
    from clipdash.zeroshot import LabelScores

__all__ = ["Peaks", "count_passing", "decide_scores", "find_peaks", "is_plain"]


@dataclass(frozen=True, eq=False)
class Peaks:
    """The largest score that an image has with a label of each kind, -inf without one; arrays of shape (M,)."""

    flagged: NDArray[np.float64]
    contradicted: NDArray[np.float64]
    supported: NDArray[np.float64]
    named: NDArray[np.float64]

    def pick(self, rows: NDArray[np.bool_]) -> "Peaks":
        """Return the peaks of some of the images."""
        return Peaks(self.flagged[rows], self.contradicted[rows], self.supported[rows], self.named[rows])


def find_peaks(scores: "LabelScores", selection: Selection, kind: str, rule: Rule, temperature: float | None) -> Peaks:
    """Read every score once and keep the largest of each kind.

    Parameters
    ----------
    scores : LabelScores
        Of N images with C labels.
    selection : Selection
        The M images wanted, with every attribute that a label claims.
    kind : {"probability", "cosine", "top-k"}
        Which score; under the last, minus the label's place among the best.
    rule : Rule
        May name labels.
    temperature : float, optional
        Of the softmax, in place of the encoder's.

    Returns
    -------
    Peaks
    """
    from clipdash.zeroshot import soften  # noqa: PLC0415  (heavy; only a sweep needs it here)

    scale = scores.find_scale(temperature) if kind == "probability" else None
    found = np.full((4, len(selection.rows)), -np.inf)
    named = rule.name_labels(scores.label_set)
    for start, block in scores.split_blocks():
        first, last = np.searchsorted(selection.rows, [start, start + block.shape[1]])
        held = block if scale is None else soften(block, scale)
        if kind == "top-k":
            order = np.argsort(-block, axis=0, kind="stable")
            held = np.empty(block.shape)
            np.put_along_axis(held, order, -1.0 - np.arange(len(block), dtype=float)[:, np.newaxis], axis=0)
        codes, columns = selection.codes[first:last], selection.rows[first:last] - start
        for place, outcome in enumerate(walk_labels(scores.label_set, selection.attributes, selection.values, codes)):
            score, part = held[place, columns].astype(np.float64), found[:, first:last]
            for row, code in enumerate((FLAGGED, CONTRADICTED, SUPPORTED)):
                np.maximum(part[row], score, out=part[row], where=outcome == code)
            if named[place]:
                np.maximum(part[3], score, out=part[3])
    return Peaks(*found)


def decide_scores(peaks: Peaks, rule: Rule) -> tuple[NDArray[np.float64], ...]:
    """Return the scores whose passing decides under a rule."""
    if rule.value is not None:
        return (peaks.named,)
    return {
        "misclassified": (np.maximum(peaks.flagged, peaks.contradicted),),
        "flagged": (peaks.flagged,),
        "contradicted": (peaks.flagged, peaks.contradicted),
        "not-supported": (np.maximum(peaks.flagged, peaks.contradicted), peaks.supported),
    }[rule.kind]


def is_plain(peaks: Peaks, rule: Rule) -> bool:
    """Whether an image counts just because some label passes."""
    if rule.kind == "contradicted":
        return not np.isfinite(peaks.flagged).any()
    return rule.kind != "not-supported"


def _mark(peaks: Peaks, rule: Rule, thresholds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say at which thresholds each image counts, shape (M, T)."""
    passes = [score[:, np.newaxis] >= thresholds for score in decide_scores(peaks, rule)]
    if rule.kind == "contradicted":
        return np.asarray(passes[1] & ~passes[0])
    if rule.kind == "not-supported":
        return np.asarray(passes[0] | ~passes[1])
    return np.asarray(passes[0])


def _place(peaks: Peaks, rule: Rule, grid: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many thresholds each deciding score passes, less one: images with the same numbers count alike."""
    return np.stack([np.searchsorted(grid, score, side="right") - 1 for score in decide_scores(peaks, rule)], axis=1)


def _unplace(states: NDArray[np.int64], rule: Rule) -> Peaks:
    """Return peaks that pass, on a grid of 0, 1, 2, ..., as many thresholds as the places say."""
    first, second = states.T.astype(np.float64)
    nothing = np.full(len(states), -np.inf)
    if rule.kind == "contradicted":
        return Peaks(first, second, nothing, nothing)
    return Peaks(first, nothing, second, nothing)


def count_passing(peaks: Peaks, rule: Rule, grid: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return images by the thresholds at which they count.

    Parameters
    ----------
    peaks : Peaks
        M images.
    rule : Rule
        One under which `is_plain` is false.
    grid : ndarray of float64, shape (T,)
        Thresholds, ascending.

    Returns
    -------
    counts : ndarray of int64, shape (S,)
        Images of each state.
    marks : ndarray of bool, shape (S, T)
        At which thresholds they count.
    """
    states, sizes = np.unique(_place(peaks, rule, grid), axis=0, return_counts=True)
    return sizes, _mark(_unplace(states, rule), rule, np.arange(len(grid), dtype=np.float64))
