"""What stands now: the label of every image and its score, and whom a further word could move to the other side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import decide_outcomes, find_judged
from clipdash.audit.pairing import OneWay
from clipdash.audit.reach import find_reach
from clipdash.audit.rule import Rule
from clipdash.audit.selection import select_images
from clipdash.audit.table import Table
from clipdash.audit.tabulation import tabulate
from clipdash.audit.tally import Tally, tally_table
from clipdash.zeroshot import Predictions

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import Label, LabelSet
    from clipdash.zeroshot import LabelScores

__all__ = ["Field", "Standing", "find_standing", "open_field"]


@dataclass(frozen=True, eq=False)
class Standing:
    """The best label of every image under a set, and which further words would take its place.

    Parameters
    ----------
    predictions : Predictions
        Of the N images under the set; margins are not computed.
    best : ndarray of float, shape (N,)
        The score of each image's label: what a word has to exceed.
    takes : ndarray of bool, shape (K, N)
        Whether each of K further words exceeds it.
    """

    predictions: Predictions
    best: NDArray[np.floating]
    takes: NDArray[np.bool_]

    def face(self, scores: "LabelScores") -> "Standing":
        """Hold further words against the labels that images have; a word at the end wins only with a larger score."""
        takes = np.empty((len(scores.label_set.labels), scores.images), dtype=bool)
        for start, block in scores.split_blocks():
            rows = slice(start, start + block.shape[1])
            takes[:, rows] = block > self.best[rows]
        return replace(self, takes=takes)

    def move(self, word: "Label", place: int | None = None) -> Predictions:
        """Return the predictions under the set with a word at its end; by default before any image moved to it."""
        label_set = self.predictions.label_set
        top = self.predictions.top
        if place is not None:
            top = np.where(self.takes[place], np.int32(len(label_set.labels)), top)
        return _predict(label_set.replace(labels=(*label_set.labels, word)), top, self.predictions)


def find_standing(scores: "LabelScores") -> Standing:
    """Find the best label of every image, and its score.

    Parameters
    ----------
    scores : LabelScores
        Of N images with the labels of a set.

    Returns
    -------
    Standing
        Before any further word; of equal scores the label listed first wins.
    """
    top = np.empty(scores.images, dtype=np.int32)
    best: list[NDArray[np.floating]] = []
    for start, block in scores.split_blocks():
        top[start : start + block.shape[1]] = block.argmax(axis=0)
        best.append(block.max(axis=0))
    empty = np.empty((0, scores.images), dtype=bool)
    return Standing(_predict(scores.label_set, top, scores), np.concatenate(best), empty)


def _predict(label_set: "LabelSet", top: NDArray[np.int32], source: "LabelScores | Predictions") -> Predictions:
    return Predictions(
        top=top,
        margin=np.zeros(len(top), dtype=np.float32),
        label_set=label_set,
        store=source.store,
        variant=source.variant,
        comparable=source.comparable,
        prompted=source.prompted,
    )


@dataclass(frozen=True, eq=False)
class Field:
    """The M judged images of a question, and which way each would go with a further word of one kind.

    The word's kind (its category and claims) decides the outcome of an image that takes it, whatever the word is.

    Parameters
    ----------
    rows : ndarray of int64, shape (M,)
        Rows of the images, ascending.
    member : ndarray of int64, shape (M,)
        Place of each image's group, -1 without one.
    way : ndarray of int8, shape (M,)
        -1 where an image that takes the word is no longer misclassified, 1 where it newly is, else 0.
    units : ndarray of int64, shape (M,)
        What hangs together has one number: a cluster, or the image alone.
    groups : tuple of mapping
        Attribute to value, one a group.
    sizes : ndarray of int64, shape (G,)
        Judged images of each group.
    shown : ndarray of bool, shape (G,)
        Whether a group has enough of them.
    unjudged, ungrouped : int
        As in `clipdash.audit.Shift`.
    one_way : {"fixed", "broken"}, optional
        The only way that a word of this kind could move images of the groups shown.
    table : Table
        Of the set without and with the word, no image moved: the question as it was read.
    """

    rows: NDArray[np.int64]
    member: NDArray[np.int64]
    way: NDArray[np.int8]
    units: NDArray[np.int64]
    groups: tuple[Mapping[str, str], ...]
    sizes: NDArray[np.int64]
    shown: NDArray[np.bool_]
    unjudged: int
    ungrouped: int
    one_way: OneWay | None
    table: Table

    @property
    def listed(self) -> NDArray[np.bool_]:
        """Whether each image is of a group that is shown, shape (M,)."""
        return (self.member >= 0) & self.shown[self.member]


def open_field(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    standing: Standing,
    word: "Label",
    *,
    where: Mapping[str, str | Sequence[str]] | None = None,
    rule: Rule,
    min_n: int = 30,
    cluster: str | None = None,
    strict: bool = True,
) -> Field:
    """Find whom a word of one kind could move, before any word is tried.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    standing : Standing
        Of the N images under the set as it is.
    word : Label
        Any word of the kind; its text is not in the set.
    where, rule, min_n, cluster, strict
        As in `tabulate` and `shift`.

    Returns
    -------
    Field

    Raises
    ------
    QueryError, LabelError
        As `tabulate` and `shift`.
    """
    before, after = standing.predictions, standing.move(word)
    table = tabulate(people, by, before, after, where=where, cluster=cluster)
    tally = tally_table(table, rule, min_n, sets=2, strict=strict)
    selection = select_images(people, table.attributes, table.where)
    judged = np.ones(len(selection.rows), dtype=bool)
    if rule.needs_annotation:
        judged = find_judged(table.label_sets, table.attributes, selection.codes)
    rows, codes = selection.rows[judged], selection.codes[judged]
    member = _find_members(table, tally, codes)
    sizes = np.bincount(member[member >= 0], minlength=len(tally.groups))
    shown = sizes >= min_n
    return Field(
        rows,
        member,
        _find_ways(table, rule, codes, before.top[rows]),
        _find_units(table, codes),
        tally.groups,
        sizes,
        shown,
        tally.unjudged,
        tally.ungrouped,
        _find_one_way(tally, rule, shown),
        table,
    )


def _find_members(table: Table, tally: Tally, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the place of each image's group, by one packed number an image."""
    places = [table.attributes.index(attribute) for attribute in table.by]
    packed = np.zeros(len(codes), dtype=np.int64)
    known = np.zeros(len(tally.groups), dtype=np.int64)
    for attribute, place in zip(table.by, places, strict=True):
        values = {value: code for code, value in enumerate(table.values[place])}
        packed = packed * (len(values) + 1) + codes[:, place]
        known = known * (len(values) + 1) + np.array([values[group[attribute]] for group in tally.groups], np.int64)
    member = np.full(len(codes), -1, dtype=np.int64)
    complete = (codes[:, places] >= 0).all(axis=1)
    order = np.argsort(known)
    member[complete] = order[np.searchsorted(known[order], packed[complete])]
    return member


def _find_ways(table: Table, rule: Rule, codes: NDArray[np.int32], labels: NDArray[np.int32]) -> NDArray[np.int8]:
    before, after = table.label_sets
    word = np.array(len(before.labels))
    marks = [
        rule.mark(label_set, top, decide_outcomes(label_set, table.attributes, table.values, codes, top))
        for label_set, top in ((before, labels), (after, word))
    ]
    return marks[1].astype(np.int8) - marks[0].astype(np.int8)


def _find_units(table: Table, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    if table.cluster is None:
        return np.arange(len(codes))
    units = codes[:, table.attributes.index(table.cluster)].astype(np.int64)
    alone = units < 0
    units[alone] = len(table.values[table.attributes.index(table.cluster)]) + np.arange(int(alone.sum()))
    return units


def _find_one_way(tally: Tally, rule: Rule, shown: NDArray[np.bool_]) -> OneWay | None:
    reach = find_reach(tally, rule)
    listed = (tally.member >= 0) & shown[tally.member]
    fixed, broken = bool(reach.fixed[listed].any()), bool(reach.broken[listed].any())
    if fixed == broken:
        return None
    return "fixed" if fixed else "broken"
