"""The form by which a page uses the reader's own files instead of a store, and the line that says that it does."""

from collections.abc import Mapping

import streamlit as st

from clipdash.errors import FileError, InputError
from clipdash.report import say_left_out
from clipdash.store import Upload
from clipdash.ui.boundary import warn
from clipdash.ui.given import Given, Kind, drop_given, find_given, keep_given, read_given
from clipdash.ui.wording import escape_markdown, list_words

__all__ = ["FILE_PAGES", "offer_files", "show_origin"]

_FAULT = "files_fault"
_MEGABYTES = 50
_FORM = "UTF-8, a head line, natural order of values."
_TABLES = ["csv", "txt", "parquet"]
#: Pages that may use files instead of the store, and how many label sets each has.
FILE_PAGES = {"labels": 1, "shift": 2}
_METADATA = ("metadata", "Annotations", "image_id and one column an attribute; CSV or Parquet.")
_PREDICTIONS = "image_id and label, one image a row; CSV."
#: For each page and kind of files: option of the command, name of the box, what the file holds.
_BOXES: dict[tuple[str, Kind], tuple[tuple[str, str, str], ...]] = {
    ("labels", "predictions"): (_METADATA, ("predictions", "Predictions", _PREDICTIONS)),
    ("shift", "predictions"): (
        _METADATA,
        ("before", "Predictions before", _PREDICTIONS),
        ("after", "Predictions after", f"{_PREDICTIONS} The same images under the other list."),
    ),
    ("labels", "counts"): (("table", "Table of counts", "One column an attribute, then label and count; CSV."),),
    ("shift", "counts"): (("table", "Table of counts", "One column an attribute, then before, after and count; CSV."),),
    ("labels", "rates"): (("table", "Table of rates", "One column an attribute, then n and count; CSV."),),
}
_KINDS: Mapping[Kind, str] = {"predictions": "Predictions", "counts": "Counts", "rates": "Published rates"}


def offer_files(page: str) -> None:
    """Draw the way to use files instead of the store, or back.

    Parameters
    ----------
    page : {"labels", "shift"}
        The page.
    """
    if find_given(page) is not None:
        return
    with st.popover("Use files instead of the store", type="tertiary", icon=":material/upload_file:", key="files"):
        st.caption(
            "Results of another classifier; the lists say what its labels mean. The files stay in the memory of this "
            "session until the page is reloaded or closed; nothing is written to disk."
        )
        kinds = [kind for place, kind in _BOXES if place == page]
        kind = st.segmented_control(
            "What they hold", kinds, format_func=_KINDS.__getitem__, default=kinds[0], required=True, key="files-kind"
        )
        with st.form(f"files-{page}-{kind}", border=False):
            boxes = _BOXES[page, kind]
            files = {}
            for place, box in zip(st.columns(len(boxes)), boxes, strict=True):
                with place:
                    files[box[0]] = _ask_file(box, f"{page}-{kind}")
            columns = _ask_columns(page) if kind == "predictions" else {}
            sent = st.form_submit_button("Show these", type="primary")
        if sent:
            _take(page, kind, files, columns)
        if _FAULT in st.session_state:
            warn(st.session_state[_FAULT])


def _ask_file(box: tuple[str, str, str], place: str) -> Upload | None:
    option, name, held = box
    key = f"files-{place}-{option}"
    upload = st.file_uploader(name, type=_TABLES, key=key, max_upload_size=_MEGABYTES, help=f"{held} {_FORM}")
    return None if upload is None else Upload(upload.name, upload.getvalue())


def _ask_columns(page: str) -> dict[str, str]:
    """Draw the boxes for the columns that hold the labels; return what is typed, by the option of the file."""
    options = [option for option, *_ in _BOXES[page, "predictions"] if option != "metadata"]
    columns = {}
    for place, option in zip(st.columns(len(options)), options, strict=True):
        columns[option] = place.text_input(
            "Column of the labels" if len(options) == 1 else f"Column of the labels {option}",
            key=f"files-column-{page}-{option}",
            placeholder="label, or the only one",
        )
    return {option: typed.strip() for option, typed in columns.items() if typed and typed.strip()}


def _take(page: str, kind: Kind, files: Mapping[str, Upload | None], columns: Mapping[str, str]) -> None:
    """Read what was sent and show it, or keep the sentence of what is wrong with it."""
    st.session_state.pop(_FAULT, None)
    try:
        with st.spinner("Reading the files"):
            given = read_given(kind, _check_sent(page, kind, files), columns, FILE_PAGES[page])
    except InputError as error:
        st.session_state[_FAULT] = str(error)
        return
    keep_given(page, given)
    st.rerun()


def _check_sent(page: str, kind: Kind, files: Mapping[str, Upload | None]) -> dict[str, Upload]:
    for option, name, _ in _BOXES[page, kind]:
        if files[option] is None:
            raise FileError(f'Nothing was uploaded under "{name}". Choose a file there too.')
    return {option: file for option, file in files.items() if file is not None}


def show_origin(page: str, given: Given) -> None:
    """Say which files the results are of, and offer the way back to the store."""
    names = list_words([f"**{escape_markdown(file.name)}**" for file in dict.fromkeys(given.files.values())])
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="origin"):
        st.markdown(f"Of the uploaded files {names}" if len(given.files) > 1 else f"Of the uploaded file {names}")
        st.button(
            "Back to the store",
            key="files-drop",
            icon=":material/undo:",
            type="tertiary",
            on_click=drop_given,
            args=(page,),
        )
    if given.left_out:
        st.caption(escape_markdown(say_left_out(given.left_out)))
