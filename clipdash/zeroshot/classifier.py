"""A label set as vectors, whatever embeds its labels: an encoder or a label bank."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import BankSpec, Encoder, EncoderSpec, LabelBank, read_encoder
from clipdash.errors import EncoderError, LabelError
from clipdash.labels import LabelSet, fill_template
from clipdash.store import RemoteStore, Store, Variant

__all__ = ["Classifier", "build_classifier", "check_encoder", "check_lengths", "embed_labels"]

_NAMED = 3


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
    source = store.bank(variant) if kind == "bank" else read(store.encoder_reference(variant))
    return build_classifier(label_set, source)


def build_classifier(label_set: LabelSet, encoder: Encoder | LabelBank) -> Classifier:
    """Embed the labels of a set.

    Each label is put into every template; the unit embeddings are averaged and normalised again
    (Radford et al. 2021, section 3.1.4). In a label bank a label is looked up by its text.

    Parameters
    ----------
    label_set : LabelSet
        C labels and T templates.
    encoder : Encoder or LabelBank
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
    prompts = [[fill_template(template, text) for template in label_set.templates] for text in label_set.texts]
    check_lengths(label_set.texts, prompts, encoder)
    flat = encoder.encode_texts([prompt for row in prompts for prompt in row])
    means = flat.reshape(len(prompts), len(label_set.templates), -1).mean(axis=1)
    weights = means / np.linalg.norm(means, axis=1, keepdims=True)
    return Classifier(label_set, encoder.spec, np.ascontiguousarray(weights, dtype=np.float32))


def check_encoder(store: Store | RemoteStore, variant: Variant, spec: EncoderSpec | BankSpec, what: str) -> None:
    """Refuse an encoder that is not the one behind a variant; `what` names what it embedded, for the error.

    Raises
    ------
    EncoderError
        The digests differ.
    """
    if variant.encoder.digest != spec.digest:
        raise EncoderError(
            f'{what} embedded by {spec.reference}, but the variant "{variant.name}" of '
            f"{store.name} was made by {variant.encoder.reference} (digest {variant.encoder.digest[:8]}). "
            "Use the encoder that the store names."
        )


def check_lengths(texts: Sequence[str], prompts: Sequence[Sequence[str]], encoder: Encoder) -> None:
    """Refuse texts of which a prompt has more tokens than the encoder reads.

    Parameters
    ----------
    texts : sequence of C str
        As they were typed, for the error.
    prompts : sequence of C sequences of str
        The prompts of each text.
    encoder : Encoder
        Counts the tokens.

    Raises
    ------
    LabelError
        The first three texts that are too long are named.
    """
    allowed = encoder.spec.context_length
    counts = ((text, max(map(encoder.count_tokens, row))) for text, row in zip(texts, prompts, strict=True))
    long = [(text, count) for text, count in counts if count > allowed]
    if not long:
        return
    named = ", ".join(f'"{_shorten(text)}" ({count} tokens with the prompt)' for text, count in long[:_NAMED])
    more = f" and {len(long) - _NAMED} more" if len(long) > _NAMED else ""
    raise LabelError(
        f"This encoder reads at most {allowed} tokens, and nothing is cut; too long: {named}{more}. Shorten the label.",
        place=list(texts).index(long[0][0]),
    )


def _shorten(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
