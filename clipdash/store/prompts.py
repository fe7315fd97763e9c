"""Embeddings of prompts that a store brings along, as a label bank of whole prompts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clipdash.encoders import LabelBank, dump_bank, parse_bank
from clipdash.errors import FileError, StoreError
from clipdash.labels import fold_text
from clipdash.store.manifest import DamageError, Variant
from clipdash.store.vectors import Vectors

__all__ = ["dump_texts", "parse_texts"]


def dump_texts(prompts: Sequence[str], vectors: Vectors) -> tuple[bytes, int]:
    """Return the content of the file with the embeddings of P prompts, shape (P, D), and how many it holds.

    Of prompts that differ in nothing but spaces around them or in how their characters are composed, the first is kept.
    """
    if vectors.ndim != 2 or len(prompts) != len(vectors):
        raise StoreError(f"There are {len(prompts)} prompts and embeddings of shape {vectors.shape}; one row a prompt.")
    places: dict[str, int] = {}
    for place, prompt in enumerate(prompts):
        places.setdefault(fold_text(prompt), place)
    kept = list(places.values())
    return dump_bank(LabelBank("texts", [prompts[place] for place in kept], vectors[kept])), len(kept)


def parse_texts(content: bytes, variant: Variant) -> dict[str, Vectors]:
    """Return the embeddings (D,) of a variant's prompts; `DamageError` where they are not what the manifest says."""
    name = variant.texts_file
    try:
        bank = parse_bank(content, Path(name))
    except FileError:
        raise DamageError(f"{name} does not hold embeddings of prompts") from None
    if variant.encoder.kind != "encoder" or (len(bank.vectors), bank.spec.dim) != (variant.texts, variant.encoder.dim):
        raise DamageError(f"{name} does not hold as many embeddings, or not as wide ones, as the manifest says")
    bank.vectors.flags.writeable = False
    return dict(zip(bank.spec.labels, np.asarray(bank.vectors), strict=True))
