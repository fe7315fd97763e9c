"""The lists that come with clipdash, put into the editors with one click; the reason stands before offensive ones."""

from collections.abc import Sequence

import streamlit as st

from clipdash.labels import Preset, format_labels
from clipdash.ui.catalogue import fit_presets, list_comparisons, open_comparison
from clipdash.ui.results import load_store
from clipdash.ui.state import change_question, get_question
from clipdash.ui.wording import escape_markdown

__all__ = ["offer_presets"]


def offer_presets(sides: tuple[str, ...]) -> None:
    """Draw the presets that fit the store: two lists to compare where there are two sides, and single lists.

    Parameters
    ----------
    sides : tuple of str
        ``"before"``, or that and ``"after"``.
    """
    with st.popover("Presets", icon=":material/list:", key="presets"):
        manifest = load_store(get_question().store).manifest
        if len(sides) == 2:
            _offer_pairs(list_comparisons(manifest))
        st.markdown("**One list**")
        presets = {preset.key: preset.label_set for preset in fit_presets(manifest)}
        chosen = st.selectbox(
            "Preset",
            list(presets),
            key="preset-key",
            format_func=lambda key: presets[key].name,
            label_visibility="collapsed",
        )
        if chosen is not None and presets[chosen].caution:
            st.caption(escape_markdown(str(presets[chosen].caution)))
        with st.container(horizontal=True, gap="xxsmall"):
            for side in sides:
                label = f"Use as {side}" if len(sides) == 2 else "Use this list"
                st.button(label, key=f"use-{side}", on_click=_load_list, args=(side, chosen), disabled=chosen is None)


def _offer_pairs(pairs: Sequence[Preset]) -> None:
    """Draw a button a comparison; those with offensive words stand last, under the reason why they are there."""
    st.markdown("**Two lists to compare**")
    for preset in sorted(pairs, key=lambda pair: pair.label_set.caution is not None):
        st.button(
            escape_markdown(preset.label_set.name),
            key=f"pair-{preset.key}",
            type="tertiary",
            on_click=_load_pair,
            args=(preset.key,),
            help=preset.label_set.caution,
        )
    for caution in dict.fromkeys(pair.label_set.caution for pair in pairs if pair.label_set.caution):
        st.caption(f"Denigration: {escape_markdown(caution)}")


def _load_pair(key: str) -> None:
    found = open_comparison(key)
    names = ("before", "after", "by", "where", "templates", "flagged", "min_n")
    change_question(**{name: getattr(found, name) for name in names}, **_drop_named_rule())


def _load_list(side: str, key: str) -> None:
    label_set = next(p.label_set for p in fit_presets(load_store(get_question().store).manifest) if p.key == key)
    flagged = None if set(label_set.flagged) >= set(label_set.categories) else label_set.flagged
    texts = {side: format_labels(label_set.labels)}
    change_question(**texts, templates=label_set.templates, flagged=flagged, **_drop_named_rule())


def _drop_named_rule() -> dict[str, str]:
    """Return the change that a preset makes to the rule: one that names a category or label of other lists goes."""
    return {"rule": "misclassified"} if ":" in get_question().rule else {}
