"""The question of this session, and the address that mirrors it.

The session's question is the truth. Widgets show it and change it through callbacks; the address is written after each
run, and read where it is not what was written last: a link, a bookmark, a card on Start.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from clipdash.errors import InputError, QueryError, RecordsError
from clipdash.records import Draft, keep_draft, read_draft
from clipdash.report.drill import PREFIX
from clipdash.report.link import (
    DRAFT,
    pack_address,
    read_address,
    read_state,
    say_faults,
    sign_address,
    unpack_address,
    write_address,
)
from clipdash.report.place import Place, read_place, write_place
from clipdash.report.question import Question
from clipdash.ui.boundary import word_error

__all__ = [
    "can_undo",
    "change_question",
    "find_link_fault",
    "forget_link_state",
    "get_address",
    "get_link_state",
    "get_place",
    "get_question",
    "go_to",
    "hold_value",
    "open_question",
    "put_value",
    "read_link",
    "report_faults",
    "say_link_faults",
    "set_place",
    "set_question",
    "show_address",
    "take_turn",
    "undo_change",
]

_QUESTION, _WRITTEN, _HISTORY, _TOUCHED = "question", "address_written", "question_history", "question_touched"
_FAULTS, _STATE, _DRAFT, _PLACE, _AHEAD = "link_faults", "link_state", "draft_kept", "stage_place", "page_ahead"
#: In a link whose lists are too long for one and which no draft could keep: that they are left out, and why.
_LEFT_OUT = "lists"
_MOST_UNDOS = 50
#: A change of one of these can be undone, with whatever else was changed at once: a preset brings its groups along.
_UNDONE = frozenset({"before", "after", "templates", "flagged"})


def get_question() -> Question:
    """Return the question of this session."""
    question: Question = st.session_state[_QUESTION]
    return question


def set_question(question: Question) -> None:
    """Put a question in place of the session's without a step of undo: where it names what is not there."""
    st.session_state[_QUESTION] = question


def change_question(**fields: Any) -> None:
    """Change some fields; a change of labels, templates or flagged categories can be undone."""
    old = get_question()
    st.session_state[_TOUCHED] = True
    try:
        new = old.change(**fields)
    except QueryError as error:  # said by the page: Streamlit logs a traceback of whatever leaves a callback
        report_faults(str(error))
        return
    if new == old:
        return
    st.session_state[_FAULTS] = ()
    if "store" in fields:
        forget_link_state()
    if _UNDONE & fields.keys():
        step = {name: getattr(old, name) for name in fields}
        st.session_state[_HISTORY] = (*st.session_state.get(_HISTORY, ()), step)[-_MOST_UNDOS:]
    set_question(new)


def open_question(question: Question, digest: str, faults: Sequence[str]) -> None:
    """Put a question that was kept in place of the session's, as a link made on the store of that digest would.

    Parameters
    ----------
    question : Question
        What was asked then.
    digest : str
        Of the store then; where the store has changed since, the next page says so.
    faults : sequence of str
        What cannot be asked any more, in sentences.
    """
    change_question(**dict(question))
    st.session_state[_FAULTS] = ()
    report_faults(*faults)
    st.session_state[_STATE] = digest


def undo_change() -> None:
    """Take the last change of labels, templates or flagged categories back."""
    st.session_state[_TOUCHED] = True
    history = st.session_state.get(_HISTORY, ())
    if history:
        st.session_state[_HISTORY] = history[:-1]
        set_question(get_question().change(**history[-1]))


def can_undo() -> bool:
    """Say whether there is a change to take back."""
    return bool(st.session_state.get(_HISTORY))


def get_place() -> Place | None:
    """Return what stands on the stage, None where a page is shown."""
    place: Place | None = st.session_state.get(_PLACE)
    return place


def set_place(place: Place | None) -> None:
    """Go on the stage, to another slide, or back to the page."""
    st.session_state[_TOUCHED] = True
    st.session_state[_PLACE] = place


