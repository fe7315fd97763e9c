"""A label set made ready once, to label any rows of a store, here or in another process."""

from collections.abc import Callable
from dataclasses import dataclass

from clipdash.encoders import Encoder, read_encoder
from clipdash.labels import ARGMAX, LabelSet, Mode
from clipdash.store import RemoteStore, Store
from clipdash.zeroshot.classifier import Classifier, embed_labels
from clipdash.zeroshot.predictions import Predictions, assign_labels
from clipdash.zeroshot.scores import score_classifier, score_table

__all__ = ["PreparedLabels", "predict_rows", "prepare_labels"]


@dataclass(frozen=True, eq=False)
class PreparedLabels:
    """All that is needed of a label set to label images; small, and it can be pickled.

    Parameters
    ----------
    label_set : LabelSet
        The labels.
    variant : str
        The variant of the store.
    mode : Mode
        How scores become labels.
    classifier : Classifier, optional
        The labels as vectors; None where the variant is a table of scores.
    """

    label_set: LabelSet
    variant: str
    mode: Mode
    classifier: Classifier | None


def prepare_labels(
    store: Store | RemoteStore,
    label_set: LabelSet,
    *,
    variant: str | None = None,
    mode: Mode = ARGMAX,
    read: Callable[[str], Encoder] = read_encoder,
) -> PreparedLabels:
    """Embed a label set for `predict_rows`; parameters and errors are those of `predict`."""
    classifier = embed_labels(store, label_set, variant=variant, read=read)
    return PreparedLabels(label_set, store.variant(variant).name, mode, classifier)


def predict_rows(store: Store | RemoteStore, prepared: PreparedLabels, rows: range) -> Predictions:
    """Give some images of a store their labels; to the last bit those that `predict` gives them.

    Parameters
    ----------
    store : Store or RemoteStore
        The images.
    prepared : PreparedLabels
        The labels.
    rows : range
        Consecutive rows that begin where a block of scores does, as `cut_rows` gives them; perhaps none.

    Returns
    -------
    Predictions
        With ``top`` and ``margin`` of shape (len(rows),).
    """
    if prepared.classifier is None:
        scores = score_table(store, prepared.label_set, variant=prepared.variant, rows=rows)
    else:
        scores = score_classifier(store, prepared.classifier, variant=prepared.variant, rows=rows)
    return assign_labels(scores, prepared.mode)
