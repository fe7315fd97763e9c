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
from clipdash.store import RemoteStore, Store, StoreRef, Variant
from clipdash.zeroshot.classifier import Classifier, embed_labels
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

# Fixed, and no parameter: every score is the same sum in the same order, whichever other labels are offered.
_ROWS_AT_ONCE = 2048
_BLOCKS_A_READ = 8


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
    walk : callable
        Returns an iterator of (first row, scores), as `split_blocks` says.
    """

    label_set: LabelSet
    images: int
    store: StoreRef
    variant: str
    comparable: str
    prompted: bool
    logit_scale: float | None
    walk: Callable[[], Iterator[tuple[int, NDArray[np.floating]]]]

    def split_blocks(self) -> Iterator[tuple[int, NDArray[np.floating]]]:
        """Yield (first row, scores of shape (C, rows)), images in order; each block may be used up."""
        return self.walk()

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

    The score of an image and a label does not depend on the other labels, nor on the rows, to the last bit.

    Raises
    ------
    EncoderError
        The classifier was made by another encoder than the variant.
    """
    chosen = store.variant(variant)
    check_encoder(store, chosen, classifier.encoder, "The labels were")
    wanted = range(store.manifest.images) if rows is None else rows
    spec = classifier.encoder if isinstance(classifier.encoder, EncoderSpec) else None
    templates = classifier.label_set.templates if spec else ()
    return LabelScores(
        label_set=classifier.label_set,
        images=len(wanted),
        store=store.ref,
        variant=chosen.name,
        comparable=_digest(store, chosen, templates),
        prompted=spec is not None,
        logit_scale=spec.logit_scale if spec else None,
        walk=lambda: _multiply(lambda part: store.read_vectors(part, variant), wanted, classifier.weights),
    )


def cut_rows(images: int, parts: int) -> tuple[range, ...]:
    """Cut the rows of a store so that every part has the blocks, and so the scores to the last bit, of the whole.

    Parameters
    ----------
    images : int
        Rows of the store.
    parts : int
        At most so many parts, each of whole blocks of 2,048 rows.

    Returns
    -------
    tuple of range

    Examples
    --------
    >>> cut_rows(5000, 2)
    (range(0, 2048), range(2048, 5000))
    """
    blocks = -(-images // _ROWS_AT_ONCE)
    parts = min(parts, blocks)
    edges = [min(blocks * part // parts * _ROWS_AT_ONCE, images) for part in range(parts + 1)]
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
        walk=lambda: _stack(columns, len(wanted)),
    )


def _digest(store: Store | RemoteStore, variant: Variant, templates: Sequence[str]) -> str:
    facts = "\n".join((store.digest, variant.name, variant.encoder.digest, *templates))
    return hashlib.sha256(facts.encode()).hexdigest()


def _multiply(
    read: Callable[[range], NDArray[np.float32]], rows: range, weights: NDArray[np.float32]
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """One matrix-vector product a label and block: see `_ROWS_AT_ONCE`; some blocks are read at once."""
    step = _ROWS_AT_ONCE * _BLOCKS_A_READ
    for first in range(rows.start, rows.stop, step):
        vectors = read(range(first, min(first + step, rows.stop)))
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            block = np.ascontiguousarray(vectors[start : start + _ROWS_AT_ONCE])
            scores = np.empty((len(weights), len(block)), dtype=np.float32)
            for column, weight in zip(scores, weights, strict=True):
                np.dot(block, weight, out=column)
            yield first - rows.start + start, scores


def _stack(columns: Sequence[NDArray[np.float64]], images: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
    for start in range(0, images, _ROWS_AT_ONCE):
        yield start, np.array([column[start : start + _ROWS_AT_ONCE] for column in columns])


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
    return np.ascontiguousarray(vectors @ classifier.weights.T, dtype=np.float32)
