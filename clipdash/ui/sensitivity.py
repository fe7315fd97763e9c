"""The page of sensitivity: which choices could be made otherwise, and what every combination of them finds."""

import json
from typing import Any

import streamlit as st

from clipdash import charts
from clipdash.audit import Choices, SpecificationCurve, parse_alternatives, parse_rule
from clipdash.charts import format_group
from clipdash.errors import InputError, QueryError
from clipdash.labels import ARGMAX, LabelSet, read_mode
from clipdash.report import (
    markdown_table,
    say_size,
    say_specifications,
    specifications_json,
    specifications_rows,
    specifications_sheet,
)
from clipdash.ui.boundary import warn
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.lists import build_set
from clipdash.ui.registration import hide_here
from clipdash.ui.results import load_store
from clipdash.ui.state import get_question
from clipdash.ui.studies import specify_question
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.wording import escape_markdown, list_words

__all__ = ["draw_choices", "run_choices", "show_specifications"]

_KEPT = "specification_curve"
_GAP, _SHIFT = "Gap of the list before", "Shift from before to after"
_ALL = "all images"
_RULES = ["misclassified", "flagged", "contradicted", "not-supported"]


def draw_choices() -> dict[str, Any] | None:
    """Draw the form of choices and return what stands in it; None where a list cannot be read."""
    sets = _read_sets()
    return None if sets is None else _draw_form(sets)


def _read_sets() -> list[LabelSet] | None:
    try:
        return [build_set(get_question(), side) for side in ("before", "after")]
    except InputError as error:
        warn(str(error))
        return None


def run_choices(asked: dict[str, Any] | None) -> SpecificationCurve | None:
    """Return the curve of a form that was sent; else say what to do and return None."""
    if asked is None:
        st.title("A list cannot be read", anchor=False)
        st.markdown("Mend it on the Shift page.", anchors=False)
        return None
    if hide_here():
        return None
    key = (get_question().model_dump_json(), _name(asked))
    kept: dict[Any, SpecificationCurve] = st.session_state.setdefault(_KEPT, {})
    if asked["sent"]:
        try:
            found = _run(asked, _read_sets() or [])
        except InputError as error:
            st.title("These choices cannot be run", anchor=False)
            warn(str(error))
            return None
        kept.clear()
        kept[key] = found
    if key in kept:
        return kept[key]
    st.title("How far does the finding hang on the words chosen?", anchor=False)
    st.markdown(
        "Name what could as well have been chosen, and every combination is run on the same images. Other words for a "
        "label stand on one line: `man / male person / gentleman`.",
        anchors=False,
    )
    return None


def _name(asked: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in asked.items() if name != "sent"}, sort_keys=True)


def _draw_form(sets: list[LabelSet]) -> dict[str, Any]:
    store = load_store(get_question().store)
    words = list_words([escape_markdown(text) for text in dict.fromkeys(t for each in sets for t in each.texts)], 8)
    first = sets[0].texts[0]
    with st.form("choices", border=False):
        measure = st.radio("What is asked", [_SHIFT, _GAP], key="choice-measure", horizontal=True)
        groups = [_ALL, *_list_groups()]
        group = st.selectbox("Whose shift", groups, key="choice-group", help=explain_term("shift", "gap"))
        st.caption(f"Labels of the two lists (write them on the Shift page): {words}.")
        lines = st.text_area(
            "Other words for a label, one label a line",
            key="choice-words",
            height=96,
            placeholder=f"{first} / another word for {first}",
        )
        templates = ""
        if store.variant().encoder.kind == "encoder":
            templates = st.text_area(
                "Other prompts, one a line", key="choice-templates", height=72, placeholder="a photo of a {}"
            )
        rules = st.multiselect(
            "Rules", _RULES, default=["misclassified"], key="choice-rules", help=explain_term("misclassified")
        )
        thresholds = st.text_input(
            "Thresholds on the probability, beside the best label",
            key="choice-thresholds",
            placeholder="0.2, 0.5",
            help=explain_term("threshold"),
            disabled=store.variant().encoder.kind != "encoder",
        )
        known = [variant.name for variant in store.manifest.variants]
        variants = known[:1]
        if len(known) > 1:
            variants = st.multiselect("Models or tables of scores", known, default=variants, key="choice-variants")
        sent = st.form_submit_button("Run every combination", type="primary")
    return {
        "measure": measure,
        "group": group,
        "words": [line for line in (lines or "").splitlines() if line.strip()],
        "templates": [line for line in (templates or "").splitlines() if line.strip()],
        "rules": rules,
        "variants": variants,
        "thresholds": thresholds or "",
        "sent": sent,
    }


