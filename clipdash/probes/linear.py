"""A linear probe: logistic regression on a store's embeddings, tested on images that it never saw."""

import warnings
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipdash.audit import LinearProbe, compare_answers
from clipdash.audit.selection import check_least
from clipdash.probes.sample import Sample
from clipdash.probes.split import TEST, TRAIN, VALIDATION, ask_held_out, hold_out

__all__ = ["fit_logistic", "fit_probe", "search_strength"]

#: 96 steps from 1e-6 to 1e6, 8 a decade.
_STRENGTHS = tuple(10 ** (place / 8 - 6) for place in range(97))
_COARSE = 16  # seven values, a factor 100 apart
_MOST_STEPS = 1000

_ONE_AT_A_TIME = Lock()  # the number of threads that is set below belongs to the whole process


def fit_probe(
    sample: Sample,
    *,
    test: float = 0.2,
    validation: float = 0.2,
    min_n: int = 30,
    progress: Callable[[float], None] | None = None,
) -> LinearProbe:
    """Fit a logistic regression to some images and test it on others.

    Parameters
    ----------
    sample : Sample
        The images, as `gather_sample` reads them from a store.
    test, validation : float
        Shares that are held out for the test, and to choose the L2 strength by.
    min_n : int
        Groups with fewer held-out images are withheld.
    progress : callable, optional
        Is told the share done.

    Returns
    -------
    LinearProbe
        The L2 strength is looked for among 97 values from 1e-6 to 1e6: first seven of them, then in halved steps round
        the best, by accuracy on the validation images; of equal ones the strongest. The last fit learns from training
        and validation images together. The same sample gives the same result.

    Raises
    ------
    QueryError
        As `hold_out`, or `min_n` is below 1.

    References
    ----------
    A. Radford et al. (2021), Learning transferable visual models from natural language supervision, appendix A.3.
    """
    check_least(min_n)
    parts, split = hold_out(sample, test, validation)
    train, chosen, held = parts == TRAIN, parts == VALIDATION, parts == TEST
    tell = progress or (lambda _: None)
    found: dict[int, float] = {}

    def try_strength(place: int) -> float:
        if place not in found:
            model = fit_logistic(sample.vectors[train], sample.truth[train], _STRENGTHS[place])[0]
            found[place] = float((model.predict(sample.vectors[chosen]) == sample.truth[chosen]).mean())
            tell(len(found) / 16)
        return found[place]

    best = search_strength(try_strength)
    model, converged = fit_logistic(sample.vectors[~held], sample.truth[~held], _STRENGTHS[best])
    answers = ask_held_out(sample, parts, np.asarray(model.predict(sample.vectors[held]), dtype=np.int64))
    overall, rows = compare_answers(answers, min_n)
    tell(1.0)
    tried = tuple((_STRENGTHS[place], accuracy) for place, accuracy in sorted(found.items()))
    return LinearProbe(split, _STRENGTHS[best], tried, converged, overall, rows, min_n)


def search_strength(measure: Callable[[int], float]) -> int:
    """Return the place with the highest value among 97, from every 16th on in halved steps round the best."""
    places = set(range(0, len(_STRENGTHS), _COARSE))
    step = _COARSE
    while True:
        best = max(sorted(places), key=lambda place: (measure(place), place))
        step //= 2
        if not step:
            return best
        places |= {place for place in (best - step, best + step) if 0 <= place < len(_STRENGTHS)}


def fit_logistic(vectors: NDArray[np.float32], truth: NDArray[np.int64], strength: float) -> tuple[Any, bool]:
    """Fit scikit-learn's logistic regression.

    Parameters
    ----------
    vectors : ndarray of float32, shape (N, D)
        Images.
    truth : ndarray of int64, shape (N,)
        Their classes, at least two.
    strength : float
        Of the L2 penalty: the inverse of ``C``.

    Returns
    -------
    model : sklearn.linear_model.LogisticRegression
    converged : bool
        Whether it came to rest within 1,000 iterations of L-BFGS.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    model = LogisticRegression(C=1 / strength, solver="lbfgs", max_iter=_MOST_STEPS)
    # Thousands of small products: several threads wait for each other longer than they work.
    with _ONE_AT_A_TIME, threadpool_limits(1, user_api="blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(vectors, truth)
    return model, bool(np.max(model.n_iter_) < _MOST_STEPS)
