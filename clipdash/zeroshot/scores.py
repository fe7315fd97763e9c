"""Every image's score with every label of a set, in blocks of images, whatever is behind the store's variant."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import Encoder, EncoderSpec, find_places, read_encoder
from clipdash.errors import QueryError
from clipdash.labels import LabelSet, fold_text
from clipdash.store import RemoteStore, Store, StoreRef, Variant, multiply_rows
from clipdash.zeroshot.blocks import split_rows
from clipdash.zeroshot.classifier import Classifier, embed_labels
from clipdash.zeroshot.columns import share_columns
from clipdash.zeroshot.texts import check_encoder

__all__ = [
    "LabelScores",
    "cut_rows",
    "find_columns",
    "open_scores",
    "score_classifier",
    "score_images",
    "score_table",
    "soften",
]

#: Parts of a store are cut where its annotations are read in whole.
_ROWS_A_PART = 2048
_ROWS_A_READ = 16_384  # what is read from afar lies in memory once more

Block = Sequence[NDArray[np.floating]]
Reader = Callable[[range], Block]


@dataclass(frozen=True, eq=False)
class LabelScores:
    """The scores of N images with the C labels of a set, not yet computed.

    Parameters
    ----------
    label_set : LabelSet
        The labels.
    images : int
        N.
    store : StoreRef
        The images.
    variant : str
        The variant of the store.
    comparable : str
        Digest of encoder, templates and images: equal ones share the scores of their common labels.
    prompted : bool
        Whether the set's templates played a part.
    logit_scale : float, optional
        Factor that turns a cosine into a logit (one over the temperature); None where it is not known.
    open : callable
        Begins a pass over the images: returns what gives the scores of some rows, C arrays of shape (rows,), from any
        thread and for any cut of the rows the same to the last bit. They are not the caller's to change.
    """

    label_set: LabelSet
    images: int
    store: StoreRef
    variant: str
    comparable: str
    prompted: bool
    logit_scale: float | None
    open: Callable[[], Reader]

    def split_blocks(self) -> Iterator[tuple[int, NDArray[np.floating]]]:
        """Yield (first row, scores of shape (C, rows)), images in order; each block may be used up."""
        read = self.open()
        for rows in split_rows(range(self.images), len(self.label_set.labels)):
            yield rows.start, np.array(read(rows))

    def find_scale(self, temperature: float | None = None) -> float:
        """Return the logit scale of a softmax: one over the temperature, if given; QueryError where there is none."""
        if temperature is not None:
            return 1 / temperature
        if self.logit_scale is None:
            raise QueryError(
                f'The variant "{self.variant}" brings no temperature along, so its scores have no softmax probability. '
                "Name one (--temperature .01 is that of OpenAI's CLIP models), or hold the threshold against the score "
                "as it stands (--score cosine)."
            )
        return self.logit_scale


def open_scores(
    store: Store,
    label_set: LabelSet,
    *,
    variant: str | None = None,
    read: Callable[[str], Encoder] = read_encoder,
) -> LabelScores:
    """Return the scores of a store's images with a set's labels; parameters and errors are those of `predict`."""
    classifier = embed_labels(store, label_set, variant=variant, read=read)
    if classifier is None:
        return score_table(store, label_set, variant=variant)
    return score_classifier(store, classifier, variant=variant)


def score_classifier(
    store: Store | RemoteStore, classifier: Classifier, *, variant: str | None = None, rows: range | None = None
) -> LabelScores:
    """Return the cosines of a store's images, or of some rows as `cut_rows` gives them, with a classifier's labels.

    The score of an image and a label does not depend on the other labels, nor on the rows, to the last bit. The columns
    of all images of a store are kept (`clipdash.zeroshot.columns`): an edited label costs one.

    Raises
    ------
    EncoderError
        The classifier was made by another encoder than the variant.
    """
    chosen = store.variant(variant)
    check_encoder(store, chosen, classifier.encoder, "The labels were")
    spec = classifier.encoder if isinstance(classifier.encoder, EncoderSpec) else None
    templates = classifier.label_set.templates if spec else ()
    return LabelScores(
        label_set=classifier.label_set,
        images=store.manifest.images if rows is None else len(rows),
        store=store.ref,
        variant=chosen.name,
        comparable=_digest(store, chosen, templates),
        prompted=spec is not None,
        logit_scale=spec.logit_scale if spec else None,
        open=lambda: _open_columns(store, chosen.name, classifier.weights, rows),
    )


def _open_columns(store: Store | RemoteStore, variant: str, weights: NDArray[np.float32], rows: range | None) -> Reader:
    """Return what reads columns that are kept, where all images of a store at hand are asked for and so many fit."""
    whole = rows is None or rows == range(store.manifest.images)
    kept = share_columns().fetch(store, variant, weights) if whole and isinstance(store, Store) else None
    if kept is not None:
        return lambda part: [column[part.start : part.stop] for column in kept]
    first = 0 if rows is None else rows.start

    def compute(part: range) -> Block:
        scores = np.empty((len(weights), len(part)), dtype=np.float32)
        for start in range(0, len(part), _ROWS_A_READ):
            rows = part[start : start + _ROWS_A_READ]
            vectors = store.read_vectors(range(first + rows.start, first + rows.stop), variant)
            multiply_rows(vectors, weights, list(scores[:, start : start + len(rows)]))
        return list(scores)

    return compute


def cut_rows(images: int, parts: int) -> tuple[range, ...]:
    """Cut the rows of a store into parts of about the same size; the scores do not hang on the cut.

    Parameters
    ----------
    images : int
        Rows of the store.
    parts : int
        At most so many parts, each but the last of whole blocks of 2,048 rows.

    Returns
    -------
    tuple of range

    Examples
    --------
    >>> cut_rows(5000, 2)
    (range(0, 2048), range(2048, 5000))
    """
    blocks = -(-images // _ROWS_A_PART)
    parts = min(parts, blocks)
    edges = [min(blocks * part // parts * _ROWS_A_PART, images) for part in range(parts + 1)]
    return tuple(range(start, stop) for start, stop in pairwise(edges))


def find_columns(
    store: Store | RemoteStore, texts: Sequence[str], variant: str | None = None
) -> list[NDArray[np.float64]]:
    """Return the scores, shape (N,), of some labels in a table of scores; `LabelError` names what is not in it."""
    columns = store.scores(variant)
    known = tuple(columns)
    places = {fold_text(label): place for place, label in enumerate(known)}
    return [columns[known[place]] for place in find_places(texts, places, known, "table of scores")]


def score_table(
    store: Store | RemoteStore, label_set: LabelSet, *, variant: str | None = None, rows: range | None = None
) -> LabelScores:
    """Return the scores of a store's images, or of some rows, in a table of scores; `LabelError` as `find_columns`."""
    chosen = store.variant(variant)
    wanted = range(store.manifest.images) if rows is None else rows
    columns = [column[wanted.start : wanted.stop] for column in find_columns(store, label_set.texts, chosen.name)]
    return LabelScores(
        label_set=label_set,
        images=len(wanted),
        store=store.ref,
        variant=chosen.name,
        comparable=_digest(store, chosen, ()),
        prompted=False,
        logit_scale=None,
        open=lambda: lambda part: [column[part.start : part.stop] for column in columns],
    )


