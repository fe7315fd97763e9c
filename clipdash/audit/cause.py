"""What each added or removed label does to a shift: leave it out, and see what goes with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from clipdash.audit.comparison import Shift, shift
from clipdash.audit.judging import find_judged_rows, pick_rows
from clipdash.audit.pairing import Estimate, GroupShift
from clipdash.audit.rule import Rule
from clipdash.audit.tabulation import tabulate
from clipdash.errors import QueryError
from clipdash.labels import compare_sets

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import Label, LabelSet
    from clipdash.zeroshot import Predictions

__all__ = ["Cause", "CausedGroup", "Explanation", "drop_label", "explain", "leave_out"]

MOST_CHANGED = 100


@dataclass(frozen=True)
class Cause:
    """One label that was added or removed, and what the second set does with it that it does not do without.

    Parameters
    ----------
    label : str
        Its text.
    change : {"added", "removed"}
        What became of it between the two sets.
    shift : Shift
        From the second set with this one change taken back, to the second set.
    """

    label: str
    change: Literal["added", "removed"]
    shift: Shift


@dataclass(frozen=True)
class CausedGroup:
    """A group's shift in parts; everything after `withheld` is None where it is withheld.

    Parameters
    ----------
    group : mapping of str to str
        Attribute to value.
    n : int
        Judged images.
    withheld : bool
        Whether `n` is too small.
    total : float, optional
        The group's whole shift.
    parts : tuple of Estimate, optional
        What goes with each cause, in their order, with paired intervals.
    interaction : float, optional
        What no label does alone: total less the sum of the parts.
    """

    group: Mapping[str, str]
    n: int
    withheld: bool
    total: float | None = None
    parts: tuple[Estimate, ...] | None = None
    interaction: float | None = None


@dataclass(frozen=True)
class Explanation:
    """A shift in parts.

    Parameters
    ----------
    total : Shift
        The whole comparison.
    causes : tuple of Cause
        One a label that was added or removed, in the order of the sets.
    overall : CausedGroup
        All judged images.
    rows : tuple of CausedGroup
        One a group, in the order of the comparison.
    """

    total: Shift
    causes: tuple[Cause, ...]
    overall: CausedGroup
    rows: tuple[CausedGroup, ...]


def leave_out(before: "LabelSet", after: "LabelSet") -> "tuple[tuple[Label, LabelSet], ...]":
    """Return, for each label in one set only, that label and the second set with its change taken back.

    An added label is left out; a removed one is put back at its place in the first set, so that ties are broken as they
    were. A label whose claims or category changed counts as neither.

    Parameters
    ----------
    before, after : LabelSet
        The two sets.

    Returns
    -------
    tuple of (Label, LabelSet)
        Removed labels first. A change that would leave fewer than two labels cannot be taken back and is passed over.
    """
    difference = compare_sets(before, after)
    removed = [label for label in before.labels if label.text in difference.removed]
    added = [label for label in after.labels if label.text in difference.added]
    rank = {text: place for place, text in enumerate(before.texts)}
    changes = []
    for label in removed:
        later = (place for place, text in enumerate(after.texts) if rank.get(text, -1) > rank[label.text])
        place = next(later, len(after.labels))
        changes.append((label, after.replace(labels=(*after.labels[:place], label, *after.labels[place:]))))
    if len(after.labels) > 2:
        changes += [(label, drop_label(after, label)) for label in added]
    return tuple(changes)


def drop_label(label_set: "LabelSet", label: "Label") -> "LabelSet":
    """Return a set without one of its labels; `LabelError` where fewer than two would be left."""
    return label_set.replace(labels=tuple(other for other in label_set.labels if other.text != label.text))


def explain(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    before: "Predictions",
    after: "Predictions",
    *,
    predict: "Callable[[LabelSet], Predictions]",
    where: Mapping[str, str | Sequence[str]] | None = None,
    rule: Rule | None = None,
    min_n: int = 30,
) -> Explanation:
    """Take a shift apart: leave each added or removed label out in turn.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    by : str or sequence of str
        The attributes to group by.
    before, after : Predictions
        The labels of the same images under both sets.
    predict : callable
        Returns the labels of the same images under another set; called once for each label that was added or removed.
    where, rule, min_n
        As in `tabulate` and `shift`.

    Returns
    -------
    Explanation
        In each group the parts and the interaction sum to the total.

    Raises
    ------
    QueryError
        The two sets have the same labels, or differ in more than 100.
    """
    changes = leave_out(before.label_set, after.label_set)
    if not 0 < len(changes) <= MOST_CHANGED:
        found = "no label" if not changes else f"{len(changes)} labels"
        raise QueryError(
            f"The two sets differ in {found}; 1 to {MOST_CHANGED} added or removed labels can be left out."
        )
    rule = rule or Rule()
    kept = find_judged_rows(people, (before.label_set, after.label_set), where, rule)
    chosen = people.iloc[kept]

    def compare(first: "Predictions", second: "Predictions", strict: bool = False) -> Shift:
        table = tabulate(chosen, by, pick_rows(first, kept), pick_rows(second, kept), where=where, rule=rule)
        return shift(table, rule, min_n, strict=strict)

    total, first = compare(before, after, strict=True), before.label_set.digest
    causes = tuple(
        Cause(
            label.text,
            "added" if label in after.label_set.labels else "removed",
            total if other.digest == first else compare(predict(other), after),
        )
        for label, other in changes
    )
    rows = tuple(_add_up(row, [cause.shift.rows[place] for cause in causes]) for place, row in enumerate(total.rows))
    return Explanation(total, causes, _add_up(total.overall, [cause.shift.overall for cause in causes]), rows)


def _add_up(row: GroupShift, parts: Sequence[GroupShift]) -> CausedGroup:
    if row.shift is None:
        return CausedGroup(row.group, row.n, withheld=True)
    estimates = tuple(part.shift for part in parts if part.shift is not None)
    interaction = row.shift.value - sum(estimate.value for estimate in estimates)
    return CausedGroup(row.group, row.n, False, row.shift.value, estimates, interaction)
