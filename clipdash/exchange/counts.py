"""Tables of counts: what is published of a classifier's results, and what a comparison writes for others to check."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit import Table, find_impossible_move, tabulate
from clipdash.errors import FileError, QueryError
from clipdash.exchange.predictions import say_unknown_label
from clipdash.exchange.sheet import Sheet, read_attributes, read_numbers, read_sheet
from clipdash.labels import Label, LabelSet, fold_text
from clipdash.store import UTF8, Readable
from clipdash.zeroshot import Predictions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RATES_RULE", "CountSheet", "Counts", "dump_counts", "open_counts", "read_counts", "read_rates"]

#: The rule under which a published count counts.
RATES_RULE = "label:counted"


_SIDES = {1: ("label",), 2: ("before", "after")}
_COUNT, _N, _SAME = "count", "n", "same_scores"
_COUNTED = "counted"


@dataclass(frozen=True, eq=False)
class Counts:
    """A table of counts, ready to be tabulated.

    Parameters
    ----------
    path : Path or Upload
        The file.
    people : DataFrame, K rows
        Annotations of the images that each row counts.
    predictions : tuple of Predictions
        Their label under one set, or under the two of a comparison.
    weights : ndarray of int64, shape (K,)
        How many images each row counts.
    """

    path: Readable
    people: "pd.DataFrame"
    predictions: tuple[Predictions, ...]
    weights: NDArray[np.int64]

    def tabulate(
        self, by: str | Sequence[str], where: Mapping[str, Sequence[str]] | None = None, cluster: str | None = None
    ) -> Table:
        """Return the Table of some attributes; errors as in `clipdash.audit.tabulate`."""
        table = tabulate(self.people, by, *self.predictions, where=where, weights=self.weights, cluster=cluster)
        move = find_impossible_move(table) if table.same_scores else None
        if move:
            raise FileError(
                f'{self.path} counts images that moved from "{move[0]}" to "{move[1]}", which are in both sets; on the '
                f'same scores that cannot happen, so "{_SAME}" must not be yes.'
            )
        return table


@dataclass(frozen=True, eq=False)
class CountSheet:
    """A table of counts as it was read, before any label set is laid over it.

    Parameters
    ----------
    path : Path or Upload
        The file.
    people : DataFrame, K rows
        Annotations of the images that each row counts.
    labels : tuple of sequence of str
        The label of each row, or the one before and the one after.
    lines : sequence of int
        The line that each row ends in.
    weights : ndarray of int64, shape (K,)
        How many images each row counts.
    scored : str
        What says that both sets were scored alike; empty where nothing does.
    """

    path: Readable
    people: "pd.DataFrame"
    labels: tuple[Sequence[str], ...]
    lines: Sequence[int]
    weights: NDArray[np.int64]
    scored: str

    def assign(self, label_sets: Sequence[LabelSet]) -> Counts:
        """Say what each label means; `FileError` names one that its set does not have, and the nearest."""
        pairs = zip(self.labels, label_sets, strict=True)
        predictions = tuple(
            _make_predictions(self._find_places(labels, label_set), label_set, self.scored)
            for labels, label_set in pairs
        )
        return Counts(self.path, self.people, predictions, self.weights)

    def tabulate(
        self,
        label_sets: Sequence[LabelSet],
        by: str | Sequence[str],
        where: Mapping[str, Sequence[str]] | None = None,
        cluster: str | None = None,
    ) -> Table:
        """Return the Table under one label set, or the two of a comparison; errors as in `assign` and `tabulate`."""
        return self.assign(label_sets).tabulate(by, where, cluster)

    def _find_places(self, labels: Sequence[str], label_set: LabelSet) -> NDArray[np.int32]:
        known = {fold_text(text): place for place, text in enumerate(label_set.texts)}
        places = [known.get(fold_text(label), -1) for label in labels]
        if -1 in places:
            row = places.index(-1)
            raise FileError(say_unknown_label(self.path, self.lines[row], labels[row], label_set))
        return np.array(places, dtype=np.int32)


def read_counts(
    path: Readable,
    label_sets: Sequence[LabelSet],
    *,
    order: Mapping[str, Sequence[str]] | None = None,
    encoding: str = UTF8,
) -> Counts:
    """Read a table of counts.

    Parameters
    ----------
    path : Path or Upload
        CSV with one column an attribute, then ``label`` and ``count``, or ``before``, ``after`` and ``count``. A column
        ``same_scores`` that says yes in every row means that both sets were scored alike.
    label_sets : sequence of LabelSet
        One set, or the two of a comparison.
    order : mapping of str to sequence of str, optional
        Orders of values; natural sort without.
    encoding : str
        Of the file.

    Returns
    -------
    Counts

    Raises
    ------
    FileError
        The file cannot be read, lacks a column, or holds a label or a count that is none.
    """
    return open_counts(path, len(label_sets), order=order, encoding=encoding).assign(label_sets)


def open_counts(
    path: Readable, sets: int, *, order: Mapping[str, Sequence[str]] | None = None, encoding: str = UTF8
) -> CountSheet:
    """Read a table of counts without asking what its labels mean.

    Parameters
    ----------
    path, order, encoding
        As in `read_counts`.
    sets : {1, 2}
        Of how many label sets it is.

    Returns
    -------
    CountSheet

    Raises
    ------
    FileError
        As in `read_counts`.
    """
    sides = _SIDES[sets]
    sheet = read_sheet(path, (*sides, _COUNT), encoding)
    weights = np.array(read_numbers(sheet, _COUNT), dtype=np.int64)
    _check_total(path, weights)
    scored = path.name if len(sides) == 2 and _read_same(sheet) else ""
    people = read_attributes(sheet, (*sides, _COUNT, _SAME), order)
    return CountSheet(path, people, tuple(sheet.columns[side] for side in sides), sheet.lines, weights, scored)


def read_rates(path: Readable, *, order: Mapping[str, Sequence[str]] | None = None, encoding: str = UTF8) -> Counts:
    """Read a table of published rates: how many of n images counted.

    Parameters
    ----------
    path : Path or Upload
        CSV with one column an attribute, ``n`` and ``count``.
    order, encoding
        As in `read_counts`.

    Returns
    -------
    Counts
        Under a set of two labels, *counted* (flagged) and *not counted*.

    Raises
    ------
    FileError
        As in `read_counts`; also where a count is larger than its n.
    """
    sheet = read_sheet(path, (_N, _COUNT), encoding)
    totals, counts = read_numbers(sheet, _N), read_numbers(sheet, _COUNT)
    for line, total, count in zip(sheet.lines, totals, counts, strict=True):
        if count > total:
            raise FileError(f"{path}: line {line} counts {count:,} of {total:,} images; a count is at most its n.")
    labels = (Label(text=_COUNTED, category=_COUNTED), Label(text="not counted"))
    label_set = LabelSet(name=f"counts of {path.name}", flagged=(_COUNTED,), labels=labels)
    people = read_attributes(sheet, (_N, _COUNT), order)
    rows = np.repeat(np.arange(len(people)), 2)
    weights = np.array([(count, total - count) for total, count in zip(totals, counts, strict=True)], dtype=np.int64)
    _check_total(path, weights)
    places = np.tile(np.array([0, 1], dtype=np.int32), len(people))
    return Counts(path, people.iloc[rows], (_make_predictions(places, label_set, ""),), weights.ravel())


def _check_total(path: Readable, weights: NDArray[np.int64]) -> None:
    if not weights.any():
        raise FileError(f"{path} counts no image: every count is 0.")


def _read_same(sheet: Sheet) -> bool:
    said = dict.fromkeys(sheet.columns.get(_SAME, ["no"]))
    if set(said) not in ({"yes"}, {"no"}):
        raise FileError(f'{sheet.path}: the column "{_SAME}" must say yes in every row, or no in every row.')
    return "yes" in said


def _make_predictions(places: NDArray[np.int32], label_set: LabelSet, comparable: str) -> Predictions:
    return Predictions(places, np.zeros(len(places), np.float32), label_set, None, "", comparable, prompted=False)


def dump_counts(table: Table) -> str:
    """Write a Table as a table of counts that `read_counts` reads back to the same result.

    Parameters
    ----------
    table : Table
        Of one or two label sets.

    Returns
    -------
    str
        CSV: attributes grouped by or claimed, the labels, the count. Empty cells are missing annotations; a value
        without any image has a row that counts 0.

    Raises
    ------
    QueryError
        An attribute has the name of one of the columns, or an image may carry several labels.
    """
    if not table.mode.single:
        raise QueryError("A table of counts holds one label an image; leave the threshold or the k best labels out.")
    sides = _SIDES[len(table.label_sets)]
    extra = (_SAME,) if table.same_scores else ()
    clash = [name for name in table.attributes if name in (*sides, _SAME, _COUNT)]
    if clash:
        raise QueryError(f'The attribute "{clash[0]}" has the name of a column of counts; rename it in the metadata.')
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*table.attributes, *sides, *extra, _COUNT))
    texts = [label_set.texts for label_set in table.label_sets]
    for cells, states, count in zip(table.cells, table.states, table.counts.tolist(), strict=True):
        annotated = [v[code] if code >= 0 else "" for v, code in zip(table.values, cells, strict=True)]
        labels = [t[state] for t, state in zip(texts, states, strict=True)]
        writer.writerow((*annotated, *labels, *("yes" for _ in extra), count))
    for place, values in enumerate(table.values):
        for code in sorted(set(range(len(values))) - set(table.cells[:, place].tolist())):
            empty = [values[code] if at == place else "" for at in range(len(table.attributes))]
            writer.writerow((*empty, *(t[0] for t in texts), *("yes" for _ in extra), 0))
    return out.getvalue()
