"""Which moves between labels are possible at all, so that none is tested that could not have happened."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import decide_outcomes
from clipdash.audit.rule import Rule
from clipdash.audit.table import Table
from clipdash.audit.tally import Tally

__all__ = ["Reach", "allow_moves", "find_impossible_move", "find_reach"]


@dataclass(frozen=True, eq=False)
class Reach:
    """Which directions were possible for each judged row of a table.

    Parameters
    ----------
    fixed : ndarray of bool, shape (K,)
        An image of the row's cell could have been misclassified only before.
    broken : ndarray of bool, shape (K,)
        An image of the row's cell could have been misclassified only after.
    """

    fixed: NDArray[np.bool_]
    broken: NDArray[np.bool_]


def find_reach(tally: Tally, rule: Rule) -> Reach:
    """Find which directions the two label sets and the rule allow in each cell.

    Where both sets read the same scores and the labels in both keep their order, the best label of an image stays
    the best unless it was removed or an added one beats it: a label in both leads to itself or to an added label, a
    removed label to any. Otherwise every label may lead to every other. Where an image may carry several labels, see
    `_follow_several`.

    Parameters
    ----------
    tally : Tally
        The judged rows of a comparison.
    rule : Rule
        What counts as misclassified.

    Returns
    -------
    Reach
        For each judged row.

    Raises
    ------
    AssertionError
        If the table holds a move that cannot happen: its `same_scores` is wrong, which is a bug.
    """
    table = tally.table
    move = find_impossible_move(table)
    if move:
        raise AssertionError(f'an image moved from "{move[0]}" to "{move[1]}", both in both sets, on the same scores')
    return Reach(*allow_moves(table, rule, tally.cells))


def allow_moves(table: Table, rule: Rule, cells: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say in which cells an image could be fixed, and broken.

    Parameters
    ----------
    table : Table
        Of two label sets; its own rows are not read.
    rule : Rule
        What counts as misclassified.
    cells : ndarray of int, shape (K, A)
        Code of each attribute of the table.

    Returns
    -------
    fixed, broken : ndarray of bool, shape (K,)
    """
    claimed = dict.fromkeys(attribute for label_set in table.label_sets for attribute in label_set.claimed)
    columns = [table.attributes.index(attribute) for attribute in claimed]
    # Cells that differ only in what no label claims allow the same moves; one padding column lets there be none.
    padded = np.pad(cells[:, columns], ((0, 0), (0, 1)))
    kinds, place = np.unique(padded, axis=0, return_inverse=True)
    before, after = (_mark_labels(table, rule, [*claimed], kinds, side) for side in (0, 1))
    if not table.mode.single:
        fixed, broken = _follow_several(table, rule, before, after)
    elif _keeps_order(table):
        fixed, broken = _follow(table, before, after), _follow(table, ~before, ~after)
    else:
        fixed, broken = _some(before) & _some(~after), _some(~before) & _some(after)
    return fixed[place.ravel()], broken[place.ravel()]


def _mark_labels(
    table: Table, rule: Rule, attributes: list[str], cells: NDArray[np.int32], side: int
) -> NDArray[np.bool_]:
    """Say which label would be a misclassification in which cell, shape (U, C)."""
    label_set = table.label_sets[side]
    labels = np.arange(len(label_set.labels))
    values = [table.values[table.attributes.index(attribute)] for attribute in attributes]
    outcomes = decide_outcomes(label_set, attributes, values, cells[:, np.newaxis], labels)
    return rule.mark(label_set, labels, outcomes)


def _pair_labels(table: Table) -> NDArray[np.int64]:
    """Return the place after of each label before, -1 where it was removed."""
    before, after = table.label_sets
    places = {text: place for place, text in enumerate(after.texts)}
    return np.array([places.get(text, -1) for text in before.texts], dtype=np.int64)


def _keeps_order(table: Table) -> bool:
    """Whether the labels in both sets have the same scores and win ties in the same order."""
    pairs = _pair_labels(table)
    return table.same_scores and bool((np.diff(pairs[pairs >= 0]) > 0).all())


def _follow(table: Table, leaves: NDArray[np.bool_], stays: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say in which cell an allowed move starts where `leaves` holds and ends where `stays` does not."""
    pairs = _pair_labels(table)
    kept = np.flatnonzero(pairs >= 0)
    added = np.setdiff1d(np.arange(stays.shape[1]), pairs)
    to_itself = _some(leaves[:, kept] & ~stays[:, pairs[kept]])
    to_added = _some(leaves) & _some(~stays[:, added])
    from_removed = _some(leaves[:, pairs < 0]) & _some(~stays)
    return to_itself | to_added | from_removed


def _follow_several(
    table: Table, rule: Rule, before: NDArray[np.bool_], after: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say in which cell an image that may carry several labels can be fixed, and broken.

    On the same scores a label in both sets is carried as before if its cosine passes; its probability, or its place
    among the k best, can only fall where labels were added, and only rise where some were removed.
    """
    if rule.kind in ("contradicted", "not-supported"):  # a further label can hide what another one shows, or undo it
        anything = np.ones(len(before), dtype=bool)
        return anything, anything
    pairs = _pair_labels(table)
    kept, removed = np.flatnonzero(pairs >= 0), pairs < 0
    added = np.setdiff1d(np.arange(after.shape[1]), pairs)
    # Of equal scores the label listed first is among the k best, so there the order counts as well.
    alike = table.same_scores if table.mode.k is None else _keeps_order(table)
    stays = alike and table.mode.score == "cosine"
    may_fall = not stays and (not alike or bool(len(added)))
    may_rise = not stays and (not alike or bool(removed.any()))
    old, new = before[:, kept], after[:, pairs[kept]]
    fixed = _some(before[:, removed]) | _some(old & (~new | may_fall))
    broken = _some(after[:, added]) | _some(new & (~old | may_rise))
    least = table.mode.k or 0  # the k best are always k, so that many blameless labels are needed on the other side
    return fixed & ((~after).sum(axis=1) >= least), broken & ((~before).sum(axis=1) >= least)


def _some(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which row has a mark."""
    return np.asarray(marks.any(axis=1))


def find_impossible_move(table: Table) -> tuple[str, str] | None:
    """Return a move from a label in both sets to another one in both: on the same scores it cannot happen.

    Parameters
    ----------
    table : Table
        Of two label sets, scored alike.

    Returns
    -------
    tuple of (str, str), or None
        The texts before and after of the first such move; None where there is none, or where the sets list the labels
        in both in another order, so that a tie may be broken otherwise, or an image may carry several labels.
    """
    if not table.mode.single or not _keeps_order(table):
        return None
    pairs = _pair_labels(table)
    expected, reached = pairs[table.states[:, 0]], table.states[:, 1]
    impossible = (expected >= 0) & (reached != expected) & np.isin(reached, pairs)
    if not impossible.any():
        return None
    before, after = (s.texts[p] for s, p in zip(table.label_sets, table.states[impossible][0], strict=True))
    return before, after
