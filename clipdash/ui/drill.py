"""From a figure to its images: links and clicks that open them, and what an address says of them."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from clipdash.access import Act
from clipdash.report.drill import PREFIX, Drill, read_drill, write_drill
from clipdash.ui.door import offers
from clipdash.ui.state import get_address, go_to

__all__ = [
    "change_drill",
    "get_drill",
    "is_drilled",
    "leave_image",
    "leave_images",
    "link_images",
    "open_mark",
    "react",
    "read_mark",
    "watch_links",
]

_KEY, _BACK = "open-images", "came_back"
# A link to images opens them in this session; with a modifier, or from its menu, it stays the link that it is. What
# opens is seen from its top, and what one goes back to from where it was left. The component may run again with every
# rerun of the script: one listener on the page at a time.
_OPEN = f"""
export default function ({{ data, setTriggerValue }}) {{
  const main = document.querySelector('[data-testid="stMain"]');
  const left = (window.clipdashLeft ??= {{}});
  let own = false;
  const stop = () => {{ own = true; }};
  for (const name of ["wheel", "touchmove", "keydown"]) main.addEventListener(name, stop, {{ once: true }});
  const scroll = (place, tries) => {{  // the page grows while it is drawn
    if (own) return;
    main.scrollTo(0, place);
    if (tries) setTimeout(() => scroll(place, tries - 1), 100);
  }};
  if (window.clipdashView !== data.view) scroll(data.back ? left[data.view] ?? 0 : 0, data.back ? 20 : 0);
  window.clipdashView = data.view;
  const open = (event) => {{
    left[data.view] = main.scrollTop;
    const link = event.target.closest?.('a[href*="{PREFIX}"]');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    setTriggerValue("open", new URL(link.href).search.slice(1));
  }};
  if (window.clipdashOpen) document.removeEventListener("click", window.clipdashOpen, true);
  window.clipdashOpen = open;
  document.addEventListener("click", open, true);
}}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("clipdash.open", js=_OPEN, isolate_styles=False)


def watch_links(view: str) -> None:
    """Have links to images open in this session, without a new one; once a page.

    Parameters
    ----------
    view : str
        Names what is shown; where one comes back to it, it stands as far down as it was left.
    """
    data = {"view": view, "back": st.session_state.pop(_BACK, False)}
    with st.container(key=_KEY):
        _component()(key="open", data=data, on_open_change=_open_link)


def _open_link() -> None:
    drill = read_drill(parse_qs(st.session_state["open"].open, keep_blank_values=True))
    if drill is not None:
        _open(drill)


def _open(drill: Drill) -> None:
    go_to("images", write_drill(drill))


def link_images(drills: Sequence[Mapping[str, Drill]]) -> list[dict[str, str]]:
    """Return the address, percent-encoded, of the images behind each cell of some rows: a link for a new window too.

    There is none for whoever may see no pictures.
    """
    if not offers(Act.SEE):
        return []
    question = urlencode(get_address(), doseq=True)
    return [
        {column: f"images?{question}&{urlencode(write_drill(drill), doseq=True)}" for column, drill in row.items()}
        for row in drills
    ]


def open_mark(kind: str, by: Sequence[str], key: str) -> None:
    """Open the images behind the mark of a chart that was clicked: of its group, and of its outcome if it has one.

    Parameters
    ----------
    kind : {"shift", "rates", "outcomes"}
        The chart.
    by : sequence of str
        The attributes grouped by.
    key : str
        Of the chart on the page.
    """
    points = st.session_state[key].selection.points
    if points:
        _open(read_mark(kind, by, points[0]["customdata"]))


def read_mark(kind: str, by: Sequence[str], said: Sequence[str]) -> Drill:
    """Return the images behind a mark, from what the chart says of it; see the charts' ``customdata``."""
    group = dict(zip(by, said, strict=False))
    if kind != "outcomes":
        return Drill(of="shift" if kind == "shift" else "labels", group=group)
    when, outcome = said[len(by) :]
    if when == "before":
        return Drill(of="shift", group=group, outcome_before=outcome)
    return Drill(of="shift" if when else "labels", group=group, outcome=outcome)


def is_drilled() -> bool:
    """Say whether the address asks for the images behind a figure, or for one image."""
    return any(name.startswith(PREFIX) for name in st.query_params)


def get_drill() -> Drill:
    """Return which images the address asks for; `QueryError` as `read_drill`."""
    return read_drill({name: st.query_params.get_all(name) for name in st.query_params}) or Drill()


def change_drill(**fields: Any) -> None:
    """Show other images, or the same ones in another way; without a page that they are of, none."""
    drill = get_drill().change_to(**fields)
    st.query_params.from_dict(get_address() | write_drill(drill))


def leave_images(page: str) -> None:
    """Go back to the page of the figure, which stands as it was."""
    st.session_state[_BACK] = True
    go_to(page)


def leave_image() -> None:
    """Go back from one image to those that it was picked from."""
    st.session_state[_BACK] = True
    change_drill(image=None)


def react(kind: str, by: Sequence[str], key: str) -> dict[str, Any]:
    """Return what makes the marks of a chart open their images, for whoever may see them."""
    if not offers(Act.SEE):
        return {}
    return {"on_select": partial(open_mark, kind, tuple(by), key), "selection_mode": "points"}
