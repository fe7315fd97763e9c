"""The settings line: five quiet popovers that read as a sentence, the same on every page of results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from clipdash.errors import LabelError
from clipdash.labels import Label, parse_lines
from clipdash.report.question import Question
from clipdash.store import Manifest
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import MOST_ATTRIBUTES, find_entry, list_entries, list_groupings, name_attribute
from clipdash.ui.documents import explain_term
from clipdash.ui.given import Given, change_given, drop_given, find_given
from clipdash.ui.results import find_fault
from clipdash.ui.state import change_question, get_question, hold_value
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import count_words, escape_markdown, link_notice

__all__ = ["draw_popover", "name_store", "pick_store", "show_settings"]

_RULES = {
    "misclassified": "misclassified: flagged or contradicted",
    "flagged": "flagged only",
    "contradicted": "contradicted only",
    "not-supported": "everything that is not supported",
}


@dataclass(frozen=True)
class _Subject:
    """The images that a page asks about: those of the store, or of files that were uploaded to the page."""

    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    cluster: str
    values: Mapping[str, tuple[str, ...]]
    groupings: tuple[str, ...]
    images: int
    shared: str | None = None
    derived: Mapping[str, str] | None = None
    page: str | None = None

    def change(self, **fields: Any) -> None:
        """Change what the images are grouped or filtered by."""
        if self.page:
            change_given(self.page, **fields)
        else:
            change_question(**fields)


def show_settings(halt: bool = True, page: str | None = None) -> None:
    """Draw the settings line; nothing where there is no store to set anything of.

    Parameters
    ----------
    halt : bool
        Whether the page ends here, with the reason, where the store cannot be opened.
    page : str, optional
        The page, where it may use files instead of the store.
    """
    question, given = get_question(), find_given(page)
    if given is not None and page is not None:
        _show_files(page, given, question)
        return
    entry = find_entry(question.store)
    if entry is None or entry.manifest is None:
        return
    manifest = entry.manifest
    fault = find_fault(entry.name)
    subject = _read_store(question, manifest)
    _draw_parts(
        {
            "store": (name_store(entry.name, manifest), lambda: pick_store(question)),
            **_list_choices(subject),
            "rule": (question.rule, lambda: _pick_rule(question)),
            "minimum n": (f"{question.min_n:,}", lambda: _pick_least(question)),
        }
    )
    if fault is not None and halt:
        st.title("This store cannot be opened", anchor=False)
        warn(fault)
        st.markdown("Pick another store above. The lists stay as they are.", anchors=False)
        st.stop()


def _read_store(question: Question, manifest: Manifest) -> _Subject:
    return _Subject(
        question.by,
        question.where,
        question.cluster,
        {a.name: a.values for a in manifest.attributes},
        list_groupings(manifest),
        manifest.images,
        manifest.cluster,
        {a.name: a.derived for a in manifest.attributes if a.derived},
    )


def _show_files(page: str, given: Given, question: Question) -> None:
    """Draw the line of files instead of a store: published rates have no rule, and no labels to say one of."""
    subject = _Subject(given.by, given.where, given.cluster, given.values, given.groupings, given.images, page=page)
    names = ", ".join(file.name for file in given.files.values())
    rule = {} if given.kind == "rates" else {"rule": (question.rule, lambda: _pick_rule(question))}
    _draw_parts(
        {
            "files": (names, lambda: _list_files(page, given)),
            **_list_choices(subject, clustered=given.kind != "rates"),
            **rule,
            "minimum n": (f"{question.min_n:,}", lambda: _pick_least(question)),
        }
    )


def _list_files(page: str, given: Given) -> None:
    for entry, file in zip(given.inputs, dict.fromkeys(given.files.values()), strict=True):
        st.markdown(f"**{escape_markdown(file.name)}** {len(file.content):,} bytes", anchors=False)
        st.caption(f"SHA-256 {entry['sha256'][:12]}…")
    st.caption("They are in the memory of this session only, and gone when the page is reloaded or closed.")
    st.button("Back to the store", key="files-drop-setting", on_click=drop_given, args=(page,))


def _list_choices(subject: _Subject, clustered: bool = True) -> dict[str, tuple[str, Callable[[], None]]]:
    return {
        "groups": (" × ".join(map(name_attribute, subject.by)), lambda: _pick_groups(subject, clustered)),
        "images": (_word_filter(subject), lambda: _pick_images(subject)),
    }


def _draw_parts(parts: Mapping[str, tuple[str, Callable[[], None]]]) -> None:
    with st.container(horizontal=True, gap="xxsmall", key="settings"):
        shown = ("groups", "images") if is_narrow() else tuple(parts)
        for name in shown:
            draw_popover(name, *parts[name])
        if len(shown) < len(parts):
            with st.popover("more", type="tertiary", key="setting-more"):
                for name, (_, draw) in parts.items():
                    if name not in shown:
                        draw()


def name_store(name: str, manifest: Manifest) -> str:
    """Return a store's title, and its name where another one has the same title."""
    alike = [other for other in list_entries() if other.manifest is not None and other.manifest.title == manifest.title]
    return manifest.title if len(alike) < 2 else f"{name}: {manifest.title}"


def draw_popover(name: str, value: str, draw: Callable[[], None]) -> None:
    """Draw a setting as its name and value, which open what `draw` draws."""
    short = value if len(value) <= 44 else value[:43].rstrip() + "…"
    with st.popover(f":gray[{name}] {escape_markdown(short)}", type="tertiary", key=f"setting-{name[:5].strip()}"):
        draw()


