"""The page of what was saved: search, the list, the one that is open, and what was deleted."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from clipdash import records
from clipdash.access import Act
from clipdash.errors import InputError, RecordsError
from clipdash.ui.boundary import warn, word_error
from clipdash.ui.door import offers
from clipdash.ui.reopening import describe_saved, show_audit, show_labels
from clipdash.ui.revising import name_saved
from clipdash.ui.saving import shorten
from clipdash.ui.start import link_page
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import escape_markdown, italicise

if TYPE_CHECKING:
    from clipdash.records import SavedAudit, SavedLabels

    Saved = SavedAudit | SavedLabels

__all__ = ["show_records"]

_OPEN, _GONE, _FAULT, _SHOWN = "saved_open", "saved_gone", "saved_fault", "saved_shown"
_AUDITS, _SETS, _DELETED = "Audits", "Label sets", "Deleted"
_PAGE = 20


def show_records() -> None:
    """Draw the whole page; where the records cannot be read, say so and what to do."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="saved-search"):
        kind = st.segmented_control(
            "Show",
            [_AUDITS, _SETS, _DELETED],
            default=_AUDITS,
            required=True,
            key="saved-kind",
            label_visibility="collapsed",
        )
        sought = st.text_input(
            "Search",
            live="300ms",
            icon=":material/search:",
            placeholder="Search titles, notes and labels",
            key="saved-sought",
            label_visibility="collapsed",
            width=420,
        )
    _say_gone()
    if st.session_state.get(_FAULT):
        warn(st.session_state.pop(_FAULT))
    try:
        found = _find(kind, sought or "")
        if not found:
            _say_nothing(kind, sought or "")
        elif kind == _DELETED:
            _list_deleted(found)
        else:
            _show_both(found)
    except RecordsError as error:
        warn(word_error(error))


def _find(kind: str, sought: str) -> "Sequence[Saved]":
    if kind == _AUDITS:
        return records.list_audits(sought)
    if kind == _SETS:
        return records.list_labels(sought)
    return [*records.list_audits(sought, deleted=True), *records.list_labels(sought, deleted=True)]


def _say_nothing(kind: str, sought: str) -> None:
    if sought:
        st.markdown("Nothing that is saved holds all of these words. Search for fewer, or a part of one.")
    elif kind == _DELETED:
        st.markdown("Nothing is deleted. What you delete can be restored from here.")
    else:
        what = "audit" if kind == _AUDITS else "label set"
        where = "Shift and Labels have **Save audit** and **Save labels** under their figures: an"
        if not offers(Act.SAVE):
            where = "What reviewers save stands here, to be read and opened: an"
        st.markdown(
            f"No {what} is saved yet. {where} "
            "audit keeps the question, every figure and the state of the store; a label set keeps each of its versions."
        )
        with st.container(horizontal=True, gap="small"):
            link_page("shift", "Compare two lists", icon="edit", main=True)
            link_page("labels", "Look at one list", icon="list")


def _show_both(found: "Sequence[Saved]") -> None:
    """Draw the list and beside it what is open; on a phone one of them."""
    opened = st.session_state.get(_OPEN)
    chosen = next((saved for saved in found if saved.id == opened), None)
    if is_narrow():
        if chosen is None:
            _draw_list(found, None)
        else:
            st.button("Back to the list", icon=":material/arrow_back:", key="saved-back", on_click=_open, args=(None,))
            _draw_open(chosen)
        return
    chosen = chosen or found[0]
    left, right = st.columns([0.3, 0.7], gap="large")
    with left:
        _draw_list(found, chosen)
    with right, st.container(key="saved-detail"):
        _draw_open(chosen)


def _draw_list(found: "Sequence[Saved]", chosen: "Saved | None") -> None:
    shown = st.session_state.get(_SHOWN, _PAGE)
    for saved in found[:shown]:
        with st.container(gap=None, key=f"saved-line-{'open' if saved is chosen else saved.id}"):
            st.button(
                escape_markdown(shorten(name_saved(saved))),
                key=f"saved-pick-{saved.id}",
                type="tertiary",
                on_click=_open,
                args=(saved.id,),
            )
            st.caption(describe_saved(saved))
    if len(found) > shown:
        st.button(f"Show {min(_PAGE, len(found) - shown)} more", key="saved-more", on_click=_show_more, args=(shown,))


def _show_more(shown: int) -> None:
    st.session_state[_SHOWN] = shown + _PAGE


def _open(name: str | None) -> None:
    st.session_state[_OPEN] = name


def _draw_open(chosen: "Saved") -> None:
    if isinstance(chosen, records.SavedAudit):
        show_audit(chosen, _act)
    else:
        show_labels(chosen, _act)


def _act(name: str, act: Callable[[], object]) -> None:
    """Do what a button says; open a copy, and offer to bring back what was deleted."""
    try:
        saved = act()
    except InputError as error:
        st.session_state[_FAULT] = word_error(error)
        return
    st.session_state[_GONE] = saved if name == "delete" else None
    st.session_state[_OPEN] = None if name == "delete" else getattr(saved, "id", None)


def _say_gone() -> None:
    gone = st.session_state.get(_GONE)
    if gone is None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="saved-gone"):
        st.markdown(f"Deleted {italicise(shorten(name_saved(gone)))}.", width="content", anchors=False)
        st.button("Undo", icon=":material/undo:", key="saved-undo", on_click=partial(_restore, gone))


def _restore(gone: "Saved") -> None:
    restore: Callable[[str], object] = (
        records.restore_audit if isinstance(gone, records.SavedAudit) else records.restore_labels
    )
    _act("restore", partial(restore, gone.id))


def _list_deleted(found: "Sequence[Saved]") -> None:
    for saved in found:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"saved-line-{saved.id}"):
            st.markdown(f"{italicise(shorten(name_saved(saved)))}  \n:gray[{describe_saved(saved)}]", anchors=False)
            if offers(Act.SAVE):
                st.button(
                    "Restore", key=f"restore-{saved.id}", icon=":material/undo:", on_click=partial(_restore, saved)
                )
