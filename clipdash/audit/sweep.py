"""The rate of each group at every threshold, or at every number of best labels: a whole curve, not one point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import check_claims, find_judged
from clipdash.audit.peaks import Peaks, count_passing, decide_scores, find_peaks, is_plain
from clipdash.audit.rule import Rule
from clipdash.audit.selection import list_values, read_filter, read_grouping, select_images
from clipdash.audit.tally import list_groups
from clipdash.errors import QueryError, suggest
from clipdash.labels import check_temperature
from clipdash.stats import curve_band, ecdf_band

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet
    from clipdash.zeroshot import LabelScores

__all__ = ["GroupCurve", "Sweep", "SweepKind", "sweep_thresholds"]

SweepKind = Literal["probability", "cosine", "top-k"]
_POINTS = 100


@dataclass(frozen=True, eq=False)
class GroupCurve:
    """A group's rate along the sweep; everything after `withheld` is empty where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n : int
        Judged images.
    withheld : bool
        Whether `n` is too small.
    counts : ndarray of int64, shape (T,)
        Images that count as misclassified at each threshold.
    rates, low, high : ndarray of float64, shape (T,)
        Their share, and the 95 % band of the whole curve.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    counts: NDArray[np.int64]
    rates: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sweep:
    """The rates of one label set along a sweep.

    Parameters
    ----------
    scores : LabelScores
        Which set, store and variant.
    logit_scale : float, optional
        Of the softmax behind probabilities.
    kind : {"probability", "cosine", "top-k"}
        What is swept: a threshold on one of the two scores, or how many of the best labels count.
    rule : Rule
        What counts as misclassified.
    by : tuple of str
        The attributes grouped by.
    where : mapping of str to tuple of str
        The filter that was applied.
    min_n : int
        Groups with fewer judged images are withheld.
    band : {"DKW", "sup-t"}
        How the bands were made.
    thresholds : ndarray of float64, shape (T,)
        Ascending; numbers of labels under ``"top-k"``.
    n, unjudged, ungrouped : int
        As in `clipdash.audit.Audit`.
    overall : GroupCurve
        All judged images, as the group ``{}``.
    rows : tuple of GroupCurve
        One a group, in the order of the values.
    """

    scores: "LabelScores"
    logit_scale: float | None
    kind: SweepKind
    rule: Rule
    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    min_n: int
    band: Literal["DKW", "sup-t"]
    thresholds: NDArray[np.float64]
    n: int
    unjudged: int
    ungrouped: int
    overall: GroupCurve
    rows: tuple[GroupCurve, ...]

    @property
    def label_set(self) -> "LabelSet":
        """The set that was swept."""
        return self.scores.label_set


class _Question(NamedTuple):
    rule: Rule
    grid: NDArray[np.float64]
    plain: bool
    turned: bool
    min_n: int


