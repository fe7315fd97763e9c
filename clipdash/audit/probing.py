"""A classifier that learned from some images of a store, beside zero-shot, on images that it never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.accuracy import NO_VALUE, GroupAccuracy, Share
from clipdash.audit.pairing import Estimate
from clipdash.audit.sides import LEVEL, read_design
from clipdash.stats import Design, holm, mcnemar_midp, newcombe_paired, rate_design, shift_design, sign_flip, wilson

if TYPE_CHECKING:
    from clipdash.labels import LabelSet
    from clipdash.store import StoreRef

__all__ = ["Answers", "GroupProbe", "LinearProbe", "ProbeSplit", "compare_answers", "find_design", "share_right"]


@dataclass(frozen=True)
class ProbeSplit:
    """Which images a probe learned from, and which were held out.

    Parameters
    ----------
    store : StoreRef, optional
        The store; None for vectors that came from elsewhere.
    variant : str
        Whose embeddings.
    attribute : str
        What is learned.
    values : tuple of str
        Its classes, in the order of the store.
    by : tuple of str
        The attributes grouped by.
    where : mapping of str to tuple of str
        The filter.
    label_set : LabelSet, optional
        The set of the zero-shot answers.
    train, validation, test : int
        Images of each part.
    seed : int
        Of sample and split.
    digest : str
        The sha256 in hex of every image's id and part: equal ones held out the same images.
    cluster : str, optional
        The attribute of which one value never lies in two parts.
    units : int
        How many things were split: images, or clusters of images that hang together.
    available, unannotated : int
        Images that the filter leaves with the attribute, of which at most so many were sampled, and without it.
    """

    store: "StoreRef | None"
    variant: str
    attribute: str
    values: tuple[str, ...]
    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    label_set: "LabelSet | None"
    train: int
    validation: int
    test: int
    seed: int
    digest: str
    cluster: str | None
    units: int
    available: int
    unannotated: int

    @property
    def images(self) -> int:
        """Images of all parts."""
        return self.train + self.validation + self.test


@dataclass(frozen=True, eq=False)
class Answers:
    """What was said of N held-out images.

    Parameters
    ----------
    values : tuple of str
        The classes.
    groups : tuple of mapping
        Attribute to value, one a group.
    truth, member, units : ndarray of int64, shape (N,)
        Place of the annotated class, of the group (-1 without one), and number of what each image hangs together with.
    said : ndarray of int64, shape (N,)
        Place of the class that the probe gave.
    zero_shot : ndarray of int64, shape (N,), optional
        Place of the class that the zero-shot label claims; the one after the last for none.
    """

    values: tuple[str, ...]
    groups: tuple[Mapping[str, str], ...]
    truth: NDArray[np.int64]
    member: NDArray[np.int64]
    units: NDArray[np.int64]
    said: NDArray[np.int64]
    zero_shot: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class GroupProbe:
    """A group's held-out images; everything after `withheld` is None where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n : int
        Held-out images.
    withheld : bool
        Whether `n` is too small.
    linear, zero_shot : GroupAccuracy, optional
        Accuracy, recall, precision and confusion of each on these images.
    only_linear, only_zero_shot : int, optional
        Images that only one of them has right.
    difference : Estimate, optional
        Accuracy of the probe - accuracy of zero-shot, with Newcombe's paired interval.
    p, p_adjusted : float, optional
        McNemar's mid-p (whole clusters exchanged where images hang together), and Holm's adjustment over the groups.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    linear: GroupAccuracy | None = None
    zero_shot: GroupAccuracy | None = None
    only_linear: int | None = None
    only_zero_shot: int | None = None
    difference: Estimate | None = None
    p: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class LinearProbe:
    """A linear probe on held-out images.

    Parameters
    ----------
    split : ProbeSplit
        The question, and which images were held out.
    strength : float
        The L2 strength chosen (the inverse of scikit-learn's ``C``).
    tried : tuple of (float, float)
        Every strength tried, ascending, and its accuracy on the validation images.
    converged : bool
        Whether the last fit came to rest within its iterations.
    overall : GroupProbe
        All held-out images.
    rows : tuple of GroupProbe
        One a group.
    min_n : int
        Groups with fewer held-out images are withheld.
    """

    split: ProbeSplit
    strength: float
    tried: tuple[tuple[float, float], ...]
    converged: bool
    overall: GroupProbe
    rows: tuple[GroupProbe, ...]
    min_n: int


