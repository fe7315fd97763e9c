"""How many images are annotated with each pair of values of two attributes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clipdash.store.filters import check_attribute

if TYPE_CHECKING:
    from clipdash.store.reader import Store

__all__ = ["Crossing", "cross_attributes"]


@dataclass(frozen=True, eq=False)
class Crossing:
    """The images of a store by two attributes.

    Parameters
    ----------
    attributes : tuple of two str
        The one whose values are the rows, and the one of the columns.
    rows, columns : tuple of str
        Their values, in order.
    counts : ndarray of int64, shape (R, C)
        Images annotated with both.
    missing : int
        Images that lack a value of one of the two, or of both.
    """

    attributes: tuple[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: NDArray[np.int64]
    missing: int

    def shorten(self, rows: int, columns: int) -> "Crossing":
        """Return at most so many rows and columns, those with the most images, in their order."""
        kept = _pick_largest(self.counts.sum(axis=1), rows), _pick_largest(self.counts.sum(axis=0), columns)
        named = [tuple(names[place] for place in k) for names, k in zip((self.rows, self.columns), kept, strict=True)]
        return Crossing(self.attributes, named[0], named[1], self.counts[np.ix_(*kept)], self.missing)


def cross_attributes(store: "Store", first: str, second: str) -> Crossing:
    """Count the images of a store by the values of two attributes.

    Parameters
    ----------
    store : Store
        The open store.
    first, second : str
        Two of its attributes: rows and columns.

    Returns
    -------
    Crossing

    Raises
    ------
    QueryError
        The store has no such attribute.
    """
    people: Any = store.people
    known = {attribute.name: attribute.values for attribute in store.manifest.attributes}
    for name in (first, second):
        check_attribute(name, known)
    rows, columns = known[first], known[second]
    above, beside = (people[name].cat.codes.to_numpy().astype(np.int64) for name in (first, second))
    both = (above >= 0) & (beside >= 0)
    flat = np.bincount(above[both] * len(columns) + beside[both], minlength=len(rows) * len(columns))
    counts = flat.reshape(len(rows), len(columns)).astype(np.int64)
    return Crossing((first, second), rows, columns, counts, int((~both).sum()))


def _pick_largest(totals: NDArray[np.int64], most: int) -> list[int]:
    return sorted(np.argsort(-totals, kind="stable")[:most].tolist())
