"""Each image held against its own options, and no others: never an array of images times options."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import LabelError
from clipdash.labels import DEFAULT_TEMPLATES
from clipdash.store import Store, StoreRef, multiply_rows
from clipdash.zeroshot.options import Options
from clipdash.zeroshot.wording import EmbeddedWords, embed_words

__all__ = ["OptionChoices", "choose_options"]

_IMAGES_AT_ONCE = 4096
_NAMED = 3


@dataclass(frozen=True, eq=False)
class OptionChoices:
    """What each image chose among its own options.

    Parameters
    ----------
    options : Options
        I images with P pairs.
    chosen : ndarray of int64, shape (I,)
        The pair with the highest score of each image; of equal ones the option listed first.
    scores : ndarray of float32, shape (P,)
        The cosine of each pair.
    store : StoreRef
        The images.
    variant : str
        Of the store.
    templates : tuple of str
        What the options were put into; none where a label bank holds them as they are.
    """

    options: Options
    chosen: NDArray[np.int64]
    scores: NDArray[np.float32]
    store: StoreRef
    variant: str
    templates: tuple[str, ...]

    @property
    def roles(self) -> NDArray[np.int64]:
        """The role of each image's choice, in `ROLES`, shape (I,)."""
        return self.options.roles[self.chosen]


def choose_options(
    store: Store,
    options: Options,
    *,
    templates: Sequence[str] = DEFAULT_TEMPLATES,
    variant: str | None = None,
    read: Callable[[str], Encoder] = read_encoder,
    progress: Callable[[int, int], None] | None = None,
) -> OptionChoices:
    """Find the option that each image scores highest with, among its own.

    Parameters
    ----------
    store : Store
        The images; `options` was read for its ids.
    options : Options
        P pairs, T distinct texts.
    templates : sequence of str
        As in `embed_words`; ``{}`` alone takes captions as they are.
    variant : str, optional
        Of the store; its first one by default.
    read : callable
        Loads the encoder that the store names, where one is needed.
    progress : callable, optional
        Is told how many options of how many are embedded.

    Returns
    -------
    OptionChoices
        Each score is that of `classify` to the last bit.

    Raises
    ------
    LabelError
        An option is too long, or is not in the label bank: it cannot be left out, since it competes.
    QueryError, EncoderError
        As in `embed_words`.

    Notes
    -----
    Memory: T embeddings, P scores and the vectors of 4,096 images.
    """
    chosen = store.variant(variant)
    found = embed_words(store, options.texts, templates=templates, variant=variant, read=read, progress=progress)
    _refuse_missing(found)
    scores = np.empty(len(options.places), dtype=np.float32)
    best = np.empty(len(options.rows), dtype=np.int64)
    for image, vector in _walk_images(store.vectors(variant), options.rows):
        pairs = slice(options.starts[image], options.starts[image + 1])
        multiply_rows(found.vectors[options.places[pairs]], vector, [scores[pairs]])
        best[image] = pairs.start + scores[pairs].argmax()
    used = tuple(templates) if found.prompted else ()
    return OptionChoices(options, best, scores, store.ref, chosen.name, used)


def _refuse_missing(found: EmbeddedWords) -> None:
    if found.left_out:
        named = "; ".join(f'"{text}": {reason}' for text, reason in found.left_out[:_NAMED])
        more = f"; and {len(found.left_out) - _NAMED:,} more" if len(found.left_out) > _NAMED else ""
        raise LabelError(f"An option that cannot be embedded would not compete. {named}{more}. Shorten or replace it.")


def _walk_images(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield each image's place and its vector, shape (1, D); a block of them is copied at a time."""
    edges = [*range(0, len(rows), _IMAGES_AT_ONCE), len(rows)]
    for start, stop in pairwise(edges):
        block = vectors[rows[start:stop]]
        for place in range(stop - start):
            yield start + place, block[place : place + 1]
