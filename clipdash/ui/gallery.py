"""The images behind a figure: a page of tiles at a time, fetched by the browser when they come into view."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from clipdash.audit import OUTCOMES, Cell, CellImages, LabelledImage, find_cell, parse_rule
from clipdash.errors import InputError, LabelError
from clipdash.report import Drill, head_cell, list_parts, say_cell
from clipdash.store import Store
from clipdash.ui.blur import draw_blur
from clipdash.ui.boundary import warn
from clipdash.ui.close import show_image
from clipdash.ui.drawing import show_key, swatch
from clipdash.ui.drill import change_drill, get_drill, leave_images, link_images, watch_links
from clipdash.ui.lists import read_list
from clipdash.ui.registration import await_seal
from clipdash.ui.results import load_store
from clipdash.ui.state import get_question, put_value
from clipdash.ui.tiles import PAGE, draw_pager, draw_tile, read_start, say_annotations
from clipdash.ui.visits import note_images
from clipdash.ui.wording import count_words, escape_html, escape_markdown
from clipdash.zeroshot import Predictions

__all__ = ["show_drilled"]

_PAGES = {"labels": "Labels", "shift": "Shift"}
_ORDERS = {"closest": "closest decisions first", "surest": "surest decisions first", "store": "in the store's order"}


@dataclass(frozen=True)
class _Opened:
    """The images that an address asks for, and of how many they are a part."""

    drill: Drill
    store: Store
    images: CellImages
    total: int


def show_drilled() -> None:
    """Draw the images that the address asks for, or the one; where that cannot be, say why."""
    page = "shift"
    try:
        drill = get_drill()
        note_images(get_question().store, drill)
        page = drill.of or page
        watch_links(f"image {drill.image}" if drill.image is not None else "images")
        if drill.image is not None:
            show_image(drill, drill.image)
            return
        sets = _predict_all(drill)
        if len(sets) == 2 and await_seal((sets[0].label_set, sets[1].label_set)):
            _draw_back(page)
            return
        opened = _open(drill, sets)
    except InputError as error:
        st.title("These images cannot be shown", anchor=False)
        warn(str(error))
        _draw_back(page)
        return
    _show(opened)


def _predict_all(drill: Drill) -> tuple[Predictions, ...]:
    store = load_store(get_question().store)
    return tuple(_predict(store, side) for side in (("before",) if drill.of == "labels" else ("before", "after")))


def _open(drill: Drill, sets: tuple[Predictions, ...]) -> _Opened:
    store = load_store(get_question().store)
    # The images of a group are a part of all, those of a cell a part of its group.
    larger = Cell() if drill.cell == Cell(drill.group) else Cell(drill.group)
    return _Opened(drill, store, _find(store, sets, drill.cell), len(_find(store, sets, larger)))


def _predict(store: Store, side: str) -> Predictions:
    """Return the predictions of a list, or of the last one that could be read, as its page does."""
    reading = read_list(store, get_question(), side)
    if reading.predictions is None:
        raise LabelError(reading.fault or f'The list "{side}" is empty; type labels on the page Labels or Shift.')
    return reading.predictions


def _find(store: Store, sets: tuple[Predictions, ...], cell: Cell) -> CellImages:
    question = get_question()
    key = (store.digest, *((one.label_set.name, one.label_set.digest) for one in sets))
    where = tuple(sorted(question.where.items()))
    return _find_kept(key, repr(cell), question.rule, where, store, sets, cell)


@st.cache_resource(max_entries=16, show_spinner=False)
def _find_kept(
    key: tuple[Any, ...],
    named: str,
    rule: str,
    where: tuple[Any, ...],
    _store: Store,
    _sets: tuple[Predictions, ...],
    _cell: Cell,
) -> CellImages:
    del key, named
    before, after = (*_sets, None)[:2]
    return find_cell(_store.people, before, after, _cell, rule=parse_rule(rule), where=dict(where))  # type: ignore[arg-type]


def _show(opened: _Opened) -> None:
    drill, images = opened.drill, opened.images
    counts, rule = images.count_outcomes(), parse_rule(get_question().rule)
    st.title(head_cell(drill, len(images), rule).markdown, anchor=False)
    sentence = say_cell(drill, len(images), opened.total, counts)
    if sentence:
        st.markdown(sentence.markdown, anchors=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="drill-line"):
        _draw_back(drill.of or "shift")
        _draw_parts(drill)
        _draw_outcomes(drill, counts[-1])
        _draw_order(drill)
        draw_blur(opened.store)
    shown = images if drill.outcome is None else images.keep_outcome(drill.outcome)
    if not len(shown):
        st.markdown("No image is left. Take a part of the filter away, or choose another outcome.", anchors=False)
        return
    show_key(meanings=False)
    start = read_start("drilled", (opened.store.digest, get_question(), drill), len(shown))
    page = shown.describe(opened.store.people, order=drill.sort, start=start, limit=PAGE)
    addresses = link_images([{"": drill.change_to(image=image.image_id)} for image in page])
    named = _list_shown(opened)
    tiles = [_draw_tile(opened.store, image, named, found[""]) for image, found in zip(page, addresses, strict=True)]
    st.html(f'<div class="cd-tiles">{"".join(tiles)}</div>')
    smaller = ", the smaller of the two lists" if len(counts) == 2 else ""
    draw_pager(
        "drilled",
        start,
        len(shown),
        f"{count_words(len(shown), 'image')}. Margin: score of the label minus the next best{smaller}.",
    )


def _list_shown(opened: _Opened) -> tuple[str, ...]:
    """Return the attributes that matter here: those grouped by, those that a label claims, those picked by."""
    claimed = [name for one in opened.images.predictions for name in one.label_set.claimed]
    return tuple(dict.fromkeys([*get_question().by, *opened.drill.group, *claimed]))


def _draw_back(page: str) -> None:
    name, icon = f"Back to {_PAGES[page]}", ":material/arrow_back:"
    st.button(name, icon=icon, type="tertiary", on_click=leave_images, args=(page,), key="drill-back")


def _draw_parts(drill: Drill) -> None:
    parts = list_parts(drill)
    if parts:
        st.pills(
            "Picked by; click one to take it away",
            list(parts),
            selection_mode="multi",
            format_func=lambda part: escape_markdown(parts[part]),
            key=put_value("drill-parts", list(parts)),
            on_change=_drop_part,
            label_visibility="collapsed",
        )


def _drop_part() -> None:
    drill, kept = get_drill(), st.session_state["drill-parts"]
    group = {attribute: value for attribute, value in drill.group.items() if f"group.{attribute}" in kept}
    dropped = [part for part in list_parts(drill) if part not in kept and not part.startswith("group.")]
    change_drill(group=group, **dict.fromkeys(dropped))


def _draw_outcomes(drill: Drill, counts: dict[str, int]) -> None:
    if drill.outcome is None and sum(count > 0 for count in counts.values()) < 2:
        return
    names = {"": f"all {sum(counts.values()):,}"}
    names |= {name: f"{name} {counts[name]:,}" for name in OUTCOMES if counts[name] or name == drill.outcome}
    st.segmented_control(
        "Outcome",
        list(names),
        format_func=names.__getitem__,
        required=True,
        key=put_value("drill-outcome", drill.outcome or ""),
        on_change=_take_outcome,
        label_visibility="collapsed",
    )


def _take_outcome() -> None:
    change_drill(outcome=st.session_state["drill-outcome"] or None)


def _draw_order(drill: Drill) -> None:
    st.selectbox(
        "Order",
        list(_ORDERS),
        format_func=_ORDERS.__getitem__,
        key=put_value("drill-sort", drill.sort),
        on_change=_take_order,
        label_visibility="collapsed",
        width=220,
    )


def _take_order() -> None:
    change_drill(sort=st.session_state["drill-sort"])


def _draw_tile(store: Store, image: LabelledImage, shown: Sequence[str], address: str) -> str:
    annotated = say_annotations({name: image.annotations.get(name) for name in shown})
    *earlier, last = map(escape_html, image.labels)
    lines = (
        f"<span>{''.join(f'{label} → ' for label in earlier)}<b>{last}</b></span>"
        f'<span class="cd-mute">{escape_html(annotated)}</span>'
        f'<span class="cd-mute">{" → ".join(map(swatch, image.outcomes))} margin {image.margin:.3f}</span>'
    )
    return draw_tile(store, image.row, image.image_id, lines, address)
