"""One image closely: its annotation, its score with every label of both lists, and the images nearest to it."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from clipdash.audit import judge_image
from clipdash.charts import describe_score_chart, format_value, score_chart
from clipdash.errors import InputError, QueryError
from clipdash.report import Drill, markdown_table, say_given, say_scores, score_rows, scores_sheet
from clipdash.store import Store, list_annotations
from clipdash.ui.blur import draw_blur
from clipdash.ui.catalogue import list_filters, name_attribute
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.drill import leave_image, link_images
from clipdash.ui.lists import build_set, find_prompt_fault
from clipdash.ui.results import load_store, read_store_encoder
from clipdash.ui.state import get_question
from clipdash.ui.studies import find_neighbours
from clipdash.ui.takeaway import offer_table
from clipdash.ui.tiles import draw_tile, say_annotations
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.wording import escape_html, escape_markdown, italicise
from clipdash.zeroshot import ImageScores, score_image

__all__ = ["show_image"]

_NEIGHBOURS = 8


def show_image(drill: Drill, image_id: str) -> None:
    """Draw one image of the store.

    Parameters
    ----------
    drill : Drill
        The images that it was picked from; they are one click back.
    image_id : str
        Its name.

    Raises
    ------
    QueryError
        If the store has no such image.
    """
    store = load_store(get_question().store)
    row = _find_row(store, image_id)
    (said,) = list_annotations(store.people, [row])
    shown = {name: said[name] for name in list_filters(store.manifest)}
    st.title(f"The image {italicise(image_id)}", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="drill-line"):
        back = "Back to the images" if drill.of else "Back to the search"
        st.button(back, icon=":material/arrow_back:", type="tertiary", on_click=leave_image, key="image-back")
        draw_blur(store)
    picture, scores = st.columns([0.29, 0.71], gap="large")
    with picture, st.container(key="image-close"):
        st.html(draw_tile(store, row, image_id, ""))
        rows = [{"Annotated": name_attribute(name), "as": _write(value)} for name, value in shown.items()]
        if rows:
            with st.container(key="table-annotated"):
                st.markdown(markdown_table(rows, "ll"), anchors=False)
        st.caption("Annotations say what someone wrote about the image, not what or who is in it.")
    with scores:
        _show_scores(store, row)
    _show_neighbours(store, drill, image_id)


def _find_row(store: Store, image_id: str) -> int:
    names: Any = store.people.index
    (row,) = names.get_indexer([image_id])
    if row < 0:
        raise QueryError(f'The store "{store.name}" has no image "{image_id}". Look for it on the page Images.')
    return int(row)


def _write(value: str | None) -> str:
    return "not annotated" if value is None else format_value(value)


def _score(store: Store, row: int) -> dict[str, ImageScores]:
    """Return the image's scores under each list that can be read: "before", "after"."""
    question, found = get_question(), {}
    if find_prompt_fault(question) is not None:
        return {}
    for side in ("before", "after"):
        try:
            label_set = build_set(question, side)
            found[side] = score_image(
                store, label_set, row, read=lambda reference: read_store_encoder(store, reference)
            )
        except InputError:  # its page says what is wrong with it
            continue
    return found


def _show_scores(store: Store, row: int) -> None:
    sides = _score(store, row)
    if not sides:
        st.markdown("Neither list can be read as it stands, so there are no scores to show.", anchors=False)
        return
    for side, scores in sides.items():
        try:
            outcome, judged = judge_image(store.people, row, scores.label_set, scores.top)
        except (InputError, ValueError):
            continue
        st.markdown(say_given(scores, outcome, judged, side).markdown, anchors=False)
    found = tuple(sides.values())
    st.header("Its score with every label", anchor=False)
    figure = score_chart(found, theme=read_theme(), narrow=is_narrow())
    place_chart(figure, "chart-scores", describe_score_chart(found), "clipdash-scores-chart")
    st.caption(escape_markdown(say_scores(found)))
    _show_table(found)


def _show_table(found: Sequence[ImageScores]) -> None:
    rows = score_rows(found)
    if is_narrow():
        rows = [{name: cell for name, cell in row.items() if not name.startswith("Softmax")} for row in rows]
    with st.container(key="table-scores"):
        st.markdown(markdown_table(rows, "l" + "r" * (len(rows[0]) - 2) + "l"), anchors=False)
    offer_table("clipdash-scores", lambda: scores_sheet(found))


def _show_neighbours(store: Store, drill: Drill, image_id: str) -> None:
    st.header("The images nearest to it", anchor=False, help=explain_term("score"))
    if store.variant().encoder.kind == "scores":
        st.markdown("This store holds scores and no embeddings, so nothing is near to anything.", anchors=False)
        return
    found = find_neighbours(store, image_id, _NEIGHBOURS)
    addresses = link_images([{"": drill.change_to(image=name)} for name in found.ids])
    shown = list_filters(store.manifest)
    tiles = []
    for place, name in enumerate(found.ids):
        said = {a: value for a, value in found.annotations[place].items() if a in shown}
        lines = f"<span><b>{found.scores[place]:.3f}</b></span>"
        lines += f'<span class="cd-mute">{escape_html(say_annotations(said))}</span>'
        tiles.append(draw_tile(store, found.rows[place], name, lines, addresses[place][""]))
    st.html(f'<div class="cd-tiles">{"".join(tiles)}</div>')
