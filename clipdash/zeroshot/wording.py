"""Many words as vectors: those that what is behind a variant can embed, and why others are left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clipdash.encoders import BankSpec, Encoder, EncoderSpec, KnownTexts, LabelBank, read_encoder
from clipdash.errors import LabelError, QueryError
from clipdash.labels import DEFAULT_TEMPLATES, check_template, fill_template, fold_text
from clipdash.store import RemoteStore, Store
from clipdash.zeroshot.texts import open_texts

__all__ = ["EmbeddedWords", "embed_words"]

_PROMPTS_AT_ONCE = 256
_NOT_IN_BANK = "not in the label bank"

Read = Callable[[str], Encoder]
Tell = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class EmbeddedWords:
    """Words as vectors.

    Parameters
    ----------
    words : tuple of W str
        Those that could be embedded, in the order given.
    vectors : ndarray of float32, shape (W, D)
        Unit rows, one a word.
    left_out : tuple of (str, str)
        The other words, each with the reason.
    encoder : EncoderSpec or BankSpec
        What embedded them.
    prompted : bool
        Whether they were put into the templates; a label bank holds its labels as they are.
    """

    words: tuple[str, ...]
    vectors: NDArray[np.float32]
    left_out: tuple[tuple[str, str], ...]
    encoder: EncoderSpec | BankSpec
    prompted: bool


def embed_words(
    store: Store | RemoteStore,
    words: Sequence[str],
    *,
    templates: Sequence[str] = DEFAULT_TEMPLATES,
    variant: str | None = None,
    read: Read = read_encoder,
    progress: Tell | None = None,
) -> EmbeddedWords:
    """Embed many words by what is behind a store's variant, each as `build_classifier` embeds a label.

    A word that cannot be embedded is left out and named, not refused: of ten thousand a few always are.

    Parameters
    ----------
    store : Store or RemoteStore
        The store whose images the words are held against.
    words : sequence of str
        No two the same.
    templates : sequence of str
        Each word is put into every one; the unit embeddings are averaged and normalised again. A label bank has no use
        for them.
    variant : str, optional
        Of the store; its first one by default.
    read : callable
        Loads the encoder that the store names, where one is needed.
    progress : callable, optional
        Is told how many words of how many are embedded.

    Returns
    -------
    EmbeddedWords
        With ``vectors`` of shape (W, D), float32.

    Raises
    ------
    LabelError
        A template cannot be used, or no word is left.
    QueryError
        There is no such variant, or it is a table of scores, which embeds nothing.
    EncoderError
        The encoder cannot be loaded, or is not the one that embedded the images.
    """
    if isinstance(templates, str) or not templates:
        raise LabelError('The words need a template, or several, such as "a photo of a {}".')
    chosen = store.variant(variant)
    if chosen.encoder.kind == "scores":
        raise QueryError(
            f'Variant "{chosen.name}" of store "{store.name}" holds scores and no embeddings, so no word can be '
            "embedded for it. Choose a variant with an encoder or a label bank."
        )
    for template in templates:
        check_template(template)
    if chosen.encoder.kind == "bank":
        return _look_up(store.bank(variant), words, progress)
    return _embed(open_texts(store, "The words were", variant=variant, read=read), words, templates, progress)


def _look_up(bank: LabelBank, words: Sequence[str], progress: Tell | None) -> EmbeddedWords:
    known = {fold_text(label) for label in bank.spec.labels}
    kept = [word for word in words if fold_text(word) in known]
    left_out = tuple((word, _NOT_IN_BANK) for word in words if fold_text(word) not in known)
    _refuse_none(kept, words, f"is missing in the label bank, which has {len(known):,} labels")
    vectors = bank.find_labels(kept)
    if progress is not None:
        progress(len(kept), len(kept))
    return EmbeddedWords(tuple(kept), vectors, left_out, bank.spec, prompted=False)


def _embed(encoder: KnownTexts, words: Sequence[str], templates: Sequence[str], progress: Tell | None) -> EmbeddedWords:
    prompts = {word: [fill_template(template, word) for template in templates] for word in words}
    known = encoder.find_texts([prompt for row in prompts.values() for prompt in row])  # none of these is too long
    counted = {
        word: max((encoder.count_tokens(prompt) for prompt in row if prompt not in known), default=0)
        for word, row in prompts.items()
    }
    most = encoder.spec.context_length
    kept = [word for word in words if counted[word] <= most]
    left_out = [
        (word, f"{counted[word]} tokens with the prompt, and the encoder reads {most}")
        for word in words
        if counted[word] > most
    ]
    _refuse_none(kept, words, f"is longer than the {most} tokens that this encoder reads, prompt included")
    vectors = np.empty((len(kept), encoder.spec.dim), np.float32)
    for part in _split(len(kept), max(_PROMPTS_AT_ONCE // len(templates), 1)):
        rows = encoder.encode_texts([prompt for word in kept[part] for prompt in prompts[word]])
        means = rows.reshape(-1, len(templates), encoder.spec.dim).mean(axis=1)
        vectors[part] = means / np.linalg.norm(means, axis=1, keepdims=True)
        if progress is not None:
            progress(min(part.stop, len(kept)), len(kept))
    return EmbeddedWords(tuple(kept), vectors, tuple(left_out), encoder.spec, prompted=True)


def _refuse_none(kept: Sequence[str], words: Sequence[str], why: str) -> None:
    if not words:
        raise LabelError("There is no word to embed; name at least one.")
    if not kept:
        none = "The only word" if len(words) == 1 else f"Every one of the {len(words):,} words"
        raise LabelError(f"{none} {why}. Name other words.")


def _split(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
