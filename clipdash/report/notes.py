"""What a reader has to know beside a result: who is left out, what was forced, and how far an interval goes."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from clipdash.audit import FEW_CLUSTERS, find_imbalances
from clipdash.audit.sides import LEVEL
from clipdash.charts import format_count, format_group, format_value
from clipdash.labels import compare_sets
from clipdash.report.figures import count_clusters
from clipdash.report.phrase import Phrase, join_phrases, list_phrases, mark_typed
from clipdash.report.ruling import find_forced, say_rule

if TYPE_CHECKING:
    from clipdash.audit import Audit, GroupRate, GroupShift, Rule, Shift
    from clipdash.labels import LabelSet

__all__ = ["note_audit", "note_shift"]

_MOST_NAMED = 3


def note_shift(result: "Shift") -> tuple[Phrase, ...]:
    """Return the notes of a comparison, in the order of reading."""
    notes = [
        *_note_filter(result),
        *_note_left_out(result, (result.before, result.after)),
        *_note_imbalance(result),
        *_note_forced(result.before, result.rule, " before"),
        *_note_forced(result.after, result.rule, " after"),
        *_note_mode(result),
        *_note_source(result),
        *_note_differences(result),
        *_note_one_way(result),
        *_note_clusters(result),
        *_note_intervals(sum(row.shift is not None for row in result.rows), result.level),
    ]
    return tuple(notes)


def note_audit(result: "Audit") -> tuple[Phrase, ...]:
    """Return the notes of one label set, in the order of reading."""
    label_set = result.label_set
    return (
        *_note_filter(result),
        *_note_left_out(result, (label_set,)),
        *_note_imbalance(result),
        *_note_forced(label_set, result.rule, ""),
        *_note_mode(result),
        *_note_source(result),
        *_note_clusters(result),
    )


def _note_filter(result: "Audit | Shift") -> Iterator[Phrase]:
    if result.where:
        chosen = [
            f"{attribute.replace('_', ' ')} {list_phrases([format_value(value) for value in values], 'or').plain}"
            for attribute, values in result.where.items()
        ]
        yield join_phrases("Only images annotated as ", list_phrases(chosen), " are counted.")


def _note_left_out(result: "Audit | Shift", label_sets: "Sequence[LabelSet]") -> Iterator[Phrase]:
    if result.unjudged:
        claimed = dict.fromkeys(attribute for label_set in label_sets for attribute in label_set.claimed)
        names = list_phrases([attribute.replace("_", " ") for attribute in claimed], "or")
        what = f"{_count(result.unjudged)} unjudged, in no rate and no count: an annotation that a label claims ("
        yield join_phrases(what, names, ") is missing.")
    if result.ungrouped:
        names = list_phrases([attribute.replace("_", " ") for attribute in result.by], "or")
        yield join_phrases(f"{_count(result.ungrouped)} in no group, since ", names, " is not annotated; they count in "
                           "the rate of all images.")  # fmt: skip
    yield from _note_withheld(result)


def _note_withheld(result: "Audit | Shift") -> Iterator[Phrase]:
    withheld = [row for row in result.rows if row.withheld and row.n]
    if withheld:
        verb = "is" if len(withheld) == 1 else "are"
        yield join_phrases(_name_groups(withheld), f" {verb} withheld: fewer than {result.min_n:,} images.")
    empty = [row for row in result.rows if not row.n]
    if empty:
        yield join_phrases(_name_groups(empty), f" {'has' if len(empty) == 1 else 'have'} no images.")


def _count(images: int) -> str:
    return f"{format_count(images)} image{' is' if images == 1 else 's are'}"


def _name_groups(rows: "Sequence[GroupRate | GroupShift]") -> Phrase:
    names = [
        f"{format_group(row.group)} (n = {format_count(row.n)})" if row.n else format_group(row.group)
        for row in rows[:_MOST_NAMED]
    ]
    rest = len(rows) - _MOST_NAMED
    return list_phrases([*names, f"{rest:,} more group{'s' if rest > 1 else ''}"] if rest > 0 else names)


def _note_imbalance(result: "Audit | Shift") -> Iterator[Phrase]:
    """Say where groups differ in a claimed attribute too, so that they are compared among some of its values only."""
    by = " and ".join(attribute.replace("_", " ") for attribute in result.by)
    for found in find_imbalances(result.table):
        name = found.attribute.replace("_", " ")
        for value, groups in list(found.missing.items())[:_MOST_NAMED]:
            names = [format_group(group) for group in groups[:_MOST_NAMED]]
            rest = len(groups) - _MOST_NAMED
            listed = list_phrases([*names, f"{rest:,} more"] if rest > 0 else names, "or").plain
            yield join_phrases(f"No image annotated as {listed} is annotated as {name} {format_value(value)}.")
        if found.complete:
            values = list_phrases([format_value(value) for value in found.complete], "or").plain
            yield join_phrases(f"So compare {by} only among images annotated as {name} {values}.")
        else:
            yield join_phrases(f"So groups of {by} differ in {name} as well; no value of {name} is in all of them.")


def _note_forced(label_set: "LabelSet", rule: "Rule", when: str) -> Iterator[Phrase]:
    forced = find_forced(label_set, rule)
    if forced == 1:
        yield join_phrases(
            f"The list{when} forces a rate of 100%: each of its labels makes images ", say_rule(rule),
            ", whatever they show.",
        )  # fmt: skip
    elif forced == 0:
        yield join_phrases(
            f"The list{when} forces a rate of 0%: none of its labels can make images ", say_rule(rule), "."
        )


def _note_mode(result: "Audit | Shift") -> Iterator[Phrase]:
    mode, scale = result.table.mode, result.table.logit_scale
    if not mode.single:
        heat = "" if scale is None else f" (softmax over the list at temperature {1 / scale:.3g})"
        labels = f"{mode}" if mode.k else f"every label with a {mode.score} of at least {mode.threshold:g}{heat}"
        yield join_phrases(f"An image carries {labels}{'' if mode.k else ', several or none'}; the gravest decides.")


def _note_source(result: "Audit | Shift") -> Iterator[Phrase]:
    if result.store is not None and not result.table.prompted:
        yield join_phrases("Prompt templates play no part: the labels were embedded or scored before they came here.")


def _note_differences(result: "Shift") -> Iterator[Phrase]:
    """Name what else differs where the headline speaks of labels added or removed."""
    difference = compare_sets(result.before, result.after)
    if not (difference.added or difference.removed):
        return
    if difference.changed:
        names = [mark_typed(text) for text in difference.changed[:_MOST_NAMED]]
        rest = len(difference.changed) - _MOST_NAMED
        listed = list_phrases([*names, f"{rest:,} more"] if rest > 0 else names)
        yield join_phrases("Both lists have ", listed, ", with other claims or categories.")
    others = (
        (difference.templates and result.table.prompted, "prompt templates"),
        (difference.flagged, "flagged categories"),
        (len(set(result.table.variants)) > 1, "encoders"),
    )
    differing = [name for differs, name in others if differs]
    if differing:
        yield join_phrases("The ", list_phrases(differing), " of the two lists differ too.")


def _note_one_way(result: "Shift") -> Iterator[Phrase]:
    words = {"fixed": "stop counting", "broken": "begin to count"}
    way = result.overall.one_way
    if way is not None:
        only = "a lower rate" if way == "fixed" else "a higher rate"
        yield join_phrases(
            f"Under these two lists an image can only {words[way]}, so {only} was the only change possible: "
            "there is no p value, since nothing else was possible."
        )
        return
    rows = [row for row in result.rows if row.one_way is not None]
    if rows:
        yield join_phrases("In ", _name_groups(rows), " only one direction was possible: there is no p value, since "
                           "nothing else was possible.")  # fmt: skip


def _note_clusters(result: "Audit | Shift") -> Iterator[Phrase]:
    name = result.table.cluster
    if name is None:
        return
    clusters = count_clusters(result)
    few = "; with fewer than 20 the intervals are no more than a hint" if clusters < FEW_CLUSTERS else ""
    drawn = f"{format_count(clusters)} of these, which intervals and tests count as so many draws{few}."
    yield join_phrases(f"Images with one {name.replace('_', ' ')} hang together: {drawn}")


def _note_intervals(shown: int, level: float) -> Iterator[Phrase]:
    if shown >= 2 and level > LEVEL:
        yield join_phrases(f"The intervals of the {shown:,} groups hold together, each at {100 * level:.4g}%.")
    elif shown >= 2:
        chance = 100 * (1 - LEVEL**shown)
        yield join_phrases(
            f"Each interval is 95% by itself: with {shown:,} groups and no shift at all, about "
            f"{min(chance, 99):.0f}% of such comparisons have at least one interval that excludes 0."
        )
