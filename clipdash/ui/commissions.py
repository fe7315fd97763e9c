"""The form that orders a build: what is typed is checked before anything starts, and nothing of it is lost."""

from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.access import Act
from clipdash.build import BuildOptions, Commission, check_name, drop_upload, keep_upload, start_build
from clipdash.errors import BuildError, InputError
from clipdash.store import find_root
from clipdash.ui.boundary import warn
from clipdash.ui.builds import may_build
from clipdash.ui.door import offers
from clipdash.ui.forms import ask_encoder, ask_text, ask_toggle, pick_encoder, read_path

__all__ = ["order_build"]

_FAULT = "commission_fault"


def order_build() -> None:
    """Draw the form, and start the build that it orders; where builds are switched off, say so."""
    if not offers(Act.BUILD):
        return
    st.header("Build a store from pictures", anchor=False)
    if not may_build():
        st.markdown(
            "Building from the browser is switched off on this machine (CLIPDASH_BUILD=off). Who runs it can build a "
            "store by a command:",
            anchors=False,
        )
        st.code(
            "clipdash build mystore --images photos/ --metadata people.csv --encoder ViT-B-32/openai",
            language=None,
            wrap_lines=True,
        )
        return
    form = _draw_form()
    if form["sent"]:
        try:
            _start(form)
        except InputError as error:
            st.session_state[_FAULT] = str(error)
        else:
            st.session_state.pop(_FAULT, None)
            st.rerun()
    if _FAULT in st.session_state:
        warn(st.session_state[_FAULT])


def _draw_form() -> dict[str, Any]:
    with st.form("commission", border=False):
        form: dict[str, Any] = {
            "name": ask_text("Name of the store", "commission-name", "my-photos"),
            "images": ask_text(
                "Folder of pictures", "commission-images", "/data/photos", "A path on the machine that runs this app."
            ),
            "metadata": ask_text(
                "Table of annotations",
                "commission-metadata",
                "/data/people.csv",
                "A path on that machine, of a CSV with a column image_id (the path of the picture within the folder) "
                "and one column an attribute. Only an empty cell is missing.",
            ),
            "upload": st.file_uploader("Or upload the table", type=["csv"], key="commission-upload"),
        }
        form |= ask_encoder("commission", "Encoder of a store that is here", "Or another encoder", "Encoder")
        form["thumbnails"] = ask_toggle(
            "Keep thumbnails", "commission-thumbnails", "Small pictures that the pages show.", value=True
        )
        form["strict"] = ask_toggle(
            "Stop at the first picture that cannot be used",
            "commission-strict",
            "Else it is left out, and listed with a reason.",
        )
        form["sent"] = st.form_submit_button("Build", type="primary")
    return form


def _start(form: dict[str, Any]) -> None:
    """Check what was typed and start the build; `InputError` says what is wrong."""
    place = check_name(find_root(), form["name"].strip())
    images = read_path(form["images"], "Name the folder of pictures, such as /data/photos.")
    encoder = pick_encoder(form)
    metadata = _pick_metadata(form, place)
    commission = Commission(
        place=place,
        images=images,
        metadata=metadata,
        encoders=(encoder,),
        thumbnail_size=96 if form["thumbnails"] else None,
        options=BuildOptions(strict=form["strict"]),
    )
    try:
        with st.spinner("Reading the table"):
            commission.check()
    except InputError:
        if form["upload"] is not None:
            drop_upload(metadata)
        raise
    start_build(commission)


def _pick_metadata(form: dict[str, Any], place: Path) -> Path:
    typed, upload = form["metadata"].strip(), form["upload"]
    if typed and upload is not None:
        raise BuildError("Two tables of annotations are named. Give the path of one, or upload one, not both.")
    if upload is not None:
        return keep_upload(place, upload.name, upload.getvalue())
    return read_path(typed, "Name the table of annotations, such as /data/people.csv, or upload it.")
