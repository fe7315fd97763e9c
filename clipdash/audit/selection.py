"""Annotations as integer codes, and the images that a filter leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.errors import QueryError, suggest

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Selection",
    "check_cluster",
    "encode_column",
    "is_ordered",
    "list_values",
    "read_filter",
    "read_grouping",
    "select_images",
]


@dataclass(frozen=True, eq=False)
class Selection:
    """The images left by a filter, and some of their annotations.

    Parameters
    ----------
    rows : ndarray of int64, shape (M,)
        Rows of the images, ascending.
    attributes, values : tuple
        The attributes asked for and the values of each; a filtered attribute keeps only the values chosen.
    codes : ndarray of int32, shape (M, A)
        Place of each image's value in `values`, -1 where it is missing.
    """

    rows: NDArray[np.int64]
    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int32]


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
    return {str(name): encode_column(people, str(name))[1] for name in people.columns}


def encode_column(people: "pd.DataFrame", attribute: str) -> tuple[NDArray[np.integer], tuple[str, ...]]:
    """Return the codes, shape (N,), and the values of one attribute; a missing annotation has the code -1."""
    column = people[attribute].astype("category")
    return column.cat.codes.to_numpy(), tuple(str(value) for value in column.cat.categories)


def is_ordered(people: "pd.DataFrame", attribute: str) -> bool:
    """Say whether the order of an attribute's values means something: it was given, or they (but one) are numbers."""
    column = people[attribute].astype("category")
    numbers = sum(str(value)[:1].isdigit() for value in column.cat.categories)
    return bool(column.cat.ordered) or 1 < numbers >= len(column.cat.categories) - 1


def read_grouping(by: str | Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Check the attributes to group by.

    Parameters
    ----------
    by : str or sequence of str
        One attribute or several, whose intersections are the groups.
    known : sequence of str
        The attributes that exist.

    Returns
    -------
    tuple of str

    Raises
    ------
    QueryError
        If none is given, one does not exist, or one is given twice.
    """
    chosen = (by,) if isinstance(by, str) else tuple(by)
    if not chosen:
        raise QueryError(f"No attribute to group by was given; choose at least one. {_list_all(known)}")
    for attribute in chosen:
        _check_attribute(attribute, known)
        if chosen.count(attribute) > 1:
            raise QueryError(f'The attribute "{attribute}" was given twice to group by; once is enough.')
    return chosen


def check_cluster(cluster: str, by: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Check the attribute that says which images hang together; it must not be one that is grouped by."""
    _check_attribute(cluster, known)
    if cluster in by:
        raise QueryError(f'"{cluster}" cannot both make the groups and say which images hang together; choose another.')
    return (cluster,)


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
        _check_attribute(attribute, known)
        wanted = {given} if isinstance(given, str) else set(given)
        if not wanted:
            raise QueryError(f'The filter on "{attribute}" names no value. {_list_all(known[attribute])}')
        for value in sorted(wanted):
            check_value(attribute, value, known[attribute])
        chosen[attribute] = tuple(value for value in known[attribute] if value in wanted)
    return chosen


def _check_attribute(attribute: str, known: "Mapping[str, object] | Sequence[str]") -> None:
    if attribute not in known:
        raise QueryError(f'There is no attribute "{attribute}". {suggest(attribute, known)}')


def check_value(attribute: str, value: str, known: Sequence[str]) -> None:
    """Refuse a value that an attribute does not have."""
    if value not in known:
        raise QueryError(f'The attribute "{attribute}" has no value "{value}". {suggest(value, known)}')


def _list_all(options: Sequence[str]) -> str:
    return f"There are: {', '.join(options)}." if options else "There is none."


def select_images(
    people: "pd.DataFrame", attributes: Sequence[str], chosen: Mapping[str, tuple[str, ...]]
) -> Selection:
    """Apply a checked filter and encode the attributes asked for.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations, one column an attribute.
    attributes : sequence of str
        The attributes to encode.
    chosen : mapping of str to tuple of str
        What `read_filter` returned.

    Returns
    -------
    Selection
    """
    kept = np.ones(len(people), dtype=bool)
    for attribute, wanted in chosen.items():
        places, values = encode_column(people, attribute)
        kept &= np.array([*(value in wanted for value in values), False])[places]
    rows = np.flatnonzero(kept)
    columns = [_encode_kept(people, attribute, chosen.get(attribute), rows) for attribute in attributes]
    codes = np.empty((len(rows), len(columns)), dtype=np.int32)
    for place, (column, _) in enumerate(columns):
        codes[:, place] = column
    return Selection(rows, tuple(attributes), tuple(values for _, values in columns), codes)


def _encode_kept(
    people: "pd.DataFrame", attribute: str, wanted: tuple[str, ...] | None, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    codes, values = encode_column(people, attribute)
    kept = values if wanted is None else wanted
    places = {value: place for place, value in enumerate(kept)}
    renumbered = np.array([*(places.get(value, -1) for value in values), -1], dtype=np.int32)
    return renumbered[codes[rows]], kept
