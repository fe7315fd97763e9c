"""The second half of a scan: what the words that the first half chose do in images that had no say in the choice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.comparison import Shift, shift
from clipdash.audit.contest import Movers, walk_takes
from clipdash.audit.judging import pick_rows
from clipdash.audit.rule import Rule
from clipdash.audit.standing import Field, Standing
from clipdash.audit.tabulation import tabulate
from clipdash.stats import benjamini_hochberg, homogeneity, homogeneity_matched, ratio_covariance
from clipdash.stats.discordance import weigh_shifts

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import Label

__all__ = ["CONFIRMED", "Chosen", "adjust", "compare_half", "count_half", "count_survivors"]

#: A word whose adjusted p is at most this is confirmed.
CONFIRMED = 0.05


@dataclass(frozen=True)
class Chosen:
    """A group in the half that chose the word; the shift is larger than it will be again, since it was looked for.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n, fixed, broken : int
        Images of this half, and those that the word moved, out of and into misclassification.
    shift : float or None
        Their difference over n; None where no image of the group is in this half.
    """

    group: Mapping[str, str]
    n: int
    fixed: int
    broken: int
    shift: float | None


def count_half(field: Field, half: NDArray[np.bool_], takes: NDArray[np.bool_]) -> tuple[Chosen, ...]:
    """Count what a word moves in one half, in each group that is shown.

    Parameters
    ----------
    field : Field
        M judged images.
    half : ndarray of bool, shape (M,)
        Those of the half.
    takes : ndarray of bool, shape (M,)
        Those that the word takes.

    Returns
    -------
    tuple of Chosen
    """
    inside = half & field.listed
    n, fixed, broken = (
        np.bincount(field.member[inside & chosen], minlength=len(field.groups)).tolist()
        for chosen in (half, takes & (field.way < 0), takes & (field.way > 0))
    )
    return tuple(
        Chosen(group, n[g], fixed[g], broken[g], (broken[g] - fixed[g]) / n[g] if n[g] else None)
        for g, group in enumerate(field.groups)
        if field.shown[g]
    )


def compare_half(
    people: "pd.DataFrame",
    field: Field,
    standing: Standing,
    half: NDArray[np.bool_],
    *,
    words: "Sequence[Label]",
    rule: Rule,
) -> tuple[Shift, ...]:
    """Compare the set without and with each word, on the images of one half that are in a group shown.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    field, standing
        The M judged images, and the exact scores of the words.
    half : ndarray of bool, shape (M,)
        Those of the half.
    words : sequence of Label
        In the order of ``standing.takes``.
    rule : Rule
        What counts as misclassified.

    Returns
    -------
    tuple of Shift
        Of groups however small they are in the half: whether a group is shown was settled on all images.
    """
    rows = field.rows[half & field.listed]
    kept, before = people.iloc[rows], pick_rows(standing.predictions, rows)
    by, where, cluster = field.table.by, field.table.where, field.table.cluster
    tables = (
        tabulate(kept, by, before, pick_rows(standing.move(word, place), rows), where=where, cluster=cluster)
        for place, word in enumerate(words)
    )
    return tuple(shift(table, rule, 1, strict=False) for table in tables)


def adjust(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Adjust the p-values of the words chosen for their number (Benjamini and Hochberg); None where there is none."""
    if any(p is None for p in p_values):
        return (None,) * len(p_values)
    return tuple(benjamini_hochberg(np.array(p_values, dtype=np.float64)).tolist())


def count_survivors(
    movers: Movers,
    words: NDArray[np.float32],
    chosen: Sequence[NDArray[np.int64]],
    halves: NDArray[np.bool_],
) -> tuple[int, ...] | None:
    """Count how many of the words that each first half chose are confirmed in its second half.

    Parameters
    ----------
    movers, words
        As in `count_moves`.
    chosen : sequence of S ndarray of int64
        Places of the words that each first half chose.
    halves : ndarray of bool, shape (S, M)
        The first halves.

    Returns
    -------
    tuple of S int, or None
        Words whose adjusted p is at most .05; None where a word has no p. Scores are those of the matrix product.
    """
    union = np.unique(np.concatenate([*chosen, np.empty(0, np.int64)])).astype(np.int64)
    tests = [_Homogeneity(movers.field, ~half & movers.field.listed) for half in halves]
    found: list[dict[int, float | None]] = [{} for _ in halves]
    for part, takes in walk_takes(movers, words[union]):
        for place, word in enumerate(union[part].tolist()):
            taken = movers.places[takes[place]]
            for own, known, test in zip(chosen, found, tests, strict=True):
                if word in own:
                    known[word] = test.measure(taken)
    adjusted = [adjust([known[word] for word in own.tolist()]) for own, known in zip(chosen, found, strict=True)]
    if any(None in each for each in adjusted):
        return None
    return tuple(sum(p is not None and p <= CONFIRMED for p in each) for each in adjusted)


class _Homogeneity:
    """Whether the groups shift differently in one half, for one word after another; as `shift` tests it."""

    def __init__(self, field: Field, half: NDArray[np.bool_]) -> None:
        self._field, self._half = field, half
        places, (units, unit) = np.flatnonzero(half), np.unique(field.units[half], return_inverse=True)
        self._n = np.bincount(field.member[half], minlength=len(field.groups))
        self._present = self._n > 0
        self._unit = np.full(len(half), -1)
        self._unit[places] = unit
        self._sizes: NDArray[np.float64] | None = None
        if field.table.cluster is not None:
            self._shape = (len(field.groups), len(units))
            self._sizes = self._add(places, np.ones(len(places)))

    def _add(self, places: NDArray[np.int64], amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        total = np.zeros(self._shape)
        np.add.at(total, (self._field.member[places], self._unit[places]), amounts)
        return total[self._present]

    def measure(self, taken: NDArray[np.int64]) -> float | None:
        """Return p where a word takes these images; None below two groups, or with too few clusters."""
        field = self._field
        taken = taken[self._half[taken]]
        fixed, broken = (
            np.bincount(field.member[taken[field.way[taken] == way]], minlength=len(field.groups))[self._present]
            for way in (-1, 1)
        )
        n = self._n[self._present]
        if self._sizes is None or len(n) < 2:
            return homogeneity(n, fixed, broken).p
        shifts, weights = weigh_shifts(n, fixed, broken)
        moved = self._add(taken, field.way[taken].astype(np.float64))
        covariance = ratio_covariance(moved, self._sizes, 1 / weights)
        return homogeneity_matched(shifts, covariance, self._sizes.shape[1]).p
