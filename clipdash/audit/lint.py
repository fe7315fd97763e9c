"""What may be wrong with a label set before it is run: hints, not errors."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from clipdash.labels import LabelSet

__all__ = ["lint_labels"]

ALIKE = 0.98
_MOST_NAMED = 3
_MOST_VALUES = 20  # of an attribute with more, a set is not meant to name each


def lint_labels(
    label_set: "LabelSet",
    known: Mapping[str, Sequence[str]],
    weights: NDArray[np.float32] | None = None,
) -> tuple[str, ...]:
    """Look for labels that are nearly the same, categories that no label has, and values that no label claims.

    What cannot be run at all (a template without ``{}``, a label beyond the encoder's context, a claim on what is not
    annotated) is refused elsewhere.

    Parameters
    ----------
    label_set : LabelSet
        C labels.
    known : mapping of str to sequence of str
        The annotated attributes and their values.
    weights : ndarray of float32, shape (C, D), optional
        Unit embeddings of the labels; without them nothing is said of likeness.

    Returns
    -------
    tuple of str
        Sentences.
    """
    near = () if weights is None else tuple(_find_alike(label_set, weights))
    return (*near, *_find_idle(label_set), *_find_lopsided(label_set, known))


def _find_alike(label_set: "LabelSet", weights: NDArray[np.float32]) -> Iterator[str]:
    alike = np.argwhere(np.triu(weights @ weights.T, 1) > ALIKE)
    for first, second in alike[:_MOST_NAMED].tolist():
        texts = label_set.texts
        yield (
            f'"{texts[first]}" and "{texts[second]}" mean nearly the same to this encoder (cosine above {ALIKE}): '
            "which of them an image gets is close to chance."
        )
    if len(alike) > _MOST_NAMED:
        yield f"So do {len(alike) - _MOST_NAMED:,} more pairs of labels."


def _find_idle(label_set: "LabelSet") -> Iterator[str]:
    for category in label_set.flagged:
        if category not in label_set.categories:
            yield f'The category "{category}" is flagged, but no label has it.'


def _find_lopsided(label_set: "LabelSet", known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for attribute in label_set.claimed:
        claimed = {value for label in label_set.labels for value in label.claims.get(attribute, ())}
        left = [value for value in known.get(attribute, ()) if value not in claimed]
        if left and len(known[attribute]) <= _MOST_VALUES:
            named = ", ".join(f'"{value}"' for value in left[:_MOST_NAMED])
            more = f" and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
            yield (
                f"Some label claims a value of {attribute}, none claims {named}{more}: images annotated so cannot be "
                "supported, only contradicted, flagged or unclaimed."
            )
