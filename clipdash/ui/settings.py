"""The settings line: five quiet popovers that read as a sentence, the same on every page of results."""

from collections.abc import Callable

import streamlit as st

from clipdash.errors import LabelError
from clipdash.labels import Label, parse_lines
from clipdash.report.question import Question
from clipdash.store import Manifest
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import (
    MOST_ATTRIBUTES,
    find_entry,
    list_entries,
    list_filters,
    list_groupings,
    name_attribute,
)
from clipdash.ui.documents import explain_term
from clipdash.ui.results import find_fault
from clipdash.ui.state import change_question, get_question, hold_value
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import count_words, escape_markdown, link_notice

__all__ = ["show_settings"]

_RULES = {
    "misclassified": "misclassified: flagged or contradicted",
    "flagged": "flagged only",
    "contradicted": "contradicted only",
    "not-supported": "everything that is not supported",
}


def show_settings(halt: bool = True) -> None:
    """Draw the settings line; nothing where there is no store to set anything of.

    Parameters
    ----------
    halt : bool
        Whether the page ends here, with the reason, where the store cannot be opened.
    """
    question = get_question()
    entry = find_entry(question.store)
    if entry is None or entry.manifest is None:
        return
    manifest = entry.manifest
    fault = find_fault(entry.name)
    parts: dict[str, tuple[str, Callable[[], None]]] = {
        "store": (_name_store(entry.name, manifest), lambda: _pick_store(question)),
        "groups": (" × ".join(map(name_attribute, question.by)), lambda: _pick_groups(question, manifest)),
        "images": (_word_filter(question, manifest), lambda: _pick_images(question, manifest)),
        "rule": (question.rule, lambda: _pick_rule(question)),
        "minimum n": (f"{question.min_n:,}", lambda: _pick_least(question)),
    }
    with st.container(horizontal=True, gap="xxsmall", key="settings"):
        shown = ("groups", "images") if is_narrow() else tuple(parts)
        for name in shown:
            _draw_popover(name, *parts[name])
        if len(shown) < len(parts):
            with st.popover("more", type="tertiary", key="setting-more"):
                for name, (_, draw) in parts.items():
                    if name not in shown:
                        draw()
    if fault is not None and halt:
        st.title("This store cannot be opened", anchor=False)
        warn(fault)
        st.markdown("Pick another store above. The lists stay as they are.", anchors=False)
        st.stop()


def _name_store(name: str, manifest: Manifest) -> str:
    """Return a store's title, and its name where another one has the same title."""
    alike = [other for other in list_entries() if other.manifest is not None and other.manifest.title == manifest.title]
    return manifest.title if len(alike) < 2 else f"{name}: {manifest.title}"


def _draw_popover(name: str, value: str, draw: Callable[[], None]) -> None:
    short = value if len(value) <= 44 else value[:43].rstrip() + "…"
    with st.popover(f":gray[{name}] {escape_markdown(short)}", type="tertiary", key=f"setting-{name[:5].strip()}"):
        draw()


def _word_filter(question: Question, manifest: Manifest) -> str:
    if not question.where:
        return f"all {manifest.images:,}"
    parts = []
    for attribute, values in question.where.items():
        named = ", ".join(values) if len(values) <= 2 else f"{len(values)} of {name_attribute(attribute)}"
        parts.append(named if len(values) > 2 else f"{name_attribute(attribute)} {named}")
    return "; ".join(parts)


def _pick_store(question: Question) -> None:
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


def _pick_groups(question: Question, manifest: Manifest) -> None:
    emptied = st.session_state.get("pick-by") == []
    st.multiselect(
        "Group by one or two attributes",
        list(list_groupings(manifest)),
        format_func=name_attribute,
        max_selections=MOST_ATTRIBUTES,
        key="pick-by" if emptied else hold_value("pick-by", list(question.by)),
        on_change=_take,
        args=("by", "pick-by"),
        help=explain_term("annotated as"),
    )
    if emptied:
        st.caption(f"Pick at least one. Until then by {' and '.join(map(name_attribute, question.by))}, as before.")
    hanging = ["", *(a.name for a in manifest.attributes if a.name not in question.by)]
    hanging.sort(key=lambda name: (name != "", name != manifest.cluster))
    st.selectbox(
        "Images that hang together",
        hanging,
        format_func=lambda name: f"those with one {name_attribute(name)}" if name else "none: each counts by itself",
        key=hold_value("pick-cluster", question.cluster),
        on_change=_take,
        args=("cluster", "pick-cluster"),
        help=explain_term("cluster", "interval"),
    )
    st.toggle(
        "Intervals of all groups hold together",
        key=hold_value("pick-together", question.together),
        on_change=_take,
        args=("together", "pick-together"),
        help=explain_term("simultaneous"),
    )
    for attribute in manifest.attributes:
        if attribute.name in question.by and attribute.derived:
            st.caption(f"{escape_markdown(name_attribute(attribute.name))}: {escape_markdown(attribute.derived)}")


def _take(field: str, key: str) -> None:
    value = st.session_state[key]
    if value == []:
        return  # without any group there is no result: the last ones stay until another is picked
    change_question(**{field: tuple(value) if isinstance(value, list) else value})


def _pick_images(question: Question, manifest: Manifest) -> None:
    st.markdown("Only images annotated as", anchors=False, help=explain_term("annotated as"))
    for attribute, values in list_filters(manifest).items():
        key = hold_value(f"pick-where-{attribute}", list(question.where.get(attribute, ())))
        st.multiselect(
            name_attribute(attribute), values, key=key, placeholder="any", on_change=_take_filter, args=(attribute, key)
        )


def _take_filter(attribute: str, key: str) -> None:
    where = dict(get_question().where)
    where.pop(attribute, None)
    chosen = tuple(st.session_state[key])
    change_question(where=where | ({attribute: chosen} if chosen else {}))


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
