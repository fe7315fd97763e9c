"""One image closely: its score with every label of a set."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clipdash.encoders import Encoder, EncoderSpec, read_encoder
from clipdash.labels import LabelSet
from clipdash.store import Store
from clipdash.zeroshot.classifier import embed_labels
from clipdash.zeroshot.predictions import pick_top
from clipdash.zeroshot.scores import find_columns, score_images, soften

__all__ = ["ImageScores", "score_image"]


@dataclass(frozen=True)
class ImageScores:
    """The scores of one image with the C labels of a set.

    Parameters
    ----------
    label_set : LabelSet
        The labels.
    row : int
        The image's place in the store.
    scores : tuple of C float
        Cosines, or what a table of scores says.
    top : int
        Index of the label that the image is given: the largest score, of equal ones the label listed first.
    margin : float
        Largest score minus the next one; infinite where there is one label.
    probabilities : tuple of C float, optional
        Their softmax, which depends on the whole list; None where no temperature is known.
    """

    label_set: LabelSet
    row: int
    scores: tuple[float, ...]
    top: int
    margin: float
    probabilities: tuple[float, ...] | None

    @property
    def label(self) -> str:
        """The label that the image is given."""
        return self.label_set.texts[self.top]


def score_image(
    store: Store,
    label_set: LabelSet,
    row: int,
    *,
    variant: str | None = None,
    read: Callable[[str], Encoder] = read_encoder,
) -> ImageScores:
    """Return the scores of one image of a store with every label of a set.

    Parameters
    ----------
    store : Store
        N images; no more than one row of it is read.
    label_set : LabelSet
        C labels.
    row : int
        The image's place in the store.
    variant : str, optional
        The variant of the store; its first one by default.
    read : callable
        Loads the encoder that the store names, where the variant needs one.

    Returns
    -------
    ImageScores
        The same to the last bit as `predict` goes by. Errors are those of `predict`.
    """
    classifier = embed_labels(store, label_set, variant=variant, read=read)
    if classifier is None:
        scores = np.array([column[row] for column in find_columns(store, label_set.texts, variant)])
    else:
        scores = score_images(store, classifier, [row], variant=variant)[0]
    top, margin = pick_top(list(scores[:, np.newaxis]))
    spec = None if classifier is None else classifier.encoder
    scale = spec.logit_scale if isinstance(spec, EncoderSpec) else None
    softened = None if scale is None else tuple(soften(scores[:, np.newaxis], scale)[:, 0].tolist())
    return ImageScores(label_set, row, tuple(scores.tolist()), int(top[0]), float(margin[0]), softened)
