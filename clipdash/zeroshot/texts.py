"""The texts of the encoder that a store names, which is loaded only where one of them is not known."""

from collections.abc import Callable, Sequence

from clipdash.encoders import BankSpec, Encoder, EncoderSpec, KnownTexts, name_texts, read_encoder
from clipdash.errors import EncoderError, LabelError
from clipdash.store import RemoteStore, Store, Variant, find_encoder_config, ship_texts

__all__ = ["check_encoder", "check_lengths", "open_texts", "ship_prompts"]

_NAMED = 3


def open_texts(
    store: Store | RemoteStore,
    what: str,
    *,
    variant: str | None = None,
    read: Callable[[str], Encoder] = read_encoder,
) -> KnownTexts:
    """Return the texts of the encoder behind a variant that has one.

    Parameters
    ----------
    store : Store or RemoteStore
        Names the encoder, and may bring embeddings of some prompts.
    what : str
        What is embedded, for the error: the beginning of a sentence.
    variant : str, optional
        The variant of the store; its first one by default.
    read : callable
        Loads the encoder, where it is needed; `EncoderError` where it is not the one that the store names.

    Returns
    -------
    KnownTexts
    """
    chosen = store.variant(variant)
    spec = chosen.encoder
    if not isinstance(spec, EncoderSpec):
        raise TypeError(f"the variant {chosen.name} has no encoder")

    def load() -> Encoder:
        encoder = read(store.encoder_reference(variant))
        check_encoder(store, chosen, encoder.spec, what)
        return encoder

    key = name_texts(spec, find_encoder_config(store.manifest, chosen))
    return KnownTexts(spec, load, shipped=store.texts(variant), key=key)


def ship_prompts(
    store: Store, prompts: Sequence[str], *, variant: str | None = None, read: Callable[[str], Encoder] = read_encoder
) -> Store:
    """Embed prompts and add them to a store, in the place of those that it brings; see `ship_texts`.

    Parameters
    ----------
    store : Store
        The store.
    prompts : sequence of P str
        Whole prompts, such as those of the presets.
    variant : str, optional
        A variant with an encoder; the first one by default.
    read : callable
        Loads the encoder.

    Returns
    -------
    Store
        The store in its new state.

    Raises
    ------
    LabelError
        A prompt has more tokens than the encoder reads.
    EncoderError
        The encoder cannot be loaded, or is not the one that the store names.
    StoreError
        The variant has no encoder, or the store cannot be written.
    """
    chosen = store.variant(variant)
    encoder = read(store.encoder_reference(variant))
    check_encoder(store, chosen, encoder.spec, "The prompts were")
    check_lengths(prompts, [[prompt] for prompt in prompts], encoder)
    return ship_texts(store, prompts, encoder.encode_texts(prompts), variant=variant)


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


def check_lengths(texts: Sequence[str], prompts: Sequence[Sequence[str]], encoder: Encoder | KnownTexts) -> None:
    """Refuse texts of which a prompt has more tokens than the encoder reads; known prompts are not counted again.

    Parameters
    ----------
    texts : sequence of C str
        As they were typed, for the error.
    prompts : sequence of C sequences of str
        The prompts of each text.
    encoder : Encoder or KnownTexts
        Counts the tokens.

    Raises
    ------
    LabelError
        The first three texts that are too long are named.
    """
    allowed = encoder.spec.context_length
    known = encoder.find_texts([p for row in prompts for p in row]) if isinstance(encoder, KnownTexts) else {}
    new = ((text, [p for p in row if p not in known]) for text, row in zip(texts, prompts, strict=True))
    counts = [(text, max(map(encoder.count_tokens, row), default=0)) for text, row in new]
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
