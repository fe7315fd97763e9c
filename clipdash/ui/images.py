"""The page of images: what is looked for, and the images nearest to it, each of which can be looked for in turn."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import streamlit as st

from clipdash.build import PictureError, parse_picture
from clipdash.errors import FileError, InputError
from clipdash.report import Drill, found_rows, found_sheet, markdown_table, say_found
from clipdash.store import Store
from clipdash.ui.blur import draw_blur
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import list_filters
from clipdash.ui.documents import explain_term
from clipdash.ui.drill import link_images, watch_links
from clipdash.ui.results import load_store, read_store_encoder
from clipdash.ui.state import get_question, hold_value
from clipdash.ui.takeaway import offer_table
from clipdash.ui.tiles import PAGE, draw_pager, draw_tile, read_start, say_annotations
from clipdash.ui.viewport import is_narrow
from clipdash.ui.visits import note_images
from clipdash.ui.wording import count_words, escape_html, escape_markdown, italicise
from clipdash.zeroshot import Found, find_images

__all__ = ["Sought", "ask_images", "look_for", "show_found", "show_found_table"]

_SOUGHT, _ROUND, _COUNT = "images_sought", "images_round", "images_count"
_USUAL = 96
_MEGABYTES = 20
_ENDINGS = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff")
#: Columns of the table that a phone has room for.
_PHONE = 3


@dataclass(frozen=True)
class Sought:
    """What is looked for.

    Parameters
    ----------
    by : {"text", "image", "like"}
        A text, a picture that was uploaded, or an image of the store.
    name : str
        The text, the name of the picture's file, or the image_id.
    store : str
        The store that an image is of.
    content : bytes
        Of the picture's file.
    """

    by: Literal["text", "image", "like"]
    name: str
    store: str
    content: bytes = b""


def ask_images() -> Sought | None:
    """Draw the box for a text and the one for a picture; return what is looked for, or None while it is nothing."""
    store = load_store(get_question().store)
    sought = _get_sought()
    text = sought.name if sought is not None and sought.by == "text" else ""
    st.text_input(
        "Find images by a text",
        key=hold_value("images-text", text),
        placeholder="such as: a health worker",
        icon=":material/search:",
        on_change=_take_text,
        help="Embedded as it stands, without a prompt template. Where the store has no encoder, it must be one of its "
        "labels.",
    )
    if store.variant().encoder.kind == "encoder":
        key = f"images-picture-{st.session_state.get(_ROUND, 0)}"
        st.file_uploader(
            "Or by a picture",
            type=_ENDINGS,
            max_upload_size=_MEGABYTES,
            key=key,
            on_change=_take_picture,
            args=(key,),
            help="It stays in the memory of this machine, for this session only.",
        )
    else:
        st.caption("This store has no encoder, so it cannot be searched by a picture.")
    _choose_count(store)
    if sought is not None and sought.by == "like":
        _show_sought(store, sought)
    return sought


def look_for(sought: Sought | None) -> Found | None:
    """Return the images nearest to what is looked for; where there are none, say why and return None."""
    if sought is None:
        st.title("Type what the images should show, or upload a picture", anchor=False)
        st.markdown(
            "The images nearest to it appear here, nearest first, of those that the settings above leave. Each can "
            "then be looked for in turn: *More like this*.",
            anchors=False,
        )
        return None
    question = get_question()
    store = load_store(question.store)
    where = tuple(sorted(question.where.items()))
    key = (store.digest, sought.by, sought.name, sha256(sought.content).hexdigest(), where, _get_count(store))
    try:
        found = _find(key, store, sought)
    except InputError as error:
        st.title("This cannot be looked for", anchor=False)
        warn(str(error))
        return None
    if not found.rows:
        st.title("No image is left to look among", anchor=False)
        st.markdown(say_found(found), anchors=False)
        return None
    return found


def show_found(found: Found) -> None:
    """Draw the headline and a page of tiles, each with its score, its annotations and a way to more like it."""
    watch_links("found")
    st.title(
        f"Images nearest to {italicise(_name_sought(found))}", anchor=False, help=explain_term("score", "annotated as")
    )
    st.markdown(escape_markdown(say_found(found)), anchors=False)
    start = read_start("found", _name_gallery(found), len(found.rows))
    stop = min(start + PAGE, len(found.rows))
    _draw_tiles(found, start, stop)
    draw_pager("found", start, len(found.rows), f"{count_words(len(found.rows), 'image')}, nearest first.")


def show_found_table(found: Found) -> None:
    """Draw the images of the page of tiles as a table, and the download of all."""
    start = read_start("found", _name_gallery(found), len(found.rows))
    st.header("The figures", anchor=False, help=explain_term("score", "annotated as"))
    rows = found_rows(found, start, start + PAGE)
    if is_narrow():
        rows = [dict(list(row.items())[:_PHONE]) for row in rows]
    align = "".join("r" if column == "Score" else "l" for column in rows[0])
    with st.container(key="figures"):
        st.markdown(markdown_table(rows, align), anchors=False)
    offer_table("clipdash-images", lambda: found_sheet(found), f"all {len(found.rows):,}")


def _name_sought(found: Found) -> str:
    """Return what the result is of in the reader's words: of a picture the name of its file."""
    sought = _get_sought()
    return found.sought if sought is None else sought.name


