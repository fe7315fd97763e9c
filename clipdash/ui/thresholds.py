"""The page of thresholds: what is swept, its curves, their figures and what can be taken away."""

import streamlit as st

from clipdash import charts
from clipdash.audit import Sweep
from clipdash.errors import InputError
from clipdash.report import markdown_table, say_sweep, sweep_json, sweep_rows, sweep_sheet
from clipdash.ui.boundary import warn
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.lists import Reading
from clipdash.ui.registration import hide_here
from clipdash.ui.results import load_store
from clipdash.ui.state import get_question
from clipdash.ui.studies import sweep_question
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.wording import escape_markdown
from clipdash.ui.work import collect_predictions

__all__ = ["show_sweep", "sweep_list"]

_KINDS = {"probability": "Probability", "cosine": "Score as it stands", "top-k": "Best k labels"}


def sweep_list(reading: Reading) -> Sweep | None:
    """Draw the choice of what is swept and return the curves; where that cannot be, say why and return None."""
    predictions = collect_predictions([reading])
    if predictions is None or hide_here():
        return None
    question = get_question()
    store = load_store(question.store)
    known = [*_KINDS] if store.variant().encoder.kind == "encoder" else ["cosine", "top-k"]
    kind = st.segmented_control(
        "What decides",
        known,
        format_func=_KINDS.__getitem__,
        default=known[0],
        required=True,
        key="sweep-kind",
        help=explain_term("threshold", "top-k", "score"),
    )
    try:
        return sweep_question(store, question, predictions[0].label_set, str(kind))
    except InputError as error:
        st.title("There is no curve to draw", anchor=False)
        warn(str(error))
        return None


def show_sweep(result: Sweep) -> None:
    """Draw the headline, the curves, a table of a few thresholds, and the download."""
    st.title(
        _head(result),
        anchor=False,
        help=explain_term("top-k" if result.kind == "top-k" else "threshold", "misclassified"),
    )
    st.markdown(escape_markdown(say_sweep(result)), anchors=False)
    figure = charts.curve_chart(result, theme=read_theme(), narrow=is_narrow())
    place_chart(figure, "chart-curves", charts.describe_curve_chart(result), "clipdash-curves")
    st.caption(
        "Blue: the group, its band shaded. Dotted: all images. Bands are simultaneous, so wider than an interval at "
        "one threshold that was chosen before looking."
    )
    for sentence in _note(result):
        st.caption(sentence)
    st.header("The figures", anchor=False, help=explain_term("threshold", "misclassified", "simultaneous"))
    rows = sweep_rows(result)
    kept = len(result.by) + 3 if is_narrow() else len(rows[0])
    with st.container(key="figures"):
        st.markdown(markdown_table([dict([*row.items()][:kept]) for row in rows]), anchors=False)
    offer_table("clipdash-thresholds", lambda: sweep_sheet(result), "every threshold", lambda: sweep_json(result))


def _head(result: Sweep) -> str:
    if result.overall.withheld:
        return f"Only {result.n:,} images are judged, fewer than {result.min_n:,}, so no rate is shown"
    first, last = (charts.format_rate(float(rate)) for rate in (result.overall.rates[0], result.overall.rates[-1]))
    if result.kind == "top-k":
        return f"From the best label alone to all {len(result.thresholds)}, {first} to {last} of images count"
    return f"From the lowest threshold to the highest, {first} to {last} of images count"


def _note(result: Sweep) -> list[str]:
    said = []
    if result.unjudged:
        said.append(f"{result.unjudged:,} images are unjudged: an annotation that a label claims is missing.")
    withheld = [escape_markdown(charts.format_group(row.group)) for row in result.rows if row.withheld and row.n]
    if withheld:
        said.append(f"Withheld, fewer than {result.min_n:,} images: {', '.join(withheld)}.")
    return said
