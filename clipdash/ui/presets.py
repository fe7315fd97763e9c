"""Lists that are ready: presets and label files, put into the editors with one click.

The reason stands before offensive ones.
"""

from collections.abc import Sequence

import streamlit as st

from clipdash.errors import LabelError
from clipdash.labels import MAX_BYTES, LabelSet, Preset, decode_labels, format_labels, parse_lines
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import fit_presets, fit_values, open_comparison
from clipdash.ui.given import Given
from clipdash.ui.lists import keep_set
from clipdash.ui.results import load_store
from clipdash.ui.state import change_question, get_question
from clipdash.ui.wording import escape_markdown

__all__ = ["offer_presets", "use_list"]

_LISTS = ("before", "after", "templates", "flagged")


def offer_presets(sides: Sequence[str], given: Given | None) -> None:
    """Draw the popover of lists that fill one side or both.

    Parameters
    ----------
    sides : sequence of str
        ``"before"``, or that and ``"after"``.
    given : Given, optional
        The files that the page uses instead of a store.
    """
    with st.popover("Presets", icon=":material/list:", key="presets"):
        fitting = fit_values(given.values) if given else fit_presets(load_store(get_question().store).manifest)
        if len(sides) == 2:
            _offer_pairs([preset for preset in fitting if preset.before is not None], given)
        st.markdown("**One list**")
        presets = {preset.key: preset.label_set for preset in fitting}
        chosen = st.selectbox(
            "Preset",
            list(presets),
            key="preset-key",
            format_func=lambda key: presets[key].name,
            label_visibility="collapsed",
        )
        if chosen is not None and presets[chosen].caution:
            st.caption(escape_markdown(str(presets[chosen].caution)))
        _offer_sides(sides, "use", "list", presets.get(chosen))
        st.markdown("**A label file**")
        _offer_sides(sides, "open", "file", _ask_file())
        if len(sides) == 2:
            st.caption("Both lists share one prompt: that of the list or file put in last.")


def _offer_pairs(pairs: Sequence[Preset], given: Given | None) -> None:
    """Draw a button a comparison; those with offensive words stand last, under the reason why they are there."""
    st.markdown("**Two lists to compare**")
    for preset in sorted(pairs, key=lambda pair: pair.label_set.caution is not None):
        st.button(
            escape_markdown(preset.label_set.name),
            key=f"pair-{preset.key}",
            type="tertiary",
            on_click=_load_pair,
            args=(preset.key, given is None),
            help=preset.label_set.caution,
        )
    for caution in dict.fromkeys(pair.label_set.caution for pair in pairs if pair.label_set.caution):
        st.caption(f"Denigration: {escape_markdown(caution)}")


def _offer_sides(sides: Sequence[str], verb: str, what: str, label_set: LabelSet | None) -> None:
    with st.container(horizontal=True, gap="xxsmall"):
        for side in sides:
            label = f"{verb.capitalize()} as {side}" if len(sides) == 2 else f"{verb.capitalize()} this {what}"
            st.button(
                label, key=f"{verb}-{side}", on_click=use_list, args=(side, label_set), disabled=label_set is None
            )


def _ask_file() -> LabelSet | None:
    """Draw the box for a label file and return its set, or say what is wrong with it."""
    upload = st.file_uploader(
        "Label file (TOML)",
        type=["toml"],
        key="label-file",
        max_upload_size=MAX_BYTES // 1024**2,
        label_visibility="collapsed",
    )
    if upload is None:
        return None
    try:
        label_set = decode_labels(upload.getvalue(), upload.name)
    except LabelError as error:
        warn(str(error))
        return None
    keep_set(label_set)
    return label_set


def _load_pair(key: str, suggested: bool) -> None:
    """Fill both sides; what the pair suggests to look at is of a store's annotations."""
    found = open_comparison(key)
    names = (*_LISTS, "by", "where", "min_n") if suggested else _LISTS
    change_question(**{name: getattr(found, name) for name in names}, **_drop_named_rule())


def use_list(side: str, label_set: LabelSet) -> None:
    """Fill one side with a set, its prompt and its flags; flags that the other side alone has stay as they are."""
    question = get_question()
    other = _list_categories(question.after if side == "before" else question.before)
    kept = [c for c in other if c not in label_set.categories and (question.flagged is None or c in question.flagged)]
    flagged = (*label_set.flagged, *kept)
    change_question(
        **{side: format_labels(label_set.labels)},
        templates=label_set.templates,
        flagged=None if set(flagged) >= {*label_set.categories, *other} else flagged,
        **_drop_named_rule(),
    )


def _list_categories(text: str) -> list[str]:
    try:
        found = [label.category for label in parse_lines(text) if label.category is not None]
    except LabelError:
        return []
    return list(dict.fromkeys(found))


def _drop_named_rule() -> dict[str, str]:
    """Return the change that a preset makes to the rule: one that names a category or label of other lists goes."""
    return {"rule": "misclassified"} if ":" in get_question().rule else {}
