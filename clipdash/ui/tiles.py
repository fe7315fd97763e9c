"""Tiles of images, a page at a time: what every gallery shares."""

from collections.abc import Mapping

import streamlit as st

from clipdash.access import Act, require
from clipdash.charts import format_value
from clipdash.serve import thumbnail_path
from clipdash.store import Store
from clipdash.ui.blur import is_blurred
from clipdash.ui.wording import escape_html

__all__ = ["PAGE", "draw_pager", "draw_tile", "read_start", "say_annotations"]

#: Tiles a page.
PAGE = 24


def draw_tile(store: Store, row: int, image_id: str, lines: str, address: str = "") -> str:
    """Return HTML of one tile: the thumbnail, which the browser fetches when it comes into view, and lines under it.

    Parameters
    ----------
    store : Store
        Where the image is; without thumbnails its id stands in the picture's place.
    row : int
        The image's place in the store.
    image_id : str
        Its name.
    lines : str
        HTML of the lines, one ``span`` each.
    address : str
        Of the image looked at closely; empty where the tile leads nowhere.

    Raises
    ------
    AccessError
        If the visitor may see no pictures.
    """
    require(Act.SEE)
    source = escape_html(thumbnail_path(store.name, store.digest, row))
    size = 'loading="lazy" decoding="async" width="148" height="148"'
    picture = f'<img src="{source}" {size} alt="{escape_html(image_id)}">'
    if store.manifest.thumbnail_size is None:
        picture = f'<span class="cd-blank">{escape_html(image_id)}</span>'
    if address:
        name = escape_html(f"Details of {image_id}")
        lines += f'<a class="cd-open" href="{escape_html(address)}" aria-label="{name}">Details</a>'
    blurred = " cd-blurred" if is_blurred(store) else ""
    return f'<figure class="cd-tile{blurred}">{picture}<figcaption>{lines}</figcaption></figure>'


def say_annotations(annotations: Mapping[str, str | None]) -> str:
    """Return what an image is annotated as, as a line of text; what is missing is left out."""
    said = [format_value(value) for value in annotations.values() if value]
    return f"annotated as {', '.join(said)}" if said else "not annotated"


def read_start(name: str, asked: object, total: int) -> int:
    """Return where the page of a gallery starts; another question or result starts anew.

    Parameters
    ----------
    name : str
        The gallery.
    asked : object
        What it shows; a change of it goes back to the first page.
    total : int
        Images that there are.
    """
    key = _name_start(name)
    kept = st.session_state.get(key, (None, 0))
    start: int = kept[1] if kept[0] == asked else 0
    st.session_state[key] = (asked, start)
    return min(start, max(total - 1, 0) // PAGE * PAGE)


def draw_pager(name: str, start: int, total: int, said: str) -> None:
    """Draw which images are shown, of how many (`said` goes on from there), and the buttons that turn the page."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{name}-pager"):
        last = min(start + PAGE, total)
        st.caption(f"{start + 1:,} to {last:,} of {said}", width="stretch")
        st.button("Previous", key=f"{name}-back", on_click=_turn, args=(name, start - PAGE), disabled=start == 0)
        st.button(f"Next {PAGE}", key=f"{name}-on", on_click=_turn, args=(name, last), disabled=last >= total)


def _turn(name: str, start: int) -> None:
    key = _name_start(name)
    st.session_state[key] = (st.session_state[key][0], start)


def _name_start(name: str) -> str:
    return f"{name}_start"
