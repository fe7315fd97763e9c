"""Several label sets on the same images: do their rates differ at all."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from clipdash.stats.counts import check_counts
from clipdash.stats.distributions import chi2_above


class SetsDiffer(NamedTuple):
    """Cochran's Q, its degrees of freedom and p."""

    q: float
    df: int
    p: float


def cochran_q(wrong: Sequence[int], together: Sequence[Sequence[int]]) -> SetsDiffer:
    """Test whether several sets misclassify equally many of the same images.

    Parameters
    ----------
    wrong : sequence of k int
        Images misclassified under each set.
    together : sequence of k rows of k int
        Images misclassified under both of two sets; the diagonal repeats `wrong`. Pairs of sets are all that is needed:
        the images' own sums enter only squared, ``sum L**2 = sum C + 2 sum of pairs``.

    Returns
    -------
    SetsDiffer
        p is 1 where every image is alike under all sets.

    Raises
    ------
    ValueError
        If there are fewer than two sets, or the shapes differ.

    References
    ----------
    W. G. Cochran (1950), The comparison of percentages in matched samples. Biometrika 37, 256-266.
    """
    (columns,), (pairs,) = check_counts(wrong=wrong), check_counts(together=together)
    sets = len(columns)
    if sets < 2 or pairs.shape != (sets, sets):
        raise ValueError(f"several sets need a square of counts; got {columns.shape} and {pairs.shape}")
    total = columns.sum()
    squares = total + 2 * pairs[np.triu_indices(sets, 1)].sum()
    spare = sets * total - squares
    if spare <= 0:
        return SetsDiffer(0.0, sets - 1, 1.0)
    q = float((sets - 1) * (sets * (columns**2).sum() - total**2) / spare)
    return SetsDiffer(q, sets - 1, chi2_above(q, sets - 1))
