"""Made-up images with vectors, classes, groups and zero-shot answers, of which the right results are known."""

import numpy as np

from clipdash.probes import Sample


def make_sample(
    n=600, classes=2, gap=4.0, *, dim=12, seed=0, units=None, zero_shot=None, groups=("x", "y"), truth=None
):
    """Classes that lie `gap` apart along an axis each, in unit noise; 0 is pure noise."""
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(n) % classes) if truth is None else np.asarray(truth)
    vectors = rng.normal(size=(n, dim)) + gap * np.eye(dim)[truth]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Sample(
        vectors=vectors.astype(np.float32),
        ids=[f"{row}.png" for row in range(n)],
        attribute="kind",
        values=tuple("abcdefgh"[:classes]),
        truth=truth.astype(np.int64),
        by=("tone",),
        groups=tuple({"tone": name} for name in groups),
        member=rng.integers(0, len(groups), n),
        units=np.arange(n) if units is None else units,
        zero_shot=None if zero_shot is None else zero_shot(truth, rng),
        cluster=None if units is None else "drawing",
        available=n,
    )


def guess_right(share):
    """Zero-shot answers of two classes that are right so often, at random."""
    return lambda truth, rng: np.where(rng.random(len(truth)) < share, truth, 1 - truth)
