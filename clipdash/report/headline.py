"""The headline of a result: what was changed, and the rate that it made of which."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clipdash.charts import format_count, format_rate, round_points
from clipdash.labels import compare_sets
from clipdash.report.phrase import Phrase, join_phrases, list_phrases, mark_typed
from clipdash.report.ruling import say_rule

if TYPE_CHECKING:
    from clipdash.audit import Audit, Shift
    from clipdash.labels import Difference

__all__ = ["ask_shift", "head_audit", "head_shift", "is_unchanged"]

UNCHANGED = "Both lists gave every image the same label."
_MOST_NAMED = 3


def head_shift(result: "Shift") -> Phrase:
    """Write the headline of a comparison.

    Such as "With *boy* added, 28.7% of images count as misclassified, down from 44.0%"; without images, with too few,
    or without any change it says that instead.
    """
    before, after = result.overall.before, result.overall.after
    if before is None or after is None:
        return _say_few(result)
    if is_unchanged(result):
        return join_phrases(UNCHANGED if result.table.mode.single else "Both lists gave every image the same outcome.")
    new, old = format_rate(after.rate), format_rate(before.rate)
    if result.overall.fixed == result.overall.broken:
        end = "as before"
    elif new == old or not round_points(after.rate - before.rate):
        end = f"hardly {'up' if after.rate > before.rate else 'down'} from {old}"
    else:
        end = f"{'up' if after.rate > before.rate else 'down'} from {old}"
    return join_phrases("With ", _say_change(result), f", {new} of images ", say_rule(result.rule), f", {end}")


def ask_shift(result: "Shift") -> Phrase:
    """Write a comparison's question without its answer.

    Such as "With *boy* added: what changes for images by annotated age?"; empty where there are too few images.
    """
    if result.overall.before is None or result.overall.after is None:
        return Phrase()
    by = " and ".join(name.replace("_", " ") for name in result.by)
    return join_phrases(
        "With ", _say_change(result), f": what changes for images{f' by annotated {by}' if by else ''}?"
    )


def head_audit(result: "Audit") -> Phrase:
    """Write the headline of a single set: "With *man* and *woman*, 12.3% of images count as misclassified"."""
    if result.overall.side is None:
        return _say_few(result)
    rate = format_rate(result.overall.side.rate)
    labels = _name_labels(result.label_set.texts)
    return join_phrases("With ", labels, f", {rate} of images ", say_rule(result.rule))


def is_unchanged(result: "Shift") -> bool:
    """Say whether no image changed its label, nor its side by another claim or category."""
    moved = any(flow.before != flow.after for flow in result.flows)
    return not (moved or result.overall.fixed or result.overall.broken)


def _say_few(result: "Audit | Shift") -> Phrase:
    if not result.n:
        return join_phrases("No image can be judged here, so there is no rate")
    number = format_count(result.n)
    verb = "image is" if result.n == 1 else "images are"
    return join_phrases(f"Only {number} {verb} judged, fewer than {result.min_n:,}, so no rate is shown")


def _name_labels(texts: Sequence[str]) -> Phrase:
    if len(texts) <= _MOST_NAMED:
        return list_phrases([mark_typed(text) for text in texts])
    return join_phrases(f"{len(texts):,} labels (", mark_typed(texts[0]), ", ", mark_typed(texts[1]), ", ...)")


def _say_change(result: "Shift") -> Phrase:
    """Return what comes between "With" and the rate."""
    difference = compare_sets(result.before, result.after)
    added, removed = difference.added, difference.removed
    if added and removed and not difference.kept:
        return join_phrases(_name_labels(added), " in place of ", _name_labels(removed))
    parts = [_say_words(texts, verb) for texts, verb in ((added, "added"), (removed, "removed")) if texts]
    return list_phrases(parts) if parts else _say_other(result, difference)


def _say_words(texts: Sequence[str], verb: str) -> Phrase:
    if len(texts) <= _MOST_NAMED:
        return join_phrases(_name_labels(texts), f" {verb}")
    return join_phrases(f"{len(texts):,} labels {verb} (", mark_typed(texts[0]), ", ", mark_typed(texts[1]), ", ...)")


def _say_other(result: "Shift", difference: "Difference") -> Phrase:
    """Return what differs between two lists of the same labels."""
    variants = result.table.variants
    parts: list[str | Phrase] = []
    if len(set(variants)) > 1:
        parts.append(join_phrases(mark_typed(variants[1]), " in place of ", mark_typed(variants[0])))
    if difference.changed:
        parts.append(join_phrases("other claims or categories for ", _name_labels(difference.changed)))
    if difference.flagged:
        parts.append("other flagged categories")
    if difference.templates:
        parts.append("other templates")
    if not parts and result.before.texts != result.after.texts:
        parts.append("the labels in another order")
    return list_phrases(parts) if parts else join_phrases("the list ", mark_typed(result.after.name))
