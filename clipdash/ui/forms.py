"""What the forms that order stores have in common: boxes that keep what is typed, encoders, paths."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.errors import BuildError, EncoderError
from clipdash.store import locate_encoder
from clipdash.ui.catalogue import list_entries

__all__ = ["ask_encoder", "ask_text", "ask_toggle", "pick_encoder", "read_path"]

_FORMS = (
    "MODEL/TAG of open_clip such as ViT-B-32/openai, local-dir: and a folder, hf-hub: and a name, or weights:MODEL: "
    "and a file. Its weights must be on the machine that runs this app, or be fetched by it."
)


def ask_text(label: str, key: str, example: str, told: str | None = None) -> str:
    """Draw a box of one line, which keeps what is typed when the page changes."""
    return st.text_input(label, key=key, placeholder=f"such as: {example}", help=told, persist_state="session") or ""


def ask_toggle(label: str, key: str, told: str, value: bool = False) -> bool:
    """Draw a switch, which stays as it is when the page changes."""
    return st.toggle(label, value=value, key=key, help=told, persist_state="session")


def ask_encoder(form: str, here: str, other: str, alone: str) -> dict[str, str | None]:
    """Draw the choice of an encoder that is here, and the box for another; return both as "picked" and "encoder".

    Parameters
    ----------
    form : str
        Begins the keys of its widgets.
    here, other, alone : str
        Name of the choice, name of the box beside it, and name of the box where there is no choice.
    """
    known, picked = _list_encoders(), None
    if known:
        picked = st.selectbox(
            here,
            list(known),
            index=None,
            format_func=lambda reference: known[reference],
            placeholder="none",
            key=f"{form}-picked",
            persist_state="session",
        )
    return {
        "picked": picked,
        "encoder": ask_text(other if known else alone, f"{form}-encoder", "ViT-B-32/openai", _FORMS),
    }


def pick_encoder(form: Mapping[str, Any]) -> str:
    """Return the one encoder that was named; `EncoderError` where it is none, or two."""
    typed, picked = form["encoder"].strip(), form["picked"]
    if typed and picked:
        raise EncoderError("Two encoders are named. Pick one that is here, or type another one, not both.")
    if not typed and not picked:
        raise EncoderError(f"Name the encoder. {_FORMS}")
    return str(typed or picked)


def read_path(text: str, otherwise: str) -> Path:
    """Return the absolute path that was typed; `BuildError` with the sentence `otherwise` where it is none."""
    if not text.strip():
        raise BuildError(otherwise)
    if "\0" in text:
        raise BuildError("A path holds a character that no file name can hold.")
    return Path(text.strip()).expanduser().absolute()


def _list_encoders() -> dict[str, str]:
    """Return the encoders of the stores that are here, by reference, each with the first store that has it."""
    known: dict[str, str] = {}
    for entry in list_entries():
        if entry.manifest is None:
            continue
        for variant in entry.manifest.variants:
            if variant.encoder.kind == "encoder":
                reference = locate_encoder(entry.path, variant.encoder.reference)
                known.setdefault(reference, f"{variant.name}, of {entry.name}")
    return known
