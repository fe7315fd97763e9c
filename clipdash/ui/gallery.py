"""The images behind a comparison: a page of tiles at a time, fetched by the browser when they come into view."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from clipdash.audit import Move, Shift, count_moves, list_moves
from clipdash.charts import format_group, format_value
from clipdash.store import Store
from clipdash.ui.drawing import swatch
from clipdash.ui.memory import remember
from clipdash.ui.results import load_store
from clipdash.ui.state import get_question, hold_value
from clipdash.ui.tiles import PAGE, draw_pager, draw_tile, read_start
from clipdash.ui.wording import count_words, escape_html
from clipdash.zeroshot import Predictions

__all__ = ["show_moves"]

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
    named = repr(sorted(asked.items(), key=str))
    total = remember(result, f"count {named}", lambda: count_moves(store.people, before, after, **asked))
    start = read_start("gallery", (result.table.digest, choice), total)
    if total == 0:
        st.markdown("No image moved so.", anchors=False)
        return
    moves = remember(
        result,
        f"{start} {named}",
        lambda: tuple(list_moves(store.people, before, after, **asked, start=start, limit=PAGE)),
    )
    st.html(f'<div class="cd-tiles">{"".join(_draw_tile(store, move, result) for move in moves)}</div>')
    draw_pager(
        "gallery",
        start,
        total,
        f"{count_words(total, 'image')} {choice.words}. Margin: score of the label minus the next best, the smaller of "
        "the two lists. Closest calls first.",
    )


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


def _draw_tile(store: Store, move: Move, result: Shift) -> str:
    said = [format_value(move.annotations[a]) for a in result.table.attributes if a in move.annotations]
    annotated = escape_html(f"annotated as {', '.join(said)}" if said else "not annotated")
    outcomes = f"{swatch(move.outcome_before)} → {swatch(move.outcome_after)}"
    lines = (
        f"<span>{escape_html(move.before)} → <b>{escape_html(move.after)}</b></span>"
        f'<span class="cd-mute">{annotated}</span>'
        f'<span class="cd-mute">{outcomes} margin {move.margin:.3f}</span>'
    )
    return draw_tile(store, move.row, move.image_id, lines)
