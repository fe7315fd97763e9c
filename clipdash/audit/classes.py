"""Accuracy against the number of classes: the same images, told apart among few of an attribute's values or many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import check_claims
from clipdash.audit.selection import list_values, read_filter, select_images
from clipdash.errors import QueryError
from clipdash.labels import DEFAULT_TEMPLATES, Label, LabelSet
from clipdash.stats import wilson
from clipdash.store import check_attribute
from clipdash.zeroshot import LabelScores

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ClassCurve", "ClassPoint", "count_classes", "list_classes"]

_BAND = (0.025, 0.975)


@dataclass(frozen=True)
class ClassPoint:
    """Accuracy among so many classes, over several lists of classes drawn.

    Parameters
    ----------
    classes : int
        K, the classes of each list.
    draws : int
        Lists drawn; 1 where there is one list only, that of all classes.
    n : float
        Mean number of images annotated with a class of the list.
    accuracy : float
        Mean over the lists of the share of images whose own class scores highest.
    low, high : float
        Wilson's 95 % interval of one list of this accuracy and size: how far the images leave it open.
    band_low, band_high : float
        Between these lie 95 % of the lists: how far it hangs on which classes are drawn.
    chance : float
        1 / K.
    """

    classes: int
    draws: int
    n: float
    accuracy: float
    low: float
    high: float
    band_low: float
    band_high: float
    chance: float


@dataclass(frozen=True)
class ClassCurve:
    """Accuracy against the number of classes.

    Parameters
    ----------
    attribute : str
        The classes are its values.
    points : tuple of ClassPoint
        From the fewest classes to the most.
    classes : int
        Classes that lists are drawn from: those that a label names and an image is annotated with.
    n : int
        Images annotated with one of them.
    unnamed : int
        Images left out, since no label claims their value or it is missing.
    seed : int
        Of the draws.
    where : mapping of str to tuple of str
        The filter.
    scores : LabelScores
        Store, variant and labels.
    """

    attribute: str
    points: tuple[ClassPoint, ...]
    classes: int
    n: int
    unnamed: int
    seed: int
    where: Mapping[str, tuple[str, ...]]
    scores: LabelScores


def list_classes(
    people: "pd.DataFrame", attribute: str, templates: Sequence[str] = DEFAULT_TEMPLATES, most: int | None = None
) -> LabelSet:
    """Return a label set with one label a value of an attribute, worded as it is annotated.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    attribute : str
        Whose values are the classes.
    templates : sequence of str
        Of the set.
    most : int, optional
        Only the first so many values; all by default.

    Returns
    -------
    LabelSet

    Raises
    ------
    QueryError
        There is no such attribute.
    LabelError
        There are more values than a label set may have, or one cannot be a label.
    """
    known = list_values(people)
    check_attribute(attribute, list(known))
    labels = tuple(Label(text=value, claims={attribute: (value,)}) for value in known[attribute][:most])
    return LabelSet(name=attribute, labels=labels, templates=tuple(templates))


def count_classes(
    scores: LabelScores,
    people: "pd.DataFrame",
    attribute: str,
    counts: Sequence[int],
    *,
    draws: int = 20,
    seed: int = 0,
    where: Mapping[str, str | Sequence[str]] | None = None,
) -> ClassCurve:
    """Measure accuracy among more and more classes.

    A list of K classes is drawn, as one would write down K labels; the images annotated with one of them are told apart
    among these K, so an image's own class is always there. Several lists are drawn for each K.

    Parameters
    ----------
    scores : LabelScores
        Of the N images with the C labels of a set, each of which claims one value of the attribute and no other label
        does; see `list_classes`.
    people : DataFrame, N rows
        Annotations.
    attribute : str
        Whose values are the classes.
    counts : sequence of int
        Numbers of classes, each at least 2 and at most as many as there are.
    draws : int
        Lists for each number.
    seed : int
        The same seed and count give the same lists, whatever other counts are asked for.
    where : mapping of str to str or sequence of str, optional
        Keep only these images.

    Returns
    -------
    ClassCurve

    Raises
    ------
    QueryError
        There is no such attribute or value, a count or the number of draws cannot be, or the labels are no classes.
    LabelError
        A label claims a value that is not annotated.

    Notes
    -----
    Of equal scores the label listed first wins, as in `classify`. Memory: one block of scores at a time.
    """
    known = list_values(people)
    check_attribute(attribute, list(known))
    check_claims(scores.label_set, known)
    chosen = read_filter(where, known)
    selection = select_images(people, (attribute,), chosen)
    label_of = _find_labels(scores.label_set, attribute, selection.values[0])
    own = np.append(label_of, -1)[selection.codes[:, 0]]  # the last stands for a missing annotation
    sizes = np.bincount(own[own >= 0], minlength=len(scores.label_set.labels))
    drawable = np.flatnonzero(sizes)
    asked = _check_counts(counts, len(drawable), draws, attribute)
    lists = [_draw_lists(drawable, count, draws, seed, len(sizes)) for count in asked]
    right = _count_right(scores, selection.rows[own >= 0], own[own >= 0], lists)
    points = [_describe(count, taken @ sizes, hits) for count, taken, hits in zip(asked, lists, right, strict=True)]
    n = int((own >= 0).sum())
    return ClassCurve(attribute, tuple(points), len(drawable), n, len(own) - n, seed, chosen, scores)


def _find_labels(label_set: LabelSet, attribute: str, values: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the label of each value, -1 for a value that none claims."""
    found: dict[str, int] = {}
    for place, label in enumerate(label_set.labels):
        claimed = label.claims.get(attribute, ())
        if len(claimed) != 1 or claimed[0] in found:
            what = "the same value as another label" if len(claimed) == 1 else f"{len(claimed)} values"
            raise QueryError(
                f'The label "{label.text}" claims {what} of "{attribute}"; classes need labels that claim one value '
                "each, all different."
            )
        found[claimed[0]] = place
    return np.array([found.get(value, -1) for value in values], dtype=np.int64)