def compare_answers(answers: Answers, min_n: int = 30) -> tuple[GroupProbe, tuple[GroupProbe, ...]]:
    """Measure a probe on held-out images, and hold it against zero-shot where that answered too.

    Parameters
    ----------
    answers : Answers
        What was said of each image.
    min_n : int
        Groups with fewer images are withheld.

    Returns
    -------
    overall : GroupProbe
    rows : tuple of GroupProbe
        One a group.
    """
    overall = _compare({}, answers, np.ones(len(answers.truth), dtype=bool), min_n)
    rows = [_compare(group, answers, answers.member == place, min_n) for place, group in enumerate(answers.groups)]
    adjusted = holm([row.p for row in rows])
    return overall, tuple(replace(row, p_adjusted=p) for row, p in zip(rows, adjusted, strict=True))


def _compare(group: Mapping[str, str], answers: Answers, chosen: NDArray[np.bool_], min_n: int) -> GroupProbe:
    n = int(chosen.sum())
    if n < min_n:
        return GroupProbe(group, n, withheld=True)
    truth, units, said = answers.truth[chosen], answers.units[chosen], answers.said[chosen]
    linear = _describe(group, answers.values, truth, said, units)
    if answers.zero_shot is None:
        return GroupProbe(group, n, False, linear)
    other = answers.zero_shot[chosen]
    gained, lost = (said == truth) & (other != truth), (said != truth) & (other == truth)
    both = int(((said == truth) & (other == truth)).sum())
    clusters = _gather(units, gained, lost)
    design = None if clusters is None else shift_design(clusters[2], clusters[1], clusters[0])
    effect, point = read_design(design, LEVEL)
    counts = (both, int(lost.sum()), int(gained.sum()))
    cells = dict(zip(("both", "fixed", "broken"), (count / effect for count in counts), strict=True))
    bounds = newcombe_paired(**cells, neither=(n - sum(counts)) / effect, z=point)
    p = mcnemar_midp(counts[1], counts[2]) if clusters is None else sign_flip(clusters[1] - clusters[2])
    return GroupProbe(
        group,
        n,
        False,
        linear,
        _describe(group, answers.values, truth, other, units),
        counts[2],
        counts[1],
        Estimate((counts[2] - counts[1]) / n, *bounds),
        p,
    )


def _describe(
    group: Mapping[str, str],
    values: Sequence[str],
    truth: NDArray[np.int64],
    said: NDArray[np.int64],
    units: NDArray[np.int64],
) -> GroupAccuracy:
    matrix = np.zeros((len(values), len(values) + 1), dtype=np.int64)
    np.add.at(matrix, (truth, said), 1)
    right = truth == said
    return GroupAccuracy(
        group,
        len(truth),
        False,
        share_right(right, units),
        {value: share_right(right[truth == place], units[truth == place]) for place, value in enumerate(values)},
        {value: share_right(right[said == place], units[said == place]) for place, value in enumerate(values)},
        {
            value: dict(zip((*values, NO_VALUE), row, strict=True))
            for value, row in zip(values, matrix.tolist(), strict=True)
        },
    )


def share_right(right: NDArray[np.bool_], units: NDArray[np.int64]) -> Share:
    """Return the share of images that are right, its interval wider where images hang together.

    Parameters
    ----------
    right : ndarray of bool, shape (N,)
        Whether each image is.
    units : ndarray of int64, shape (N,)
        What it hangs together with.

    Returns
    -------
    Share
        With Wilson's 95 % interval; of clusters, of n divided by the design effect.
    """
    count, n = int(right.sum()), len(right)
    if not n:
        return Share(count, n, None, None, None)
    effect, point = read_design(find_design(right, units), LEVEL)
    return Share(count, n, count / n, *wilson(count / effect, n / effect, z=point))


def find_design(right: NDArray[np.generic], units: NDArray[np.int64]) -> Design | None:
    """Return the design effect of a share of N images, or None where each stands alone; `right` may hold shares."""
    clusters = _gather(units, right)
    return None if clusters is None else rate_design(clusters[1], clusters[0])


def _gather(units: NDArray[np.int64], *counted: NDArray[np.generic]) -> NDArray[np.float64] | None:
    """Return images, and those counted, of each cluster; None where each image stands alone."""
    _, place = np.unique(units, return_inverse=True)
    sizes = np.bincount(place)
    if len(sizes) == len(units):
        return None
    return np.stack([sizes, *(np.bincount(place, weights=each.astype(np.float64)) for each in counted)])
