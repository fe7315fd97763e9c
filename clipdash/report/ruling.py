"""What counts as misclassified, in words; and what a label set leaves no other way."""

from typing import TYPE_CHECKING

import numpy as np

from clipdash.audit import OUTCOMES, Rule
from clipdash.report.phrase import Phrase, join_phrases, mark_typed

if TYPE_CHECKING:
    from clipdash.labels import Label, LabelSet

__all__ = ["claims_nothing", "find_forced", "say_rule", "say_tick"]

_VERBS = {
    "misclassified": "count as misclassified",
    "flagged": "carry a flagged label",
    "contradicted": "carry a label that contradicts their annotation",
    "not-supported": "carry a label that their annotation does not support",
}
_TICKS = {
    "misclassified": "The tick across each bar marks the misclassified share: flagged plus contradicted.",
    "flagged": "The tick across each bar marks the flagged share.",
    "not-supported": "The tick across each bar marks the share that is not supported: all but the last part.",
}


def say_rule(rule: Rule) -> Phrase:
    """Return what images do that count: "count as misclassified", "carry a flagged label", ..."""
    if rule.kind == "category":
        return join_phrases("carry a label of the category ", mark_typed(rule.value or ""))
    if rule.kind == "label":
        return join_phrases("are labelled ", mark_typed(rule.value or ""))
    return join_phrases(_VERBS[rule.kind])


def say_tick(rule: Rule) -> Phrase:
    """Return the caption of the outcome bars; under some rules they carry no tick."""
    return join_phrases(_TICKS.get(rule.kind, ""))


def claims_nothing(label: "Label", label_set: "LabelSet") -> bool:
    """Say whether every image of a label is unclaimed: it has no claim and no flagged category."""
    return not label.claims and label.category not in label_set.flagged


def find_forced(label_set: "LabelSet", rule: Rule) -> float | None:
    """Return the rate that a label set forces under a rule, whatever the images show.

    Parameters
    ----------
    label_set : LabelSet
        The set.
    rule : Rule
        What counts.

    Returns
    -------
    float or None
        1.0 where every outcome of every label counts, 0.0 where none does, else None.
    """
    pairs = [
        (place, OUTCOMES.index(outcome))
        for place, label in enumerate(label_set.labels)
        for outcome in _list_outcomes(label, label_set)
    ]
    labels, outcomes = np.array(pairs).T
    counted = rule.mark(label_set, labels, outcomes)
    return 1.0 if counted.all() else None if counted.any() else 0.0


def _list_outcomes(label: "Label", label_set: "LabelSet") -> tuple[str, ...]:
    if label.category is not None and label.category in label_set.flagged:
        return ("flagged",)
    return ("contradicted", "supported") if label.claims else ("unclaimed",)
