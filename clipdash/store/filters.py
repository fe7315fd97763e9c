"""Filters on annotations: which images a choice of values leaves, and what the images left are annotated as."""

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from clipdash.errors import QueryError, suggest

if TYPE_CHECKING:
    import pandas as pd

_MOST_MASKS, _MOST_COLUMNS = 32, 256

__all__ = [
    "MaskCache",
    "check_attribute",
    "check_value",
    "encode_column",
    "list_annotations",
    "list_options",
    "list_values",
    "mask_images",
    "read_filter",
]


_values: "LRUCache[int, tuple[pd.Index[Any], tuple[str, ...]]]" = LRUCache(_MOST_COLUMNS)
_reading = Lock()


def list_values(people: "pd.DataFrame") -> dict[str, tuple[str, ...]]:
    """Return every attribute with its values, in the order of the annotations.

    Parameters
    ----------
    people : DataFrame
        One row an image, one column an attribute; a column that is not categorical lists its values sorted.

    Returns
    -------
    dict of str to tuple of str
    """
    return {str(name): _read_values(_find_column(people, str(name))) for name in people.columns}


def encode_column(people: "pd.DataFrame", attribute: str) -> tuple[NDArray[np.integer], tuple[str, ...]]:
    """Return the codes, shape (N,), and the values of one attribute; a missing annotation has the code -1."""
    column = _find_column(people, attribute)
    return column.cat.codes.to_numpy(), _read_values(column)


def _find_column(people: "pd.DataFrame", attribute: str) -> "pd.Series[Any]":
    column = people[attribute]
    return column if hasattr(column, "cat") else column.astype("category")  # categories need no look at the images


def _read_values(column: "pd.Series[Any]") -> tuple[str, ...]:
    """Return the values of a column, read out of Arrow once: every rerun of a page asks for those of all attributes."""
    categories = column.cat.categories
    with _reading:
        known = _values.get(id(categories))
    if known is None or known[0] is not categories:
        known = categories, tuple(map(str, categories))
        with _reading:
            _values[id(categories)] = known
    return known[1]


def read_filter(
    where: Mapping[str, str | Sequence[str]] | None, known: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Check a filter and put the chosen values in the order of the annotations.

    Parameters
    ----------
    where : mapping of str to str or sequence of str, optional
        Values of one attribute are or-ed, attributes and-ed.
    known : mapping of str to tuple of str
        Every attribute and its values.

    Returns
    -------
    dict of str to tuple of str

    Raises
    ------
    QueryError
        If an attribute or a value does not exist (with the nearest that does), or no value is given.
    """
    chosen = {}
    for attribute, given in (where or {}).items():
        check_attribute(attribute, known)
        wanted = {given} if isinstance(given, str) else set(given)
        if not wanted:
            raise QueryError(f'The filter on "{attribute}" names no value. {list_options(known[attribute])}')
        for value in sorted(wanted):
            check_value(attribute, value, known[attribute])
        chosen[attribute] = tuple(value for value in known[attribute] if value in wanted)
    return chosen


def mask_images(people: "pd.DataFrame", chosen: Mapping[str, tuple[str, ...]]) -> NDArray[np.bool_]:
    """Say which images a checked filter leaves.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations, one column an attribute.
    chosen : mapping of str to tuple of str
        What `read_filter` returned.

    Returns
    -------
    ndarray of bool, shape (N,)
        An image without an annotation that is asked for is left out.
    """
    kept = np.ones(len(people), dtype=bool)
    for attribute, wanted in chosen.items():
        places, values = encode_column(people, attribute)
        kept &= np.array([*(value in wanted for value in values), False])[places]
    return kept


class MaskCache:
    """The masks of the last 32 filters on the same annotations, each made once. Safe to share by threads."""

    def __init__(self) -> None:
        self._masks: LRUCache[tuple[tuple[str, tuple[str, ...]], ...], NDArray[np.bool_]] = LRUCache(_MOST_MASKS)
        self._lock = Lock()

    def find(self, people: "pd.DataFrame", where: Mapping[str, str | Sequence[str]] | None) -> NDArray[np.bool_]:
        """Return which images a filter leaves, shape (N,), read-only; `QueryError` as `read_filter`."""
        chosen = read_filter(where, list_values(people))
        key = tuple(sorted(chosen.items()))
        with self._lock:
            if key not in self._masks:
                mask = mask_images(people, chosen)
                mask.flags.writeable = False
                self._masks[key] = mask
            return self._masks[key]


def list_annotations(people: "pd.DataFrame", rows: Sequence[int]) -> tuple[dict[str, str | None], ...]:
    """Return what some images are annotated as, in the order of `rows`; None where an annotation is missing."""
    shown = people.iloc[list(rows)]
    columns = {name: encode_column(shown, name) for name in map(str, people.columns)}
    return tuple(
        {name: values[codes[place]] if codes[place] >= 0 else None for name, (codes, values) in columns.items()}
        for place in range(len(shown))
    )


def check_attribute(attribute: str, known: "Mapping[str, object] | Sequence[str]") -> None:
    """Refuse an attribute that does not exist, with the nearest that does."""
    if attribute not in known:
        raise QueryError(f'There is no attribute "{attribute}". {suggest(attribute, known)}')


def check_value(attribute: str, value: str, known: Sequence[str]) -> None:
    """Refuse a value that an attribute does not have."""
    if value not in known:
        raise QueryError(f'The attribute "{attribute}" has no value "{value}". {suggest(value, known)}')


def list_options(options: Sequence[str]) -> str:
    """Return a sentence that lists what there is to choose from."""
    return f"There are: {', '.join(options)}." if options else "There is none."
