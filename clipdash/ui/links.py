"""A link that was opened: followed as far as can be, with what could not be, and whether its store has changed."""

import streamlit as st

from clipdash.store import Manifest
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import find_entry, forget_entries, has_new, list_entries, settle_flags, settle_question
from clipdash.ui.memory import remember
from clipdash.ui.state import (
    change_question,
    forget_link_state,
    get_link_state,
    get_question,
    report_faults,
    say_link_faults,
    set_question,
    show_address,
)
from clipdash.ui.wording import escape_markdown

__all__ = ["follow_address"]


def follow_address(came_from_outside: bool, asked: bool = True) -> None:
    """Bring the question in line with what is here, write the address anew, and say what a link could not do.

    Parameters
    ----------
    came_from_outside : bool
        Whether the question was just read from an address.
    asked : bool
        Whether the page asks the question.
    """
    question, faults = settle_question(get_question())
    if came_from_outside:
        question, strange = settle_flags(question)
        report_faults(*faults, *strange)
    set_question(question)
    digest = _find_digest(question.store)
    then = get_link_state()
    changed = bool(then and digest) and not digest.startswith(then)
    # Until the reader has chosen, the address stays the one that was sent.
    show_address(then if changed else digest, asked)
    sentence = say_link_faults()
    if sentence is not None:
        warn(sentence)
    if changed:
        _offer_both(question.store, then)
    if has_new(question.store):
        _offer_new(question.store)


def _find_digest(name: str) -> str:
    entry = find_entry(name)
    return "" if entry is None or entry.manifest is None else _read_digest(entry.manifest)


def _read_digest(manifest: Manifest) -> str:
    return remember(manifest, "digest", lambda: manifest.digest)


def _offer_new(name: str) -> None:
    """Say that the store was replaced meanwhile, and leave it to the reader when the figures become others."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="store-new"):
        warn(f'The store "{name}" has been replaced since you opened it. What you see is still of the one before.')
        st.button("Take the new one", key="store-take", on_click=_take_new)


def _take_new() -> None:
    forget_entries()
    forget_link_state()


def _offer_both(name: str, then: str) -> None:
    """Say that the store has changed since the link was made; offer it as it is and, where that is here, as it was."""
    entries = [entry for entry in list_entries() if entry.manifest is not None]
    same = [e.name for e in entries if e.manifest is not None and _read_digest(e.manifest).startswith(then)]
    rest = "" if same else " As it was then, it is not here any more."
    warn(
        f'The store "{name}" has changed since this link or audit was made: figures may differ from those of '
        f"then.{rest}"
    )
    with st.container(horizontal=True, gap="xsmall", key="store-then"):
        st.button("Go on with the store as it is now", key="store-now", on_click=forget_link_state)
        for other in same:
            label = f"Open it as it was, in the store {escape_markdown(other)}"
            st.button(label, key=f"store-as-{other}", on_click=change_question, kwargs={"store": other})
