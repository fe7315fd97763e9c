"""Intervals, paired tests, homogeneity, gaps and multiplicity: numbers in, numbers out.

Of a group's ``n`` judged images, ``fixed`` were misclassified only before and ``broken`` only after; both always
stand in that order, and a shift is always the rate after minus the rate before. No function here reads an image, a
label or a file; ``docs/method.md`` explains every figure in plain words. Counts that cannot be (negative, more than
there are images) raise `ValueError`: they are a bug of the caller, never a reader's mistake.
"""

from clipdash.stats.discordance import Homogeneity, homogeneity, mcnemar_midp
from clipdash.stats.gaps import GapEstimate, gap
from clipdash.stats.intervals import Interval, newcombe_paired, newcombe_unpaired, one_way_interval, wilson
from clipdash.stats.multiplicity import holm
from clipdash.stats.projection import PROJECTED_GROUPS, SIMULATED_GROUPS, GapChange, gap_change

__all__ = [
    "PROJECTED_GROUPS",
    "SIMULATED_GROUPS",
    "GapChange",
    "GapEstimate",
    "Homogeneity",
    "Interval",
    "gap",
    "gap_change",
    "holm",
    "homogeneity",
    "mcnemar_midp",
    "newcombe_paired",
    "newcombe_unpaired",
    "one_way_interval",
    "wilson",
]
