"""From scores to labels: the best one of every image, and those that a threshold or the k best let through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import QueryError
from clipdash.labels import ARGMAX, LabelSet, Mode
from clipdash.store import Store, StoreRef
from clipdash.zeroshot.blocks import for_each_block
from clipdash.zeroshot.classifier import Classifier
from clipdash.zeroshot.scores import LabelScores, open_scores, score_classifier, soften

__all__ = ["Predictions", "assign_labels", "carry_labels", "classify", "pick_top", "predict"]


@dataclass(frozen=True, eq=False)
class Predictions:
    """The labels of every image.

    Parameters
    ----------
    top : ndarray of int32, shape (N,)
        Index of the label with the largest cosine; of equal ones the label that is listed first.
    margin : ndarray of float32, shape (N,)
        Largest cosine (or score) minus the next one of another label.
    label_set : LabelSet
        What `top` counts in.
    store : StoreRef or None
        The images; None for predictions that came from elsewhere.
    variant : str
        The variant of the store.
    comparable : str
        Digest of encoder, templates and images: two predictions with the same share the scores of their common labels.
        Empty where nothing is known of the scores.
    prompted : bool
        Whether the set's templates played a part; they do not where embeddings or scores were made elsewhere.
    mode : Mode
        How scores became labels.
    carried : ndarray of bool, shape (N, C), optional
        Which labels each image carries, where it may be several or none; None where it is `top` alone.
    logit_scale : float, optional
        Of the softmax behind a threshold on probabilities.
    """

    top: NDArray[np.int32]
    margin: NDArray[np.float32]
    label_set: LabelSet
    store: StoreRef | None
    variant: str
    comparable: str
    prompted: bool = True
    mode: Mode = ARGMAX
    carried: NDArray[np.bool_] | None = None
    logit_scale: float | None = None


def predict(
    store: Store,
    label_set: LabelSet,
    *,
    variant: str | None = None,
    mode: Mode = ARGMAX,
    read: Callable[[str], Encoder] = read_encoder,
) -> Predictions:
    """Give every image of a store its labels under a set, whatever is behind the store's variant.

    Parameters
    ----------
    store : Store
        N images.
    label_set : LabelSet
        C labels.
    variant : str, optional
        The variant of the store; its first one by default.
    mode : Mode
        How scores become labels; by default the best label alone.
    read : callable
        Loads the encoder that the store names, where the variant needs one.

    Returns
    -------
    Predictions
        As `classify` returns them.

    Raises
    ------
    EncoderError
        The encoder cannot be loaded.
    LabelError
        A label is too long, or in the store's label bank or table of scores there is no such label.
    QueryError
        The mode needs more labels than the set has, or probabilities where the variant has no temperature.
    """
    return assign_labels(open_scores(store, label_set, variant=variant, read=read), mode)


def classify(store: Store, classifier: Classifier, *, variant: str | None = None, mode: Mode = ARGMAX) -> Predictions:
    """Give every image of a store the label whose embedding is nearest.

    Parameters
    ----------
    store : Store
        N images.
    classifier : Classifier
        C labels, embedded by the encoder of the variant.
    variant : str, optional
        The variant of the store; its first one by default.
    mode : Mode
        How scores become labels; by default the best label alone.

    Returns
    -------
    Predictions
        ``top`` (N,) int32 and ``margin`` (N,) float32; under a threshold or the k best also ``carried`` (N, C) bool. Of
        labels with equal scores the one listed first wins. The score of an image and a label does not depend on the
        other labels, to the last bit.

    Raises
    ------
    EncoderError
        The classifier was made by another encoder than the variant.
    QueryError
        As `predict`.
    """
    return assign_labels(score_classifier(store, classifier, variant=variant), mode)


def assign_labels(scores: LabelScores, mode: Mode) -> Predictions:
    """Return what a mode makes of scores; `QueryError` as `predict`."""
    labels = len(scores.label_set.labels)
    if mode.k is not None and mode.k > labels:
        raise QueryError(
            f"The best {mode.k} labels were asked for, and the set has {labels}; ask for at most {labels}."
        )
    scale = scores.find_scale(mode.temperature) if mode.score == "probability" else None
    top = np.empty(scores.images, dtype=np.int32)
    margin = np.empty(scores.images, dtype=np.float32)
    carried = None if mode.single else np.empty((scores.images, labels), dtype=bool)
    read = scores.open()

    def work(rows: range) -> None:
        block, part = read(rows), slice(rows.start, rows.stop)
        top[part], margin[part] = pick_top(block)
        if carried is not None:
            carried[part] = carry_labels(np.array(block), mode, scale).T

    for_each_block(work, range(scores.images), labels)
    return Predictions(
        top,
        margin,
        scores.label_set,
        scores.store,
        scores.variant,
        scores.comparable,
        scores.prompted,
        mode,
        carried,
        scale,
    )


def carry_labels(scores: NDArray[np.floating], mode: Mode, scale: float | None) -> NDArray[np.bool_]:
    """Say which labels count.

    Parameters
    ----------
    scores : ndarray of float, shape (C, rows)
        Cosines, or scores as they stand.
    mode : Mode
        A threshold, or the k best.
    scale : float, optional
        Logit scale of a softmax, where the threshold is on probabilities.

    Returns
    -------
    ndarray of bool, shape (C, rows)
    """
    if mode.k is not None:
        best = np.argsort(-scores, axis=0, kind="stable")[: mode.k]  # stable: of equal scores the label listed first
        carried = np.zeros(scores.shape, dtype=bool)
        np.put_along_axis(carried, best, values=True, axis=0)
        return carried
    held = scores if scale is None else soften(scores, scale)
    return np.asarray(np.greater_equal(held, float(mode.threshold or 0.0)))


def pick_top(scores: Sequence[NDArray[np.floating]]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the label with the largest score of each image, and how far behind the next one is.

    Parameters
    ----------
    scores : sequence of C ndarrays of float, shape (rows,)
        The scores of each label.

    Returns
    -------
    top : ndarray of int32, shape (rows,)
        Of equal scores the label listed first.
    margin : ndarray of float32, shape (rows,)
        Infinite where there is one label.
    """
    kind = np.min_scalar_type(len(scores) - 1)
    best, rest = np.array(scores[0]), np.full_like(scores[0], -np.inf)
    top, place = np.zeros(len(best), dtype=kind), np.empty(len(best), dtype=kind)
    higher, lower = np.empty(len(best), dtype=bool), np.empty_like(best)
    # One pass, label by label, of steps that a processor takes for many images at once.
    for label, column in enumerate(scores[1:], start=1):
        np.greater(column, best, out=higher)
        np.multiply(higher.view(np.uint8), kind.type(label), out=place)
        np.maximum(top, place, out=top)  # labels come in order, so the last that was strictly higher is the largest
        np.minimum(best, column, out=lower)
        np.maximum(rest, lower, out=rest)
        np.maximum(best, column, out=best)
    return top.astype(np.int32), (best - rest).astype(np.float32)
