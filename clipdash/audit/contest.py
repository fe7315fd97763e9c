"""Many words against the labels that images have now: who would take which image, counted in blocks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.standing import Field, Standing

__all__ = ["Movers", "count_moves", "find_movers", "walk_takes"]

_ROWS_AT_ONCE = 2000
#: Counts of so many bytes are held at once; with many groups the words are taken in parts.
_MOST_BYTES = 1 << 27
#: Words whose takers are held image by image at once.
_WORDS_AT_ONCE = 64

Tell = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Movers:
    """The images that would change sides if they took a word; no other image can change a rate.

    Sorted by slot, so that a block of them is a few stretches of one slot each.

    Parameters
    ----------
    field : Field
        Where they are from.
    vectors : ndarray of float32, shape (N, D)
        Unit rows of all images; may be mapped and not aligned, blocks of it are copied.
    rows : ndarray of int64, shape (M,)
        Rows of the images in the store.
    places : ndarray of int64, shape (M,)
        Their places in the field.
    slots : ndarray of int64, shape (M,)
        Twice the place of the image's group, one more where it would newly be misclassified.
    best : ndarray of float, shape (M,)
        The score that a word has to exceed.
    size : int
        Number of slots.
    """

    field: Field
    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    slots: NDArray[np.int64]
    best: NDArray[np.floating]
    size: int


def find_movers(field: Field, standing: Standing, vectors: NDArray[np.float32], *, everyone: bool = False) -> Movers:
    """Return who could change sides, of the groups shown.

    Parameters
    ----------
    field : Field
        The images and their ways.
    standing : Standing
        Their scores.
    vectors : ndarray of float32, shape (N, D)
        The images of the store.
    everyone : bool
        Whether images of groups that are withheld count too, and those of no group, in a last group of their own.

    Returns
    -------
    Movers
    """
    groups = len(field.groups) + everyone
    member = np.where(field.member < 0, len(field.groups), field.member) if everyone else field.member
    kept = (field.way != 0) & (everyone | field.listed)
    places = np.flatnonzero(kept)
    slots = 2 * member[places] + (field.way[places] > 0)
    order = np.argsort(slots, kind="stable")
    places = places[order]
    rows = field.rows[places]
    return Movers(field, vectors, rows, places, slots[order], standing.best[rows], 2 * groups)


def count_moves(
    movers: Movers,
    words: NDArray[np.float32],
    halves: NDArray[np.bool_],
    progress: Tell | None = None,
) -> Iterator[tuple[slice, NDArray[np.int32]]]:
    """Count the images that each word would move, by slot, in each of several samples.

    Parameters
    ----------
    movers : Movers
        M images.
    words : ndarray of float32, shape (W, D)
        Unit rows.
    halves : ndarray of bool, shape (S, M)
        Which movers are in each sample.
    progress : callable, optional
        Is told how many products of how many are done; what it raises ends the count.

    Yields
    ------
    part : slice
        Of the words; all of them at once unless there are very many groups.
    counts : ndarray of int32, shape (S, slots, w)

    Notes
    -----
    One matrix product serves all samples; which images exceed is multiplied once more with the small matrix of samples.
    At no time is more than one block of 2,000 images held.
    """
    width = max(1, min(len(words), _MOST_BYTES // (4 * len(halves) * movers.size)))
    blocks = -(-len(movers.rows) // _ROWS_AT_ONCE)
    total, done = blocks * -(-len(words) // width), 0
    scores, marks = (np.empty((min(_ROWS_AT_ONCE, len(movers.rows)), width), np.float32) for _ in range(2))
    for first in range(0, len(words), width):
        part = slice(first, min(first + width, len(words)))
        kept = part.stop - part.start
        counts = np.zeros((len(halves), movers.size, kept), dtype=np.int32)
        for block in range(blocks):
            here = slice(block * _ROWS_AT_ONCE, min((block + 1) * _ROWS_AT_ONCE, len(movers.rows)))
            size = here.stop - here.start
            product, marked = (array.ravel()[: size * kept].reshape(size, kept) for array in (scores, marks))
            np.dot(_copy(movers, here), words[part].T, out=product)
            np.greater(product, movers.best[here, np.newaxis], out=marked)
            _add_stretches(counts, movers.slots[here], halves[:, here].astype(np.float32), marked)
            done += 1
            if progress is not None:
                progress(done, total)
        yield part, counts


def _copy(movers: Movers, here: slice) -> NDArray[np.float32]:
    return np.ascontiguousarray(movers.vectors[movers.rows[here]], dtype=np.float32)


def _add_stretches(
    counts: NDArray[np.int32], slots: NDArray[np.int64], samples: NDArray[np.float32], marks: NDArray[np.float32]
) -> None:
    """Add up the marks of each stretch of one slot; sums of at most 2,000 ones are exact in float32."""
    edges = np.flatnonzero(np.diff(slots, prepend=-1, append=-1))
    for start, stop in pairwise(edges.tolist()):
        sums = samples[:, start:stop] @ marks[start:stop]
        np.add(counts[:, slots[start]], sums, out=counts[:, slots[start]], casting="unsafe")


def walk_takes(movers: Movers, words: NDArray[np.float32]) -> Iterator[tuple[slice, NDArray[np.bool_]]]:
    """Say image by image whom some words would move, 64 words at a time.

    Parameters
    ----------
    movers, words
        As in `count_moves`.

    Yields
    ------
    part : slice
        Of the words.
    takes : ndarray of bool, shape (w, M)
    """
    for first in range(0, len(words), _WORDS_AT_ONCE):
        part = slice(first, min(first + _WORDS_AT_ONCE, len(words)))
        takes = np.empty((part.stop - part.start, len(movers.rows)), dtype=bool)
        for start in range(0, len(movers.rows), _ROWS_AT_ONCE):
            here = slice(start, start + _ROWS_AT_ONCE)
            product = _copy(movers, here) @ words[part].T
            takes[:, here] = (product > movers.best[here, np.newaxis]).T
        yield part, takes
