"""The finding in plain sentences: a headline, what stands under it, and the notes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipdash.audit import Audit
from clipdash.charts import format_count, format_interval, format_points, format_rate, format_size, is_quiet
from clipdash.report.groups import (
    say_estimate,
    say_gap,
    say_gap_ends,
    say_gap_shift,
    say_homogeneity,
    say_movers,
    say_spread,
    say_trend,
)
from clipdash.report.headline import head_audit, head_shift, is_unchanged
from clipdash.report.notes import note_audit, note_shift
from clipdash.report.phrase import Phrase, join_phrases, list_phrases, mark_figure, mark_typed
from clipdash.report.ruling import claims_nothing, say_rule, say_tick

if TYPE_CHECKING:
    from clipdash.audit import Shift
    from clipdash.labels import LabelSet

__all__ = ["Finding", "describe", "describe_audit", "describe_shift", "say_flows", "say_left_out"]

_INTERVALS = (
    "Lines are 95% intervals: Wilson for rates, paired for shifts. The lines of the two rates may overlap even where "
    "the shift is clear, so read the shift itself."
)
_MOST_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """What a result says, in words.

    Parameters
    ----------
    headline : Phrase
        The heading of the page: one line without a full stop, except where nothing changed.
    sentences : tuple of Phrase
        The paragraph under it.
    notes : tuple of Phrase
        Who is left out, what was forced, how far the intervals go.
    homogeneity : Phrase
        Whether the groups shift differently, for above the gap; empty with fewer than two groups, and for one set.
    gap : Phrase
        The gap in one sentence.
    captions : mapping of str to Phrase
        The caption under ``"shift"`` or ``"rate"``, ``"outcomes"``, ``"gap"``, ``"flows"`` and ``"table"``.
    """

    headline: Phrase
    sentences: tuple[Phrase, ...]
    notes: tuple[Phrase, ...]
    homogeneity: Phrase = field(default_factory=Phrase)
    gap: Phrase = field(default_factory=Phrase)
    captions: Mapping[str, Phrase] = field(default_factory=dict)


def describe(result: "Audit | Shift") -> Finding:
    """Describe a result of either kind; see `describe_audit` and `describe_shift`."""
    return describe_audit(result) if isinstance(result, Audit) else describe_shift(result)


def describe_shift(result: "Shift") -> Finding:
    """Put a comparison into words.

    Parameters
    ----------
    result : Shift
        The comparison.

    Returns
    -------
    Finding
        Words that describe images and labels, never people: "annotated as", "count as", "lower", "higher".
    """
    sentences = (_say_whole(result), _say_sides(result), say_movers(result), _say_unclaimed(result))
    captions = {
        "shift": join_phrases(_INTERVALS),
        "outcomes": say_tick(result.rule),
        "gap": say_gap_ends(result),
        "flows": say_flows(result),
        "table": _say_table(result),
    }
    return Finding(
        headline=head_shift(result),
        sentences=tuple(sentence for sentence in sentences if sentence),
        notes=note_shift(result),
        homogeneity=_say_differences(result),
        gap=say_gap_shift(result),
        captions=captions,
    )


def describe_audit(result: "Audit") -> Finding:
    """Put the rates under one label set into words.

    Parameters
    ----------
    result : Audit
        The rates.

    Returns
    -------
    Finding
    """
    sentences = (_say_rate(result), _say_unclaimed_share(result))
    captions = {
        "rate": join_phrases("Lines are 95% intervals (Wilson)."),
        "outcomes": say_tick(result.rule),
        "gap": say_gap_ends(result),
        "table": join_phrases("Intervals are Wilson's, 95% each."),
    }
    return Finding(
        headline=head_audit(result),
        sentences=tuple(sentence for sentence in sentences if sentence),
        notes=note_audit(result),
        gap=say_gap(result),
        captions=captions,
    )


def _say_differences(result: "Shift") -> Phrase:
    said = (say_homogeneity(result.homogeneity), say_spread(result.spread.shift), say_trend(result))
    spaced = [part for phrase in said if phrase for part in (" ", phrase)]
    return join_phrases(*spaced[1:])


def _say_whole(result: "Shift") -> Phrase:
    """Say the shift over all images with its interval and n."""
    shift = result.overall.shift
    if shift is None or is_unchanged(result):
        return Phrase()
    images = f"On the same {_count(result.n)} "
    if is_quiet(shift):
        figure = mark_figure(f"{format_points(shift.value)} points")
        interval = format_interval(shift.low, shift.high)
        return join_phrases(images, "the shift is ", figure, f" (95% interval {interval}, which includes no change).")
    figure = mark_figure(f"{format_size(shift.value)} points {'higher' if shift.value > 0 else 'lower'}")
    return join_phrases(images, "that is ", figure, f" (95% interval {say_estimate(shift)}).")


def _say_sides(result: "Shift") -> Phrase:
    """Say what an unchanged rate hides: as many images no longer count as newly do."""
    fixed, broken = result.overall.fixed, result.overall.broken
    if fixed is None or broken is None or is_unchanged(result):
        return Phrase()
    if fixed == broken == 0:
        moved = sum(flow.count for flow in result.flows if flow.before != flow.after)
        what = "label" if result.table.mode.single else "outcome"
        return join_phrases(mark_figure(_count(moved)), f" moved to another {what}, none of them to the other side.")
    if result.overall.shift is None or not is_quiet(result.overall.shift):
        return Phrase()
    return join_phrases(
        mark_figure(_count(fixed)), " no longer count and ", mark_figure(format_count(broken)), " newly do."
    )


def _say_unclaimed(result: "Shift") -> Phrase:
    """Say how many images moved to labels that claim nothing about them, or left such labels."""
    if not result.table.mode.single:
        return Phrase()
    old, new = _list_neutral(result.before), _list_neutral(result.after)
    joined, left = Counter[str](), Counter[str]()
    for flow in result.flows:
        if flow.after in new and flow.before not in old:
            joined[flow.after] += flow.count
        if flow.before in old and flow.after not in new:
            left[flow.before] += flow.count
    counts, verb = (joined, "moved to") if joined.total() >= left.total() else (left, "left")
    if not counts or result.overall.before is None:
        return Phrase()
    share = f" ({format_rate(counts.total() / result.n)}) {verb} "
    return join_phrases("And ", mark_figure(_count(counts.total())), share, _name_neutral(counts), " about them.")


def _list_neutral(label_set: "LabelSet") -> frozenset[str]:
    return frozenset(label.text for label in label_set.labels if claims_nothing(label, label_set))


def _name_neutral(counts: Mapping[str, int]) -> Phrase:
    if len(counts) > _MOST_NAMED:
        return join_phrases(f"{len(counts):,} labels that claim nothing")
    names = list_phrases([mark_typed(text) for text in counts], "or")
    return join_phrases(names, ", a label that claims nothing" if len(counts) == 1 else ", labels that claim nothing")


def say_flows(result: "Shift") -> Phrase:
    """Say what the colours of the flows mean, and how many images moved."""
    kept = sum(flow.count for flow in result.flows if flow.before == flow.after)
    moved = sum(flow.count for flow in result.flows) - kept
    what = "label" if result.table.mode.single else "outcome"
    return join_phrases(
        f"Blue: moved to another {what} ({_count(moved)}). Grey: kept its {what} ({format_count(kept)})."
    )


def _say_table(result: "Shift") -> Phrase:
    tested = sum(row.p_adjusted is not None for row in result.rows)
    parts = [" only before, only after. Shifts are computed before rounding."]
    if tested:
        parts.append(f"p: exact McNemar mid-p, Holm-adjusted over the {tested:,} groups shown.")
    if any(row.one_way for row in result.rows):
        parts.append("One way: nothing else was possible, so there is no p value.")
    return join_phrases("No longer, newly: images that ", say_rule(result.rule), " ".join(parts))


def _say_rate(result: "Audit") -> Phrase:
    side = result.overall.side
    if side is None:
        return Phrase()
    figure = mark_figure(f"{format_count(side.misclassified)} of {_count(result.n)}")
    return join_phrases("That is ", figure, f" (95% interval {format_rate(side.low)} to {format_rate(side.high)}).")


def _say_unclaimed_share(result: "Audit") -> Phrase:
    side, neutral = result.overall.side, _list_neutral(result.label_set)
    if side is None or not result.table.mode.single:
        return Phrase()
    counts = {text: count for text, count in side.labels.items() if count and text in neutral}
    images = sum(counts.values())
    if not images:
        return Phrase()
    share = f" ({format_rate(images / result.n)}) carr{'ies' if images == 1 else 'y'} "
    return join_phrases(mark_figure(_count(images)), share, _name_neutral(counts), " about them.")


def _count(images: int) -> str:
    return f"{format_count(images)} image{'' if images == 1 else 's'}"


def say_left_out(left_out: Sequence[str]) -> str:
    """Say how many annotated images have no prediction, and the first of them; empty where all have one."""
    if not left_out:
        return ""
    one = len(left_out) == 1
    return (
        f"{len(left_out):,} annotated {'image has' if one else 'images have'} no prediction and "
        f"{'is' if one else 'are'} left out, first {left_out[0]}."
    )
