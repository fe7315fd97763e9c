"""A table under a rule: who is judged, in which group, and counted as misclassified under which set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.carrying import mark_states, read_outcomes
from clipdash.audit.outcome import decide_outcomes, find_judged
from clipdash.audit.rule import OUTCOMES, Rule
from clipdash.audit.selection import check_least
from clipdash.audit.table import Table

__all__ = ["SideCounts", "Tally", "count_by", "count_side", "list_groups", "tally_table"]

#: Above this many possible combinations only those that occur are groups.
MAX_CROSSED = 1000


@dataclass(frozen=True, eq=False)
class Tally:
    """The judged rows of a table.

    Parameters
    ----------
    table : Table
        Where the rows come from.
    cells, states, counts : ndarray
        As in the table, without unjudged rows.
    outcomes : ndarray of int8, shape (K, S)
        Code of the outcome under each set.
    wrong : ndarray of bool, shape (K, S)
        Whether the row counts as misclassified under each set.
    groups : tuple of mapping
        Attribute to value, one a group, in the order of the values.
    member : ndarray of int64, shape (K,)
        Place of each row's group, -1 without one.
    unjudged : int
        Images that the rule cannot judge, since an annotation that a label claims is missing.
    carried : ndarray of int64, shape (K, C), optional
        As in the table.
    """

    table: Table
    cells: NDArray[np.int32]
    states: NDArray[np.int32]
    counts: NDArray[np.int64]
    outcomes: NDArray[np.int8]
    wrong: NDArray[np.bool_]
    groups: tuple[Mapping[str, str], ...]
    member: NDArray[np.int64]
    unjudged: int
    carried: NDArray[np.int64] | None = None

    @property
    def total(self) -> int:
        """Images that are judged."""
        return int(self.counts.sum())

    @property
    def ungrouped(self) -> int:
        """Judged images that miss a value of an attribute grouped by."""
        return int(self.counts[self.member < 0].sum())


@dataclass(frozen=True, eq=False)
class SideCounts:
    """Counts under one label set, a row a group.

    Parameters
    ----------
    wrong : ndarray of int64, shape (G,)
        Images that count as misclassified.
    outcomes : ndarray of int64, shape (G, 4)
        Images by outcome, in the order of `OUTCOMES`.
    labels : ndarray of int64, shape (G, C)
        Images by label, in the order of the set; where an image may carry several or none, they do not sum to n.
    """

    wrong: NDArray[np.int64]
    outcomes: NDArray[np.int64]
    labels: NDArray[np.int64]


def tally_table(table: Table, rule: Rule, min_n: int, sets: int, strict: bool = True) -> Tally:
    """Judge every row of a table.

    Parameters
    ----------
    table : Table
        Counts under one or two label sets.
    rule : Rule
        What counts as misclassified.
    min_n : int
        The least number of images that a rate is shown of.
    sets : int
        How many label sets the caller needs.
    strict : bool
        Whether a rule that names a label or category of no set is refused; else it counts nothing.

    Returns
    -------
    Tally

    Raises
    ------
    QueryError
        If no set has the label or category that the rule names, or `min_n` is below 1.
    ValueError
        If the table is of another number of label sets.
    """
    if len(table.label_sets) != sets:
        raise ValueError(f"a table of {sets} label set(s) is needed, this one is of {len(table.label_sets)}")
    check_least(min_n)
    if strict:
        rule.check(table.label_sets)
    judged = np.ones(len(table.counts), dtype=bool)
    if rule.needs_annotation:
        judged = find_judged(table.label_sets, table.attributes, table.cells)
    cells, states = table.cells[judged], table.states[judged]
    outcomes, wrong = _judge_rows(table, rule, cells, states)
    groups, member = list_groups(table.attributes, table.values, table.by, table.cells)
    unjudged = int(table.counts[~judged].sum())
    carried = None if table.carried is None else table.carried[judged]
    return Tally(table, cells, states, table.counts[judged], outcomes, wrong, groups, member[judged], unjudged, carried)


def _judge_rows(
    table: Table, rule: Rule, cells: NDArray[np.int32], states: NDArray[np.int32]
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    if not table.mode.single:
        if rule.value is not None and table.marked != str(rule):
            raise ValueError(f"a table of several labels an image must be tabulated with the rule {rule}")
        return read_outcomes(states), mark_states(states, rule)
    outcomes, wrong = np.empty(states.shape, np.int8), np.empty(states.shape, bool)
    for side, label_set in enumerate(table.label_sets):
        labels = states[:, side]
        outcomes[:, side] = decide_outcomes(label_set, table.attributes, table.values, cells, labels)
        wrong[:, side] = rule.mark(label_set, labels, outcomes[:, side])
    return outcomes, wrong


def list_groups(
    attributes: Sequence[str], values: Sequence[Sequence[str]], by: Sequence[str], cells: NDArray[np.int32]
) -> tuple[tuple[Mapping[str, str], ...], NDArray[np.int64]]:
    """Return the groups in order, and the place of each row's group, shape (K,), -1 without one.

    All combinations of values are groups while they are few, so that an empty one is seen; else those that occur.
    """
    places = [attributes.index(attribute) for attribute in by]
    vocabularies = [values[place] for place in places]
    codes = cells[:, places]
    complete = (codes >= 0).all(axis=1)
    member = np.full(len(codes), -1, dtype=np.int64)
    crossed = prod(map(len, vocabularies)) <= MAX_CROSSED
    combinations = np.array(list(product(*map(range, map(len, vocabularies)))) if crossed else codes[complete])
    seen, inverse = np.unique(
        np.concatenate([combinations.reshape(-1, len(places)), codes[complete]]), axis=0, return_inverse=True
    )
    member[complete] = inverse.ravel()[len(combinations) :]
    named = [[known[code] for known, code in zip(vocabularies, row, strict=True)] for row in seen.tolist()]
    return tuple(dict(zip(by, found, strict=True)) for found in named), member


def count_by(place: NDArray[np.integer], counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Add up counts by place, exactly; places below zero are left out."""
    totals = np.zeros(size, dtype=np.int64)
    np.add.at(totals, place[place >= 0], counts[place >= 0])
    return totals


def count_side(tally: Tally, side: int, member: NDArray[np.int64], size: int) -> SideCounts:
    """Count one label set's outcomes and labels in each group.

    Parameters
    ----------
    tally : Tally
        The judged rows.
    side : int
        Which of the table's label sets.
    member : ndarray of int64, shape (K,)
        Place of each row's group, -1 without one.
    size : int
        Number of groups.

    Returns
    -------
    SideCounts
    """
    kept, counts, wrong = member[member >= 0], tally.counts[member >= 0], tally.wrong[member >= 0, side]
    by_outcome = kept * len(OUTCOMES) + tally.outcomes[member >= 0, side]
    return SideCounts(
        wrong=count_by(kept[wrong], counts[wrong], size),
        outcomes=count_by(by_outcome, counts, size * len(OUTCOMES)).reshape(size, len(OUTCOMES)),
        labels=_count_labels(tally, side, member, size),
    )


def _count_labels(tally: Tally, side: int, member: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    widths = [len(label_set.labels) for label_set in tally.table.label_sets]
    labels, inside = widths[side], member >= 0
    if tally.carried is None:
        by_label = member[inside] * labels + tally.states[inside, side]
        return count_by(by_label, tally.counts[inside], size * labels).reshape(size, labels)
    totals = np.zeros((size, labels), dtype=np.int64)
    start = sum(widths[:side])
    np.add.at(totals, member[inside], tally.carried[inside, start : start + labels])
    return totals
