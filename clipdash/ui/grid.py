"""The grid for those who prefer cells to lines.

The editor's return value is never fed back: it keeps the rows that it was opened with, and its changes, which Streamlit
holds under its key, are laid over them. Where Streamlit has dropped them (the grid was left), it is opened anew: on the
text, or on the rows that could not become text yet.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clipdash.errors import LabelError
from clipdash.labels import format_labels, label_rows, labels_from_rows, parse_lines
from clipdash.ui.boundary import warn
from clipdash.ui.state import change_question, get_question

__all__ = ["edit_grid", "is_grid_faulty", "lay_changes"]

_BASE = "grid_base"
_EMPTY = {"text": "", "category": "", "claims": ""}


def edit_grid(side: str) -> DeltaGenerator:
    """Draw the grid of one list and return where its faults are to be said.

    Parameters
    ----------
    side : str
        ``"before"`` or ``"after"``.
    """
    base = _open_base(side)
    if base is None:
        st.caption("The grid opens once every line of the text can be read.")
        return st.container()
    columns = {
        "text": st.column_config.TextColumn("Label", default="", width=120),
        "category": st.column_config.TextColumn("Category", default="", width=96),
        "claims": st.column_config.TextColumn(
            "Claims", default="", width=130, help="attribute=value, as in gender=man"
        ),
    }
    st.data_editor(
        base["rows"],
        key=base["key"],
        num_rows="dynamic",
        hide_index=True,
        column_config=columns,
        height=420,
        on_change=_take_rows,
        args=(side,),
    )
    if base.get("fault"):
        warn(base["fault"])
        st.caption("The results are of the last grid that could be read.")
    return st.container()


def is_grid_faulty() -> bool:
    """Say whether the grid holds rows that could not become a list yet."""
    return bool(st.session_state.get(_BASE, {}).get("fault"))


def _open_base(side: str) -> dict[str, Any] | None:
    """Return the rows that the grid was opened with; opened anew where the text was changed elsewhere."""
    text = getattr(get_question(), side)
    base: dict[str, Any] = st.session_state.get(_BASE, {})
    same = base.get("text") == text and base.get("side") == side
    if same and base["key"] in st.session_state:
        return base
    pending = base.get("pending") if same else None
    try:
        rows = pending or label_rows(parse_lines(text))
    except LabelError:
        return None
    number = base.get("number", 0) + 1
    kept = {"pending": pending, "fault": base.get("fault")} if pending else {}
    base = {"side": side, "text": text, "rows": rows or [_EMPTY], "number": number, "key": f"grid-{number}", **kept}
    st.session_state[_BASE] = base
    return base


def _take_rows(side: str) -> None:
    base = st.session_state[_BASE]
    rows = lay_changes(base["rows"], st.session_state[base["key"]])
    try:
        text = format_labels(labels_from_rows(rows))
    except LabelError as error:
        st.session_state[_BASE] = base | {"fault": str(error), "pending": rows}
        return
    st.session_state[_BASE] = base | {"text": text, "fault": None, "pending": None}
    change_question(**{side: text})


def lay_changes(rows: list[dict[str, str]], changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rows with the changes of a data editor laid over them.

    Parameters
    ----------
    rows : list of dict
        What the editor was opened with.
    changes : mapping
        As Streamlit keeps them: ``edited_rows``, ``added_rows`` and ``deleted_rows``.

    Returns
    -------
    list of dict
    """
    edited = {int(place): cells for place, cells in changes.get("edited_rows", {}).items()}
    deleted = set(changes.get("deleted_rows", ()))
    kept = [row | edited.get(place, {}) for place, row in enumerate(rows) if place not in deleted]
    return kept + [_EMPTY | row for row in changes.get("added_rows", ())]
