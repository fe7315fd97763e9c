"""Title and notes of what was saved: edited on the page, kept while they are typed, never written over another's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from clipdash import records
from clipdash.access import Act
from clipdash.errors import EditConflict, InputError
from clipdash.ui.boundary import warn, word_error
from clipdash.ui.door import offers
from clipdash.ui.state import hold_value
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import escape_markdown

if TYPE_CHECKING:
    from clipdash.records import SavedAudit, SavedLabels

    Saved = SavedAudit | SavedLabels

__all__ = ["edit_words", "name_saved"]

_EDITS = "saved_edits"


@dataclass(frozen=True)
class _Edit:
    """What is typed about one saved thing, upon which state of it, and what became of the last save."""

    base: "Saved"
    words: Mapping[str, str]
    told: str = ""
    fault: str = ""
    conflict: EditConflict | None = None


def name_saved(saved: "Saved") -> str:
    """Return the title of an audit, or the name of a label set."""
    return saved.title if isinstance(saved, records.SavedAudit) else saved.name


def _read_words(saved: "Saved") -> dict[str, str]:
    notes = saved.notes if isinstance(saved, records.SavedAudit) else saved.note
    return {"title": name_saved(saved), "notes": notes}


def edit_words(saved: "Saved") -> None:
    """Draw title and notes of something saved for editing, and both texts where someone else was faster.

    Whoever may save nothing reads the notes.

    Parameters
    ----------
    saved : SavedAudit or SavedLabels
        As it is saved now; of a label set the newest version.
    """
    edit = _find_edit(saved)
    if edit.fault:
        warn(edit.fault)
    if not offers(Act.SAVE):
        st.markdown(escape_markdown(_read_words(saved)["notes"]), anchors=False)
        return
    named = isinstance(saved, records.SavedAudit)
    for field, label in (("title", "Title" if named else "Name"), ("notes", "Notes" if named else "Note")):
        key = hold_value(f"saved-{field}-{saved.id}", edit.words[field])
        draw = partial(st.text_input, label) if field == "title" else partial(st.text_area, label, height=120)
        draw(key=key, on_change=partial(_take, saved.id, field, key))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="saved-words"):
        st.button("Save changes", key=f"save-words-{saved.id}", on_click=_save, args=(edit.base,))
        if edit.told:
            st.markdown(edit.told, width="content", anchors=False)
    if edit.conflict is not None:
        _show_conflict(edit, edit.conflict)


def _edits() -> dict[str, _Edit]:
    edits: dict[str, _Edit] = st.session_state.setdefault(_EDITS, {})
    return edits


def _find_edit(saved: "Saved") -> _Edit:
    """Return what is typed; where nothing is, what is saved now."""
    edit = _edits().get(saved.id)
    if edit is None or (edit.conflict is None and edit.words == _read_words(edit.base) and edit.base != saved):
        edit = _Edit(saved, _read_words(saved))
        _edits()[saved.id] = edit
    return edit


def _take(name: str, field: str, key: str) -> None:
    edit = _edits()[name]
    _edits()[name] = replace(edit, words={**edit.words, field: st.session_state[key] or ""}, told="")


def _save(base: "Saved") -> None:
    """Save what is typed upon `base`."""
    name = base.id
    edit = _edits()[name]
    try:
        saved = _write(base, edit.words)
    except EditConflict as conflict:
        _edits()[name] = replace(edit, told="", fault="", conflict=conflict)
    except InputError as error:
        _edits()[name] = replace(edit, told="", fault=word_error(error))
    else:
        _edits()[name] = _Edit(saved, _read_words(saved), told="Saved.")


def _write(base: "Saved", words: Mapping[str, str]) -> "Saved":
    if isinstance(base, records.SavedAudit):
        return records.change_audit(base.id, base.revision, title=words["title"], notes=words["notes"])
    named = base.label_set.replace(name=words["title"])
    return records.save_labels(named, note=words["notes"], set_id=base.id, based_on=base.version)


def _show_conflict(edit: _Edit, conflict: EditConflict) -> None:
    theirs = conflict.theirs
    if not isinstance(theirs, records.SavedAudit | records.SavedLabels):
        return
    with st.container(border=True, key="words-conflict"):
        warn(str(conflict))
        columns = [st.container(), st.container()] if is_narrow() else st.columns(2)
        for column, head, words in zip(columns, ("Yours", "Saved now"), (edit.words, _read_words(theirs)), strict=True):
            with column:
                st.markdown(f"**{head}**", anchors=False)
                st.code(f"{words['title']}\n\n{words['notes']}".strip(), language=None, wrap_lines=True)
        with st.container(horizontal=True, gap="xsmall"):
            label = "Restore it with mine" if theirs.deleted else "Save mine instead"
            st.button(label, key="words-mine", on_click=_restore if theirs.deleted else _save, args=(theirs,))
            st.button("Keep the saved one", key="words-theirs", on_click=_forget, args=(theirs,))


def _forget(theirs: "Saved") -> None:
    _edits().pop(theirs.id, None)


def _restore(theirs: "Saved") -> None:
    restore: Callable[[str], Saved] = (
        records.restore_audit if isinstance(theirs, records.SavedAudit) else records.restore_labels
    )
    try:
        restored = restore(theirs.id)
    except InputError as error:
        _edits()[theirs.id] = replace(_edits()[theirs.id], fault=word_error(error))
    else:
        _save(restored)
