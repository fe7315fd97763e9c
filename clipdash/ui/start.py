"""What stands on Start: cards with comparisons to open, and what the store is."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clipdash.errors import InputError
from clipdash.labels import read_preset
from clipdash.report.link import pack_address, write_address
from clipdash.report.question import Question
from clipdash.report.words import describe
from clipdash.ui.boundary import warn
from clipdash.ui.cards import Card, answer_card, fits, list_cards, read_published
from clipdash.ui.catalogue import find_entry, open_comparison
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import show_chart, show_key, show_published
from clipdash.ui.navigation import page_path
from clipdash.ui.state import get_address, get_question
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import count_words, escape_markdown, link_notice

__all__ = ["fill_cards", "link_page", "open_cards", "show_about"]


def link_page(name: str, label: str, icon: str = "arrow_forward", main: bool = False) -> None:
    """Draw a button that opens a page and keeps the question; at most one on a page is the main one."""
    with st.container(key=f"link-{'primary-' * main}{name}", width="content"):
        st.page_link(page_path(name), label=label, icon=f":material/{icon}:", query_params=get_address())


def open_cards() -> Sequence[DeltaGenerator]:
    """Draw the cards of Start, the published one complete, and return where the charts of the others go."""
    cards = list_cards()
    columns = [st.container() for _ in range(len(cards) + 1)] if is_narrow() else st.columns([4, *[3] * len(cards)])
    with _frame(columns[0], "published"):
        _draw_published()
    return [_draw_card(column, card) for column, card in zip(columns[1:], cards, strict=True)]


def _frame(column: DeltaGenerator, name: str) -> DeltaGenerator:
    return column.container(border=True, height="stretch", vertical_alignment="distribute", key=f"card-{name}")


def _draw_published() -> None:
    published = read_published()
    with st.container():
        st.subheader(published.title, anchor=False, help=explain_term("misclassified", "shift"))
        show_published(published)
        st.markdown(published.key, anchors=False)
        st.markdown(published.finding, anchors=False)
        st.caption(f"[{published.source_name}]({published.link}) {published.source}")
    if fits(published.try_it):
        _link_card("shift", published.try_it, open_comparison(published.try_it), "Try it yourself")


def _draw_card(column: DeltaGenerator, card: Card) -> DeltaGenerator:
    with _frame(column, card.key):
        with st.container():
            st.subheader(card.title, anchor=False, help=explain_term("misclassified", "interval"))
            slot = st.empty()
            slot.skeleton(height=300)
        label = "Open this comparison" if card.page == "shift" else "Open this list"
        _link_card(card.page, card.key, card.ask(""), label)
    return slot


def _link_card(page: str, key: str, question: Question, label: str) -> None:
    """Draw the link that opens a card; where its lists hold offensive words, which Start does not show, say why."""
    entry, caution = find_entry(""), read_preset(key).label_set.caution
    address = pack_address(write_address(question.change(store=entry.name if entry else ""))) or {}
    with st.container(gap="xsmall"):
        if caution:
            st.caption(escape_markdown(caution))
        with st.container(key=f"link-{key}", width="content"):
            st.page_link(
                page_path(page),
                label=label,
                icon=":material/arrow_forward:",
                icon_position="right",
                query_params=address,
            )


def fill_cards(slots: Sequence[DeltaGenerator]) -> None:
    """Compute the comparisons of the cards and draw them; this waits for the encoder the first time."""
    for slot, card in zip(slots, list_cards(), strict=True):
        with slot.container():
            try:
                _fill_card(card)
            except InputError as error:
                warn(str(error))


def _fill_card(card: Card) -> None:
    result = answer_card(card)
    if card.chart == "outcomes":
        show_chart("outcomes", result, name=f"-{card.key}", overall=True, card=True)
        show_key(meanings=False)
    else:
        show_chart(card.chart, result, name=f"-{card.key}", card=True)
    st.markdown(f"{describe(result).headline.markdown}.", anchors=False)
    note = read_preset(card.key).label_set.note
    if note:
        st.markdown(escape_markdown(note), anchors=False)
    store = find_entry("")
    title = store.manifest.title if store and store.manifest else ""
    st.caption(f"Computed here: {escape_markdown(title)}, {count_words(result.n, 'image')}.")


def show_about() -> None:
    """Draw what the store in use holds, where it comes from, and the link to its notices."""
    entry = find_entry(get_question().store)
    if entry is None or entry.manifest is None:
        st.markdown("There is no store here yet.", anchors=False)
        return
    manifest = entry.manifest
    parts = [f"{escape_markdown(manifest.title)}: {count_words(manifest.images, 'image')}."]
    parts += [escape_markdown(text.rstrip(".")) + "." for text in (manifest.source, manifest.licence) if text]
    parts.append(link_notice("Sources, licences and attributions", entry.name))
    st.markdown(" ".join(parts), anchors=False)
