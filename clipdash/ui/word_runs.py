"""A run over a list of words on a page: the list, the bar with its way to cancel, and the result that stays."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import streamlit as st

from clipdash.errors import InputError
from clipdash.labels import WordList, parse_words, read_words
from clipdash.ui.boundary import warn
from clipdash.ui.wording import count_words

__all__ = ["keep_run", "name_list", "read_list", "show_bar"]

_T = TypeVar("_T")


def name_list(key: str) -> str:
    """Write the key of a list that comes with clipdash with its size."""
    return f"{key}: {count_words(len(read_words(key).words), 'word')}"


def read_list(asked: dict[str, Any]) -> WordList:
    """Return the list that a form names: what was uploaded goes first."""
    upload = asked["upload"]
    return read_words(asked["list"]) if upload is None else parse_words(upload.name, upload.getvalue())


@contextmanager
def show_bar(title: str, key: str) -> Iterator[Any]:
    """Show a title, a bar and a button that cancels, for as long as the context lasts; yields the bar."""
    slot = st.empty()
    with slot.container():
        st.title(title, anchor=False)
        bar = st.progress(0.0, text="Reading the words")
        st.button("Cancel", key=key)  # a press starts the page anew, which ends this run
    try:
        yield bar
    except InputError:
        slot.empty()
        raise
    slot.empty()


def keep_run(
    name: str, key: Hashable, *, sent: bool, run: Callable[[], _T], refused: str, invite: Callable[[], None]
) -> _T | None:
    """Return what a run found, kept in the session until the settings change.

    Parameters
    ----------
    name : str
        Where the session keeps it.
    key : hashable
        The settings that it follows from.
    sent : bool
        Whether the form was sent, which asks for a new run.
    run : callable
        Returns the result.
    refused : str
        The headline above the sentence that says what is wrong with the form.
    invite : callable
        Draws what to do, where nothing was found yet.
    """
    kept: dict[Any, _T] = st.session_state.setdefault(name, {})
    if sent:
        try:
            found = run()
        except InputError as error:
            kept.clear()
            st.title(refused, anchor=False)
            warn(str(error))
            return None
        kept.clear()  # not before: where the run is cancelled, the last result stays
        kept[key] = found
    if key not in kept:
        invite()
    return kept.get(key)
