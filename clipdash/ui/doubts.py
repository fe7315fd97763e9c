"""What a comparison hangs on beside the labels: the annotators' errors, and the size of a shift that is tolerated."""

from functools import partial

import streamlit as st

from clipdash.audit import Audit, Shift, doubt_annotations, judge_shifts, measure_accuracy
from clipdash.charts import format_points, format_rate
from clipdash.report import (
    accuracy_rows,
    accuracy_sheet,
    confusion_rows,
    confusion_sheet,
    doubt_rows,
    doubt_sheet,
    markdown_table,
    say_verdicts,
)
from clipdash.ui.documents import explain_term
from clipdash.ui.memory import remember
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import escape_markdown

__all__ = ["show_accuracy", "show_doubts"]

_UNASKED = "not asked"
_PHONE = 3


def show_doubts(result: Shift) -> None:
    """Draw the tolerance that a reader may set, and how many wrong annotations would explain each shift."""
    st.header(
        "What the shifts hang on", anchor=False, help=explain_term("annotation error", "detectable shift", "tolerance")
    )
    tolerance = st.selectbox(
        "Tolerated shift",
        [_UNASKED, *(place / 100 for place in (1, 2, 5, 10))],
        format_func=lambda size: size if isinstance(size, str) else f"{format_points(size).lstrip('+')} points",
        key="tolerance",
        width=220,
        help=explain_term("tolerance"),
    )
    if isinstance(tolerance, float):
        st.markdown(escape_markdown(say_verdicts(judge_shifts(result, tolerance), tolerance)), anchors=False)
    doubt = remember(result, "doubt", lambda: doubt_annotations(result))
    rows = remember(result, "doubt rows", lambda: doubt_rows(result, doubt))
    kept = [name for name in rows[0] if not (is_narrow() and name.startswith("If swapped"))] if rows else []
    align = "l" * len(result.by) + "r" * (len(kept) - len(result.by))
    with st.container(key="doubts"):
        st.markdown(markdown_table([{name: row[name] for name in kept} for row in rows], align), anchors=False)
    offer_table("-".join(["clipdash-doubts", *result.by]), lambda: doubt_sheet(result))
    st.caption(
        "Detectable shift: the smallest that so many images, moving as often, would show four times in five. It says "
        "what could have been seen, and is no power of what was."
    )
    if doubt is None:
        return
    gaps = [
        f"{name} {format_rate(share)}"
        for name, share in (("before", doubt.gap_before), ("after", doubt.gap_after))
        if share is not None
    ]
    said = f"Errors in the largest group alone that would make the gap: {', '.join(gaps)}." if gaps else ""
    st.caption(
        "Errors that explain the shift: the share of wrong annotations at which it would be nothing but their doing "
        f"(Rogan and Gladen 1978); none: no share would. {escape_markdown(said)}"
    )


def show_accuracy(result: Audit) -> None:
    """Draw accuracy, recall, precision and confusion for each attribute of which every label claims at most a value."""
    labels = result.label_set.labels
    for attribute in result.label_set.claimed:
        claimed = [label.claims.get(attribute, ()) for label in labels]
        if any(len(values) > 1 for values in claimed) or len({v for values in claimed for v in values}) < 2:
            continue
        found = measure_accuracy(result.table, attribute, result.min_n)
        name = escape_markdown(attribute.replace("_", " "))
        st.header(
            f"Labels against the annotated {name}",
            anchor=False,
            help=explain_term("accuracy", "annotated as", "interval"),
        )
        rows = accuracy_rows(found, result.by)
        kept = len(result.by) + 2 if is_narrow() else len(rows[0])
        with st.container(key=f"accuracy-{attribute}"):
            st.markdown(markdown_table([dict([*row.items()][:kept]) for row in rows]), anchors=False)
        offer_table(f"clipdash-accuracy-{attribute}", partial(accuracy_sheet, found))
        if not found.overall.withheld and not (is_narrow() and len(found.overall.confusion) > _PHONE):
            with st.container(key=f"confusion-{attribute}"):
                st.markdown(markdown_table(confusion_rows(found)), anchors=False)
            offer_table(f"clipdash-confusion-{attribute}", partial(confusion_sheet, found))
            st.caption("All images: rows as annotated, columns as the label claims. Intervals are Wilson's, 95% each.")
