"""Which combinations of annotations have no image, so that groups differ in more than what they are grouped by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.table import Table

__all__ = ["Imbalance", "find_imbalances"]


@dataclass(frozen=True)
class Imbalance:
    """An attribute that a label claims and that not every group has every value of.

    Parameters
    ----------
    attribute : str
        The attribute.
    missing : mapping of str to tuple
        For each value that some group has no image of: those groups, in the order of the values grouped by.
    complete : tuple of str
        The values that every group with images has: among these the groups can be compared.
    """

    attribute: str
    missing: Mapping[str, tuple[Mapping[str, str], ...]]
    complete: tuple[str, ...]


def find_imbalances(table: Table) -> tuple[Imbalance, ...]:
    """Find the claimed attributes that are not crossed with the groups.

    Parameters
    ----------
    table : Table
        Of one set or two; attributes that no label claims are not in it.

    Returns
    -------
    tuple of Imbalance
        Without those that every group has every value of.
    """
    places = [table.attributes.index(name) for name in table.by]
    found = []
    for place, attribute in enumerate(table.attributes):
        if place in places or attribute == table.cluster:
            continue
        known = (table.cells[:, [*places, place]] >= 0).all(axis=1)
        groups, member = np.unique(table.cells[known][:, places], axis=0, return_inverse=True)
        seen = np.zeros((len(groups), len(table.values[place])), dtype=bool)
        seen[member.ravel(), table.cells[known, place]] = True
        if len(groups) > 1 and not seen[:, seen.any(axis=0)].all():
            found.append(_describe(table, attribute, groups, seen))
    return tuple(found)


def _describe(
    table: Table,
    attribute: str,
    groups: NDArray[np.int32],
    seen: NDArray[np.bool_],
) -> Imbalance:
    values = table.values[table.attributes.index(attribute)]
    vocabularies = [table.values[table.attributes.index(name)] for name in table.by]
    named = [
        dict(zip(table.by, (v[code] for v, code in zip(vocabularies, row, strict=True)), strict=True))
        for row in groups.tolist()
    ]
    missing = {
        value: tuple(group for group, has in zip(named, seen[:, place].tolist(), strict=True) if not has)
        for place, value in enumerate(values)
        if seen[:, place].any() and not seen[:, place].all()
    }
    complete = tuple(value for place, value in enumerate(values) if seen[:, place].all())
    return Imbalance(attribute, missing, complete)
