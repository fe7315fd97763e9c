"""The page of associations: which words are held against which groups, and what is found."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from clipdash import charts
from clipdash.audit import Association, associate
from clipdash.labels import DEFAULT_TEMPLATES, WordList, list_word_lists
from clipdash.report import (
    associations_json,
    associations_rows,
    associations_sheet,
    markdown_table,
    pick_words,
    say_associations,
    say_words,
)
from clipdash.store import Store
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.registration import hide_here
from clipdash.ui.results import load_store, read_store_encoder
from clipdash.ui.state import get_question
from clipdash.ui.takeaway import offer_table
from clipdash.ui.tiles import PAGE, draw_pager, read_start
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.word_runs import keep_run, name_list, read_list, show_bar
from clipdash.ui.wording import count_words, escape_markdown

__all__ = ["ask_words", "run_words", "show_associations"]

_MEGABYTES = 2
_PHONE = 3
_METHODS = {"bh": "Benjamini-Hochberg", "by": "Benjamini-Yekutieli: under any dependence, more careful"}


def ask_words() -> dict[str, Any]:
    """Draw the form and return what stands in it, and whether it was sent."""
    question = get_question()
    store = load_store(question.store)
    with st.form("associations", border=False):
        asked: dict[str, Any] = {
            "list": st.selectbox("List of words", list_word_lists()[::-1], format_func=name_list, key="words-list"),
            "upload": st.file_uploader(
                "Or your own list, one word a line",
                type=["txt"],
                max_upload_size=_MEGABYTES,
                key="words-upload",
                help="UTF-8 text. It stays in the memory of this machine, for this session only.",
            ),
            "template": _ask_template(store),
        }
        if len(question.by) == 1:
            values = store.attribute(question.by[0]).values
            asked["groups"] = st.multiselect(
                "Groups", values, placeholder="all", key=f"words-groups-{question.store}-{question.by[0]}"
            )
        st.caption("With two groups the first is held against the second; with more, each against all others.")
        asked["permutations"] = st.number_input(
            "Permutations",
            min_value=0,
            max_value=1_000_000,
            value=999,
            step=1000,
            key="words-permutations",
            help=explain_term("p of many words"),
        )
        asked["adjust"] = st.selectbox(
            "Adjust p by",
            [*_METHODS],
            format_func=_METHODS.__getitem__,
            key="words-adjust",
            help=explain_term("p of many words"),
        )
        asked["sent"] = st.form_submit_button("Hold the words against the groups", type="primary")
    return asked


def _ask_template(store: Store) -> str:
    if store.variant().encoder.kind != "encoder":
        st.caption("This store has no encoder, so only words that it has are used, without a prompt.")
        return DEFAULT_TEMPLATES[0]
    typed = st.text_input("Prompt", value=DEFAULT_TEMPLATES[0], key="words-template", help="{} is where the word goes.")
    return typed or ""


def run_words(asked: dict[str, Any]) -> Association | None:
    """Return what a form that was sent found; else say what to do and return None."""
    if hide_here():
        return None
    question = get_question()
    key = (load_store(question.store).digest, question.by, tuple(sorted(question.where.items())), question.min_n)
    return keep_run(
        "associations_kept",
        key,
        sent=asked["sent"],
        run=lambda: _run(asked),
        refused="These words cannot be held against these groups",
        invite=_invite,
    )


def _invite() -> None:
    st.title("Which words lie nearer to one group's images than to another's?", anchor=False)
    st.markdown(
        "Choose a list of words and press the button. Every word's mean cosine with each group's images is compared, "
        "with an effect size and a permutation test. A first run on ten thousand words embeds them all, which takes a "
        "while; what is here then stays until the settings change.",
        anchors=False,
    )


def _run(asked: dict[str, Any]) -> Association:
    words = read_list(asked)
    with show_bar(f"Holding {count_words(len(words.words), 'word')} against the groups", "words-cancel") as bar:
        return _associate(asked, words, _tell(bar))


def _associate(asked: dict[str, Any], words: WordList, progress: Callable[[str, int, int], None]) -> Association:
    question = get_question()
    store = load_store(question.store)
    return associate(
        store,
        words,
        question.by,
        groups=asked.get("groups") or None,
        where=question.where,
        templates=(asked["template"],),
        permutations=int(asked["permutations"]),
        adjust=asked["adjust"],
        min_n=question.min_n,
        read=lambda reference: read_store_encoder(store, reference),
        progress=progress,
    )


def _tell(bar: Any) -> Callable[[str, int, int], None]:
    said = {"words": "words embedded", "permutations": "permutations"}
    return lambda stage, done, total: bar.progress(done / total, text=f"{done:,} of {total:,} {said[stage]}")


def show_associations(found: Association) -> None:
    """Draw the headline, the chart of a contrast, every word in a table that can be searched, and the downloads."""
    place = _choose_contrast(found)
    st.title(
        escape_markdown(say_associations(found, place)),
        anchor=False,
        help=explain_term("association", "p of many words"),
    )
    figure = charts.association_chart(found, place, theme=read_theme(), narrow=is_narrow())
    place_chart(figure, "chart-associations", charts.describe_association_chart(found, place), "clipdash-associations")
    st.caption(
        f"Effect size: difference of the means in standard deviations of the word's {found.measure} over all images "
        "shown. Blue where the adjusted p is below .05, grey elsewhere. A word describes no one: it is where this "
        "model puts it."
    )
    for sentence in say_words(found):
        st.caption(escape_markdown(sentence))
    _show_table(found, place)
    offer_table(
        "clipdash-associations", lambda: associations_sheet(found), "every word", lambda: associations_json(found)
    )


def _choose_contrast(found: Association) -> int:
    names = [charts.format_group(group.group) for group, _ in found.contrasts]
    if len(names) == 1:
        return 0
    chosen = st.selectbox(
        "Group held against all others",
        range(len(names)),
        format_func=lambda place: escape_markdown(names[place]),
        key=f"words-of-{len(names)}",
    )
    return int(chosen)


def _show_table(found: Association, place: int) -> None:
    st.header("Every word", anchor=False, help=explain_term("association", "score", "p of many words"))
    sought = st.text_input(
        "Find a word", live="300ms", icon=":material/search:", placeholder="such as: doctor", key="words-sought"
    )
    picked = pick_words(found, place, containing=sought or "")
    if not picked:
        st.markdown(f"No word of the list holds *{escape_markdown(sought or '')}*.", anchors=False)
        return
    start = read_start("words", (id(found), place, sought), len(picked))
    rows = associations_rows(found, place, picked[start : start + PAGE])
    if is_narrow():
        rows = [dict([*row.items()][:_PHONE]) for row in rows]
    with st.container(key="figures"):
        st.markdown(markdown_table(rows), anchors=False)
    draw_pager(
        "words", start, len(picked), f"{count_words(len(picked), 'word')}, from the highest effect to the lowest"
    )
