"""The frame around every page: look, top bar, address; and the list of pages."""

from importlib import resources
from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.access import Act, find_visitor
from clipdash.ui.boundary import catch_bad_input
from clipdash.ui.catalogue import open_session
from clipdash.ui.door import let_in, offers, say_withheld, show_visitor
from clipdash.ui.links import follow_address
from clipdash.ui.stage import show_stage
from clipdash.ui.state import get_place, read_link, take_turn
from clipdash.ui.turns import wait_turn
from clipdash.ui.viewport import watch_viewport
from clipdash.ui.visits import record_visit

__all__ = ["PAGES", "page_path", "run_app"]

#: Title and file of each page, in the order of the top bar; the first is at the root.
PAGES = {
    "start": "Start",
    "labels": "Labels",
    "shift": "Shift",
    "compare": "Compare",
    "sensitivity": "Sensitivity",
    "scan": "Scan",
    "thresholds": "Thresholds",
    "associations": "Associations",
    "images": "Images",
    "probes": "Probes",
    "audits": "Audits",
    "store": "Store",
    "method": "Method",
}
_PICTURES = "images"
_FOLDER = Path(__file__).parents[2] / "pages"


def page_path(name: str) -> Path:
    """Return the file of a page."""
    return _FOLDER / f"{name}.py"


def run_app() -> None:
    """Run the page that the address names, inside the frame."""
    look = resources.files("clipdash.ui")
    st.set_page_config(page_title="clipdash", page_icon=str(look / "mark.svg"), layout="wide")
    st.html(Path(str(look / "look.css")))
    st.logo(str(look / "mark.svg"), size="large")
    if not let_in():
        return
    came_from_outside = read_link(open_session)  # first, since it says whether there is a page around what is shown
    staged = get_place() is not None
    page = st.navigation(_list_pages(), position="hidden" if staged else "top")
    turn = take_turn()
    if turn is not None:
        st.switch_page(page_path(turn[0]), query_params=turn[1])
    watch_viewport()
    follow_address(came_from_outside, asked=page.url_path != "method")
    name = "stage" if staged else page.url_path or next(iter(PAGES))
    with wait_turn(), catch_bad_input(), record_visit(name, Act.SEE if name == _PICTURES else Act.READ):
        if staged:
            show_stage(single=page.url_path == "labels")
        else:
            show_visitor()
            _run_page(page)


def _list_pages() -> list[Any]:
    """Return the pages; the one that is all pictures is not named to whoever may see none."""
    named = set(PAGES) if find_visitor().may(Act.SEE) else set(PAGES) - {_PICTURES}
    return [
        st.Page(
            page_path(name),
            title=title,
            url_path=name,
            default=place == 0,
            visibility="visible" if name in named else "hidden",
        )
        for place, (name, title) in enumerate(PAGES.items())
    ]


def _run_page(page: Any) -> None:
    try:
        if page.url_path != _PICTURES or offers(Act.SEE):
            page.run()
        else:
            st.title("This page shows pictures", anchor=False)
    finally:  # a page may stop before its end
        say_withheld()
