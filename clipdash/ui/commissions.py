"""The form that orders a build: what is typed is checked before anything starts, and nothing of it is lost."""

from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.build import BuildOptions, Commission, check_name, keep_metadata, start_build
from clipdash.errors import BuildError, EncoderError, InputError
from clipdash.store import find_root, locate_encoder
from clipdash.ui.boundary import warn
from clipdash.ui.builds import may_build
from clipdash.ui.catalogue import list_entries

__all__ = ["order_build"]

_FAULT = "commission_fault"
_FORMS = (
    "MODEL/TAG of open_clip such as ViT-B-32/openai, local-dir: and a folder, hf-hub: and a name, or weights:MODEL: "
    "and a file. Its weights must be on the machine that runs this app, or be fetched by it."
)


def order_build() -> None:
    """Draw the form, and start the build that it orders; where builds are switched off, say so."""
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
    known = _list_encoders()
    with st.form("commission", border=False):
        form: dict[str, Any] = {
            "name": _ask("Name of the store", "name", "my-photos"),
            "images": _ask("Folder of pictures", "images", "/data/photos", "A path on the machine that runs this app."),
            "metadata": _ask(
                "Table of annotations",
                "metadata",
                "/data/people.csv",
                "A path on that machine, of a CSV with a column image_id (the path of the picture within the folder) "
                "and one column an attribute. Only an empty cell is missing.",
            ),
            "upload": st.file_uploader("Or upload the table", type=["csv"], key="commission-upload"),
        }
        form["picked"] = (
            st.selectbox(
                "Encoder of a store that is here",
                list(known),
                index=None,
                format_func=lambda reference: known[reference],
                placeholder="none",
                key="commission-picked",
                persist_state="session",
            )
            if known
            else None
        )
        form["encoder"] = _ask("Or another encoder" if known else "Encoder", "encoder", "ViT-B-32/openai", _FORMS)
        form["thumbnails"] = _choose("Keep thumbnails", "thumbnails", "Small pictures that the pages show.", value=True)
        form["strict"] = _choose(
            "Stop at the first picture that cannot be used", "strict", "Else it is left out, and listed with a reason."
        )
        form["sent"] = st.form_submit_button("Build", type="primary")
    return form


def _ask(label: str, name: str, example: str, told: str | None = None) -> str:
    key = f"commission-{name}"
    return st.text_input(label, key=key, placeholder=f"such as: {example}", help=told, persist_state="session") or ""


def _choose(label: str, name: str, told: str, value: bool = False) -> bool:
    return st.toggle(label, value=value, key=f"commission-{name}", help=told, persist_state="session")


def _list_encoders() -> dict[str, str]:
    """Return the encoders of the stores that are here, by reference, each with the first store that has it."""
    known: dict[str, str] = {}
    for entry in list_entries():
        if entry.manifest is None:
            continue
        for variant in entry.manifest.variants:
            if variant.encoder.kind == "encoder":
                reference = locate_encoder(entry.path, variant.encoder.reference)
                known.setdefault(reference, f"{variant.name}, of {entry.name}")
    return known


def _start(form: dict[str, Any]) -> None:
    """Check what was typed and start the build; `InputError` says what is wrong."""
    place = check_name(find_root(), form["name"].strip())
    images = _read_path(form["images"], "Name the folder of pictures, such as /data/photos.")
    encoder = _pick_encoder(form)
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
            metadata.unlink(missing_ok=True)
        raise
    start_build(commission)


def _pick_encoder(form: dict[str, Any]) -> str:
    typed, picked = form["encoder"].strip(), form["picked"]
    if typed and picked:
        raise EncoderError("Two encoders are named. Pick one that is here, or type another one, not both.")
    if not typed and not picked:
        raise EncoderError(f"Name the encoder. {_FORMS}")
    return str(typed or picked)


def _pick_metadata(form: dict[str, Any], place: Path) -> Path:
    typed, upload = form["metadata"].strip(), form["upload"]
    if typed and upload is not None:
        raise BuildError("Two tables of annotations are named. Give the path of one, or upload one, not both.")
    if upload is not None:
        return keep_metadata(place, upload.getvalue())
    return _read_path(typed, "Name the table of annotations, such as /data/people.csv, or upload it.")


def _read_path(text: str, otherwise: str) -> Path:
    if not text.strip():
        raise BuildError(otherwise)
    if "\0" in text:
        raise BuildError("A path holds a character that no file name can hold.")
    return Path(text.strip()).expanduser().absolute()