def _word_filter(subject: _Subject) -> str:
    if not subject.where:
        return f"all {subject.images:,}"
    parts = []
    for attribute, values in subject.where.items():
        named = ", ".join(values) if len(values) <= 2 else f"{len(values)} of {name_attribute(attribute)}"
        parts.append(named if len(values) > 2 else f"{name_attribute(attribute)} {named}")
    return "; ".join(parts)


def pick_store(question: Question) -> None:
    """Draw the choice of a store."""
    entries = list_entries()
    sound = {entry.name: entry.manifest for entry in entries if entry.manifest is not None}
    st.radio(
        "Store",
        list(sound),
        format_func=lambda name: escape_markdown(sound[name].title),
        captions=[f"{escape_markdown(name)}: {count_words(found.images, 'image')}" for name, found in sound.items()],
        key=hold_value("pick-store", question.store),
        on_change=_take,
        args=("store", "pick-store"),
        help=explain_term("store", "store digest"),
    )
    for entry in entries:
        if entry.fault is not None:
            st.caption(f"**{escape_markdown(entry.name)}** {escape_markdown(entry.fault)}")
    st.caption(link_notice("Sources and licences of this store", question.store))


def _pick_groups(subject: _Subject, clustered: bool) -> None:
    emptied = st.session_state.get("pick-by") == []
    st.multiselect(
        "Group by one or two attributes",
        list(subject.groupings),
        format_func=name_attribute,
        max_selections=MOST_ATTRIBUTES,
        key="pick-by" if emptied else hold_value("pick-by", list(subject.by)),
        on_change=_take_groups,
        args=(subject,),
        help=explain_term("annotated as"),
    )
    if emptied:
        st.caption(f"Pick at least one. Until then by {' and '.join(map(name_attribute, subject.by))}, as before.")
    if clustered:
        _pick_cluster(subject)
    st.toggle(
        "Intervals of all groups hold together",
        key=hold_value("pick-together", get_question().together),
        on_change=_take,
        args=("together", "pick-together"),
        help=explain_term("simultaneous"),
    )
    for attribute, said in (subject.derived or {}).items():
        if attribute in subject.by:
            st.caption(f"{escape_markdown(name_attribute(attribute))}: {escape_markdown(said)}")


def _pick_cluster(subject: _Subject) -> None:
    hanging = ["", *(name for name in subject.values if name not in subject.by)]
    hanging.sort(key=lambda name: (name != "", name != subject.shared))
    st.selectbox(
        "Images that hang together",
        hanging,
        format_func=lambda name: f"those with one {name_attribute(name)}" if name else "none: each counts by itself",
        key=hold_value("pick-cluster", subject.cluster),
        on_change=lambda: subject.change(cluster=st.session_state["pick-cluster"]),
        help=explain_term("cluster", "interval"),
    )


def _take_groups(subject: _Subject) -> None:
    chosen = tuple(st.session_state["pick-by"])
    if chosen:  # without any group there is no result: the last ones stay until another is picked
        subject.change(by=chosen, cluster="" if subject.cluster in chosen else subject.cluster)


def _take(field: str, key: str) -> None:
    change_question(**{field: st.session_state[key]})


def _pick_images(subject: _Subject) -> None:
    st.markdown("Only images annotated as", anchors=False, help=explain_term("annotated as"))
    for attribute, values in subject.values.items():
        if attribute == subject.shared:
            continue
        key = hold_value(f"pick-where-{attribute}", list(subject.where.get(attribute, ())))
        st.multiselect(
            name_attribute(attribute),
            values,
            key=key,
            placeholder="any",
            on_change=_take_filter,
            args=(subject, attribute, key),
        )


def _take_filter(subject: _Subject, attribute: str, key: str) -> None:
    now = find_given(subject.page) or get_question()  # another filter may have changed in the same run
    where = {name: values for name, values in now.where.items() if name != attribute}
    chosen = tuple(st.session_state[key])
    subject.change(where=where | ({attribute: chosen} if chosen else {}))


def _pick_rule(question: Question) -> None:
    rules = [*_RULES, *_name_rules(question)]
    st.selectbox(
        "What counts as misclassified",
        rules if question.rule in rules else [*rules, question.rule],
        format_func=lambda rule: _RULES.get(rule, rule),
        key=hold_value("pick-rule", question.rule),
        on_change=_take,
        args=("rule", "pick-rule"),
        help=explain_term("misclassified", "flagged", "contradicted"),
    )


def _name_rules(question: Question) -> list[str]:
    """Return a rule for every category and label of the two lists, as far as they can be read."""
    labels: list[Label] = []
    for text in (question.before, question.after):
        try:
            labels += parse_lines(text)
        except LabelError:
            continue
    categories = [f"category:{label.category}" for label in labels if label.category is not None]
    return list(dict.fromkeys([*categories, *(f"label:{label.text}" for label in labels)]))


def _pick_least(question: Question) -> None:
    st.number_input(
        "Withhold groups with fewer judged images than",
        min_value=1,
        max_value=1_000_000,
        step=1,
        key=hold_value("pick-min-n", question.min_n),
        on_change=_take,
        args=("min_n", "pick-min-n"),
        help=explain_term("withheld", "unjudged"),
    )
