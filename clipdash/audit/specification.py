"""The specification curve: one question under every combination of choices that could as well have been made.

Also known as multiverse analysis: S. Steegen et al. (2016), Increasing transparency through a multiverse analysis,
Perspectives on Psychological Science 11, 702-712; U. Simonsohn, J. P. Simmons, L. D. Nelson (2020), Specification curve
analysis, Nature Human Behaviour 4, 1208-1214.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.choices import Choices
from clipdash.audit.pairing import Estimate
from clipdash.audit.universe import Universe, open_universe
from clipdash.errors import QueryError
from clipdash.stats import (
    Joint,
    flip_jointly,
    gap,
    newcombe_paired,
    one_way_interval,
    shuffle_groups,
    split_variance,
)

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet
    from clipdash.zeroshot import LabelScores

__all__ = ["MOST_SAMPLED", "Specification", "SpecificationCurve", "specify"]

MOST_SAMPLED = 20_000
_SEED = 0


@dataclass(frozen=True)
class Specification:
    """One combination of choices and what it finds.

    Parameters
    ----------
    places : tuple of int
        The option of each choice, in the order of the curve's `options`.
    estimate : Estimate
        The gap, or the shift, with its 95 % interval.
    one_way : {"fixed", "broken"}, optional
        The only way that a shift could go.
    """

    places: tuple[int, ...]
    estimate: Estimate
    one_way: Literal["fixed", "broken"] | None = None


@dataclass(frozen=True)
class SpecificationCurve:
    """Every combination of choices, by what it finds.

    Parameters
    ----------
    label_sets : tuple of LabelSet
        One set, whose gap is asked, or two, whose shift is.
    group : mapping of str to str
        Whose shift; ``{}`` for all images, and for a gap.
    by : tuple of str
        The attributes grouped by.
    where : mapping of str to tuple of str
        The filter.
    min_n : int
        Groups with fewer judged images take no part in a gap.
    n, unjudged : int
        Images that the question is about, and those that some set cannot judge.
    options : mapping of str to tuple of str
        Every choice with several options.
    specifications : tuple of Specification
        From the least to the largest value.
    median : float
        Of the values.
    agree : int
        How many have the sign of the median (0 agrees with neither).
    shares : mapping of str to float
        Of the variance of the values, what goes with each choice by itself; the rest is their interplay. All 0 where
        every value is the same.
    joint : Joint, optional
        The permutation test of "nothing in any specification"; None where every one could only go one way.
    tested : int
        Images of the seeded sample that it was made on.
    left_out : int
        Specifications that could only go one way, and are no part of the test.
    scores : LabelScores
        Of the first combination: store and variant.
    """

    label_sets: "tuple[LabelSet, ...]"
    group: Mapping[str, str]
    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    min_n: int
    n: int
    unjudged: int
    options: Mapping[str, tuple[str, ...]]
    specifications: tuple[Specification, ...]
    median: float
    agree: int
    shares: Mapping[str, float]
    joint: Joint | None
    tested: int
    left_out: int
    scores: "LabelScores"


class _Answer(NamedTuple):
    found: Specification
    answers: NDArray[np.int8]


def specify(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    label_sets: "Sequence[LabelSet]",
    choices: Choices,
    *,
    read: "Callable[[LabelSet, str | None], LabelScores]",
    group: Mapping[str, str] | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    min_n: int = 30,
    draws: int = 999,
    progress: Callable[[int, int], None] | None = None,
) -> SpecificationCurve:
    """Ask one question under every combination of choices.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    label_sets : sequence of LabelSet
        One, to ask of the gap between groups; or two, to ask of a shift.
    choices : Choices
        What is varied.
    read : callable
        Returns the scores of the N images with a set's labels, in a variant of the store; called once for each variant
        and template, whatever the number of combinations.
    group : mapping of str to str, optional
        The group whose shift is asked; all images by default.
    where, min_n
        As in `tabulate` and `measure`.
    draws : int
        Of the permutation test.
    progress : callable, optional
        Is told how many combinations of how many are done.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    QueryError
        The choices cannot be varied, there is no such group, or too few images or groups are left.
    LabelError
        A label claims what is not annotated, is too long, or is not in the variant.

    Notes
    -----
    The test permutes once for all specifications: before and after of an image are exchanged for a shift, images
    exchange their groups for a gap. It tests that nothing happens in any specification; the curve is descriptive.
    """
    if len(label_sets) == 1 and group:
        raise QueryError("The gap of one set is between all groups; a single group is asked of with two sets.")
    choices.check(label_sets)
    universe = open_universe(people, by, label_sets, choices, where=where, group=group, min_n=min_n)
    sample = _draw_sample(universe.images)
    found: list[_Answer] = []
    for places, sides in universe.walk(read):
        found.append(_answer(universe, places, sides, sample))
        if progress is not None:
            progress(len(found), choices.size)
    found.sort(key=lambda answer: answer.found.estimate.value)
    values = np.array([answer.found.estimate.value for answer in found])
    median = float(np.median(values))
    tested = [answer for answer in found if answer.found.one_way is None]
    return SpecificationCurve(
        label_sets=tuple(label_sets),
        group=dict(group or {}),
        by=universe.by,
        where=universe.where,
        min_n=min_n,
        n=universe.images,
        unjudged=universe.unjudged,
        options=choices.options,
        specifications=tuple(answer.found for answer in found),
        median=median,
        agree=int((values * median > 0).sum()),
        shares=_share_variance([answer.found.places for answer in found], values, choices.options),
        joint=_test_jointly(tested, universe, sample, draws) if tested else None,
        tested=len(sample),
        left_out=len(found) - len(tested),
        scores=universe.first,
    )


def _draw_sample(images: int) -> NDArray[np.int64]:
    if images <= MOST_SAMPLED:
        return np.arange(images)
    return np.sort(np.random.default_rng(_SEED).choice(images, MOST_SAMPLED, replace=False))


def _answer(
    universe: Universe, places: tuple[int, ...], sides: Sequence[NDArray[np.bool_]], sample: NDArray[np.int64]
) -> _Answer:
    if len(sides) == 1:
        counts = np.bincount(universe.member[sides[0]], minlength=len(universe.sizes))
        estimate = gap(counts, universe.sizes)
        assert estimate.value is not None and estimate.low is not None and estimate.high is not None  # noqa: S101, PT018
        value = Estimate(estimate.value, estimate.low, estimate.high)
        return _Answer(Specification(places, value), sides[0][sample].astype(np.int8))
    before, after = sides
    fixed, broken = int((before & ~after).sum()), int((~before & after).sum())
    both = int((before & after).sum())
    way = universe.find_way(places)
    if way is None:
        low, high = newcombe_paired(both=both, fixed=fixed, broken=broken, neither=len(before) - both - fixed - broken)
    else:
        low, high = one_way_interval(fixed if way == "fixed" else broken, len(before), way)
    value = Estimate((broken - fixed) / len(before), low, high)
    return _Answer(Specification(places, value, way), after[sample].astype(np.int8) - before[sample].astype(np.int8))


def _test_jointly(tested: Sequence[_Answer], universe: Universe, sample: NDArray[np.int64], draws: int) -> Joint | None:
    answers = np.stack([answer.answers for answer in tested], axis=1)
    if len(universe.label_sets) == 2:
        return flip_jointly(answers, draws, _SEED)
    present, group = np.unique(universe.member[sample], return_inverse=True)
    return (
        shuffle_groups(answers.astype(bool), np.searchsorted(present, group), draws, _SEED)
        if len(present) > 1
        else None
    )


def _share_variance(
    places: Sequence[tuple[int, ...]], values: NDArray[np.float64], options: Mapping[str, tuple[str, ...]]
) -> dict[str, float]:
    """Return what each choice explains by itself; every combination is there once, so the shares do not overlap."""
    grid = np.empty([len(texts) for texts in options.values()])
    grid[tuple(np.array(places).T)] = values
    parts = split_variance(grid)
    return {name: parts[place,] for place, name in enumerate(options)}
