"""The images behind a comparison: a page of tiles at a time, fetched by the browser when they come into view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from clipdash.audit import Move, Shift, count_moves, list_moves
from clipdash.charts import format_group, format_value
from clipdash.serve import thumbnail_path
from clipdash.store import Store
from clipdash.ui.drawing import swatch
from clipdash.ui.results import load_store
from clipdash.ui.state import get_question, hold_value
from clipdash.ui.wording import count_words, escape_html
from clipdash.zeroshot import Predictions

__all__ = ["PAGE", "show_moves"]

#: Tiles a page.
PAGE = 24
_START = "gallery_start"
_CHANGES = {"all": None, "no longer counting": "fixed", "newly counting": "broken"}


@dataclass(frozen=True)
class _Choice:
    """What the gallery is narrowed to."""

    group: Mapping[str, str]
    from_label: str | None
    to_label: str | None
    change: Any

    @property
    def words(self) -> str:
        labels = [f"from {self.from_label}" if self.from_label else "", f"to {self.to_label}" if self.to_label else ""]
        who = f"annotated as {format_group(self.group)}" if self.group else ""
        return " ".join(part for part in (who, "moved", *labels) if part)


@st.fragment
def show_moves(result: Shift, before: Predictions, after: Predictions) -> None:
    """Draw the images whose label changed, closest calls first, with what they can be narrowed to.

    Parameters
    ----------
    result : Shift
        The comparison; its filter and rule hold here too.
    before, after : Predictions
        Behind it.
    """
    store = load_store(get_question().store)
    choice = _choose(result)
    asked = {
        "rule": result.rule,
        "where": result.where,
        "group": choice.group or None,
        "from_label": choice.from_label,
        "to_label": choice.to_label,
        "change": choice.change,
    }
    total = count_moves(store.people, before, after, **asked)
    start = min(_read_start((result.table.digest, choice)), max(total - 1, 0) // PAGE * PAGE)
    if total == 0:
        st.markdown("No image moved so.", anchors=False)
        return
    moves = list_moves(store.people, before, after, **asked, start=start, limit=PAGE)
    st.html(f'<div class="cd-tiles">{"".join(_draw_tile(store, move, result) for move in moves)}</div>')
    _draw_pager(start, total, choice)


def _choose(result: Shift) -> _Choice:
    groups: list[Mapping[str, str]] = [{}, *(row.group for row in result.rows)]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="gallery-filter"):
        group = st.selectbox(
            "Group", range(len(groups)), format_func=lambda i: format_group(groups[i]), key="gallery-group", width=220
        )
        from_label = _choose_label("From", result.before.texts, "gallery-from")
        to_label = _choose_label("To", result.after.texts, "gallery-to")
        change = st.segmented_control(
            "Change", list(_CHANGES), default="all", required=True, key="gallery-change", label_visibility="collapsed"
        )
    return _Choice(groups[group] if group < len(groups) else {}, from_label, to_label, _CHANGES[change])


def _choose_label(name: str, texts: tuple[str, ...], key: str) -> str | None:
    options = ["", *texts]
    if st.session_state.get(key) not in options:
        hold_value(key, "")
    chosen: str = st.selectbox(name, options, format_func=lambda text: text or "any label", key=key, width=220)
    return chosen or None


def _read_start(asked: object) -> int:
    """Return where the page starts; another choice or result starts anew."""
    kept = st.session_state.get(_START, (None, 0))
    start: int = kept[1] if kept[0] == asked else 0
    st.session_state[_START] = (asked, start)
    return start


def _turn(start: int) -> None:
    st.session_state[_START] = (st.session_state[_START][0], start)


def _draw_tile(store: Store, move: Move, result: Shift) -> str:
    address = escape_html(thumbnail_path(store.name, store.digest, move.row))
    said = [format_value(move.annotations[a]) for a in result.table.attributes if a in move.annotations]
    annotated = escape_html(f"annotated as {', '.join(said)}" if said else "not annotated")
    size = 'loading="lazy" decoding="async" width="148" height="148"'
    picture = f'<img src="{address}" {size} alt="{escape_html(move.image_id)}">'
    if store.manifest.thumbnail_size is None:
        picture = f'<span class="cd-blank">{escape_html(move.image_id)}</span>'
    outcomes = f"{swatch(move.outcome_before)} → {swatch(move.outcome_after)}"
    return (
        f'<figure class="cd-tile">{picture}<figcaption>'
        f"<span>{escape_html(move.before)} → <b>{escape_html(move.after)}</b></span>"
        f'<span class="cd-mute">{annotated}</span>'
        f'<span class="cd-mute">{outcomes} margin {move.margin:.3f}</span>'
        "</figcaption></figure>"
    )


def _draw_pager(start: int, total: int, choice: _Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="gallery-pager"):
        last = min(start + PAGE, total)
        st.caption(
            f"{start + 1:,} to {last:,} of {count_words(total, 'image')} {choice.words}. "
            "Margin: score of the label minus the next best, the smaller of the two lists. Closest calls first.",
            width="stretch",
        )
        st.button("Previous", key="gallery-back", on_click=_turn, args=(start - PAGE,), disabled=start == 0)
        st.button(f"Next {PAGE}", key="gallery-on", on_click=_turn, args=(last,), disabled=last >= total)
