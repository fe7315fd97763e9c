"""The clusters behind a table's counts: what images that hang together do to intervals and tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.tally import Tally
from clipdash.stats import Design, rate_design, shift_design, sign_flip

__all__ = ["FEW_CLUSTERS", "ClusterSums", "sum_clusters"]

#: With fewer clusters the intervals are no more than a hint.
FEW_CLUSTERS = 20


@dataclass(frozen=True, eq=False)
class ClusterSums:
    """Counts of G groups in K clusters.

    Parameters
    ----------
    sizes : ndarray of float64, shape (G, K)
        Judged images.
    wrong : ndarray of float64, shape (S, G, K)
        Images that count as misclassified under each set.
    fixed, broken : ndarray of float64, shape (G, K)
        Images misclassified only under the first, and only under the last set.
    """

    sizes: NDArray[np.float64]
    wrong: NDArray[np.float64]
    fixed: NDArray[np.float64]
    broken: NDArray[np.float64]

    @property
    def clusters(self) -> int:
        """K."""
        return len(self.sizes.T)

    def rate_design(self, side: int, group: int) -> Design:
        """Return the design effect of a group's rate under one set."""
        return rate_design(self.wrong[side, group], self.sizes[group])

    def shift_design(self, group: int) -> Design:
        """Return the design effect of a group's shift."""
        return shift_design(self.fixed[group], self.broken[group], self.sizes[group])

    def flip(self, group: int) -> float:
        """Return the p-value of a group's shift, whole clusters exchanged."""
        return sign_flip((self.broken[group] - self.fixed[group]).astype(np.int64))

    def pick(self, groups: NDArray[np.intp]) -> "ClusterSums":
        """Return the sums of some of the groups."""
        return ClusterSums(self.sizes[groups], self.wrong[:, groups], self.fixed[groups], self.broken[groups])


def sum_clusters(tally: Tally, member: NDArray[np.int64], groups: int) -> ClusterSums | None:
    """Add up the judged rows of a table by group and cluster.

    Parameters
    ----------
    tally : Tally
        The judged rows.
    member : ndarray of int64, shape (K,)
        Place of each row's group, -1 without one.
    groups : int
        How many there are.

    Returns
    -------
    ClusterSums or None
        None where the table names no cluster. An image without a value of it stands alone.
    """
    table = tally.table
    if table.cluster is None:
        return None
    codes = tally.cells[:, table.attributes.index(table.cluster)].astype(np.int64)
    alone = np.where(codes < 0, tally.counts, 1)
    rows = np.repeat(np.arange(len(codes)), alone)
    counts = np.where(codes < 0, 1, tally.counts)[rows].astype(np.float64)
    labels = codes[rows]
    lonely = labels < 0
    labels[lonely] = len(table.values[table.attributes.index(table.cluster)]) + np.arange(int(lonely.sum()))
    seen, cluster = np.unique(labels, return_inverse=True)
    inside, shape = member[rows] >= 0, (groups, len(seen))

    def add(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        total = np.zeros(shape)
        kept = inside & chosen
        np.add.at(total, (member[rows][kept], cluster[kept]), counts[kept])
        return total

    wrong = tally.wrong[rows]
    first, last = wrong[:, 0], wrong[:, -1]
    everything = np.ones(len(rows), dtype=bool)
    return ClusterSums(
        add(everything),
        np.stack([add(wrong[:, side]) for side in range(wrong.shape[1])]),
        add(first & ~last),
        add(~first & last),
    )
