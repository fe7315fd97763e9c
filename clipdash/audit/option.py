"""Options of each image's own: how many images choose the truth, an option close to it, or another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.selection import check_least, list_values, read_grouping, select_images
from clipdash.audit.tally import list_groups
from clipdash.errors import QueryError
from clipdash.stats import binomial_p, clopper_pearson, holm
from clipdash.zeroshot import ROLES, TRUTH, OptionChoices

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OptionGroup", "OptionResult", "RoleShare", "measure_options"]


@dataclass(frozen=True)
class RoleShare:
    """How many images chose an option of a role, the share of all images with its exact interval, and who had one.

    Parameters
    ----------
    count : int
        Images.
    rate, low, high : float
        The share of the group's images, with the 95 % interval of Clopper and Pearson.
    offered : int
        Images that have an option of this role to choose.
    """

    count: int
    rate: float
    low: float
    high: float
    offered: int


@dataclass(frozen=True)
class OptionGroup:
    """What the images of a group chose; everything after `withheld` is empty where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value; ``{}`` for all images.
    n : int
        Images with options.
    withheld : bool
        Whether `n` is too small.
    roles : mapping of str to RoleShare
        Truth, close, other, in this order.
    chance : float, optional
        Mean of 1 / number of options: the share of truths that a blind choice comes to.
    p, p_adjusted : float, optional
        Exact binomial test of the share of truths against `chance`, two-sided, and Holm's adjustment over the groups
        shown.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    roles: Mapping[str, RoleShare] = field(default_factory=dict)
    chance: float | None = None
    p: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class OptionResult:
    """What images chose among their own options, over all of them and group by group.

    Parameters
    ----------
    choices : OptionChoices
        The choices.
    by : tuple of str
        The attributes grouped by; none by default.
    min_n : int
        Groups with fewer images are withheld.
    overall : OptionGroup
        All images with options; its p stands outside Holm's family.
    rows : tuple of OptionGroup
        One a group, in the order of the values.
    ungrouped : int
        Images without a value of an attribute grouped by.
    fewest, most : int
        Options an image.
    """

    choices: OptionChoices
    by: tuple[str, ...]
    min_n: int
    overall: OptionGroup
    rows: tuple[OptionGroup, ...]
    ungrouped: int
    fewest: int
    most: int


def measure_options(
    choices: OptionChoices,
    people: "pd.DataFrame | None" = None,
    by: str | Sequence[str] = (),
    *,
    min_n: int = 30,
) -> OptionResult:
    """Measure how many images choose the truth, an option close to it, or another.

    Parameters
    ----------
    choices : OptionChoices
        What each image chose among its own options.
    people : DataFrame, N rows, optional
        Annotations of the store's images, to group by.
    by : str or sequence of str
        The attributes to group by; by default all images are taken together.
    min_n : int
        Groups with fewer images are withheld.

    Returns
    -------
    OptionResult

    Raises
    ------
    QueryError
        An attribute does not exist, there are no annotations to group by, or `min_n` is below 1.

    Notes
    -----
    The test takes a blind choice to be right in ``n`` independent draws at the mean chance. Where images have different
    numbers of options, the true spread of a blind choice is smaller, so the test is on the safe side beyond one image
    from the mean (W. Hoeffding (1956), On the distribution of the number of successes in independent trials. Annals of
    Mathematical Statistics 27, 713-721).
    """
    check_least(min_n)
    sizes = choices.options.sizes
    overall = _describe(choices, {}, np.ones(len(sizes), dtype=bool), 1)
    rows, ungrouped, grouped = [], 0, tuple[str, ...]()
    if by:
        if people is None:
            raise QueryError("There are no annotations to group the options by; leave the groups out.")
        grouped = read_grouping(by, list(list_values(people)))
        selection = select_images(people.iloc[choices.options.rows], grouped, {})
        groups, member = list_groups(grouped, selection.values, grouped, selection.codes)
        rows = [_describe(choices, group, member == place, min_n) for place, group in enumerate(groups)]
        ungrouped = int((member < 0).sum())
    adjusted = holm([row.p for row in rows])
    shown = tuple(replace(row, p_adjusted=p) for row, p in zip(rows, adjusted, strict=True))
    return OptionResult(choices, grouped, min_n, overall, shown, ungrouped, int(sizes.min()), int(sizes.max()))


def _describe(choices: OptionChoices, group: Mapping[str, str], inside: NDArray[np.bool_], min_n: int) -> OptionGroup:
    n = int(inside.sum())
    if n < min_n:
        return OptionGroup(group, n, withheld=True)
    counts = np.bincount(choices.roles[inside], minlength=len(ROLES)).tolist()
    offered = choices.options.offered[inside].sum(axis=0).tolist()
    roles: dict[str, RoleShare] = {
        role: RoleShare(count, count / n, *clopper_pearson(count, n), had)
        for role, count, had in zip(ROLES, counts, offered, strict=True)
    }
    chance = float((1 / choices.options.sizes[inside]).mean())
    return OptionGroup(group, n, False, roles, chance, binomial_p(counts[TRUTH], n, chance))