def _check_counts(counts: Sequence[int], classes: int, draws: int, attribute: str) -> list[int]:
    if draws < 1:
        raise QueryError(f"{draws} draws were asked for; at least 1 is needed.")
    for count in counts:
        if not 2 <= count <= classes:
            raise QueryError(
                f'{count:,} classes of "{attribute}" were asked for; there are {classes:,} that a label names and '
                f"an image is annotated with. Ask for 2 to {classes:,}."
            )
    if not counts:
        raise QueryError("No number of classes was asked for; name one, such as 10.")
    return sorted(set(counts))


def _draw_lists(drawable: NDArray[np.int64], count: int, draws: int, seed: int, labels: int) -> NDArray[np.float32]:
    """Return which labels each list has, shape (draws, C), as 0 and 1."""
    random = np.random.default_rng([seed, count])
    lists = 1 if count == len(drawable) else draws
    taken = np.zeros((lists, labels), dtype=np.float32)
    for row in taken:
        row[random.choice(drawable, count, replace=False)] = 1  # nosec B311  # a draw of images, not a secret
    return taken


def _count_right(
    scores: LabelScores, rows: NDArray[np.int64], own: NDArray[np.int64], lists: Sequence[NDArray[np.float32]]
) -> list[NDArray[np.int64]]:
    """Count for each list the images that no other class of it beats."""
    right = [np.zeros(len(taken), dtype=np.int64) for taken in lists]
    earlier = np.arange(len(scores.label_set.labels))[:, np.newaxis]
    for start, block in scores.split_blocks():
        inside = (rows >= start) & (rows < start + block.shape[1])
        true = own[inside]
        picked = block[:, rows[inside] - start]
        best = picked[true, np.arange(len(true))]
        beats = ((picked > best) | ((picked == best) & (earlier < true))).astype(np.float32)
        for place, taken in enumerate(lists):
            right[place] += ((taken @ beats == 0) & (taken[:, true] > 0)).sum(axis=1)
    return right


def _describe(count: int, images: NDArray[np.floating], right: NDArray[np.int64]) -> ClassPoint:
    shares = right / images
    accuracy, n = float(shares.mean()), float(images.mean())
    low, high = wilson(accuracy * n, n)
    band = np.quantile(shares, _BAND)
    return ClassPoint(count, len(right), n, accuracy, low, high, float(band[0]), float(band[1]), 1 / count)