def _digest(store: Store | RemoteStore, variant: Variant, templates: Sequence[str]) -> str:
    facts = "\n".join((store.digest, variant.name, variant.encoder.digest, *templates))
    return hashlib.sha256(facts.encode()).hexdigest()


def soften(scores: NDArray[np.floating], scale: float) -> NDArray[np.float64]:
    """Return softmax probabilities over the labels.

    Parameters
    ----------
    scores : ndarray of float, shape (C, rows)
        Cosines.
    scale : float
        Factor that turns a cosine into a logit.

    Returns
    -------
    ndarray of float64, shape (C, rows)
        Each column sums to 1 (Radford et al. 2021, section 2.3).
    """
    logits = scale * scores.astype(np.float64)
    powers = np.exp(logits - logits.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0), dtype=np.float64)


def score_images(
    store: Store, classifier: Classifier, rows: Sequence[int], *, variant: str | None = None
) -> NDArray[np.float32]:
    """Return the cosines of some images with every label.

    Returns
    -------
    ndarray of float32, shape (k, C)
        In the order of `rows` and of the labels.
    """
    vectors = np.asarray(store.vectors(variant)[np.asarray(rows, dtype=np.int64)])
    scores = np.empty((len(classifier.weights), len(vectors)), dtype=np.float32)
    multiply_rows(vectors, classifier.weights, list(scores))
    return np.ascontiguousarray(scores.T)
