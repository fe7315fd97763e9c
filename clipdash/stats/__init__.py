"""Intervals, paired tests, homogeneity, gaps and multiplicity: numbers in, numbers out.

Of a group's ``n`` judged images, ``fixed`` were misclassified only before and ``broken`` only after; both always
stand in that order, and a shift is always the rate after minus the rate before. No function here reads an image, a
label or a file; ``docs/method.md`` explains every figure in plain words. Counts that cannot be (negative, more than
there are images) raise `ValueError`: they are a bug of the caller, never a reader's mistake.
"""

from clipdash.stats.annotation import corrected_rate, observed_rate, vanishing_error
from clipdash.stats.bands import curve_band, ecdf_band
from clipdash.stats.binomial import binomial_p, clopper_pearson
from clipdash.stats.clusters import (
    Design,
    homogeneity_matched,
    rate_design,
    ratio_covariance,
    shift_design,
    sign_flip,
)
from clipdash.stats.contingency import Contingency, chi_squared
from clipdash.stats.contrasts import (
    Moments,
    contrast_means,
    gather_moments,
    permutation_p,
    score_means,
    shuffle_contrasts,
    spread_along,
)
from clipdash.stats.detection import detectable, detection_rate, fewest_moves
from clipdash.stats.discordance import Homogeneity, homogeneity, mcnemar_midp
from clipdash.stats.gaps import GapEstimate, gap
from clipdash.stats.intervals import Interval, newcombe_paired, newcombe_unpaired, one_way_interval, wilson
from clipdash.stats.matched import gap_matched, spread_matched, trend_matched
from clipdash.stats.multiplicity import benjamini_hochberg, holm
from clipdash.stats.permutation import Joint, flip_jointly, shuffle_groups
from clipdash.stats.projection import PROJECTED_GROUPS, SIMULATED_GROUPS, GapChange, gap_change, gap_change_matched
from clipdash.stats.several import SetsDiffer, cochran_q
from clipdash.stats.spread import Spread, rate_spread, shift_spread
from clipdash.stats.tolerance import Verdict, judge_intervals, judge_tolerance
from clipdash.stats.trend import Trend, rate_trend, shift_trend
from clipdash.stats.variance import split_variance

__all__ = [
    "PROJECTED_GROUPS",
    "SIMULATED_GROUPS",
    "Contingency",
    "Design",
    "GapChange",
    "GapEstimate",
    "Homogeneity",
    "Interval",
    "Joint",
    "Moments",
    "SetsDiffer",
    "Spread",
    "Trend",
    "Verdict",
    "benjamini_hochberg",
    "binomial_p",
    "chi_squared",
    "clopper_pearson",
    "cochran_q",
    "contrast_means",
    "corrected_rate",
    "curve_band",
    "detectable",
    "detection_rate",
    "ecdf_band",
    "fewest_moves",
    "flip_jointly",
    "gap",
    "gap_change",
    "gap_change_matched",
    "gap_matched",
    "gather_moments",
    "holm",
    "homogeneity",
    "homogeneity_matched",
    "judge_intervals",
    "judge_tolerance",
    "mcnemar_midp",
    "newcombe_paired",
    "newcombe_unpaired",
    "observed_rate",
    "one_way_interval",
    "permutation_p",
    "rate_design",
    "rate_spread",
    "rate_trend",
    "ratio_covariance",
    "score_means",
    "shift_design",
    "shift_spread",
    "shift_trend",
    "shuffle_contrasts",
    "shuffle_groups",
    "sign_flip",
    "split_variance",
    "spread_along",
    "spread_matched",
    "trend_matched",
    "vanishing_error",
    "wilson",
]
