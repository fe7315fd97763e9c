"""A learning curve: how a linear probe does after 1, 2, 4, ... labelled images a class."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from clipdash.audit import LearningCurve, gather_learning
from clipdash.audit.selection import check_least
from clipdash.errors import QueryError
from clipdash.probes.linear import fit_logistic
from clipdash.probes.sample import Sample
from clipdash.probes.split import TEST, ask_held_out, hold_out

__all__ = ["PER_CLASS", "learn_curve"]

PER_CLASS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
#: There is nothing to choose it by at one image a class; this is scikit-learn's own default. See docs/benchmarks.md.
_STRENGTH = 1.0


def learn_curve(
    sample: Sample,
    *,
    per_class: Sequence[int] = PER_CLASS,
    draws: int = 5,
    strength: float = _STRENGTH,
    test: float = 0.2,
    min_n: int = 30,
    progress: Callable[[float], None] | None = None,
) -> LearningCurve:
    """Fit a logistic regression to ever more labelled images, and test each on the same held-out ones.

    Parameters
    ----------
    sample : Sample
        The images, as `gather_sample` reads them from a store.
    per_class : sequence of int
        Labelled images of each class. Those that the smallest class does not have are left out, and named.
    draws : int
        How often the labelled images are drawn, at least twice; in each draw the larger numbers hold the smaller.
    strength : float
        Of the L2 penalty, the same everywhere: a validation set would be labelled images that nobody counts.
    test : float
        Share that is held out; the images are those that `fit_probe` holds out under the same share and seed.
    min_n : int
        Groups with fewer held-out images are withheld.
    progress : callable, optional
        Is told the share done.

    Returns
    -------
    LearningCurve

    Raises
    ------
    QueryError
        As `hold_out`, or a number makes no sense.
    """
    check_least(min_n)
    asked = _check_numbers(per_class, draws, strength)
    parts, split = hold_out(sample, test, validation=min(0.2, (1 - test) / 2))
    pool = np.flatnonzero(parts != TEST)
    most = int(np.bincount(sample.truth[pool]).min())
    counts = tuple(count for count in asked if count <= most)
    if not counts:
        raise QueryError(f"At least {asked[0]} images a class were asked for, and the smallest class has {most}.")
    answers, held = ask_held_out(sample, parts), sample.vectors[parts == TEST]
    right = np.empty((len(counts), draws, len(held)), dtype=bool)
    work, done, unfinished = draws * sum(counts), 0, 0
    for draw in range(draws):
        lines = _line_up(sample.truth, pool, [sample.seed, 2, draw])
        for place, count in enumerate(counts):
            rows = np.concatenate([line[:count] for line in lines])
            model, converged = fit_logistic(sample.vectors[rows], sample.truth[rows], strength)
            right[place, draw] = model.predict(held) == answers.truth
            unfinished += not converged
            done += count
            if progress is not None:
                progress(done / work)
    overall, rows_ = gather_learning(answers, counts, right, min_n)
    return LearningCurve(split, counts, asked[len(counts) :], draws, strength, unfinished, overall, rows_, min_n)


def _check_numbers(per_class: Sequence[int], draws: int, strength: float) -> tuple[int, ...]:
    asked = tuple(sorted(set(per_class)))
    if not asked or asked[0] < 1:
        raise QueryError(f"The numbers of labelled images a class are {list(asked)}; give at least one, from 1 on.")
    if draws < 2:
        raise QueryError(f"{draws} draw was asked for; a band needs at least 2.")
    if not strength > 0:
        raise QueryError(f"The L2 strength is {strength:g}; it must be above 0.")
    return asked


def _line_up(truth: NDArray[np.int64], pool: NDArray[np.int64], seed: Sequence[int]) -> list[NDArray[np.int64]]:
    """Return the images of each class in an order drawn by chance."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(pool[truth[pool] == place]) for place in np.unique(truth[pool])]
