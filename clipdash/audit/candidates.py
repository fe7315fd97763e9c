"""Words that might join a label set: as vectors, and why some of a list cannot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.errors import QueryError
from clipdash.labels import fold_text

if TYPE_CHECKING:
    from clipdash.labels import LabelSet
    from clipdash.zeroshot import EmbeddedWords

__all__ = ["Candidates", "gather_candidates", "list_new"]

#: Two texts whose cosine is larger are one to the encoder; their scores differ by rounding alone.
_ALIKE = 1 - 1e-6


@dataclass(frozen=True, eq=False)
class Candidates:
    """Words that may join a set.

    Parameters
    ----------
    words : tuple of W str
        Their texts, in the order of the list.
    vectors : ndarray of float32, shape (W, D)
        Unit rows.
    left_out : tuple of (str, str)
        The other words of the list, each with the reason.
    """

    words: tuple[str, ...]
    vectors: NDArray[np.float32]
    left_out: tuple[tuple[str, str], ...]


def list_new(words: Sequence[str], *label_sets: "LabelSet") -> list[str]:
    """Return the words that no set has yet; QueryError where there is none."""
    known = {fold_text(text) for label_set in label_sets for text in label_set.texts}
    new = [word for word in words if fold_text(word) not in known]
    if not new:
        raise QueryError("Every word of the list is a label of the set already. Choose another list.")
    return new


def gather_candidates(
    words: Sequence[str], label_set: "LabelSet", embed: "Callable[[Sequence[str]], EmbeddedWords]"
) -> Candidates:
    """Embed the words that are not in a set.

    Parameters
    ----------
    words : sequence of str
        Any.
    label_set : LabelSet
        The set that they may join.
    embed : callable
        Returns words as vectors.

    Returns
    -------
    Candidates
        Without words that are the same to the encoder as a label of the set: they could take an image through a
        rounding error only.

    Raises
    ------
    QueryError
        No word is left.
    """
    new = list_new(words, label_set)
    found, labels = embed(new), embed(label_set.texts)
    likeness = found.vectors @ labels.vectors.T
    nearest, alike = likeness.argmax(axis=1), likeness.max(axis=1) > _ALIKE
    left_out = dict(found.left_out) | {
        found.words[place]: f'the same as the label "{labels.words[nearest[place]]}" to the encoder'
        for place in np.flatnonzero(alike).tolist()
    }
    left_out |= dict.fromkeys(set(words) - set(new), "a label of the set")
    if alike.all():
        raise QueryError(
            "Every word of the list is the same as a label of the set to the encoder. Choose another list."
        )
    return Candidates(
        tuple(word for word, same in zip(found.words, alike.tolist(), strict=True) if not same),
        found.vectors[~alike],
        tuple((word, left_out[word]) for word in words if word in left_out),
    )