def _list_groups() -> dict[str, dict[str, str]]:
    """Return the groups that a shift can be asked of, by their names; of crossings the first attribute's."""
    question = get_question()
    attributes = {each.name: each.values for each in load_store(question.store).manifest.attributes}
    groups = [{name: value} for name in question.by for value in attributes.get(name, ())]
    return {f"{name.replace('_', ' ')} {format_group(group)}": group for group in groups for name in group}


def _run(asked: dict[str, Any], sets: list[LabelSet]) -> SpecificationCurve:
    question = get_question()
    numbers = [part.strip() for part in asked["thresholds"].split(",") if part.strip()]
    choices = Choices(
        labels=parse_alternatives(asked["words"]),
        templates=tuple(asked["templates"]),
        rules=tuple(parse_rule(rule) for rule in asked["rules"] or ["misclassified"]),
        variants=tuple(asked["variants"] or [None]),
        modes=(ARGMAX, *(read_mode(threshold=_read_number(number)) for number in numbers)),
    )
    group = {} if asked["measure"] == _GAP else _list_groups().get(asked["group"], {})
    bar = st.progress(0.0, text=f"{choices.size:,} combinations")

    def advance(done: int, total: int) -> None:
        bar.progress(done / total, text=f"{done:,} of {total:,} combinations")

    asked_of = sets[:1] if asked["measure"] == _GAP else sets
    found = specify_question(
        load_store(question.store), question, asked_of, choices=choices, group=group, progress=advance
    )
    bar.empty()
    return found


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise QueryError(f'"{text}" is no threshold; write numbers parted by commas, as in 0.2, 0.5.') from None


def show_specifications(result: SpecificationCurve) -> None:
    """Draw the headline, the curve with its choices, the table, and the download."""
    count = len(result.specifications)
    low, high = (result.specifications[place].estimate.value for place in (0, -1))
    what = "gap" if len(result.label_sets) == 1 else "shift"
    ends = f"{say_size(low, result)} to {say_size(high, result)}"
    st.title(
        f"Over {count:,} combinations of choices the {what} runs from {ends} points",
        anchor=False,
        help=explain_term("sensitivity", what),
    )
    st.markdown(" ".join(map(escape_markdown, say_specifications(result))), anchors=False)
    figure = charts.specification_chart(result, theme=read_theme(), narrow=is_narrow())
    place_chart(figure, "chart-specifications", charts.describe_specification_chart(result), "clipdash-specifications")
    st.caption(
        "Above: one mark a combination, in points, with its 95% interval; grey where that includes 0. Below: which "
        "option it took. Nothing here says which combination is right."
    )
    st.header("The figures", anchor=False, help=explain_term("sensitivity", what, "interval"))
    with st.container(key="figures"):
        rows = specifications_rows(result)
        kept = 3 if is_narrow() else len(rows[0])
        st.markdown(
            markdown_table([dict([*row.items()][:kept]) for row in rows], "r" * 3 + "l" * (kept - 3)), anchors=False
        )
    offer_table(
        "clipdash-specifications",
        lambda: specifications_sheet(result),
        "every combination",
        lambda: specifications_json(result),
    )
