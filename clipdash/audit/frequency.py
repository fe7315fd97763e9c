"""How often two groups carry each label: counts, shares, and which labels lean most to either group."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.accuracy import Share
from clipdash.audit.pairing import Estimate
from clipdash.audit.rule import Rule
from clipdash.audit.table import Table
from clipdash.audit.tally import count_by, count_side, tally_table
from clipdash.errors import QueryError
from clipdash.stats import chi_squared, holm, newcombe_unpaired, wilson

__all__ = ["LabelFrequencies", "LabelFrequency", "compare_frequencies"]

_EXPECTED = 5


@dataclass(frozen=True)
class LabelFrequency:
    """How often two groups carry one label.

    Parameters
    ----------
    label : str
        Its text.
    shares : tuple of two Share
        Of each group's images those that carry it, with Wilson's intervals.
    difference : Estimate
        The first group's share - the second's, with Newcombe's interval.
    chi_squared, p, p_adjusted : float, optional
        Pearson's test on one degree of freedom, without Yates' correction, and Holm's adjustment over the labels
        tested; None where no image carries the label, or every one does.
    expected : float
        The smallest expected count.
    """

    label: str
    shares: tuple[Share, Share]
    difference: Estimate
    chi_squared: float | None
    p: float | None
    p_adjusted: float | None
    expected: float

    @property
    def small(self) -> bool:
        """Whether an expected count is below 5, where the test is not to be relied on."""
        return self.expected < _EXPECTED

    @property
    def count(self) -> int:
        """Images of both groups that carry it."""
        return self.shares[0].count + self.shares[1].count


@dataclass(frozen=True)
class LabelFrequencies:
    """How often two groups carry each label of a set.

    Parameters
    ----------
    table : Table
        The counts.
    groups : tuple of two mappings
        Attribute to value.
    sizes : tuple of two int
        Images of each group.
    ungrouped : int
        Images without a value of an attribute grouped by.
    rows : tuple of LabelFrequency
        One a label, in the order of the set.
    leaning : tuple of two tuples of int
        For each group the labels, as places in `rows`, that its images carry more often than the other's: those with
        the largest difference, sorted by how many images of both carry them.
    tested : int
        Labels with a test.
    """

    table: Table
    groups: tuple[Mapping[str, str], Mapping[str, str]]
    sizes: tuple[int, int]
    ungrouped: int
    rows: tuple[LabelFrequency, ...]
    leaning: tuple[tuple[int, ...], tuple[int, ...]]
    tested: int


def compare_frequencies(table: Table, most: int = 20, min_n: int = 30) -> LabelFrequencies:
    """Compare how often two groups carry each label.

    Parameters
    ----------
    table : Table
        Counts under one label set; under a threshold or the k best an image counts for every label that it carries.
        Two groups have images; a filter on the attribute picks two of several.
    most : int
        So many labels for each group at most.
    min_n : int
        The least number of images of each group.

    Returns
    -------
    LabelFrequencies

    Raises
    ------
    QueryError
        There are not two groups of enough images, the images hang together, or a number is below 1.

    Notes
    -----
    Labels with equal differences stand in the order of the set. Labels are tested one by one, as Radford et al. (2021,
    section 7.1) and Agarwal et al. (2021) do; where an image has one label only, the tests of different labels hang
    together, which Holm's adjustment allows.
    """
    if most < 1:
        raise QueryError(f"The {most} most leaning labels were asked for; at least 1 is needed.")
    if table.cluster is not None:
        raise QueryError(
            f'Images that hang together by "{table.cluster}" are not independent, which this test needs; '
            "leave the cluster out."
        )
    tally = tally_table(table, Rule("flagged"), min_n, sets=1)
    counts = count_side(tally, 0, tally.member, len(tally.groups)).labels
    sizes = count_by(tally.member, tally.counts, len(tally.groups))
    kept = np.flatnonzero(sizes)
    if len(kept) != 2 or sizes[kept].min() < min_n:
        said = ", ".join(f"{' + '.join(tally.groups[place].values())} {sizes[place]:,}" for place in kept[:8])
        raise QueryError(
            f"Two groups of at least {min_n:,} images each are needed, and there are {len(kept)} with images"
            f"{f' ({said})' if said else ''}. Group by an attribute with two values, or pick two by a filter."
        )
    first, second = kept.tolist()
    rows = _describe(table.label_sets[0].texts, counts[kept], sizes[kept])
    differences = np.array([row.difference.value for row in rows])
    totals = np.array([row.count for row in rows])
    return LabelFrequencies(
        table,
        (tally.groups[first], tally.groups[second]),
        (int(sizes[first]), int(sizes[second])),
        tally.ungrouped,
        rows,
        (_pick(differences, totals, most), _pick(-differences, totals, most)),
        sum(row.p is not None for row in rows),
    )


def _describe(
    texts: tuple[str, ...], counts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[LabelFrequency, ...]:
    totals = [np.full(len(texts), size) for size in sizes.tolist()]
    bounds = [wilson(count, total) for count, total in zip(counts, totals, strict=True)]
    low, high = newcombe_unpaired(counts[0], totals[0], counts[1], totals[1])
    test = chi_squared(counts[0], sizes[0], counts[1], sizes[1])
    rows = []
    for place, text in enumerate(texts):
        shares = [
            Share(int(count[place]), int(size), float(count[place] / size), *(float(end[place]) for end in ends))
            for count, size, ends in zip(counts, sizes, bounds, strict=True)
        ]
        value = float(counts[0, place] / sizes[0] - counts[1, place] / sizes[1])
        rows.append(
            LabelFrequency(
                text,
                (shares[0], shares[1]),
                Estimate(value, float(low[place]), float(high[place])),
                _give(test.statistic[place]),
                _give(test.p[place]),
                None,
                float(test.least[place]),
            )
        )
    adjusted = holm([row.p for row in rows])
    return tuple(replace(row, p_adjusted=p) for row, p in zip(rows, adjusted, strict=True))


def _give(number: float) -> float | None:
    return None if isnan(number) else float(number)


def _pick(differences: NDArray[np.float64], totals: NDArray[np.int64], most: int) -> tuple[int, ...]:
    """Return the labels with the largest differences above 0, those of most images first."""
    ranked = np.argsort(-differences, kind="stable")[:most]
    chosen = np.sort(ranked[differences[ranked] > 0])
    return tuple(chosen[np.argsort(-totals[chosen], kind="stable")].tolist())
