"""Counts of images by cell and labels: all that an audit needs to know of the images."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, reduce
from hashlib import sha256
from operator import add
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.carrying import STATES
from clipdash.errors import QueryError
from clipdash.labels import ARGMAX, Mode

if TYPE_CHECKING:
    from clipdash.labels import LabelSet
    from clipdash.store import StoreRef

__all__ = ["Table", "add_tables"]


@dataclass(frozen=True, eq=False)
class Table:
    """Counts of images by annotated cell and by the label that each set gave.

    Rows are kept sorted, without repeats and without zero counts, so equal content has equal arrays.

    Parameters
    ----------
    attributes : tuple of str
        The attributes grouped by, then those that a label claims.
    values : tuple of tuple of str
        The values of each attribute, in order.
    by : tuple of str
        The attributes grouped by.
    label_sets : tuple of LabelSet
        One set, or two of a comparison: before, after.
    cells : ndarray of int32, shape (K, A)
        Place of each row's value of each attribute, -1 where the annotation is missing.
    states : ndarray of int32, shape (K, S)
        Place of the label that each set gave; where an image may carry several labels or none, its state (see
        `clipdash.audit.carrying`).
    counts : ndarray of int64, shape (K,)
        Images in each row.
    where : mapping of str to tuple of str
        The filter that was applied.
    store : StoreRef, optional
        Where the images are; None where no store was read.
    variants : tuple of str
        The variant of the store behind each set.
    same_scores : bool
        Whether both sets were scored by one encoder, on one store, with the same templates, so that the labels in
        both sets have the same scores.
    prompted : bool
        Whether the sets' templates played a part; they do not where embeddings or scores were made elsewhere.
    ordered : tuple of str
        The attributes grouped by whose values have an order that means something: one was given, or they are numbers.
    cluster : str, optional
        The attribute, among `attributes`, that says which images hang together.
    mode : Mode
        How scores became labels, under both sets.
    logit_scale : float, optional
        Of the softmax behind a threshold on probabilities.
    marked : str
        The rule, where it names a category or a label, that several labels an image were reduced with.
    carried : ndarray of int64, shape (K, C), optional
        How many images of each row carry each label of the sets, one set after the other; None where every image has
        the one label that its state names.

    Raises
    ------
    ValueError
        If the arrays do not fit each other or point outside the values or labels.
    """

    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    by: tuple[str, ...]
    label_sets: "tuple[LabelSet, ...]"
    cells: NDArray[np.int32]
    states: NDArray[np.int32]
    counts: NDArray[np.int64]
    where: Mapping[str, tuple[str, ...]]
    store: "StoreRef | None" = None
    variants: tuple[str, ...] = ()
    same_scores: bool = False
    prompted: bool = True
    ordered: tuple[str, ...] = ()
    cluster: str | None = None
    mode: Mode = ARGMAX
    logit_scale: float | None = None
    marked: str = ""
    carried: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        width, sets = len(self.attributes), len(self.label_sets)
        if self.cells.shape != (len(self.counts), width) or self.states.shape != (len(self.counts), sets):
            raise ValueError(f"cells {self.cells.shape} and states {self.states.shape} do not fit the other fields")
        rows = np.hstack([self.cells, self.states]).astype(np.int32)
        widths = [len(label_set.labels) for label_set in self.label_sets]
        sizes = [*map(len, self.values), *(widths if self.mode.single else [STATES] * sets)]
        carried = np.zeros((len(rows), 0), np.int64) if self.carried is None else self.carried
        if self.mode.single != (self.carried is None) or carried.shape != (
            len(rows),
            0 if self.mode.single else sum(widths),
        ):
            raise ValueError(
                "which labels are carried is to be counted where an image may carry several, and only there"
            )
        low = np.array([-1] * width + [0] * sets)
        if len(sizes) != rows.shape[1] or (rows < low).any() or (rows >= sizes).any() or (self.counts < 0).any():
            raise ValueError("a table's codes point outside its values or labels, or a count is below zero")
        amounts = np.hstack([self.counts[:, np.newaxis], carried])
        merged, amounts = _merge(rows[self.counts > 0], amounts[self.counts > 0])
        self._freeze("cells", merged[:, :width])
        self._freeze("states", merged[:, width:])
        self._freeze("counts", amounts[:, 0])
        if self.carried is not None:
            self._freeze("carried", amounts[:, 1:])

    def _freeze(self, name: str, array: NDArray[np.integer]) -> None:
        frozen = np.ascontiguousarray(array)
        frozen.flags.writeable = False
        object.__setattr__(self, name, frozen)

    @cached_property
    def digest(self) -> str:
        """Sha256, in hexadecimal, of everything in the table: equal tables have equal digests."""
        content = sha256(json.dumps(self._schema, sort_keys=True, ensure_ascii=False).encode())
        for array, kind in ((self.cells, "<i4"), (self.states, "<i4"), (self.counts, "<i8"), (self.carried, "<i8")):
            content.update(b"" if array is None else array.astype(kind).tobytes())
        return content.hexdigest()

    @property
    def _schema(self) -> dict[str, object]:
        """What two tables must share to be added, as plain data."""
        sets = [[label_set.name, label_set.version, label_set.digest] for label_set in self.label_sets]
        store = None if self.store is None else [self.store.name, self.store.digest]
        plain = {name: getattr(self, name) for name in _PLAIN}
        where = {attribute: list(values) for attribute, values in self.where.items()}
        return plain | {"label_sets": sets, "store": store, "where": where, "mode": str(self.mode)}

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Table) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __add__(self, other: "Table") -> "Table":
        """Add the counts of another shard of the same question; anything else is a QueryError."""
        if not isinstance(other, Table):
            return NotImplemented
        theirs = other._schema
        for name, ours in self._schema.items():
            if ours != theirs[name]:
                raise QueryError(
                    f'Two tables with different "{name}" cannot be added: {ours!r} and {theirs[name]!r}. '
                    "Tabulate both shards with the same attributes, filter and label sets."
                )
        names = _ARRAYS if self.carried is None else (*_ARRAYS, "carried")
        arrays = {name: np.concatenate([getattr(t, name) for t in (self, other)]) for name in names}
        return Table(**{field.name: getattr(self, field.name) for field in fields(self)} | arrays)


def add_tables(tables: Iterable[Table]) -> Table:
    """Add the tables of the parts of one question.

    Parameters
    ----------
    tables : iterable of Table
        At least one, in any order.

    Returns
    -------
    Table
        Equal to the one table of all images, whatever the parts were: rows are sorted, counts exact.

    Raises
    ------
    QueryError
        Two of them are not of the same question.
    """
    return reduce(add, tables)


_ARRAYS = ("cells", "states", "counts")
_PLAIN = (
    "attributes",
    "values",
    "by",
    "variants",
    "same_scores",
    "prompted",
    "ordered",
    "cluster",
    "logit_scale",
    "marked",
)


def _merge(rows: NDArray[np.int32], counts: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Sort the rows and add up the counts, shape (K, ...), of equal ones, exactly."""
    order = np.lexsort(rows.T[::-1]) if rows.shape[1] else np.arange(len(rows))
    rows, counts = rows[order], counts[order].astype(np.int64)
    if not len(rows):
        return rows, counts
    first = np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])
    return rows[first], np.add.reduceat(counts, np.flatnonzero(first), axis=0)
