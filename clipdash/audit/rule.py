"""What counts as misclassified: the one place that knows the rules."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from clipdash.errors import QueryError, suggest

if TYPE_CHECKING:
    from clipdash.labels import LabelSet

__all__ = ["OUTCOMES", "Rule", "RuleKind", "parse_rule"]

#: Every outcome that an image can have, in the order of drawing; an outcome's code is its place here.
OUTCOMES = ("flagged", "contradicted", "unclaimed", "supported")
FLAGGED, CONTRADICTED, UNCLAIMED, SUPPORTED = range(4)

RuleKind = Literal["misclassified", "flagged", "contradicted", "not-supported", "category", "label"]
#: Which outcomes count, for the rules that look at outcomes only.
_COUNTED: dict[str, tuple[int, ...]] = {
    "misclassified": (FLAGGED, CONTRADICTED),
    "flagged": (FLAGGED,),
    "contradicted": (CONTRADICTED,),
    "not-supported": (FLAGGED, CONTRADICTED, UNCLAIMED),
}
_NAMED = ("category", "label")
_SPELLINGS = (*_COUNTED, "category:NAME", "label:TEXT")


@dataclass(frozen=True)
class Rule:
    """Which images count as misclassified.

    Parameters
    ----------
    kind : str
        ``"misclassified"`` (flagged or contradicted), ``"flagged"``, ``"contradicted"``, ``"not-supported"``,
        ``"category"`` or ``"label"``.
    value : str, optional
        The category or the label's text, for the last two kinds.

    Raises
    ------
    QueryError
        If there is no such kind, or a value is missing or too many.
    """

    kind: RuleKind = "misclassified"
    value: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(RuleKind):
            raise QueryError(f'There is no rule "{self.kind}". {suggest(self.kind, _SPELLINGS)}')
        if self.kind in _NAMED and not (self.value or "").strip():
            raise QueryError(f'The rule "{self.kind}:" names no {self.kind}; write {self.kind}:{_example(self.kind)}.')
        if self.kind not in _NAMED and self.value is not None:
            raise QueryError(f'The rule "{self.kind}" takes no value, but "{self.value}" was given.')

    def __str__(self) -> str:
        return self.kind if self.value is None else f"{self.kind}:{self.value}"

    @property
    def needs_annotation(self) -> bool:
        """Whether an image without an annotation that a label claims stays out of every count."""
        return self.kind in ("misclassified", "contradicted", "not-supported")

    def check(self, label_sets: "Iterable[LabelSet]") -> None:
        """Refuse a category or a label that none of the sets has.

        Parameters
        ----------
        label_sets : iterable of LabelSet
            The sets that the rule will be applied to.

        Raises
        ------
        QueryError
            With the nearest existing name.
        """
        if self.value is None:
            return
        labels = [label for label_set in label_sets for label in label_set.labels]
        names = [label.text if self.kind == "label" else label.category for label in labels]
        known = [name for name in names if name is not None]
        if _fold(self.value) not in map(_fold, known):
            raise QueryError(f'No label set here has the {self.kind} "{self.value}". {suggest(self.value, known)}')

    def mark(
        self, label_set: "LabelSet", labels: NDArray[np.integer], outcomes: NDArray[np.integer]
    ) -> NDArray[np.bool_]:
        """Say which images count as misclassified.

        Parameters
        ----------
        label_set : LabelSet
            The set that `labels` points into.
        labels : ndarray of int
            Index of each image's label.
        outcomes : ndarray of int
            Code of each image's outcome (its place in `OUTCOMES`); broadcasts against `labels`.

        Returns
        -------
        ndarray of bool
            Of the broadcast shape.
        """
        if self.value is None:
            return self.count_outcomes(outcomes)
        return np.broadcast_to(self.name_labels(label_set)[labels], np.broadcast_shapes(labels.shape, outcomes.shape))

    def count_outcomes(self, outcomes: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Say which outcomes count, for the rules that look at outcomes only."""
        return np.isin(outcomes, _COUNTED[self.kind])

    def name_labels(self, label_set: "LabelSet") -> NDArray[np.bool_]:
        """Say which labels of a set the rule names, shape (C,); none for the rules that look at outcomes only."""
        names = [label.text if self.kind == "label" else label.category for label in label_set.labels]
        wanted = None if self.value is None else _fold(self.value)
        return np.array([name is not None and _fold(name) == wanted for name in names])


def parse_rule(text: str) -> Rule:
    """Read a rule as it is typed.

    Parameters
    ----------
    text : str
        ``misclassified``, ``flagged``, ``contradicted``, ``not-supported``, ``category:NAME`` or ``label:TEXT``.

    Returns
    -------
    Rule
        ``str(rule)`` gives the text back, without blanks around it.

    Raises
    ------
    QueryError
        If there is no such rule; the message names the nearest.

    Examples
    --------
    >>> parse_rule("category:crime")
    Rule(kind='category', value='crime')
    """
    kind, colon, value = text.strip().partition(":")
    if kind.strip() in _NAMED:
        return Rule(kind.strip(), value.strip() or None)  # type: ignore[arg-type]
    if colon or kind not in _COUNTED:
        raise QueryError(f'There is no rule "{text.strip()}". {suggest(text.strip(), _SPELLINGS)}')
    return Rule(kind)  # type: ignore[arg-type]


def _fold(name: str) -> str:
    """Two spellings of the same accent name the same label."""
    return unicodedata.normalize("NFC", name)


def _example(kind: str) -> str:
    return "NAME" if kind == "category" else "TEXT"
