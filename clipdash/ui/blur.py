"""Whether thumbnails are blurred: a setting of the deployment, and what this session asked for."""

import os

import streamlit as st

from clipdash.store import Store
from clipdash.ui.boundary import warn
from clipdash.ui.state import put_value

__all__ = ["draw_blur", "is_blurred"]

_SETTINGS = ("people", "always", "never")
_NAME = "CLIPDASH_BLUR"
_ASKED = "blur_asked"


def is_blurred(store: Store) -> bool:
    """Say whether the thumbnails of a store are blurred now."""
    setting = _read_setting()
    if setting != "people":
        return setting == "always"
    return bool(st.session_state.get(_ASKED, store.manifest.depicts not in ("drawings", "objects")))


def draw_blur(store: Store) -> None:
    """Draw the switch that blurs thumbnails and shows them, where this deployment leaves that to the reader."""
    setting = _read_setting()
    if store.manifest.thumbnail_size is None or setting == "never":
        return
    named = os.environ.get(_NAME, "")
    if named not in ("", setting):
        warn(f'{_NAME} is "{named}"; expected "people", "always" or "never". It counts as "{setting}".')
    st.toggle(
        "Blur",
        key=put_value("blur", is_blurred(store)),
        on_change=_take,
        disabled=setting == "always",
        help="This deployment blurs every gallery."
        if setting == "always"
        else "Pictures of people are blurred until you ask. What you choose holds for this session.",
    )


def _take() -> None:
    st.session_state[_ASKED] = st.session_state["blur"]


def _read_setting() -> str:
    """Return the setting; what is none of them counts as the most common, and is said where the switch is."""
    named = os.environ.get(_NAME, "")
    return named if named in _SETTINGS else "people"
