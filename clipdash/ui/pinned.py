"""The stores of a session, as they were when it first asked for them; a new one is taken when the reader says so.

Else a run could count the labels of one state by the annotations of another, and figures would change unasked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from clipdash.store import Store, StoreEntry

__all__ = ["find_pinned", "is_replaced", "pin_entry", "pin_store", "unpin_stores"]

_PINNED = "stores_pinned"


@dataclass
class _Pinned:
    entry: StoreEntry
    store: Store | None = None


def _list_pinned() -> dict[str, _Pinned]:
    if get_script_run_ctx(suppress_warning=True) is None:
        return {}  # no session: what warms up the app asks for stores as they are
    pinned: dict[str, _Pinned] = st.session_state.setdefault(_PINNED, {})
    return pinned


def pin_entry(entry: StoreEntry) -> StoreEntry:
    """Return a sound store as this session first saw it, which from now on is as `entry` says."""
    return _list_pinned().setdefault(entry.name, _Pinned(entry)).entry


def find_pinned(name: str, here: Mapping[str, StoreEntry]) -> StoreEntry | None:
    """Return the store of that name as this session has it open, whatever became of its folder since.

    Parameters
    ----------
    name : str
        Of the store.
    here : mapping of str to StoreEntry
        The stores there are now; one that is gone is nobody's any more.
    """
    pinned = _list_pinned().get(name)
    return pinned.entry if pinned is not None and name in here else None


def pin_store(entry: StoreEntry, read: Callable[[], Store]) -> Store:
    """Return the open store of an entry, the same object for as long as the session has it.

    Parameters
    ----------
    entry : StoreEntry
        What `pin_entry` or `find_pinned` returned.
    read : callable
        Opens the store.
    """
    pinned = _list_pinned().get(entry.name)
    if pinned is None or pinned.entry is not entry:
        return read()
    if pinned.store is None:
        pinned.store = read()
    return pinned.store


def is_replaced(name: str, here: Mapping[str, StoreEntry]) -> bool:
    """Say whether there is a sound store of that name that is not the one this session has."""
    pinned, now = _list_pinned().get(name), here.get(name)
    return pinned is not None and now is not None and now.manifest not in (None, pinned.entry.manifest)


def unpin_stores() -> None:
    """Take every store of this session as it is now."""
    _list_pinned().clear()
