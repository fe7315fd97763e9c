"""One thing that was saved: what it is, and everything that can be done with it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from clipdash import records
from clipdash.access import Act, note
from clipdash.labels import format_labels
from clipdash.report import markdown_table, recheck_rows, say_recheck
from clipdash.report.question import Question
from clipdash.ui.boundary import catch_bad_input
from clipdash.ui.catalogue import settle_question
from clipdash.ui.door import offers
from clipdash.ui.given import drop_given
from clipdash.ui.navigation import page_path
from clipdash.ui.opened import use_saved
from clipdash.ui.recheck import ask_again, find_store, is_comparison
from clipdash.ui.revising import edit_words
from clipdash.ui.saving import shorten
from clipdash.ui.state import open_question
from clipdash.ui.takeaway import dump_data, offer_file
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import count_words, escape_markdown, list_words

if TYPE_CHECKING:
    from datetime import datetime

    from clipdash.records import SavedAudit, SavedLabels

__all__ = ["describe_saved", "show_audit", "show_labels"]

_ASKED, _VERSION = "saved_asked_again", "saved-version"
_TITLE = 160  # characters


def describe_saved(saved: "SavedAudit | SavedLabels") -> str:
    """Return what a line of the list says of something saved, as Markdown."""
    when = _write_time(saved.created)
    if isinstance(saved, records.SavedAudit):
        kind = "Two lists" if is_comparison(saved) else "One list"
        return f"{kind} on {escape_markdown(saved.store or 'no store')} · {when}"
    return f"{count_words(len(saved.label_set.labels), 'label')}, version {saved.version} · {when}"


def _write_time(moment: "datetime") -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def show_audit(audit: "SavedAudit", act: Callable[[str, Callable[[], object]], None]) -> None:
    """Draw a saved audit: its figures, beside today's where asked, what was asked, its notes, and what can be done.

    Parameters
    ----------
    audit : SavedAudit
        As it is saved now.
    act : callable
        Does what a button says, by its name, and keeps the sentence of what is wrong with it.
    """
    st.header(escape_markdown(shorten(audit.title, _TITLE)), anchor=False)
    by = list_words([escape_markdown(name.replace("_", " ")) for name in audit.result["by"]])
    st.caption(f"{describe_saved(audit)} · grouped by {by} · revision {audit.revision}")
    page = "shift" if is_comparison(audit) else "labels"
    with st.container(horizontal=True, gap="xsmall", key="saved-actions"):
        if _button(f"Open on {page.capitalize()}", "open_in_new", main=True):
            _open_audit(audit, page)
        if _button("Compare with today", "sync"):
            st.session_state[_ASKED] = audit.id
        if offers(Act.SAVE):
            _button("Duplicate", "content_copy", partial(act, "duplicate", partial(records.duplicate_audit, audit.id)))
        offer_file("JSON", f"clipdash-{audit.id}.json", partial(dump_data, audit.result), store=audit.store)
        if offers(Act.SAVE):
            _button("Delete", "delete", partial(act, "delete", partial(records.delete_audit, audit.id)))
    with catch_bad_input():
        _show_figures(audit)
    with st.expander("What was asked", icon=":material/help:"):
        _show_question(audit)
    edit_words(audit)


def _open_audit(audit: "SavedAudit", page: str) -> None:
    note("opened", "audit", audit.id, store=audit.store)
    question = Question.model_validate(audit.question)
    asked = question.change(store=find_store(audit) or question.store)
    _, faults = settle_question(asked)
    drop_given(page)  # files opened there would go on standing in the store's place
    open_question(asked, "" if faults else audit.store_digest, faults)
    st.switch_page(page_path(page))


def _show_figures(audit: "SavedAudit") -> None:
    """Draw the figures that were kept; beside them, where asked, those of today, and what differs."""
    now = None
    if st.session_state.get(_ASKED) == audit.id:
        with st.spinner("Computing it on the store as it is today"):
            now = _ask(audit)
    if now is not None:
        st.markdown("\n".join(f"- {escape_markdown(said)}" for said in say_recheck(audit.result, now)), anchors=False)
    rows = recheck_rows(audit.result, now)
    names = len(audit.result["by"])
    if is_narrow():
        rows, names = _fit_rows(rows, names), 1
    with st.container(key="table-saved"):
        st.markdown(markdown_table(rows, "l" * names + "r" * (len(rows[0]) - names)), anchors=False)
    shifts = "Shifts in points" if is_narrow() else "Rates before → after; shifts in points"
    kept = shifts if is_comparison(audit) else "Rates"
    st.caption(f"{kept}, with 95% intervals.")


def _fit_rows(rows: Sequence[dict[str, str]], names: int) -> list[dict[str, str]]:
    """Return the columns that a phone has room for: who with n, and the one figure of each day."""
    fitted = []
    for row in rows:
        who = " · ".join(cell for cell in [*row.values()][:names] if cell)
        figures = {name: cell for name, cell in row.items() if name.startswith(("Rate ", "Shift "))}
        fitted.append({"Annotated as": f"{who}, n {row['n']}"} | figures)
    return fitted


def _ask(audit: "SavedAudit") -> dict[str, object] | None:
    with catch_bad_input():
        return ask_again(audit)
    return None


def _show_question(audit: "SavedAudit") -> None:
    question = Question.model_validate(audit.question)
    lists = {"Before": question.before, "After": question.after} if is_comparison(audit) else {"": question.before}
    for column, (head, text) in zip(st.columns(len(lists)), lists.items(), strict=True):
        with column:
            if head:
                st.markdown(f"**{head}**", anchors=False)
            st.code(text, language=None, wrap_lines=True)
    kept = [f"{name} {', '.join(values)}" for name, values in question.where.items()]
    facts = {
        "Prompt": " / ".join(question.templates),
        "Rule": question.rule,
        "Images": "; ".join(kept) or "all",
        "Minimum n": f"{question.min_n:,}",
        "Store": f"{audit.store}, {audit.store_digest[:12]}…" if audit.store else "none",
        "Versions": ", ".join(f"{name} {version}" for name, version in audit.versions.items()),
    }
    st.markdown("  \n".join(f"**{name}** {escape_markdown(said)}" for name, said in facts.items()), anchors=False)


def show_labels(saved: "SavedLabels", act: Callable[[str, Callable[[], object]], None]) -> None:
    """Draw a saved label set: each version of it, its note, and what can be done.

    Parameters
    ----------
    saved : SavedLabels
        The newest version.
    act : callable
        As for `show_audit`.
    """
    st.header(escape_markdown(shorten(saved.name, _TITLE)), anchor=False)
    st.caption(describe_saved(saved))
    shown = _choose_version(records.list_versions(saved.id))
    with st.container(horizontal=True, gap="xsmall", key="saved-actions"):
        for label, side, page in (
            ("Open on Labels", "before", "labels"),
            ("Open as before", "before", "shift"),
            ("Open as after", "after", "shift"),
        ):
            if _button(label, "open_in_new", main=page == "labels"):
                use_saved(side, shown)
                st.switch_page(page_path(page))
        if offers(Act.SAVE):
            copy = partial(records.duplicate_labels, saved.id, f"{saved.name} (copy)")
            _button("Duplicate", "content_copy", partial(act, "duplicate", copy))
        offer_file("Label file", f"{saved.id}.toml", lambda: shown.toml)
        if offers(Act.SAVE):
            _button("Delete", "delete", partial(act, "delete", partial(records.delete_labels, saved.id)))
    st.code(format_labels(shown.label_set.labels), language=None, wrap_lines=True)
    prompt = list_words([escape_markdown(template) for template in shown.label_set.templates], 3)
    flagged = list_words([escape_markdown(category) for category in shown.label_set.flagged]) or "nothing"
    st.caption(f"Prompt: {prompt}. Flagged: {flagged}.")
    edit_words(saved)


def _choose_version(versions: "Sequence[SavedLabels]") -> "SavedLabels":
    if len(versions) == 1:
        return versions[0]
    notes = {version.version: f"{_write_time(version.created)} {shorten(version.note, 60)}" for version in versions}
    chosen = st.selectbox(
        "Version",
        list(notes),
        format_func=lambda number: f"{number}: {notes[number]}",
        key=f"{_VERSION}-{versions[0].id}-{len(versions)}",
    )
    return next(version for version in versions if version.version == chosen)


def _button(label: str, icon: str, act: Callable[[], None] | None = None, *, main: bool = False) -> bool:
    key = f"saved-{label.casefold().replace(' ', '-')}"
    return st.button(label, icon=f":material/{icon}:", key=key, type="primary" if main else "secondary", on_click=act)
