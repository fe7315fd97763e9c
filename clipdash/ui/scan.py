"""The page of the scan: which words join which list, and what each would do to the groups."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from clipdash import charts
from clipdash.audit import Scan, parse_rule, scan_words
from clipdash.errors import InputError
from clipdash.labels import LabelSet, WordList, list_word_lists
from clipdash.report import confirmed_sheet, markdown_table, say_scan, say_scan_head, scan_json, scan_rows, scan_sheet
from clipdash.store import Store
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.lists import build_set
from clipdash.ui.registration import hide_here
from clipdash.ui.results import load_store, note_seen, read_store_encoder
from clipdash.ui.state import get_question
from clipdash.ui.studies import open_scores
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.word_runs import keep_run, name_list, read_list, show_bar
from clipdash.ui.wording import count_words, escape_markdown, list_words
from clipdash.zeroshot import EmbeddedWords, embed_words

__all__ = ["draw_scan", "run_scan", "show_scan"]

_MEGABYTES = 2
_PHONE = ("Word", "Moved most", "Shift", "p, adjusted")
_ORDERS = {"shift": "shifts a group most", "difference": "shifts two groups most differently"}
_SIDES = {"before": "Before", "after": "After"}
_NONE = "none"


def draw_scan() -> dict[str, Any]:
    """Draw the form and return what stands in it, and whether it was sent."""
    question = get_question()
    sides = {side: _name_side(side) for side in _SIDES if getattr(question, side).strip()} or {"before": "Before"}
    with st.form("scan", border=False):
        side = st.radio("List that a word joins", [*sides], format_func=sides.__getitem__, key="scan-side")
        asked: dict[str, Any] = {
            "side": side,
            "list": st.selectbox("Words to try", list_word_lists()[::-1], format_func=name_list, key="scan-list"),
            "upload": st.file_uploader(
                "Or your own list, one word a line",
                type=["txt"],
                max_upload_size=_MEGABYTES,
                key="scan-upload",
                help="UTF-8 text. It stays in the memory of this machine, for this session only.",
            ),
            "category": st.selectbox(
                "Category of every word",
                [_NONE, *_list_categories()],
                key="scan-category",
                help=explain_term("flagged", "misclassified"),
            ),
            "order": st.radio("Sought is the word that", [*_ORDERS], format_func=_ORDERS.__getitem__, key="scan-order"),
            "seed": st.number_input("Seed of the two halves", min_value=0, value=0, step=1, key="scan-seed"),
        }
        asked["sent"] = st.form_submit_button("Try every word", type="primary")
    return asked


def _name_side(side: str) -> str:
    try:
        found = build_set(get_question(), side)
    except InputError:
        return _SIDES[side]
    return f"{_SIDES[side]}: {list_words([escape_markdown(text) for text in found.texts], 4)}"


def _list_categories() -> Sequence[str]:
    """Return the categories of both lists, each once."""
    found: dict[str, None] = {}
    for side in _SIDES:
        try:
            found |= dict.fromkeys(build_set(get_question(), side).categories)
        except InputError:
            continue
    return [*found]


def run_scan(asked: dict[str, Any]) -> Scan | None:
    """Return what a form that was sent found; else say what to do and return None."""
    if hide_here():
        return None
    question = get_question()
    return keep_run(
        "scan_kept",
        (load_store(question.store).digest, question.model_dump_json()),
        sent=asked["sent"],
        run=lambda: _run(asked),
        refused="These words cannot be tried",
        invite=_invite,
    )


def _invite() -> None:
    st.title("Which one word would move the groups most?", anchor=False)
    st.markdown(
        "Each word joins the list by itself, at its end, and takes the images that lie nearer to it than to any label. "
        "One half of the images ranks the words and chooses twenty; the other half, which had no say, tells what those "
        "twenty do. The best of ten thousand always looks better than it is where it was chosen.",
        anchors=False,
    )


def _run(asked: dict[str, Any]) -> Scan:
    label_set, words = build_set(get_question(), asked["side"]), read_list(asked)
    with show_bar(f"Trying {count_words(len(words.words), 'word')}", "scan-cancel") as bar:
        found = _scan(asked, label_set, words, bar)
    return note_seen(found, load_store(get_question().store), found.shown)


def _scan(asked: dict[str, Any], label_set: LabelSet, words: WordList, bar: Any) -> Scan:
    question = get_question()
    store = load_store(question.store)
    return scan_words(
        store.people,
        question.by,
        label_set,
        words,
        read=lambda each: open_scores(store, each),
        embed=lambda texts: _embed(store, label_set, texts, _tell(bar, "words embedded")),
        vectors=store.vectors(),
        category=None if asked["category"] == _NONE else asked["category"],
        where=question.where,
        rule=parse_rule(question.rule),
        min_n=question.min_n,
        cluster=question.cluster or None,
        order=asked["order"],
        seed=int(asked["seed"]),
        progress=_tell(bar, "blocks of images held against all words"),
    )


def _embed(store: Store, label_set: LabelSet, texts: Sequence[str], tell: Callable[[int, int], None]) -> EmbeddedWords:
    return embed_words(
        store,
        texts,
        templates=label_set.templates,
        read=lambda reference: read_store_encoder(store, reference),
        progress=tell,
    )


def _tell(bar: Any, what: str) -> Callable[[int, int], None]:
    return lambda done, total: bar.progress(done / total, text=f"{done:,} of {total:,} {what}")


def show_scan(result: Scan) -> None:
    """Draw the headline, the chart of the words found, their table, what stands behind them, and the downloads."""
    st.title(say_scan_head(result).markdown, anchor=False, help=explain_term("scan", "shift"))
    for sentence in say_scan(result):
        st.markdown(escape_markdown(sentence), anchors=False)
    figure = charts.scan_chart(result, theme=read_theme(), narrow=is_narrow())
    place_chart(figure, "chart-scan", charts.describe_scan_chart(result), "clipdash-scan")
    st.caption(
        "One dot a group: its shift in points in the half of the images that had no say. Grey where its 95% interval "
        "includes 0. At the right the group that moves most. A word is not to blame for what a model does with it."
    )
    rows = scan_rows(result)
    if rows:
        st.header("The words found", anchor=False, help=explain_term("scan", "shift", "interval", "p of many words"))
        kept = [name for name in rows[0] if name in _PHONE or not is_narrow()]
        align = "".join("l" if name in ("Word", "Moved most") else "r" for name in kept)
        with st.container(key="figures"):
            st.markdown(markdown_table([{name: row[name] for name in kept} for row in rows], align), anchors=False)
        offer_table("clipdash-scan-found", lambda: confirmed_sheet(result))
    st.header("Every word tried", anchor=False)
    st.caption("In the half of the images that chose: the best of them look better there than they are.")
    offer_table("clipdash-scan", lambda: scan_sheet(result), "every word", lambda: scan_json(result))
