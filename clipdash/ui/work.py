"""From what is typed to a result, with every way in which there is none yet."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clipdash.audit import Audit, Shift, parse_rule
from clipdash.errors import InputError
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import open_session
from clipdash.ui.files import show_origin
from clipdash.ui.given import Given, find_given
from clipdash.ui.lists import Reading, is_mixture, keep_uncounted
from clipdash.ui.registration import await_seal, hide_here
from clipdash.ui.results import compare_groups, load_store, rate_groups, tabulate_lists
from clipdash.ui.state import change_question, get_question
from clipdash.ui.viewport import is_narrow
from clipdash.zeroshot import Predictions

__all__ = ["collect_predictions", "compare_lists", "rate_list", "split_page"]

_SEEN = "page_seen"


def split_page() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return where the labels stand and where the finding stands: beside each other, on a phone under each other.

    The finding's place holds a grey shape until the first result of a session; later the last one stays.
    """
    labels, finding = (st.container(), st.container()) if is_narrow() else st.columns([0.29, 0.71], gap="large")
    slot = finding.empty()
    if _SEEN not in st.session_state:
        slot.skeleton(height=560)
        st.session_state[_SEEN] = True
    return labels, slot


def compare_lists(readings: tuple[Reading, Reading]) -> Shift | None:
    """Compare both lists on the question's groups; where that cannot be, say why and return None."""
    given = find_given("shift")
    keep_uncounted(False)
    if given is not None:
        return _answer(given, "shift", readings)  # type: ignore[return-value]  # of two sets
    predictions = collect_predictions(readings)
    if predictions is None or not _rule_fits(readings):
        return None
    question = get_question()
    before, after = (one.label_set for one in predictions)
    if await_seal((before, after)):
        return None
    keep_uncounted(_say_mixture(readings))
    try:
        table = tabulate_lists(load_store(question.store), question, predictions)
        return compare_groups(table, question)
    except InputError as error:
        warn(str(error))
        return None


def _say_mixture(readings: tuple[Reading, Reading]) -> bool:
    """Say where one list is new and the other the last that could be read: a pair that nobody wrote."""
    stale = [name for name, reading in zip(("before", "after"), readings, strict=True) if reading.stale]
    if not is_mixture([reading.label_set for reading in readings], bool(stale)):
        return False
    warn(
        f"A line of the list {' and one of the list '.join(stale)} cannot be read: this compares with the last list "
        "that could be, and is not counted as tried."
    )
    return True


def rate_list(reading: Reading) -> Audit | None:
    """Rate the groups under one list; where that cannot be, say why and return None."""
    given = find_given("labels")
    if given is not None:
        return _answer(given, "labels", [reading])  # type: ignore[return-value]  # of one set
    predictions = collect_predictions([reading])
    if predictions is None or not _rule_fits([reading]) or hide_here():
        return None
    question = get_question()
    try:
        table = tabulate_lists(load_store(question.store), question, predictions)
        return rate_groups(table, question)
    except InputError as error:
        warn(str(error))
        return None


def _answer(given: Given, page: str, readings: Sequence[Reading]) -> Audit | Shift | None:
    """Answer from the files of a page; where that cannot be, say why and return None."""
    show_origin(page, given)
    sets = [reading.label_set for reading in readings if reading.label_set is not None]
    if given.kind != "rates":
        if len(sets) < len(readings):
            _explain_nothing(readings)
            return None
        if not _rule_fits(readings):
            return None
    try:
        return given.answer(sets, get_question())
    except InputError as error:
        st.title("These files and lists do not fit each other", anchor=False)
        warn(str(error))
        return None


def _rule_fits(readings: Sequence[Reading]) -> bool:
    """Say whether the lists have what the rule names; else explain it, and offer the rule that fits any list."""
    try:
        parse_rule(get_question().rule).check(one.label_set for one in readings if one.label_set is not None)
    except InputError as error:
        st.title("The rule fits no label", anchor=False)
        warn(f'The rule is "{get_question().rule}". {error}')
        st.button("Count what is misclassified instead", on_click=change_question, kwargs={"rule": "misclassified"})
        return False
    return True


def collect_predictions(readings: Sequence[Reading]) -> tuple[Predictions, ...] | None:
    """Return the predictions of all lists, or say what is missing."""
    found = tuple(reading.predictions for reading in readings if reading.predictions is not None)
    if len(found) == len(readings):
        return found
    _explain_nothing(readings)
    return None


def _explain_nothing(readings: Sequence[Reading]) -> None:
    """Say why there is no result, where the editors say what is wrong."""
    if any(reading.empty for reading in readings):
        st.title("Type one label a line, or start from a preset", anchor=False)
        st.markdown(
            "Results appear here. A comparison needs two labels in each list, such as man and woman.", anchors=False
        )
        opening = open_session()
        if opening.before:
            lists = {name: getattr(opening, name) for name in ("before", "after", "templates", "flagged")}
            st.button("Put an example there", on_click=change_question, kwargs=lists)
    elif any(reading.of_prompt for reading in readings):
        st.title("The prompt cannot be used", anchor=False)
        st.markdown("The sentence at the prompt says why. Results appear here once it is mended.", anchors=False)
    else:
        st.title("A line cannot be read", anchor=False)
        st.markdown(
            "The sentence under the editor says which, and why. Results appear here once it is mended.", anchors=False
        )
