"""Visits to pages: noted in the audit log once, timed each time, and with a word where the log cannot be written."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

import streamlit as st

from clipdash.access import OWNER, Act, Kind, find_log_fault, find_visitor, is_logging, note
from clipdash.report.drill import Drill
from clipdash.serve import time_rerun
from clipdash.ui.boundary import warn
from clipdash.ui.given import find_given
from clipdash.ui.state import get_question

__all__ = ["find_shown_store", "note_images", "note_refusal", "record_visit"]

_NOTED, _SHOWN = "visits_noted", "visits_page"
#: Pages whose files are not of the store that the question is asked of.
_ELSEWHERE = frozenset({"audits", "method", "probes"})


@contextmanager
def record_visit(page: str, act: Act = Act.READ) -> Iterator[None]:
    """Run a page inside: its first run in a session, and on each store, goes to the audit log, and all are timed.

    So does the first page of a session that begins under a sign-in, or goes on under another role.

    Parameters
    ----------
    page : str
        Its name.
    act : Act
        What a visitor must be allowed to see it; whoever may not is noted as refused, not as one who opened it.
    """
    store, visitor = get_question().store, find_visitor()
    st.session_state[_SHOWN] = page
    if visitor is not OWNER and _is_new("sign-in", visitor.name, visitor.subject, str(visitor.role)):
        note("signed in", "sign-in", visitor=visitor)
    if not visitor.may(act):
        note_refusal("page", page)
    elif _is_new("page", page, store):
        note("opened", "page", page, store=store)
    fault = find_log_fault()
    if fault is not None:
        warn(fault)
    with time_rerun(page):
        yield


def find_shown_store() -> str | None:
    """Return the name of the store that files of this page are of; None where they are of none or of uploads."""
    page = st.session_state.get(_SHOWN)
    return None if page in _ELSEWHERE or find_given(page) else get_question().store


def note_refusal(kind: Kind, identity: str) -> None:
    """Note once a session that something was refused to whoever is there.

    Parameters
    ----------
    kind, identity : str
        What it was; of a sign-in the person as the provider names them.
    """
    if _is_new("refused", kind, identity):
        note("refused", kind, identity)


def note_images(store: str, shown: Drill | Hashable) -> None:
    """Note that pictures of a store are shown: those of one question and place once a session.

    Parameters
    ----------
    store : str
        Its name.
    shown : Drill or hashable
        Tells them from others. Of one image its id is noted; of what was typed to find others, nothing.
    """
    if _is_new("images", store, repr(shown)):
        drill = shown if isinstance(shown, Drill) else Drill()
        note("opened", "images", store, image=drill.image)


def _is_new(*what: str) -> bool:
    """Say whether this session shows something for the first time; always no where nothing is logged."""
    if not is_logging():
        return False
    noted: set[int] = st.session_state.setdefault(_NOTED, set())
    new = hash(what) not in noted
    noted.add(hash(what))
    return new
