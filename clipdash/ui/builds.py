"""The builds on the page of the store: how far each is, how it ended, and what can be done about it."""

import os
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from clipdash.access import Act, find_visitor
from clipdash.build import BuildState, discard_build, dismiss_build, list_builds, resume_build, stop_build
from clipdash.errors import InputError
from clipdash.report import say_built, say_progress
from clipdash.store import find_root
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import forget_entries, list_entries
from clipdash.ui.door import offers
from clipdash.ui.state import change_question
from clipdash.ui.wording import count_words, escape_markdown

__all__ = ["may_build", "show_builds"]

_FAULTS, _SURE, _TOLD = "builds_faults", "builds_sure", "builds_told"
_PAUSE = 1.0  # seconds


def may_build() -> bool:
    """Say whether stores may be built from the browser here; ``CLIPDASH_BUILD`` forbids it, unless it says yes."""
    return os.environ.get("CLIPDASH_BUILD", "").strip().casefold() in ("", "on", "yes", "true", "1")


def show_builds() -> None:
    """Draw the builds under the root of stores, anew every second while one is under way."""
    watched = any(state.is_under_way for state in list_builds(find_root()))
    st.fragment(_draw_builds, run_every=_PAUSE if watched else None)(watched)


def _draw_builds(watched: bool) -> None:
    if find_visitor().role is None:  # it draws itself again without the frame, which would not let them in any more
        st.rerun()
    states = list_builds(find_root())
    if any(state.is_under_way for state in states) != watched:
        forget_entries()
        st.rerun()
    if not states:
        return
    st.header("Builds and imports", anchor=False)
    for place, state in enumerate(states):
        with st.container(border=True, key=f"build-{place}"):
            st.markdown(f"**{escape_markdown(state.name)}**", anchors=False)
            _DRAW.get(state.stage, _draw_under_way)(state)
            fault = st.session_state.get(_FAULTS, {}).get(state.name)
            if fault:
                warn(fault)


def _draw_under_way(state: BuildState) -> None:
    words = {"starting": "It is starting.", "ending": "It is ending."}
    said = words.get(state.stage) or say_progress(state.progress)
    st.progress(state.progress.share if state.progress else 0.0, text=said)
    if state.name in st.session_state.get(_TOLD, ()):
        st.caption("It is told to stop. What was done is kept.")
    elif may_build() and state.stoppable:
        _offer(state, "Cancel", "cancel", _stop)
    elif state.stage == "running" and not state.stoppable:
        holder = state.holder or {}
        where = f": process {holder['process']} on {holder['machine']}" if {"process", "machine"} <= {*holder} else ""
        st.caption(f"It was not started by clipdash on this machine{escape_markdown(where)}. Stop it there.")


def _draw_interrupted(state: BuildState) -> None:
    if state.fault:
        warn(state.fault)
    done = "some parts are done"
    if state.progress:
        done = f"{state.progress.done:,} of {count_words(state.progress.rows, 'image')} are done"
    st.markdown(f"Interrupted: {done}. What was done is kept, but for the part that was in work.", anchors=False)
    if not may_build():
        st.caption("Go on with it by its command and --resume.")
    elif st.session_state.get(_SURE) == state.name:
        st.markdown("Discard what was done? It cannot be brought back.", anchors=False)
        with st.container(horizontal=True, gap="small"):
            _offer(state, "Discard it", "sure", _discard)
            _offer(state, "Keep it", "keep", _ask_nothing)
    else:
        with st.container(horizontal=True, gap="small"):
            _offer(state, "Resume", "resume", _resume)
            _offer(state, "Discard", "discard", _ask)


def _draw_finished(state: BuildState) -> None:
    st.markdown(escape_markdown(say_built(state.report or {"built": 0})), anchors=False)
    with st.container(horizontal=True, gap="small"):
        if state.name not in _list_sound():
            forget_entries()  # it may have come within the seconds that the list is kept
        if state.name in _list_sound() and _offer(state, "Use this store", "use", _use):
            st.rerun()
        _offer(state, "Dismiss", "dismiss", _dismiss)


def _list_sound() -> set[str]:
    return {entry.name for entry in list_entries() if entry.fault is None}


def _draw_stopped(state: BuildState) -> None:
    st.markdown("Stopped before any part of it was done, so nothing is kept.", anchors=False)
    _offer(state, "Dismiss", "dismiss", _dismiss)


def _draw_failed(state: BuildState) -> None:
    warn(state.fault)
    _offer(state, "Dismiss", "dismiss", _dismiss)


_DRAW: dict[str, Callable[[BuildState], None]] = {
    "interrupted": _draw_interrupted,
    "finished": _draw_finished,
    "stopped": _draw_stopped,
    "failed": _draw_failed,
}


def _offer(state: BuildState, label: str, name: str, act: Callable[[Path], None]) -> bool:
    if act is not _use and not offers(Act.BUILD):
        return False
    return st.button(label, key=f"build-{name}-{state.name}", on_click=_act, args=(state.place, act))


def _act(place: Path, act: Callable[[Path], None]) -> None:
    """Do what a button says, and keep the sentence of what is wrong with it."""
    faults = {name: said for name, said in st.session_state.get(_FAULTS, {}).items() if name != place.name}
    try:
        act(place)
    except InputError as error:
        faults[place.name] = str(error)
    st.session_state[_FAULTS] = faults


def _stop(place: Path) -> None:
    stop_build(place)
    st.session_state[_TOLD] = {*st.session_state.get(_TOLD, ()), place.name}


def _resume(place: Path) -> None:
    st.session_state[_TOLD] = {*st.session_state.get(_TOLD, ())} - {place.name}
    resume_build(place)


def _ask(place: Path) -> None:
    st.session_state[_SURE] = place.name


def _ask_nothing(place: Path) -> None:
    del place
    st.session_state[_SURE] = None


def _discard(place: Path) -> None:
    st.session_state[_SURE] = None
    discard_build(place)


def _dismiss(place: Path) -> None:
    dismiss_build(place)


def _use(place: Path) -> None:
    forget_entries()
    change_question(store=place.name)
