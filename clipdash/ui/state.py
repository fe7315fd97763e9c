"""The question of this session, and the address that mirrors it.

The session's question is the truth. Widgets show it and change it through callbacks; the address is written after each
run, and read where it is not what was written last: a link, a bookmark, a card on Start.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from clipdash.errors import QueryError
from clipdash.report.link import pack_address, read_address, read_state, unpack_address, write_address
from clipdash.report.question import Question

__all__ = [
    "can_undo",
    "change_question",
    "fits_address",
    "forget_link_state",
    "get_address",
    "get_link_fault",
    "get_link_state",
    "get_question",
    "hold_value",
    "read_link",
    "report_link",
    "set_question",
    "show_address",
    "undo_change",
]

_QUESTION, _WRITTEN, _HISTORY, _TOUCHED = "question", "address_written", "question_history", "question_touched"
_FAULT, _STATE = "link_fault", "link_state"
#: Stands in a link that leaves its lists out, since they are too long for one.
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
    new = old.change(**fields)
    st.session_state[_TOUCHED] = True
    if new == old:
        return
    report_link(None)
    if "store" in fields:
        forget_link_state()
    if _UNDONE & fields.keys():
        step = {name: getattr(old, name) for name in fields}
        st.session_state[_HISTORY] = (*st.session_state.get(_HISTORY, ()), step)[-_MOST_UNDOS:]
    set_question(new)


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


def hold_value(key: str, value: Any) -> str:
    """Have the widget with this key show a value, and return the key.

    The value is set only where it differs: setting it anew would overwrite what is being typed meanwhile.
    """
    if key not in st.session_state or st.session_state[key] != value:
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
    report_link(None)
    try:
        asked = unpack_address(address)
        question, fault = read_address(asked, opening() if fresh else get_question())
    except QueryError as error:
        report_link(f"{error} {'The opening comparison is shown' if fresh else 'What was here before stays'}.")
        return True
    set_question(question)
    st.session_state[_STATE] = read_state(asked)
    if _LEFT_OUT in asked:
        fault = (
            "This link leaves its lists out, since they are too long for one; ask for the label files. "
            f"{'The lists of the opening comparison are shown' if fresh else 'The lists that were here stay'}."
        )
    report_link(fault)
    return True


def report_link(fault: str | None) -> None:
    """Keep what was wrong with the link, until something is changed or another link comes."""
    st.session_state[_FAULT] = fault


def get_link_fault() -> str | None:
    """Return the sentence on the link, if it could not be followed."""
    fault: str | None = st.session_state.get(_FAULT)
    return fault


def get_link_state() -> str:
    """Return the digest of the store that the last link was made on, as far as it was in the link."""
    state: str = st.session_state.get(_STATE, "")
    return state


def forget_link_state() -> None:
    """Go on with the store as it is now."""
    st.session_state[_STATE] = ""


def show_address(digest: str = "") -> None:
    """Write the session's question into the address; lists too long for a link are left out of it.

    Parameters
    ----------
    digest : str
        Of the store that the question is asked of.
    """
    whole = write_address(get_question(), digest)
    address = pack_address(whole)
    if address is None:
        address = {name: values for name, values in whole.items() if name not in ("before", "after")}
        address |= {_LEFT_OUT: ["left-out"]}
    if _current_address() != address:
        st.query_params.from_dict(address)
    st.session_state[_WRITTEN] = address


def get_address() -> dict[str, list[str]]:
    """Return the address as it was written in this run."""
    return dict(st.session_state.get(_WRITTEN, {}))


def fits_address() -> bool:
    """Say whether the whole question fits a link."""
    return pack_address(write_address(get_question())) is not None


def _current_address() -> Mapping[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}
