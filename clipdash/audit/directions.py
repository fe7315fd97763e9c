"""Words as directions among what a variant holds of each image, whatever that is: an embedding, or a row of scores."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import Encoder
from clipdash.errors import LabelError
from clipdash.labels import WordList, fold_text
from clipdash.store import Store
from clipdash.zeroshot import embed_words

__all__ = ["Directions", "find_directions"]

#: Rows of a block, which is copied: embeddings lie unaligned in their file.
_ROWS_AT_ONCE = 4096
_NOT_IN_TABLE = "not in the table of scores"


class Directions(NamedTuple):
    """Words as vectors (W, D), of which the inner product with an image's row is the word's cosine or score.

    `read` returns the rows (.., D) of ascending places in the store, in blocks; `templates` is empty where words are
    looked up.
    """

    words: tuple[str, ...]
    vectors: NDArray[np.float32]
    left_out: tuple[tuple[str, str], ...]
    templates: tuple[str, ...]
    read: Callable[[NDArray[np.int64]], Iterator[NDArray[np.floating]]]


def find_directions(
    store: Store,
    word_list: WordList,
    *,
    templates: Sequence[str],
    variant: str | None,
    read: Callable[[str], Encoder],
    progress: Callable[[int, int], None] | None = None,
) -> Directions:
    """Return the words of a list as directions; parameters and errors are those of `embed_words`.

    In a table of scores each column is a direction of its own, so the words that it has need no embedding.
    """
    if store.variant(variant).encoder.kind == "scores":
        return _find_columns(store, word_list, variant)
    found = embed_words(store, word_list.words, templates=templates, variant=variant, read=read, progress=progress)
    return Directions(
        found.words,
        found.vectors,
        found.left_out,
        tuple(templates) if found.prompted else (),
        lambda rows: _read_vectors(store, variant, rows),
    )


def _find_columns(store: Store, word_list: WordList, variant: str | None) -> Directions:
    columns = {fold_text(label): column for label, column in store.scores(variant).items()}
    kept = tuple(word for word in word_list.words if fold_text(word) in columns)
    if not kept:
        raise LabelError(
            f'None of the words of "{word_list.name}" is a column of the table of scores behind variant '
            f'"{store.variant(variant).name}". Choose another variant, or a list of its labels.'
        )
    left_out = tuple((word, _NOT_IN_TABLE) for word in word_list.words if fold_text(word) not in columns)
    held = [columns[fold_text(word)] for word in kept]
    unit = np.eye(len(kept), dtype=np.float32)
    return Directions(kept, unit, left_out, (), lambda rows: _read_columns(held, rows))


def _read_vectors(store: Store, variant: str | None, rows: NDArray[np.int64]) -> Iterator[NDArray[np.floating]]:
    for start in range(0, store.manifest.images, _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, store.manifest.images)
        first, last = np.searchsorted(rows, [start, stop])
        if last > first:
            block = store.read_vectors(range(start, stop), variant)
            yield block if last - first == len(block) else block[rows[first:last] - start]


def _read_columns(columns: Sequence[NDArray[np.float64]], rows: NDArray[np.int64]) -> Iterator[NDArray[np.floating]]:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        yield np.stack([np.asarray(column)[part] for column in columns], axis=1)
