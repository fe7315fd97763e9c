"""What changed between two label sets, in words that were added, removed and kept."""

from dataclasses import dataclass

from clipdash.labels.label_set import LabelSet
from clipdash.labels.wording import fold_text


@dataclass(frozen=True, slots=True)
class Difference:
    """How one label set differs from another.

    Attributes
    ----------
    added, removed, kept : tuple of str
        Label texts: only in the second set, only in the first, in both; in the order of the set they are taken from
        (kept: the second).
    changed : tuple of str
        Those of `kept` whose category or claims differ.
    templates, flagged : bool
        Whether the prompt templates, and the flagged categories, differ.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    changed: tuple[str, ...]
    templates: bool
    flagged: bool


def compare_sets(before: LabelSet, after: LabelSet) -> Difference:
    """Return what `after` adds to `before`, drops from it and keeps; texts are the same if their NFC form is.

    Parameters
    ----------
    before, after : LabelSet
        The two sets.

    Returns
    -------
    Difference
        All false and empty but `kept` if the sets differ at most in the order of labels, name and notes.
    """
    old = {fold_text(label.text): label for label in before.labels}
    new = {fold_text(label.text): label for label in after.labels}
    kept = [key for key in new if key in old]
    return Difference(
        added=tuple(label.text for key, label in new.items() if key not in old),
        removed=tuple(label.text for key, label in old.items() if key not in new),
        kept=tuple(new[key].text for key in kept),
        changed=tuple(
            new[key].text
            for key in kept
            if (new[key].category, new[key].claims) != (old[key].category, old[key].claims)
        ),
        templates=before.templates != after.templates,
        flagged=set(before.flagged) != set(after.flagged),
    )