def hold_value(key: str, value: Any) -> str:
    """Have the widget with this key show a value, set only where it differs: one may be typing; return the key."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def put_value(key: str, value: Any) -> str:
    """Have the widget with this key show a value in every run, and return the key: for those that nobody types into.

    A window that turns out to be narrow is drawn anew, and what was set once before would not show there.
    """
    st.session_state[key] = value
    return key


def read_link(opening: Callable[[], Question]) -> bool:
    """Take over the address if it came from outside, and say whether it did.

    Parameters
    ----------
    opening : callable
        Makes the question of a session that has none yet.
    """
    address = _current_address()
    fresh = _QUESTION not in st.session_state
    # A run that a widget started may carry the address of before; what was typed counts.
    touched = st.session_state.pop(_TOUCHED, False)
    if fresh:
        set_question(opening())
    elif touched or not address or address == st.session_state.get(_WRITTEN):
        return False
    st.session_state[_FAULTS] = ()
    st.session_state[_PLACE] = read_place(address)
    try:
        asked = _open_draft(unpack_address(address))
        question, faults = read_address(asked, opening() if fresh else get_question())
    except InputError as error:
        report_faults(
            f"{word_error(error)} {'The opening comparison is shown' if fresh else 'What was here before stays'}."
        )
        return True
    set_question(question)
    st.session_state[_STATE] = read_state(asked)
    if _LEFT_OUT in asked:
        report_faults(
            "This link leaves its lists out, since they are too long for one; ask for the label files. "
            f"{'The lists of the opening comparison are shown' if fresh else 'The lists that were here stay'}."
        )
    report_faults(*faults)
    return True


def report_faults(*faults: str) -> None:
    """Keep what else is wrong with the link, until something is changed or another link comes."""
    st.session_state[_FAULTS] = (*st.session_state.get(_FAULTS, ()), *faults)


def say_link_faults() -> str | None:
    """Return what is wrong with the link in a few sentences, if it could not be followed."""
    return say_faults(st.session_state.get(_FAULTS, ()))


def get_link_state() -> str:
    """Return the digest of the store that the last link was made on, as far as it was in the link."""
    state: str = st.session_state.get(_STATE, "")
    return state


def forget_link_state() -> None:
    """Go on with the store as it is now."""
    st.session_state[_STATE] = ""


def _open_draft(address: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    """Return an address with what the draft that it names holds; what stands beside the name counts first.

    Raises
    ------
    InputError
        If there is no such draft here, or it cannot be read now.
    """
    if not address.get(DRAFT):
        return address
    named = address[DRAFT][-1]
    kept = read_draft(named)
    if kept is None:
        raise QueryError(
            "The lists of this link are too long for one and were kept as a draft, which is not here. Ask for the "
            "label files."
        )
    st.session_state[_DRAFT] = Draft(named), kept  # so whoever only opens the link keeps nothing anew
    return {name: [str(value) for value in values] for name, values in kept.items()} | dict(address)


def show_address(digest: str = "", asked: bool = True) -> None:
    """Write question and place into the address; lists too long for a link are kept as a draft that it names.

    Parameters
    ----------
    digest : str
        Of the store that the question is asked of.
    asked : bool
        Whether the page asks the question. A session that begins on one that does not keeps its address, since a new
        one would lose what follows its ``#``.
    """
    if not asked and _WRITTEN not in st.session_state and not st.query_params:
        return
    whole = write_address(get_question(), digest)
    address = (pack_address(whole) or _name_draft(whole)) | write_place(get_place())
    if _current_address() != address:
        beside = {name: st.query_params.get_all(name) for name in st.query_params if name.startswith(PREFIX)}
        st.query_params.from_dict(address | beside)
    st.session_state[_WRITTEN] = address


def _name_draft(whole: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the address without its lists, which a draft of their own keeps; where none can be, it says so."""
    lists = {name: whole[name] for name in ("before", "after")}
    rest = {name: values for name, values in whole.items() if name not in lists}
    draft, kept = st.session_state.get(_DRAFT, (None, None))
    if kept != lists:
        try:
            draft = keep_draft(lists, draft)
        except RecordsError as error:
            return sign_address(rest) | {_LEFT_OUT: ["away" if error.away else "left-out"]}
        st.session_state[_DRAFT] = draft, lists
    return rest | {DRAFT: [draft.name]}


def get_address() -> dict[str, list[str]]:
    """Return the address as it was written in this run."""
    return dict(st.session_state.get(_WRITTEN, {}))


def go_to(page: str, beside: Mapping[str, list[str]] | None = None) -> None:
    """Have the run that follows open another page with the session's question, from a callback.

    Parameters
    ----------
    page : str
        Its name.
    beside : mapping of str to list of str, optional
        What stands in the address beside the question.
    """
    st.session_state[_AHEAD] = page, get_address() | dict(beside or {})


def take_turn() -> tuple[str, dict[str, list[str]]] | None:
    """Return the page to open instead, and its address, if a callback asked for one; once."""
    turn: tuple[str, dict[str, list[str]]] | None = st.session_state.pop(_AHEAD, None)
    return turn


def find_link_fault() -> str | None:
    """Return why the link leaves the lists out, in a sentence without its stop; None where it holds everything."""
    why = get_address().get(_LEFT_OUT)
    kept = "cannot be kept now, since the records are away" if why == ["away"] else "is too long"
    return None if why is None else f"The link to these lists {kept}"


def _current_address() -> Mapping[str, list[str]]:
    """Return what the address says of the question: all but which images are shown."""
    return {name: st.query_params.get_all(name) for name in st.query_params if not name.startswith(PREFIX)}
