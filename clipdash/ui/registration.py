"""Registering a comparison before its result is seen: the result stays hidden until its facts are sealed."""

from datetime import datetime
from typing import Any

import streamlit as st

from clipdash.access import Act
from clipdash.audit import Shift
from clipdash.errors import InputError, RecordsError
from clipdash.labels import LabelSet
from clipdash.records import Seal, check_unseen, find_seal, list_facts, seal_question
from clipdash.ui.boundary import warn, word_error
from clipdash.ui.catalogue import name_attribute
from clipdash.ui.documents import explain_term
from clipdash.ui.door import offers
from clipdash.ui.given import find_given
from clipdash.ui.results import load_store
from clipdash.ui.state import get_question, hold_value
from clipdash.ui.wording import count_words, escape_markdown

__all__ = ["await_seal", "hide_here", "hides_results", "offer_registration", "say_registration"]

_FIRST, _FAULT = "register_first", "register_fault"


def offer_registration() -> None:
    """Draw the choice to register a comparison before its result is shown; one of files cannot be, of no store."""
    if find_given("shift") is not None or not offers(Act.SAVE):
        return
    st.toggle(
        "Register before it is seen",
        key=hold_value("register-first", hides_results()),
        on_change=_take_first,
        help=explain_term("registered"),
    )


def hides_results() -> bool:
    """Say whether comparisons are hidden until they are registered."""
    return bool(st.session_state.get(_FIRST))


def _take_first() -> None:
    st.session_state[_FIRST] = bool(st.session_state["register-first"])
    st.session_state[_FAULT] = None


def await_seal(label_sets: tuple[LabelSet, LabelSet]) -> bool:
    """Draw what would be registered in the result's place, and say whether the result is still to be hidden.

    Parameters
    ----------
    label_sets : tuple of LabelSet
        Both lists as they can be read now.
    """
    if not hides_results():
        return False
    question, store = get_question(), load_store(get_question().store)
    facts = list_facts(
        label_sets,
        variants=[store.variant().name] * 2,
        by=question.by,
        where=question.where,
        rule=question.rule,
        min_n=question.min_n,
        cluster=question.cluster,
        simultaneous=question.together,
    )
    st.title("The result is hidden until this comparison is registered", anchor=False)
    _draw_facts(label_sets, facts, store.manifest.title, store.digest)
    fault = st.session_state.get(_FAULT) or _find_fault(store.digest, facts)
    if fault is not None:
        warn(fault)
    with st.container(horizontal=True, gap="xsmall", key="registering"):
        st.button(
            "Register, then show",
            type="primary",
            icon=":material/lock:",
            key="register",
            on_click=_seal,
            args=(store.digest, facts),
            disabled=fault is not None,
        )
        st.button("Show without registering", key="register-not", on_click=_show)
    return True


def hide_here() -> bool:
    """Draw why a page that shows figures of the lists is empty while a comparison waits to be registered; say if so."""
    if not hides_results():
        return False
    st.title("Figures are hidden while a comparison waits to be registered", anchor=False)
    st.markdown("They would tell a part of its result. Register it on the page Shift, or show them anyway.")
    st.button("Show without registering", key="register-not-here", on_click=_show)
    return True


def _draw_facts(label_sets: tuple[LabelSet, LabelSet], facts: dict[str, Any], title: str, digest: str) -> None:
    before, after = (f"{count_words(len(one.labels), 'label')}, digest {one.digest[:12]}" for one in label_sets)
    filters = "; ".join(f"{name_attribute(name)}: {', '.join(values)}" for name, values in facts["where"].items())
    said = {
        "Before": before,
        "After": after,
        "Store": f"{title}, digest {digest[:12]}",
        "Groups": " × ".join(map(name_attribute, facts["by"])),
        "Images": filters or "all",
        "Rule": facts["rule"],
        "Minimum n": f"{facts['min_n']:,}",
    }
    st.markdown("  \n".join(f"**{name}** {escape_markdown(text)}" for name, text in said.items()), anchors=False)


def _find_fault(store: str, facts: dict[str, Any]) -> str | None:
    """Return why this comparison cannot be registered, if so."""
    try:
        check_unseen(store, facts)
    except RecordsError as error:
        return word_error(error)
    return None


def _seal(store: str, facts: dict[str, Any]) -> None:
    try:
        seal_question(store, facts)
    except InputError as error:
        st.session_state[_FAULT] = word_error(error)
        return
    _show()


def _show() -> None:
    st.session_state[_FIRST], st.session_state[_FAULT] = False, None


def say_registration(result: Shift) -> tuple[str, Seal | None]:
    """Return whether a comparison was registered before it was seen, in words that go on from others, and its seal."""
    try:
        seal = find_seal(result)
    except RecordsError:
        return "whether it was registered cannot be read now", None
    if seal is None:
        return "not registered before it was seen", None
    return f"registered before it was seen, {_write_time(seal.sealed)} (seal {seal.digest[:12]})", seal


def _write_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