def sweep_thresholds(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    scores: "LabelScores",
    *,
    kind: str = "probability",
    temperature: float | None = None,
    at: Sequence[float] = (),
    where: Mapping[str, str | Sequence[str]] | None = None,
    rule: Rule | None = None,
    min_n: int = 30,
) -> Sweep:
    """Return every group's rate at about a hundred thresholds, with a band that holds the whole curve.

    An image carries each label whose score is at least the threshold (or that is among the k best), and counts as under
    a single threshold: see `clipdash.zeroshot.predict`.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations, in the order of the scores.
    by : str or sequence of str
        The attributes to group by.
    scores : LabelScores
        Of the N images with the C labels of a set.
    kind : {"probability", "cosine", "top-k"}
        What is swept.
    temperature : float, optional
        Of the softmax behind probabilities, in place of the encoder's.
    at : sequence of float
        Thresholds to add to those chosen: quantiles of the scores that decide. Under ``"top-k"`` every number is there.
    where, rule, min_n
        As in `tabulate` and `measure`.

    Returns
    -------
    Sweep

    Raises
    ------
    QueryError
        The kind is none of the three, an attribute or a value does not exist, no image is left to sweep over, or a
        probability is asked of scores that have no temperature.
    LabelError
        A label claims what is not annotated.

    Notes
    -----
    Where an image counts just because some label passes, its curve is one minus the distribution of its largest such
    score, and the band is that of Dvoretzky, Kiefer and Wolfowitz. Under the rules *contradicted* (which a flagged
    label hides) and *not-supported* the curve may rise and fall, and the band is the sup-t bootstrap's.
    """
    if kind not in get_args(SweepKind):
        raise QueryError(f'There is no sweep over "{kind}". {suggest(kind, get_args(SweepKind))}')
    check_temperature(temperature, kind)
    rule, label_set, known = rule or Rule(), scores.label_set, list_values(people)
    rule.check([label_set])
    grouped, chosen = read_grouping(by, list(known)), read_filter(where, known)
    check_claims(label_set, known)
    if len(people) != scores.images:
        raise QueryError(f"The scores are of {scores.images} images and the annotations of {len(people)}.")
    selection = select_images(people, tuple(dict.fromkeys([*grouped, *label_set.claimed])), chosen)
    judged = np.ones(len(selection.rows), dtype=bool)
    if rule.needs_annotation:
        judged = find_judged([label_set], selection.attributes, selection.codes)
    if not judged.any():
        raise QueryError("No image can be judged here, so there is nothing to sweep over.")
    peaks = find_peaks(scores, selection, kind, rule, temperature).pick(judged)
    grid = _choose_grid(peaks, rule, kind, at, len(label_set.labels))
    groups, member = list_groups(selection.attributes, selection.values, grouped, selection.codes[judged])
    # Places among the best are negative scores, so their curve is turned to start with the best label alone.
    question = _Question(rule, grid, is_plain(peaks, rule), kind == "top-k", min_n)
    return Sweep(
        scores=scores,
        logit_scale=scores.find_scale(temperature) if kind == "probability" else None,
        kind=kind,  # type: ignore[arg-type]
        rule=rule,
        by=grouped,
        where=chosen,
        min_n=min_n,
        band="DKW" if question.plain else "sup-t",
        thresholds=-grid[::-1] if question.turned else grid,
        n=int(judged.sum()),
        unjudged=int((~judged).sum()),
        ungrouped=int((member < 0).sum()),
        overall=_draw_curve({}, peaks, question),
        rows=tuple(_draw_curve(group, peaks.pick(member == place), question) for place, group in enumerate(groups)),
    )


def _choose_grid(peaks: Peaks, rule: Rule, kind: str, at: Sequence[float], labels: int) -> NDArray[np.float64]:
    """Return thresholds, ascending: every place under the k best, else quantiles of the scores that decide."""
    if kind == "top-k":
        strange = [value for value in at if value not in range(1, labels + 1)]
        if strange:
            raise QueryError(f"The best {strange[0]:g} labels were asked for; name whole numbers from 1 to {labels}.")
        return -np.arange(labels, 0, -1, dtype=np.float64)
    wrong = [value for value in at if not np.isfinite(value) or (kind == "probability" and not 0 < value <= 1)]
    if wrong:
        raise QueryError(f"A threshold of {wrong[0]} was asked for; it must be a number, and a probability at most 1.")
    decisive = np.concatenate(decide_scores(peaks, rule))
    finite = decisive[np.isfinite(decisive)]
    shares = np.linspace(0, 1, _POINTS + 1)
    chosen = np.quantile(finite, shares, method="inverted_cdf") if len(finite) else np.array([])
    return np.unique(np.concatenate([chosen, np.asarray(at, dtype=np.float64)]))


def _draw_curve(group: Mapping[str, str], peaks: Peaks, question: _Question) -> GroupCurve:
    n, grid, rule = len(peaks.flagged), question.grid, question.rule
    if n < question.min_n:
        nothing = np.zeros(0)
        return GroupCurve(group, n, True, np.zeros(0, np.int64), nothing, nothing, nothing)
    if question.plain:
        ranked = np.sort(decide_scores(peaks, rule)[-1])
        counts = (n - np.searchsorted(ranked, grid, side="left")).astype(np.int64)
        band = ecdf_band(counts / n, n)
    else:
        sizes, marks = count_passing(peaks, rule, grid)
        counts = (sizes @ marks.astype(np.int64)).astype(np.int64)
        band = curve_band(sizes, marks)
    if question.turned:
        counts, band = counts[::-1], (band[0][::-1], band[1][::-1])
    return GroupCurve(group, n, False, counts, counts / n, *band)
