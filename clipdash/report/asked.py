"""The question behind a result in plain words, as it stands at the top of a report."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from clipdash.audit import Audit
from clipdash.charts import format_count, format_value
from clipdash.labels import compare_sets
from clipdash.report.phrase import Phrase, join_phrases, list_phrases, mark_typed
from clipdash.report.ruling import say_rule

if TYPE_CHECKING:
    from clipdash.audit import Shift
    from clipdash.labels import LabelSet

__all__ = ["say_question"]

_MOST_NAMED = 12
#: Name of a variant whose encoder has no name of its own, as where it comes with the store.
_NAMELESS = ["encoder"]


def say_question(result: "Audit | Shift") -> Phrase:
    """Say what was asked: which lists, on which store, over which images, by which groups and with which rule.

    Parameters
    ----------
    result : Audit or Shift
        The answer.

    Returns
    -------
    Phrase
        Two sentences.
    """
    by = list_phrases([attribute.replace("_", " ") for attribute in result.by])
    rule = say_rule(result.rule)
    if isinstance(result, Audit):
        asked = join_phrases("What share of the images ", rule, ", by ", by, ", under ", _name(result.label_set), "?")
    else:
        change = _say_change(result.before, result.after)
        asked = join_phrases("How does the share of images that ", rule, " change, by ", by, ", when ", change, "?")
    return join_phrases(asked, " Asked of ", list_phrases([*_say_terms(result)], last="and"), ".")


def _say_change(before: "LabelSet", after: "LabelSet") -> Phrase:
    """Say what joins and leaves the list; where that is not all, or all is new, name both lists."""
    found = compare_sets(before, after)
    only_words = not (found.changed or found.flagged or found.templates)
    if not (only_words and found.kept and (found.added or found.removed)):
        return join_phrases("the list goes from ", _name(before), " to ", _name(after))
    steps = [(found.removed, "leaves", "leave"), (found.added, "joins", "join")]
    moves = [join_phrases(_list(texts), f" {one if len(texts) == 1 else many}") for texts, one, many in steps if texts]
    return join_phrases(list_phrases(moves), " ", _name(before))


def _name(label_set: "LabelSet") -> Phrase:
    return join_phrases(f"the {len(label_set.texts):,} labels ", _list(label_set.texts))


def _list(texts: Sequence[str]) -> Phrase:
    shown: list[str | Phrase] = [mark_typed(text) for text in texts[:_MOST_NAMED]]
    if len(texts) > _MOST_NAMED:
        shown.append(f"{len(texts) - _MOST_NAMED:,} more")
    return list_phrases(shown)


def _say_terms(result: "Audit | Shift") -> Iterator[Phrase]:
    """Yield the store or what stands for it, the filter, and how little is shown."""
    names = [*dict.fromkeys(result.table.variants)]
    variants = [mark_typed(name) for name in names if names != _NAMELESS]
    read = join_phrases(" as read by ", list_phrases(variants, last="before and then")) if variants else Phrase()
    if result.store is None:
        yield join_phrases("results from outside", read)
    else:
        yield join_phrases("the store ", mark_typed(result.store.name), read)
    for attribute, values in result.where.items():
        chosen = list_phrases([mark_typed(format_value(value)) for value in values], last="or")
        yield join_phrases(f"images annotated as {attribute.replace('_', ' ')} ", chosen)
    if not result.table.mode.single:
        yield join_phrases(f"labels by the {result.table.mode}".replace("the the", "the"))
    yield join_phrases(f"groups of {format_count(result.min_n)} judged images or more")
