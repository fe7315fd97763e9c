"""What can be kept of a page: the audit with its question and figures, and each list of labels in versions."""

from functools import partial

import streamlit as st

from clipdash import records
from clipdash.access import Act
from clipdash.audit import Audit, Shift
from clipdash.errors import EditConflict, InputError, LabelError
from clipdash.labels import LabelSet, format_labels
from clipdash.report.figures import to_json
from clipdash.report.repeat import word_command
from clipdash.report.words import describe
from clipdash.ui.boundary import warn, word_error
from clipdash.ui.door import offers
from clipdash.ui.lists import build_set
from clipdash.ui.memory import remember
from clipdash.ui.opened import find_opened, note_opened, use_saved
from clipdash.ui.start import link_page
from clipdash.ui.state import get_question
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import escape_markdown, italicise, list_words

__all__ = ["offer_saving"]

#: What became of the last save: the question it was of, and a sentence; or the sentence of what is wrong.
_SAID, _FAULT, _CONFLICT = "saving_said", "saving_fault", "saving_conflict"
_AGAIN, _ANEW = "the next version", "a set of its own"


def offer_saving(result: Audit | Shift) -> None:
    """Draw what saves a result and its lists; only lists where the result is of files, which cannot be asked again."""
    if result.store is None and not _is_current(result):  # published rates name no list
        return
    digest = remember(result, "question digest", lambda: records.digest_question(result))
    if offers(Act.SAVE):
        _ask(result, digest)
    _say_outcome(digest)
    if st.session_state.get(_CONFLICT):
        _show_conflict(digest, *st.session_state[_CONFLICT])


def _ask(result: Audit | Shift, digest: str) -> None:
    sets = {"before": result.label_set} if isinstance(result, Audit) else dict(_pair(result))
    with st.container(horizontal=True, gap="xsmall", key="saving"):
        if result.store is not None:
            with st.popover("Save audit", icon=":material/bookmark_add:", key="saving-audit"):
                _ask_audit(result, digest)
        with st.popover("Save labels", icon=":material/playlist_add:", key="saving-labels"):
            for side, label_set in sets.items():
                _ask_labels(side, label_set, digest, alone=len(sets) == 1)


def _pair(result: Shift) -> tuple[tuple[str, LabelSet], ...]:
    return ("before", result.before), ("after", result.after)


def _ask_audit(result: Audit | Shift, digest: str) -> None:
    if not _is_current(result):
        st.markdown("A list cannot be read as it stands. Mend it first: the figures are of the last one that could.")
        return
    title, notes = f"save-title-{digest[:12]}", f"save-notes-{digest[:12]}"
    st.text_input("Title", value=describe(result).headline.plain, key=title)
    st.text_area("Notes", key=notes, height=96, placeholder="What you looked for, and what you make of it")
    act = partial(_save_audit, result, digest, title, notes)
    st.button("Save audit", type="primary", key="do-save-audit", on_click=act)
    st.caption("Kept with the question, every figure, the state of the store and the versions of the packages.")


def _is_current(result: Audit | Shift) -> bool:
    """Say whether the question of the session is the one that the result answers."""
    sides = ("before", "after")[: len(result.table.label_sets)]
    try:
        asked = [build_set(get_question(), side).digest for side in sides]
    except LabelError:
        return False
    return asked == [label_set.digest for label_set in result.table.label_sets]


def _save_audit(result: Audit | Shift, digest: str, title: str, notes: str) -> None:
    if not _holds(digest, title, notes):
        return
    data = to_json(result, command=word_command(result))
    store = result.store.digest if result.store else ""
    try:
        saved = records.save_audit(
            st.session_state[title],
            get_question().model_dump(mode="json"),
            data,
            digests=(store, digest),
            versions=data["versions"],
            notes=st.session_state[notes],
        )
    except InputError as error:
        _report(digest, fault=word_error(error))
    else:
        _report(digest, said=f"The audit is saved as {italicise(shorten(saved.title))}.")


def _holds(digest: str, *boxes: str) -> bool:
    """Say whether the page sent its boxes along with the click; where it did not, there is nothing to save."""
    if all(isinstance(st.session_state.get(box), str) for box in boxes):
        return True
    _report(digest, fault="Nothing was saved: the page sent nothing to save. Reload it, then save again.")
    return False


def _report(digest: str, *, said: str = "", fault: str = "") -> None:
    st.session_state[_SAID], st.session_state[_FAULT] = (digest, said), fault
    st.session_state[_CONFLICT] = None


