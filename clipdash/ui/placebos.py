"""Would any word have done it: neutral words in the place of each label that the second list adds."""

import streamlit as st

from clipdash.audit import Shift
from clipdash.report import markdown_table, placebo_rows, placebo_sheet, say_placebos
from clipdash.ui.documents import explain_term
from clipdash.ui.results import load_store
from clipdash.ui.state import get_question
from clipdash.ui.studies import place_question
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import escape_markdown

__all__ = ["show_placebos"]

_MOST_GROUPS = 8


def show_placebos(result: Shift) -> None:
    """Draw where the shift of each added label ranks among neutral words; nothing where no label was added."""
    if not {*result.after.texts} - {*result.before.texts}:
        return
    st.header(
        "Would any word have done it?",
        anchor=False,
        help=explain_term("neutral words", "shift"),
    )
    with st.spinner("Putting 200 neutral words in its place"):
        found = place_question(load_store(get_question().store), get_question(), result)
    for sentence in say_placebos(found):
        st.markdown(escape_markdown(sentence), anchors=False)
    rows = placebo_rows(found)
    if not rows:
        return
    if not is_narrow() and len(rows[0]) <= _MOST_GROUPS + 2:
        with st.container(key="table-placebos"):
            st.markdown(markdown_table(rows, "l" + "r" * (len(rows[0]) - 1)), anchors=False)
        st.caption(
            "Shift in points from the second list without the label to the second list, and how many of the neutral "
            "words make a smaller one."
        )
    offer_table("-".join(["clipdash-placebos", *result.by]), lambda: placebo_sheet(found))
