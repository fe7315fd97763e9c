"""Which saved label set stands in which editor, so that the next save of it is its next version."""

from typing import TYPE_CHECKING

import streamlit as st

from clipdash.access import note
from clipdash.ui.lists import keep_set
from clipdash.ui.presets import use_list

if TYPE_CHECKING:
    from clipdash.records import SavedLabels

__all__ = ["find_opened", "note_opened", "use_saved"]

_OPENED = "labels_of_records"


def use_saved(side: str, saved: "SavedLabels") -> None:
    """Put a saved set into an editor (``"before"`` or ``"after"``) and remember which it is."""
    note("opened", "label set", saved.id, version=saved.version)
    keep_set(saved.label_set)
    use_list(side, saved.label_set)
    note_opened(side, saved)


def note_opened(side: str, saved: "SavedLabels") -> None:
    """Remember that what stands in an editor was saved as this version."""
    st.session_state[_OPENED] = st.session_state.get(_OPENED, {}) | {side: saved}


def find_opened(side: str) -> "SavedLabels | None":
    """Return the version that was last opened in an editor, or saved from it; None where none was."""
    opened: dict[str, SavedLabels] = st.session_state.get(_OPENED, {})
    return opened.get(side)
