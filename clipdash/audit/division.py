"""The images of a store divided into groups that are held against each other."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.selection import list_values, read_filter, read_grouping, select_images
from clipdash.audit.tally import list_groups
from clipdash.errors import QueryError, suggest
from clipdash.store import Store

__all__ = ["AssociationGroup", "Division", "divide_images"]

_MOST_GROUPS = 50


class AssociationGroup(NamedTuple):
    """Attribute to value, how many images, and whether these are too few."""

    group: Mapping[str, str]
    n: int
    withheld: bool


class Division(NamedTuple):
    """Groups, and the images of those shown.

    Parameters
    ----------
    by : tuple of str
        The attributes grouped by.
    where : mapping of str to tuple of str
        The filter.
    groups : tuple of AssociationGroup
        Those asked for, withheld ones too.
    rows : ndarray of int64, shape (M,)
        Rows of the store, ascending, whose images are in a group shown.
    member : ndarray of int64, shape (M,)
        Place of each one's group among those shown.
    ungrouped, others : int
        Images that the filter leaves but that miss an annotation, or are in no group asked for.
    """

    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    groups: tuple[AssociationGroup, ...]
    rows: NDArray[np.int64]
    member: NDArray[np.int64]
    ungrouped: int
    others: int


def divide_images(
    store: Store,
    by: str | Sequence[str],
    groups: Sequence[str | Sequence[str]] | None,
    where: Mapping[str, str | Sequence[str]] | None,
    min_n: int,
) -> Division:
    """Divide images into groups; parameters are those of `associate`.

    Raises
    ------
    QueryError
        An attribute, value or group does not exist, fewer than two groups have enough images, or more than 50 have.
    """
    people = store.people
    known = list_values(people)
    grouped, chosen = read_grouping(by, list(known)), read_filter(where, known)
    selection = select_images(people, grouped, chosen)
    every, member = list_groups(selection.attributes, selection.values, grouped, selection.codes)
    places = range(len(every)) if groups is None else _find_groups(every, groups)
    sizes = np.bincount(member[member >= 0], minlength=len(every))
    listed = tuple(AssociationGroup(every[place], int(sizes[place]), bool(sizes[place] < min_n)) for place in places)
    kept = [place for place, group in zip(places, listed, strict=True) if not group.withheld]
    _check_groups(len(listed), len(kept), min_n)
    renumbered = np.full(len(every) + 1, -1)  # the last stands for images without a group
    renumbered[kept] = np.arange(len(kept))
    shown = renumbered[member]
    ungrouped = int((member < 0).sum())
    others = len(member) - ungrouped - sum(group.n for group in listed)
    return Division(grouped, chosen, listed, selection.rows[shown >= 0], shown[shown >= 0], ungrouped, others)


def _find_groups(every: Sequence[Mapping[str, str]], asked: Sequence[str | Sequence[str]]) -> list[int]:
    known = {tuple(group.values()): place for place, group in enumerate(every)}
    names = [" + ".join(group) for group in known]
    places: list[int] = []
    for wanted in asked:
        values = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        name = " + ".join(values)
        if values not in known:
            raise QueryError(f'There is no group "{name}". {suggest(name, names)}')
        if known[values] in places:
            raise QueryError(f'The group "{name}" was named twice; once is enough.')
        places.append(known[values])
    return places


def _check_groups(asked: int, shown: int, min_n: int) -> None:
    if asked < 2:
        raise QueryError(
            f"There {'is one group' if asked == 1 else 'is no group'} here, and two are needed to hold words against. "
            "Name another one, group by another attribute, or widen the filter."
        )
    if shown < 2:
        raise QueryError(
            f"{shown} of {asked} groups {'has' if shown == 1 else 'have'} at least {min_n:,} images here, and two are "
            "needed to hold words against. Lower the minimum n, group by another attribute, or widen the filter."
        )
    if shown > _MOST_GROUPS:
        raise QueryError(f"{shown:,} groups were asked for; at most {_MOST_GROUPS} are held against words at once.")
