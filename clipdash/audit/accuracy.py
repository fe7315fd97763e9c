"""Accuracy for an attribute of which each label claims a value: shares that are right, by class and by group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.rule import Rule
from clipdash.audit.table import Table
from clipdash.audit.tally import tally_table
from clipdash.errors import QueryError, suggest
from clipdash.stats import wilson

if TYPE_CHECKING:
    from clipdash.labels import LabelSet

__all__ = ["NO_VALUE", "Accuracy", "GroupAccuracy", "Share", "code_claims", "measure_accuracy"]

NO_VALUE = ""


@dataclass(frozen=True)
class Share:
    """How many of `n` images, and Wilson's 95 % interval of the share; None where `n` is 0."""

    count: int
    n: int
    rate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class GroupAccuracy:
    """A group's accuracy; everything after `withheld` is empty where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n : int
        Images annotated with the attribute.
    withheld : bool
        Whether `n` is too small.
    accuracy : Share, optional
        Images whose label claims the annotated value.
    recall, precision : mapping of str to Share
        By value: of the images annotated so, and of the images labelled so, those that agree.
    confusion : mapping of str to mapping of str to int
        Annotated value to claimed value to images; the claimed value ``""`` stands for labels that claim none.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    accuracy: Share | None = None
    recall: Mapping[str, Share] = field(default_factory=dict)
    precision: Mapping[str, Share] = field(default_factory=dict)
    confusion: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Accuracy:
    """Accuracy of one label set for one attribute.

    Parameters
    ----------
    attribute : str
        The attribute.
    overall : GroupAccuracy
        All images annotated with it.
    rows : tuple of GroupAccuracy
        One a group, in the order of the values.
    """

    attribute: str
    overall: GroupAccuracy
    rows: tuple[GroupAccuracy, ...]


def measure_accuracy(table: Table, attribute: str, min_n: int = 30) -> Accuracy:
    """Measure how often the label claims the annotated value.

    Parameters
    ----------
    table : Table
        Counts under one label set.
    attribute : str
        An attribute that labels of the set claim, one value a label.
    min_n : int
        Groups with fewer images are withheld.

    Returns
    -------
    Accuracy

    Raises
    ------
    QueryError
        No label claims the attribute, or one claims several of its values.
    """
    values = dict(zip(table.attributes, table.values, strict=True)).get(attribute, ())
    said = code_claims(table.label_sets[0], attribute, values)
    if not table.mode.single:
        raise QueryError("Accuracy needs one label an image; leave the threshold or the k best labels out.")
    tally = tally_table(table, Rule("flagged"), min_n, sets=1)
    place = table.attributes.index(attribute)
    known = tally.cells[:, place] >= 0
    cells = (tally.cells[known, place], said[tally.states[known, 0]])
    counts, member = tally.counts[known], tally.member[known]

    def count(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        matrix = np.zeros((len(values), len(values) + 1), dtype=np.int64)
        np.add.at(matrix, (cells[0][chosen], cells[1][chosen]), counts[chosen])
        return matrix

    overall = _describe({}, count(np.ones(len(counts), dtype=bool)), values, min_n)
    rows = [_describe(group, count(member == g), values, min_n) for g, group in enumerate(tally.groups)]
    return Accuracy(attribute, overall, tuple(rows))


def code_claims(label_set: "LabelSet", attribute: str, values: tuple[str, ...]) -> NDArray[np.int64]:
    """Return what each label claims of an attribute, as a place in its values.

    Parameters
    ----------
    label_set : LabelSet
        C labels.
    attribute : str
        An attribute that some of them claim, one value a label.
    values : tuple of str
        The values that count.

    Returns
    -------
    ndarray of int64, shape (C,)
        The place after the last stands for a label that claims none of them.

    Raises
    ------
    QueryError
        No label claims the attribute, or one claims several of its values.
    """
    if attribute not in label_set.claimed:
        near = suggest(attribute, label_set.claimed)
        raise QueryError(f'No label of "{label_set.name}" claims "{attribute}", so it has no accuracy. {near}')
    codes = {value: code for code, value in enumerate(values)}
    said = []
    for label in label_set.labels:
        claimed = label.claims.get(attribute, ())
        if len(claimed) > 1:
            raise QueryError(
                f'The label "{label.text}" claims several values of "{attribute}"; accuracy needs one value a label.'
            )
        said.append(next((codes[value] for value in claimed if value in codes), len(codes)))
    return np.array(said, dtype=np.int64)


def _describe(
    group: Mapping[str, str], matrix: NDArray[np.int64], values: tuple[str, ...], min_n: int
) -> GroupAccuracy:
    n = int(matrix.sum())
    if n < min_n:
        return GroupAccuracy(group, n, withheld=True)
    right = np.diagonal(matrix)
    names = (*values, NO_VALUE)
    return GroupAccuracy(
        group,
        n,
        False,
        _share(int(right.sum()), n),
        {value: _share(int(right[i]), int(matrix[i].sum())) for i, value in enumerate(values)},
        {value: _share(int(right[i]), int(matrix[:, i].sum())) for i, value in enumerate(values)},
        {value: dict(zip(names, matrix[i].tolist(), strict=True)) for i, value in enumerate(values)},
    )


def _share(count: int, n: int) -> Share:
    if not n:
        return Share(count, n, None, None, None)
    low, high = wilson(count, n)
    return Share(count, n, count / n, low, high)
