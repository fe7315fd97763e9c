"""The form that orders an import: embeddings or scores that were computed elsewhere, by path or by upload."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.access import Act
from clipdash.build import ImportCommission, check_name, keep_upload, start_import
from clipdash.errors import BuildError, EncoderError, InputError
from clipdash.store import find_root, is_store, list_schemas
from clipdash.ui.boundary import warn
from clipdash.ui.builds import may_build
from clipdash.ui.door import offers
from clipdash.ui.forms import ask_encoder, ask_text, ask_toggle, pick_encoder, read_path

__all__ = ["order_import"]

_FAULT = "import_fault"
_MEGABYTES = 200
_HERE = "A path on the machine that runs this app"
_KINDS = {"embeddings": "Embeddings", "scores": "Scores"}
_COMMAND = "clipdash import mystore --embeddings embeddings.npy --metadata people.csv --encoder ViT-B-32/openai"


def order_import() -> None:
    """Draw the form, and start the import that it orders; where builds are switched off, show the command."""
    if not offers(Act.BUILD):
        return
    st.header("Import what was computed elsewhere", anchor=False)
    if not may_build():
        st.markdown("Importing is switched off likewise. The command:", anchors=False)
        st.code(_COMMAND, language=None, wrap_lines=True)
        return
    kind = st.segmented_control(
        "What is there",
        [*_KINDS],
        format_func=_KINDS.__getitem__,
        default="embeddings",
        required=True,
        key="import-kind",
    )
    form = _draw_form(str(kind))
    if form["sent"]:
        try:
            _start(str(kind), form)
        except InputError as error:
            st.session_state[_FAULT] = str(error)
        else:
            st.session_state.pop(_FAULT, None)
            st.rerun()
    if _FAULT in st.session_state:
        warn(st.session_state[_FAULT])


def _draw_form(kind: str) -> dict[str, Any]:
    with st.form(f"import-{kind}", border=False):
        form: dict[str, Any] = {"name": ask_text("Name of the new store", "import-name", "my-photos")}
        if kind == "embeddings":
            form["embeddings"] = _ask_file(
                "Embeddings", "embeddings", ["npy", "parquet"], "A row an image, as in the annotations; a folder too."
            )
        else:
            told = "image_id and one column a label. Several over the same images become variants of the store."
            form["scores"] = _ask_file("Scores", "scores", ["csv"], told, several=True)
        told = "image_id and one column an attribute. Only an empty cell is missing."
        form["metadata"] = _ask_file("Annotations", "metadata", ["csv", "txt", "parquet"], told)
        if kind == "embeddings":
            form |= ask_encoder("import", "Embedded by an encoder that is here", "Or by another encoder", "Embedded by")
            told = "Instead of an encoder: labels and embeddings, which are then all that can be asked."
            form["bank"] = _ask_file("Or a label bank", "bank", ["npz"], told)
        with st.expander("More"):
            form |= _ask_more(kind)
        form["sent"] = st.form_submit_button("Import", type="primary")
    return form


def _ask_more(kind: str) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if kind == "embeddings":
        more["images"] = ask_text("Pictures, for thumbnails", "import-images", "/data/photos", f"{_HERE}, of a folder.")
    more["order"] = st.text_area(
        "Orders of values, one attribute a line",
        key="import-order",
        placeholder="age=0-2/3-9/10-19",
        height=76,
        persist_state="session",
    )
    more["schema"] = st.selectbox(
        "Layout of the annotations",
        list(list_schemas()),
        index=None,
        placeholder="as described",
        key="import-schema",
        persist_state="session",
    )
    more["replace"] = ask_toggle(
        "Replace the store of that name", "import-replace", "It stays as it is until the new one is complete."
    )
    return more


def _ask_file(label: str, name: str, types: list[str], told: str, several: bool = False) -> tuple[str, list[Any]]:
    """Draw the boxes for a path and for an upload; return the path as typed, and what was uploaded."""
    path = ask_text(label, f"import-{name}", f"/data/{name}.{types[0]}", f"{told} {_HERE}.")
    found: Any = st.file_uploader(
        f"Or upload the {label.removeprefix('Or a ').lower()}",
        type=types,
        key=f"import-{name}-upload",
        accept_multiple_files=several,
        max_upload_size=_MEGABYTES,
    )
    return path, [] if found is None else list(found) if several else [found]


def _start(kind: str, form: dict[str, Any]) -> None:
    """Check what can be known before anything is read, and start the import; `InputError` says what is wrong."""
    place = _pick_place(form)
    bank = form.get("bank", ("", []))
    named = bank[0].strip() or bank[1]
    if named and (form["encoder"].strip() or form["picked"]):
        raise EncoderError("An encoder and a label bank are named. Give one of the two.")
    encoder = pick_encoder(form) if kind == "embeddings" and not named else None
    # Named before any is kept: an upload that is not used would lie there.
    sources = {name: _name_source(form[name], label) for name, label in _list_sources(kind, bool(named)).items()}
    files = {name: _keep(place, source) for name, source in sources.items()}
    start_import(
        ImportCommission(
            place=place,
            metadata=files["metadata"][0],
            embeddings=files["embeddings"][0] if kind == "embeddings" else None,
            scores=tuple(files.get("scores", ())),
            encoder=encoder,
            label_bank=files["bank"][0] if named else None,
            images=read_path(form["images"], "") if form.get("images", "").strip() else None,
            order=tuple(line.strip() for line in (form["order"] or "").splitlines() if line.strip()),
            schema_name=form["schema"],
            replace=form["replace"],
        )
    )


def _pick_place(form: dict[str, Any]) -> Path:
    name = form["name"].strip()
    place = check_name(find_root(), name, replace=True)
    if is_store(place) and not form["replace"]:
        raise BuildError(
            f'There is a store "{name}" already. Choose another name, or say under "More" that it is to be replaced.'
        )
    return place


def _list_sources(kind: str, banked: bool) -> dict[str, str]:
    """Return what is read, and how a sentence calls it."""
    what = {"embeddings": "the embeddings"} if kind == "embeddings" else {"scores": "a table of scores"}
    return what | {"metadata": "the table of annotations"} | ({"bank": "the label bank"} if banked else {})


def _name_source(given: tuple[str, list[Any]], what: str) -> Path | list[Any]:
    typed, uploads = given
    if typed.strip() and uploads:
        raise BuildError(f"{what.capitalize()} came twice. Give a path, or upload, not both.")
    return uploads or read_path(typed, f"Give the path of {what}, or upload it.")


def _keep(place: Path, source: Path | list[Any]) -> Sequence[Path]:
    if isinstance(source, Path):
        return [source]
    return [keep_upload(place, upload.name, upload.getvalue()) for upload in source]
