"""A label set as vectors, whatever embeds its labels: an encoder or a label bank."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import BankSpec, Encoder, EncoderSpec, KnownTexts, LabelBank, read_encoder
from clipdash.labels import LabelSet, fill_template
from clipdash.store import RemoteStore, Store
from clipdash.zeroshot.texts import check_lengths, open_texts

__all__ = ["Classifier", "build_classifier", "embed_labels", "fill_prompts"]


@dataclass(frozen=True, eq=False)
class Classifier:
    """A label set as vectors.

    Parameters
    ----------
    label_set : LabelSet
        The C labels.
    encoder : EncoderSpec or BankSpec
        What embedded them.
    weights : ndarray of float32, shape (C, D)
        Unit rows, in the order of the labels.
    """

    label_set: LabelSet
    encoder: EncoderSpec | BankSpec
    weights: NDArray[np.float32]


def embed_labels(
    store: Store | RemoteStore,
    label_set: LabelSet,
    *,
    variant: str | None = None,
    read: Callable[[str], Encoder] = read_encoder,
) -> Classifier | None:
    """Embed a set's labels by what is behind a store's variant; None where that is a table of scores.

    Parameters and errors are those of `predict`.
    """
    kind = store.variant(variant).encoder.kind
    if kind == "scores":
        return None
    source = store.bank(variant) if kind == "bank" else open_texts(store, "The labels were", variant=variant, read=read)
    return build_classifier(label_set, source)


def build_classifier(label_set: LabelSet, encoder: Encoder | KnownTexts | LabelBank) -> Classifier:
    """Embed the labels of a set.

    Each label is put into every template; the unit embeddings are averaged and normalised again
    (Radford et al. 2021, section 3.1.4). In a label bank a label is looked up by its text.

    Parameters
    ----------
    label_set : LabelSet
        C labels and T templates.
    encoder : Encoder, KnownTexts or LabelBank
        Embeds the C x T prompts, those it has not seen in one batch.

    Returns
    -------
    Classifier
        With weights of shape (C, D), float32.

    Raises
    ------
    LabelError
        A prompt has more tokens than the encoder reads (nothing is ever cut), or the bank does not have a label.
    """
    if isinstance(encoder, LabelBank):
        return Classifier(label_set, encoder.spec, encoder.find_labels(label_set.texts))
    prompts = [fill_prompts(label_set, text) for text in label_set.texts]
    check_lengths(label_set.texts, prompts, encoder)
    flat = encoder.encode_texts([prompt for row in prompts for prompt in row])
    means = flat.reshape(len(prompts), len(label_set.templates), -1).mean(axis=1)
    weights = means / np.linalg.norm(means, axis=1, keepdims=True)
    return Classifier(label_set, encoder.spec, np.ascontiguousarray(weights, dtype=np.float32))


def fill_prompts(label_set: LabelSet, text: str) -> list[str]:
    """Return the prompts of a label, one a template of its set."""
    return [fill_template(template, text) for template in label_set.templates]
