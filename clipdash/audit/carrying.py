"""Images that carry several labels, or none: the one state that each has, and how many carry each label."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import decide_outcomes
from clipdash.audit.rule import CONTRADICTED, FLAGGED, OUTCOMES, SUPPORTED, UNCLAIMED, Rule
from clipdash.audit.selection import Selection

if TYPE_CHECKING:
    from clipdash.labels import LabelSet

__all__ = ["STATES", "decide_states", "mark_states", "read_outcomes", "walk_labels"]

#: Of several labels the gravest decides; an image that carries none is unclaimed.
_GRAVITY = (FLAGGED, CONTRADICTED, SUPPORTED, UNCLAIMED)
_RANK = np.argsort(_GRAVITY).astype(np.int8)
#: A state is an outcome, and whether a label that the rule names is carried.
STATES = 2 * len(OUTCOMES)


def walk_labels(
    label_set: "LabelSet", attributes: Sequence[str], values: Sequence[Sequence[str]], cells: NDArray[np.integer]
) -> Iterator[NDArray[np.int8]]:
    """Yield, label by label, the outcome that it alone would give each image; parameters as in `decide_outcomes`."""
    for place in range(len(label_set.labels)):
        yield decide_outcomes(label_set, attributes, values, cells, np.array(place))


def decide_states(
    label_set: "LabelSet", selection: Selection, carried: NDArray[np.bool_], rule: Rule
) -> NDArray[np.int32]:
    """Decide the state of each image.

    Parameters
    ----------
    label_set : LabelSet
        C labels.
    selection : Selection
        M images, with every attribute that a label claims.
    carried : ndarray of bool, shape (M, C)
        Which labels each image carries.
    rule : Rule
        A rule that names a category or a label marks the images that carry one.

    Returns
    -------
    ndarray of int32, shape (M,)
        The outcome's code: flagged if a label carried is, else contradicted, else supported, else unclaimed; and
        `OUTCOMES` more where a label that the rule names is carried.
    """
    gravest = np.full(len(carried), _RANK[UNCLAIMED], dtype=np.int8)
    outcomes = walk_labels(label_set, selection.attributes, selection.values, selection.codes)
    for place, outcome in enumerate(outcomes):
        np.minimum(gravest, _RANK[outcome], out=gravest, where=carried[:, place])
    marked = carried[:, rule.name_labels(label_set)].any(axis=1)
    return (np.array(_GRAVITY)[gravest] + len(OUTCOMES) * marked).astype(np.int32)


def read_outcomes(states: NDArray[np.integer]) -> NDArray[np.int8]:
    """Return the outcome of each state."""
    return np.asarray(states % len(OUTCOMES), dtype=np.int8)


def mark_states(states: NDArray[np.integer], rule: Rule) -> NDArray[np.bool_]:
    """Say which states count as misclassified under the rule that they were decided with."""
    return rule.count_outcomes(read_outcomes(states)) if rule.value is None else np.asarray(states >= len(OUTCOMES))