def _name_gallery(found: Found) -> tuple[Any, ...]:
    return found.store.digest, found.by, _name_sought(found), found.rows


def _draw_tiles(found: Found, start: int, stop: int) -> None:
    store = load_store(get_question().store)
    note_images(store.name, (found.by, _name_sought(found)))
    shown = list_filters(store.manifest)
    draw_blur(store)
    addresses = link_images([{"": Drill(image=name)} for name in found.ids[start:stop]])
    with st.container(horizontal=True, gap="small", key="found-tiles"):
        for place in range(start, stop):
            name = found.ids[place]
            said = {a: value for a, value in found.annotations[place].items() if a in shown}
            lines = (
                f"<span><b>{found.scores[place]:.3f}</b></span>"
                f'<span class="cd-mute">{escape_html(say_annotations(said))}</span>'
            )
            with st.container(width=156, gap="xxsmall", key=f"found-tile-{place - start}"):
                st.html(draw_tile(store, found.rows[place], name, lines, addresses[place - start][""]))
                if found.measure == "cosine":
                    st.button("More like this", key=f"like-{place - start}", on_click=_take_like, args=(name,))


def _show_sought(store: Store, sought: Sought) -> None:
    names: Any = store.people.index
    (row,) = names.get_indexer([sought.name])
    if row >= 0:
        lines = f'<span class="cd-mute">{escape_html(sought.name)}</span>'
        st.html(draw_tile(store, int(row), sought.name, lines))
    st.button("Look for something else", key="images-clear", on_click=_take, args=(None,))


def _choose_count(store: Store) -> None:
    st.number_input(
        "How many",
        min_value=1,
        max_value=store.manifest.images,
        step=1,
        value=_get_count(store),  # not through the session: a window that becomes narrow would start it at 1
        key="images-count",
        on_change=_take_count,
    )


def _get_count(store: Store) -> int:
    return min(int(st.session_state.get(_COUNT, _USUAL)), store.manifest.images)


def _get_sought() -> Sought | None:
    """Return what is looked for; an image is one of its store only."""
    sought: Sought | None = st.session_state.get(_SOUGHT)
    if sought is not None and sought.by == "like" and sought.store != get_question().store:
        return None
    return sought


def _take(sought: Sought | None) -> None:
    """Look for something; a file that stands in the uploader is another matter then, so a fresh one is drawn."""
    st.session_state[_SOUGHT] = sought
    if sought is None or sought.by != "image":
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _take_text() -> None:
    text = str(st.session_state["images-text"] or "").strip()
    _take(Sought("text", text, get_question().store) if text else None)


def _take_like(image_id: str) -> None:
    _take(Sought("like", image_id, get_question().store))


def _take_picture(key: str) -> None:
    file = st.session_state[key]
    _take(None if file is None else Sought("image", file.name, get_question().store, file.getvalue()))


def _take_count() -> None:
    st.session_state[_COUNT] = st.session_state["images-count"]


@st.cache_resource(max_entries=32, show_spinner=False)
def _find(key: tuple[Any, ...], _store: Store, _sought: Sought) -> Found:
    *_, where, count = key
    asked: dict[str, Any] = {
        "text": _sought.name if _sought.by == "text" else None,
        "like": _sought.name if _sought.by == "like" else None,
        "picture": _read_picture(_sought) if _sought.by == "image" else None,
    }
    return find_images(
        _store, **asked, where=dict(where), k=count, read=lambda reference: read_store_encoder(_store, reference)
    )


def _read_picture(sought: Sought) -> Any:
    try:
        return parse_picture(sought.content)
    except PictureError as error:
        raise FileError(f'The picture "{sought.name}" cannot be used: {error}. Upload another one.') from None
