"""How accurate a classifier is after 1, 2, 4, ... labelled images a class, and how many of them match zero-shot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from clipdash.audit.accuracy import Share
from clipdash.audit.probing import Answers, ProbeSplit, find_design, share_right
from clipdash.audit.sides import LEVEL, read_design
from clipdash.stats import wilson

__all__ = ["GroupLearning", "LearningCurve", "LearningPoint", "gather_learning"]


@dataclass(frozen=True)
class LearningPoint:
    """The accuracy after so many labelled images a class.

    Parameters
    ----------
    per_class : int
        Labelled images of each class.
    accuracy : float
        Mean over the draws, on the same held-out images.
    low, high : float
        Wilson's 95 % interval of the held-out images, widened by that of the mean over the draws (Student's t).
    draws : tuple of float
        The accuracy of each draw.
    """

    per_class: int
    accuracy: float
    low: float
    high: float
    draws: tuple[float, ...]


@dataclass(frozen=True)
class GroupLearning:
    """A group's curve; everything after `withheld` is empty where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n : int
        Held-out images.
    withheld : bool
        Whether `n` is too small.
    points : tuple of LearningPoint
        One a number of labelled images.
    zero_shot : Share, optional
        Zero-shot accuracy on the same images.
    match : float, optional
        Labelled images a class at which the mean curve first reaches zero-shot, between two points by interpolation on
        a scale of doublings; 1 where the first point reaches it, None where no point does.
    matches : tuple of float or None
        The same of each draw's own curve.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    points: tuple[LearningPoint, ...] = ()
    zero_shot: Share | None = None
    match: float | None = None
    matches: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class LearningCurve:
    """Learning curves by group.

    Parameters
    ----------
    split : ProbeSplit
        The question, and which images were held out; labelled images are drawn from all others.
    per_class : tuple of int
        Labelled images a class.
    left_out : tuple of int
        Numbers asked for that the smallest class does not have.
    draws : int
        How many times they were drawn.
    strength : float
        The L2 strength, the same of every fit.
    unfinished : int
        Fits that did not come to rest within their iterations.
    overall : GroupLearning
        All held-out images.
    rows : tuple of GroupLearning
        One a group.
    min_n : int
        Groups with fewer held-out images are withheld.
    """

    split: ProbeSplit
    per_class: tuple[int, ...]
    left_out: tuple[int, ...]
    draws: int
    strength: float
    unfinished: int
    overall: GroupLearning
    rows: tuple[GroupLearning, ...]
    min_n: int


def gather_learning(
    answers: Answers, per_class: Sequence[int], right: NDArray[np.bool_], min_n: int = 30
) -> tuple[GroupLearning, tuple[GroupLearning, ...]]:
    """Turn what each fit has right into curves.

    Parameters
    ----------
    answers : Answers
        The N held-out images; `said` is not read.
    per_class : sequence of int
        K numbers of labelled images, ascending.
    right : ndarray of bool, shape (K, draws, N)
        Whether the fit of each number and draw has each image right; at least two draws.
    min_n : int
        Groups with fewer images are withheld.

    Returns
    -------
    overall : GroupLearning
    rows : tuple of GroupLearning
        One a group.
    """
    overall = _trace({}, answers, np.ones(len(answers.truth), dtype=bool), per_class, right, min_n=min_n)
    return overall, tuple(
        _trace(group, answers, answers.member == place, per_class, right, min_n=min_n)
        for place, group in enumerate(answers.groups)
    )


def _trace(
    group: Mapping[str, str],
    answers: Answers,
    chosen: NDArray[np.bool_],
    per_class: Sequence[int],
    right: NDArray[np.bool_],
    *,
    min_n: int,
) -> GroupLearning:
    n = int(chosen.sum())
    if n < min_n:
        return GroupLearning(group, n, withheld=True)
    units = answers.units[chosen]
    points = tuple(_measure(count, part[:, chosen], units) for count, part in zip(per_class, right, strict=True))
    if answers.zero_shot is None:
        return GroupLearning(group, n, False, points)
    share = share_right((answers.zero_shot == answers.truth)[chosen], units)
    curves = ([point.accuracy for point in points], *zip(*(point.draws for point in points), strict=True))
    match, *matches = (_find_match(per_class, curve, share.count / n) for curve in curves)
    return GroupLearning(group, n, False, points, share, match, tuple(matches))


def _measure(per_class: int, right: NDArray[np.bool_], units: NDArray[np.int64]) -> LearningPoint:
    draws, n = right.shape
    each = right.mean(axis=1)
    mean = float(each.mean())
    effect, point = read_design(find_design(right.mean(axis=0), units), LEVEL)
    low, high = wilson(mean * n / effect, n / effect, z=point)
    swing = float(stdtrit(draws - 1, (1 + LEVEL) / 2) * each.std(ddof=1) / sqrt(draws))
    # The two sources are independent, so their distances add as squares (Zou and Donner 2008).
    return LearningPoint(
        per_class,
        mean,
        max(0.0, mean - sqrt((mean - low) ** 2 + swing**2)),
        min(1.0, mean + sqrt((high - mean) ** 2 + swing**2)),
        tuple(each.tolist()),
    )


def _find_match(per_class: Sequence[int], curve: Sequence[float], level: float) -> float | None:
    """Return where a curve first reaches a level, or None."""
    place = next((place for place, accuracy in enumerate(curve) if accuracy >= level - 1e-12), None)
    if not place:
        return None if place is None else float(per_class[0])
    below, above = curve[place - 1], curve[place]
    share = (level - below) / (above - below)
    start, stop = log2(per_class[place - 1]), log2(per_class[place])
    return float(2 ** (start + share * (stop - start)))
