"""Annotations as integer codes, and the images that a filter leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from clipdash.errors import QueryError
from clipdash.store import (
    check_attribute,
    check_value,
    encode_column,
    list_options,
    list_values,
    mask_images,
    read_filter,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Selection",
    "check_cluster",
    "check_least",
    "check_value",
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
    whole : bool
        Whether `rows` are known to be all there are.
    """

    rows: NDArray[np.int64]
    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int32]
    whole: bool = False

    def pick(self, found: NDArray[Any]) -> NDArray[Any]:
        """Return what was found of the images selected, shape (M, ...); not copied where those are all."""
        return found if self.whole else found[self.rows]


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
        raise QueryError(f"No attribute to group by was given; choose at least one. {list_options(known)}")
    for attribute in chosen:
        check_attribute(attribute, known)
        if chosen.count(attribute) > 1:
            raise QueryError(f'The attribute "{attribute}" was given twice to group by; once is enough.')
    return chosen


def check_least(min_n: int) -> None:
    """Refuse a least number of images that no rate can be read from."""
    if min_n < 1:
        raise QueryError(f"The minimum n is {min_n}; it must be at least 1, since no rate can be read from no image.")


def check_cluster(cluster: str, by: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Check the attribute that says which images hang together; it must not be one that is grouped by."""
    check_attribute(cluster, known)
    if cluster in by:
        raise QueryError(f'"{cluster}" cannot both make the groups and say which images hang together; choose another.')
    return (cluster,)


def select_images(
    people: "pd.DataFrame",
    attributes: Sequence[str],
    chosen: Mapping[str, tuple[str, ...]],
    kept: NDArray[np.bool_] | None = None,
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
    kept : ndarray of bool, shape (N,), optional
        The images that the filter leaves, where that is known.

    Returns
    -------
    Selection
    """
    whole = not chosen
    mask = mask_images(people, chosen) if kept is None and not whole else kept
    rows = np.arange(len(people)) if whole else np.flatnonzero(mask)  # type: ignore[arg-type]
    codes = np.empty((len(rows), len(attributes)), dtype=np.int32, order="F")
    values = []
    for place, attribute in enumerate(attributes):
        known = _encode_kept(people, attribute, chosen.get(attribute), None if whole else rows, codes[:, place])
        values.append(known)
    return Selection(rows, tuple(attributes), tuple(values), codes, whole)


def _encode_kept(
    people: "pd.DataFrame",
    attribute: str,
    wanted: tuple[str, ...] | None,
    rows: NDArray[np.int64] | None,
    target: NDArray[np.int32],
) -> tuple[str, ...]:
    """Write the codes of one attribute to `target`, and return the values that they count in."""
    codes, values = encode_column(people, attribute)
    shown = codes if rows is None else codes[rows]
    if wanted is None:
        target[:] = shown
        return values
    places = {value: place for place, value in enumerate(wanted)}
    target[:] = np.array([*(places.get(value, -1) for value in values), -1], dtype=np.int32)[shown]
    return wanted