def _say_outcome(digest: str) -> None:
    """Say what became of the last save, as long as the page shows what was saved."""
    said_of, said = st.session_state.get(_SAID, ("", ""))
    if said_of != digest:
        return
    if st.session_state[_FAULT]:
        warn(st.session_state[_FAULT])
    elif said:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key="saved"):
            st.markdown(said, width="content", anchors=False)
            link_page("audits", "Open Audits", icon="folder_open")


def shorten(text: str, most: int = 80) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _ask_labels(side: str, label_set: LabelSet, digest: str, *, alone: bool) -> None:
    """Ask for the name of a list, and whether it is the next version of what was opened."""
    opened = find_opened(side)
    if not alone:
        st.markdown(f"**List {side}**", anchors=False)
    own = opened.name if opened else _name_list(side, label_set)
    name = f"save-name-{side}-{label_set.digest[:12]}-{opened.version if opened else 0}"
    st.text_input("Name", value=own, key=name, label_visibility="visible" if alone else "collapsed")
    how = None
    if opened is not None:
        how = f"save-how-{side}-{opened.id}"
        st.radio(
            f"Save it as, {side}",
            [_AGAIN, _ANEW],
            format_func=lambda choice: f"{choice} of {shorten(opened.name, 40)}" if choice == _AGAIN else choice,
            key=how,
            label_visibility="collapsed",
        )
    act = partial(_save_labels, side, label_set, digest, name, how)
    st.button("Save this label set", key=f"do-save-{side}", on_click=act)


def _name_list(side: str, label_set: LabelSet) -> str:
    """Return a name to begin with: the preset's, or the first labels."""
    return list_words(label_set.texts, 3) if label_set.name == side else label_set.name


def _save_labels(side: str, label_set: LabelSet, digest: str, name: str, how: str | None) -> None:
    if not _holds(digest, name, *filter(None, [how])):
        return
    opened = find_opened(side) if how is not None and st.session_state[how] == _AGAIN else None
    try:
        named = label_set.replace(name=st.session_state[name])
    except LabelError as error:
        _report(digest, fault=word_error(error))
    else:
        _keep(side, named, digest, opened.id if opened else None, opened.version if opened else None)


def _keep(side: str, label_set: LabelSet, digest: str, set_id: str | None, based_on: int | None) -> None:
    """Save a list, and keep both where someone else was faster."""
    opened = find_opened(side)
    note = opened.note if opened is not None and opened.id == set_id else ""
    try:
        saved = records.save_labels(label_set, note=note, set_id=set_id, based_on=based_on)
    except EditConflict as conflict:
        _report(digest)
        st.session_state[_CONFLICT] = (side, conflict)
    except InputError as error:
        _report(digest, fault=word_error(error))
    else:
        note_opened(side, saved)
        _report(digest, said=f"The labels are saved as version {saved.version} of {italicise(shorten(saved.name))}.")


def _show_conflict(digest: str, side: str, conflict: EditConflict) -> None:
    """Show the second reviewer both lists, and what can be done."""
    mine, theirs = conflict.mine, conflict.theirs
    if not isinstance(mine, LabelSet) or not isinstance(theirs, records.SavedLabels):
        return
    with st.container(border=True, key="saving-conflict"):
        warn(str(conflict))
        columns = [st.container(), st.container()] if is_narrow() else st.columns(2)
        shown = (("Yours", mine), (f"Saved now, version {theirs.version}", theirs.label_set))
        for column, (head, label_set) in zip(columns, shown, strict=True):
            with column:
                st.markdown(f"**{head}** {escape_markdown(shorten(label_set.name))}", anchors=False)
                st.code(format_labels(label_set.labels), language=None, wrap_lines=True)
        with st.container(horizontal=True, gap="xsmall"):
            if theirs.deleted is None:
                again = partial(_keep, side, mine, digest, theirs.id, theirs.version)
                st.button(f"Save mine as version {theirs.version + 1}", key="conflict-again", on_click=again)
                st.button("Take the saved one", key="conflict-theirs", on_click=partial(_take, side, theirs))
            own = partial(_keep, side, mine, digest, None, None)
            st.button("Save mine as a set of its own", key="conflict-own", on_click=own)


def _take(side: str, theirs: "records.SavedLabels") -> None:
    st.session_state[_CONFLICT] = None
    use_saved(side, theirs)
