"""What each added or removed label does to the shift, where there are several and not too many."""

import streamlit as st

from clipdash.audit import Shift
from clipdash.audit.cause import leave_out
from clipdash.report import cause_rows, cause_sheet, markdown_table
from clipdash.ui.documents import explain_term
from clipdash.ui.memory import remember
from clipdash.ui.results import explain_shift, load_store
from clipdash.ui.state import get_question
from clipdash.ui.takeaway import offer_table
from clipdash.zeroshot import Predictions

__all__ = ["show_causes"]

_MOST = 8


def show_causes(result: Shift, before: Predictions, after: Predictions) -> None:
    """Draw the shift of every group in parts, one a label; nothing where one label alone was added or removed."""
    changed = len(leave_out(result.before, result.after))
    if changed <= 1:
        return
    st.header(
        "What each label does",
        anchor=False,
        help=explain_term("which label did it", "shift", "interval"),
    )
    if changed > _MOST:
        st.caption(
            f"The lists differ in {changed} labels. Up to {_MOST} are taken apart here; `clipdash explain` takes 100."
        )
        return
    question = get_question()
    found = explain_shift(load_store(question.store), question, before, after)
    with st.container(key="causes"):
        st.markdown(remember(found, "table", lambda: markdown_table(cause_rows(found))), anchors=False)
    offer_table("-".join(["clipdash-causes", *result.by]), lambda: cause_sheet(found))
    st.caption("In points, with paired 95% intervals. The parts and *together* sum to the shift.")
