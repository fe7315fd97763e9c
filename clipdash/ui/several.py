"""The page of several lists: which stand side by side, their rates, and whether they differ."""

import streamlit as st

from clipdash.audit import MOST_SETS, Several
from clipdash.errors import InputError
from clipdash.labels import LabelSet
from clipdash.report import markdown_table, several_json, several_rows, several_sheet
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import fit_presets
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import show_chart
from clipdash.ui.lists import build_set
from clipdash.ui.registration import hide_here
from clipdash.ui.results import load_store, predict
from clipdash.ui.state import get_question
from clipdash.ui.studies import compare_sets
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import escape_markdown

__all__ = ["choose_sets", "show_several"]

_PHONE = 3


def choose_sets() -> Several | None:
    """Draw the choice of lists and compare them; where that cannot be, say why and return None."""
    question = get_question()
    store = load_store(question.store)
    known: dict[str, LabelSet] = {}
    for side, name in (("before", "List before"), ("after", "List after")):
        try:
            known[name] = build_set(question, side)
        except InputError:
            continue
    known |= {preset.label_set.name: preset.label_set for preset in fit_presets(store.manifest)}
    opening = [name for name in known if name.startswith("List ")] or [*known][:2]
    names = st.multiselect(
        "Lists to set side by side",
        [*known],
        default=opening,
        max_selections=MOST_SETS,
        key="sets",
        help="The lists of the Shift page, and presets. Every list is asked with its own prompt.",
    )
    if len(names) < 2:
        st.title("Pick two lists or more", anchor=False)
        st.markdown("Up to eight stand side by side on the images that all of them judge.", anchors=False)
        return None
    if hide_here():
        return None
    try:
        return compare_sets(store, question, [predict(store, known[name]) for name in names])
    except InputError as error:
        st.title("These lists cannot be compared", anchor=False)
        warn(str(error))
        return None


def show_several(result: Several) -> None:
    """Draw the headline, one panel of rates a list, the table, and the download."""
    overall = result.overall
    if overall.differ is None:
        st.title(
            f"Only {overall.n:,} images are judged by all lists, so no rate is shown",
            anchor=False,
            help=explain_term("withheld"),
        )
    else:
        rates = [row.side.rate for row in overall.rates if row.side is not None]
        low, high = min(rates), max(rates)
        st.title(
            f"Under {len(rates)} lists, {low:.1%} to {high:.1%} of the same images count",
            anchor=False,
            help=explain_term("misclassified", "Cochran Q"),
        )
        st.markdown(
            f"On the {overall.n:,} images that every list judges. Whether the lists differ in a group: Cochran's Q, in "
            "the table. Every two lists are compared in the download, Holm-adjusted over all groups and pairs.",
            anchors=False,
        )
    st.header("Rates under each list", anchor=False, help=explain_term("misclassified", "interval"))
    width = 1 if is_narrow() else 2
    largest = max((row.side.high for audit in result.audits for row in audit.rows if row.side), default=None)
    for start in range(0, len(result.audits), width):
        for place, (column, audit) in enumerate(
            zip(st.columns(width, gap="large"), result.audits[start : start + width], strict=False)
        ):
            with column:
                st.subheader(
                    f"{start + place + 1}  {escape_markdown(audit.label_set.name)}",
                    anchor=False,
                    help=explain_term("misclassified", "interval"),
                )
                show_chart("rates", audit, name=f"-{start + place}", card=True, bare=False, largest=largest)
    st.caption("Lines are 95% intervals (Wilson). Lists are compared on the same images, so read the table's test.")
    st.header("The figures", anchor=False, help=explain_term("Cochran Q", "misclassified", "interval"))
    with st.container(key="figures"):
        st.markdown(markdown_table(_fit_rows(result)), anchors=False)
    if is_narrow() and len(result.audits) > _PHONE:
        st.caption(f"The first {_PHONE} lists; the download has all, with intervals.")
    offer_table("clipdash-lists", lambda: several_sheet(result), data=lambda: several_json(result))


def _fit_rows(result: Several) -> list[dict[str, str]]:
    """Return the table; for a phone without n and intervals, and with a few lists only."""
    rows = several_rows(result)
    if not is_narrow():
        return rows
    names, sets = len(result.audits[0].by), len(result.audits)
    kept = [*range(names), *range(names + 1, names + 1 + min(sets, _PHONE)), names + 1 + sets]
    return [
        {column: cell.partition(" (")[0] for place, (column, cell) in enumerate(row.items()) if place in kept}
        for row in rows
    ]
