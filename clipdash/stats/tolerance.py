"""Is a shift beyond what is tolerated, or within it, or can that not be told."""

from typing import Literal, NamedTuple

from clipdash.stats.counts import check_level
from clipdash.stats.intervals import Interval, newcombe_paired


class Verdict(NamedTuple):
    """The verdict, and the intervals of both levels that it rests on."""

    verdict: Literal["beyond", "within", "cannot tell"]
    outer: Interval
    inner: Interval


def judge_tolerance(
    *, both: float, fixed: float, broken: float, neither: float, tolerance: float, alpha: float = 0.05
) -> Verdict:
    """Judge a shift against a tolerance.

    Parameters
    ----------
    both, fixed, broken, neither : float
        As in `clipdash.stats.newcombe_paired`.
    tolerance : float
        Largest size of a shift that is tolerated, above 0.
    alpha : float
        Error of either verdict. "All groups are within" needs no adjustment; "some group is beyond" uses ``alpha / m``.

    Returns
    -------
    Verdict
        *beyond* where the interval of level 1 - alpha lies wholly outside, *within* where that of level 1 - 2 alpha
        lies wholly inside (two one-sided tests), else *cannot tell*.

    Raises
    ------
    ValueError
        If `tolerance` is not above 0, or a count is negative.

    References
    ----------
    D. J. Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach. Journal of
    Pharmacokinetics and Biopharmaceutics 15, 657-680.
    """
    check_level(2 * alpha)
    outer, inner = (
        newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither, level=level)
        for level in (1 - alpha, 1 - 2 * alpha)
    )
    return judge_intervals(outer, inner, tolerance)


def judge_intervals(outer: Interval, inner: Interval, tolerance: float) -> Verdict:
    """Judge a shift against a tolerance by its intervals of level 1 - alpha and 1 - 2 alpha; see `judge_tolerance`."""
    if not tolerance > 0:
        raise ValueError(f"a tolerance must be above 0; got {tolerance}")
    if outer.low > tolerance or outer.high < -tolerance:
        return Verdict("beyond", outer, inner)
    if -tolerance < inner.low and inner.high < tolerance:
        return Verdict("within", outer, inner)
    return Verdict("cannot tell", outer, inner)
