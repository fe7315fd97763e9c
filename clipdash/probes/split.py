"""Which images a probe learns from, and which are held out: by seed, stratified, copies never parted."""

import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clipdash.audit import Answers, ProbeSplit
from clipdash.errors import QueryError
from clipdash.probes.sample import Sample, check_classes

__all__ = ["TEST", "TRAIN", "VALIDATION", "ask_held_out", "hold_out"]

TRAIN, VALIDATION, TEST = 0, 1, 2
_GOLDEN = (5**0.5 - 1) / 2


def hold_out(sample: Sample, test: float = 0.2, validation: float = 0.2) -> tuple[NDArray[np.int8], ProbeSplit]:
    """Split a sample into images to learn from, to choose by and to test on.

    Parameters
    ----------
    sample : Sample
        N images.
    test, validation : float
        Shares of the things split, each above 0, together below 1.

    Returns
    -------
    parts : ndarray of int8, shape (N,)
        0 to learn from, 1 validation, 2 held out. Stratified by class and group; images that hang together are never
        parted.
    split : ProbeSplit

    Raises
    ------
    QueryError
        The shares are not such, or a class is missing in a part.
    """
    if not (test > 0 and validation > 0 and test + validation < 1):
        raise QueryError(
            f"The shares held out are {test:g} for the test and {validation:g} for validation; "
            "each must be above 0 and both together below 1."
        )
    check_classes(sample)
    rng = np.random.default_rng([sample.seed, 1])
    _, first, place = np.unique(sample.units, return_index=True, return_inverse=True)
    strata = (sample.truth[first], rng.permutation(len(sample.groups) + 1)[sample.member[first]])
    order = np.lexsort((rng.random(len(first)), strata[1], strata[0]))
    # Steps of the golden section round a circle: of any stretch of the order each part gets its share, evenly.
    dealt = (rng.random() + _GOLDEN * np.arange(len(order))) % 1
    parts = np.empty(len(order), dtype=np.int8)
    parts[order] = np.where(dealt < test, TEST, np.where(dealt < test + validation, VALIDATION, TRAIN))
    found = parts[place]
    for part, share in ((TEST, test), (VALIDATION, validation), (TRAIN, 1 - test - validation)):
        missing = set(range(len(sample.values))) - set(sample.truth[found == part].tolist())
        if missing:
            raise QueryError(
                f'A part of {share:.0%} of the images holds none annotated with "{sample.values[min(missing)]}" of '
                f'"{sample.attribute}"; ask for larger parts, or leave that value out.'
            )
    return found, _describe_split(sample, found, len(first))


def _describe_split(sample: Sample, parts: NDArray[np.int8], units: int) -> ProbeSplit:
    listed = "\n".join(f"{image}\t{part}" for image, part in zip(sample.ids, parts.tolist(), strict=True))
    train, validation, test = np.bincount(parts, minlength=3).tolist()
    return ProbeSplit(
        store=sample.store,
        variant=sample.variant,
        attribute=sample.attribute,
        values=sample.values,
        by=sample.by,
        where=sample.where or {},
        label_set=sample.label_set,
        train=train,
        validation=validation,
        test=test,
        seed=sample.seed,
        digest=hashlib.sha256(listed.encode()).hexdigest(),
        cluster=sample.cluster,
        units=units,
        available=max(sample.available, len(sample.ids)),
        unannotated=sample.unannotated,
    )


def ask_held_out(sample: Sample, parts: NDArray[np.int8], said: NDArray[np.int64] | None = None) -> Answers:
    """Return what is known of the held-out images, and what a probe said of them."""
    held = parts == TEST
    empty = Answers(
        values=sample.values,
        groups=sample.groups,
        truth=sample.truth[held],
        member=sample.member[held],
        units=sample.units[held],
        said=np.full(int(held.sum()), -1, dtype=np.int64) if said is None else said,
    )
    return empty if sample.zero_shot is None else replace(empty, zero_shot=sample.zero_shot[held])
