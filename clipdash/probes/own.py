"""Figures computed here that stand beside published ones, and what can be drawn of a result."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clipdash.stats import wilson

__all__ = ["Drawing", "Own", "Pick", "pool_counts"]

#: Says whether a group of a result is among those that a published figure is about.
Pick = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True)
class Own:
    """A figure computed here: a rate from 0 to 1 or a difference of two, with its 95 % interval.

    Parameters
    ----------
    value, low, high : float
        The figure and the ends of its interval.
    n : int
        Images behind it.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Drawing:
    """A chart of a result.

    Parameters
    ----------
    name : str
        Tells it from the other charts of the result.
    draw : callable
        Takes ``theme`` and ``narrow`` and returns a figure.
    said : str
        What it shows, for readers who do not see it.
    caption : str
        What its marks mean.
    rows : callable
        Returns the table that goes with it, for reading.
    sentences : tuple of str
        What it says, in words.
    words : bool
        Whether chart or table names labels of flagged categories, which may be offensive words.
    """

    name: str
    draw: Callable[..., Any]
    said: str
    caption: str
    rows: Callable[[], list[dict[str, str]]]
    sentences: tuple[str, ...] = ()
    words: bool = False


def pool_counts(groups: Iterable[tuple[int | None, int]]) -> Own | None:
    """Return the rate of several groups taken together.

    Parameters
    ----------
    groups : iterable of (int or None, int)
        Images that count, and images, of each group; no count where the group is withheld or has no image.

    Returns
    -------
    Own or None
        With Wilson's interval; None where a group is withheld or has no image: the rest is not what was published.
    """
    counted, images = 0, 0
    for count, n in groups:
        if count is None:
            return None
        counted, images = counted + count, images + n
    if not images:
        return None
    low, high = wilson(counted, images)
    return Own(counted / images, low, high, images)
