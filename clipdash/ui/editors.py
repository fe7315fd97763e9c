"""The editors of label lists: text, grid, presets, prompt, and what can be done with one click."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from clipdash.access import Act
from clipdash.errors import LabelError
from clipdash.labels import LabelSet, compare_sets, parse_lines
from clipdash.ui.boundary import warn
from clipdash.ui.documents import explain_term
from clipdash.ui.door import offers
from clipdash.ui.files import FILE_PAGES, offer_files
from clipdash.ui.given import find_given
from clipdash.ui.grid import edit_grid, is_grid_faulty
from clipdash.ui.lists import Reading, find_prompt_fault, read_list, read_side
from clipdash.ui.live import EDITORS, commit_while_typing
from clipdash.ui.presets import offer_presets
from clipdash.ui.results import load_store
from clipdash.ui.state import can_undo, change_question, find_link_fault, get_question, hold_value, undo_change
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import count_words, escape_markdown, italicise, list_words

__all__ = ["edit_pair", "edit_single"]

#: What one click adds to the list after, where it does not have it yet.
_ADDITIONS = ("person", "child")
_LABELS = {"before": "Before", "after": "After"}
_HELP = (
    "One label a line. After a bar: a claim about the annotation, as in `man | gender=man`, or a category, "
    "as in `thief | crime`."
)


def edit_pair() -> tuple[Reading, Reading]:
    """Draw the editors of both lists and return what became of each."""
    with _open_editors("shift", _summarise_pair()):
        slots = [_draw_text(side, side) for side in ("before", "after")]
        difference = st.container()
        _offer_additions()
        with st.container(horizontal=True, gap="xxsmall", key="list-actions"):
            offer_presets(("before", "after"), find_given("shift"))
            _button("Copy down", "content_copy", _copy_before, "Make the list after the same as the list before")
            _button("Swap", "swap_vert", _swap, "Exchange the two lists")
            _button("Undo", "undo", undo_change, "Take the last change back", disabled=not can_undo())
        _edit_prompt("shift")
        commit_while_typing()
    readings = [_read("shift", side) for side in ("before", "after")]
    for slot, reading in zip(slots, readings, strict=True):
        _say_fault(slot, reading)
    with difference:
        _say_difference(readings)
        _say_length()
    return readings[0], readings[1]


def edit_single(page: str = "labels") -> Reading:
    """Draw the editor of one list on a page and return what became of it."""
    given = find_given(page)
    if given is not None and given.kind == "rates":
        st.caption("Published rates say how many images count, whatever their labels were: there is no list to type.")
        return Reading()
    with _open_editors(page, _summarise_single()):
        shape = st.segmented_control(
            "Editor", ["Text", "Grid"], default="Text", required=True, key="editor-shape", label_visibility="collapsed"
        )
        slot = edit_grid("before") if shape == "Grid" else _draw_text("before", "single" if page == "labels" else page)
        with st.container(horizontal=True, gap="xxsmall", key="list-actions"):
            offer_presets(("before",), find_given(page))
            _button("Undo", "undo", undo_change, "Take the last change back", disabled=not can_undo())
        _edit_prompt(page)
        commit_while_typing()
    reading = _read(page, "before")
    if shape == "Text" or not is_grid_faulty():
        _say_fault(slot, reading)
    with slot:
        _say_length()
    return reading


def _read(page: str, side: str) -> Reading:
    """Read one side, against the annotations of the files that the page uses, or those of the store."""
    question, given = get_question(), find_given(page)
    if given is not None:
        return read_side(question, side, given.values, "files")
    return read_list(load_store(question.store), question, side)


def _open_editors(page: str, summary: str) -> DeltaGenerator:
    """Return where the editors stand, above the way to use files; on a phone both fold into one line."""
    with (
        st.expander(f"Labels: {summary}", icon=":material/edit:", key="labels-fold") if is_narrow() else st.container()
    ):
        editors = st.container(key=EDITORS, gap="small")
        if page in FILE_PAGES:
            offer_files(page)  # before what needs a store, which may not be there
    return editors


def _summarise_pair() -> str:
    try:
        before, after = ([label.text for label in parse_lines(text)] for text in _texts())
    except LabelError:
        return "one line cannot be read"
    added = [word for word in after if word not in before]
    kept = len(after) - len(added)
    named = f" ({list_words([escape_markdown(word) for word in added], 3)})" if added else ""
    return f"{kept} kept, {len(added)} added{named}"


def _summarise_single() -> str:
    return count_words(sum(bool(line.strip()) for line in get_question().before.splitlines()), "label")


def _texts() -> tuple[str, str]:
    question = get_question()
    return question.before, question.after


def _draw_text(side: str, name: str) -> DeltaGenerator:
    text = getattr(get_question(), side)
    # A key of its own a page: Streamlit would give one that two pages share to the second as an empty box.
    key, most = f"text-{name}", 12 if name in _LABELS else 20
    begins = key not in st.session_state
    typed = st.text_area(
        _LABELS.get(name, "Labels"),
        **({"value": text, "key": key} if begins else {"key": hold_value(key, text)}),
        height=max(4, min(text.count("\n") + 2, most)) * 20 + 26,
        help=_HELP,
        placeholder="man | gender=man\nwoman | gender=woman",
        on_change=_take_text,
        args=(side, key),
    )
    if begins and typed != text:  # the window outlived the server, and knows what was typed last
        change_question(**{side: typed or ""})
        st.rerun()
    return st.container()


def _take_text(side: str, key: str) -> None:
    change_question(**{side: st.session_state[key] or ""})


def _say_fault(slot: DeltaGenerator, reading: Reading) -> None:
    if reading.fault is not None and not reading.of_prompt:
        with slot:
            warn(reading.fault)
            if reading.stale:
                st.caption("The results are of the last list that could be read.")
    for sentence in reading.hints:
        with slot:
            st.caption(f":material/info: {escape_markdown(sentence)}")


def _say_length() -> None:
    fault = find_link_fault()
    if fault is not None:
        keep = " Keep the label files, which stand below the figures." if offers(Act.TAKE) else ""
        st.caption(f"{fault}: a reload loses them.{keep}")


def _say_difference(readings: Sequence[Reading]) -> None:
    sets = [reading.label_set for reading in readings if reading.label_set is not None]
    if len(sets) == 2:
        st.markdown(_word_difference(*sets), anchors=False)


def _word_difference(before: LabelSet, after: LabelSet) -> str:
    found = compare_sets(before, after)
    parts = [
        f"Added {_badges('+', found.added)}",
        f"Removed {_badges('−', found.removed)}",
        f":gray[Kept] {list_words([escape_markdown(word) for word in found.kept], 8) or ':gray[none]'}",
    ]
    if found.changed:
        parts.append(f":gray[Other claims] {list_words([italicise(word) for word in found.changed], 4)}")
    return "  \n".join(parts)


def _badges(sign: str, words: Sequence[str]) -> str:
    badges = [f":gray-badge[{sign} {escape_markdown(word)}]" for word in words[:8]]
    rest = [f":gray[and {len(words) - 8} more]"] if len(words) > 8 else []
    return " ".join(badges + rest) or ":gray[none]"


def _offer_additions() -> None:
    text = get_question().after
    present = {line.partition("|")[0].strip() for line in text.splitlines()}
    with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center", key="additions"):
        st.markdown(":gray[Add to after]", width="content")
        for word in _ADDITIONS:
            st.button(f"+ {word}", key=f"add-{word}", on_click=_add_word, args=(word,), disabled=word in present)


def _add_word(word: str) -> None:
    change_question(after="\n".join([*filter(None, [get_question().after.rstrip()]), word]))


def _button(label: str, icon: str, act: object, tip: str, disabled: bool = False) -> None:
    st.button(label, icon=f":material/{icon}:", key=f"do-{icon}", on_click=act, help=tip, disabled=disabled)  # type: ignore[arg-type]


def _copy_before() -> None:
    change_question(after=get_question().before)


def _swap() -> None:
    before, after = _texts()
    change_question(before=after, after=before)


def _list_known(page: str) -> None:
    """Say which labels a store without an encoder can be asked for."""
    spec = None if find_given(page) else load_store(get_question().store).variant().encoder
    if spec is None or spec.kind == "encoder":
        return
    st.caption("This store brings its labels' embeddings or scores along: only these can be asked, without a prompt.")
    with st.popover(f"All {len(spec.labels):,} labels", type="tertiary"):
        st.code("\n".join(spec.labels), language=None)


def _edit_prompt(page: str) -> None:
    question = get_question()
    categories = _list_categories()
    flagged = [c for c in categories if question.flagged is None or c in question.flagged]
    prompt = f"Prompt: {list_words([escape_markdown(template) for template in question.templates], 1)}."
    if find_given(page) is not None:
        prompt = "Files of results know no prompt."
    said = f"{prompt} Flagged: {list_words([escape_markdown(c) for c in flagged], 3) or 'nothing'}."
    with st.container(gap="xxsmall", key="prompt-line"):
        st.caption(f"{said} Results follow 0.4 s after the last key.")
        fault = find_prompt_fault(question)
        if fault is not None:
            warn(fault)
            st.caption("The results are of the last prompt that could be used.")
        _list_known(page)
        with st.popover("Change prompt and flags", type="tertiary"), st.container(key=f"{EDITORS}-prompt"):
            key = hold_value("text-templates", "\n".join(question.templates))
            tip = "One template a line, each with {} where the label goes; embeddings are averaged over them."
            st.text_area("Prompt templates", key=key, height=96, help=tip, on_change=_take_templates, args=(key,))
            if categories:
                key = hold_value("flagged", flagged)
                tip = explain_term("flagged", "misclassified")
                st.pills(
                    "Flagged categories",
                    categories,
                    selection_mode="multi",
                    format_func=escape_markdown,
                    key=key,
                    help=tip,
                    on_change=_take_flagged,
                    args=(key,),
                )


def _list_categories() -> list[str]:
    found: list[str] = []
    for text in _texts():
        try:
            found += [label.category for label in parse_lines(text) if label.category is not None]
        except LabelError:
            continue
    return list(dict.fromkeys(found))


def _take_templates(key: str) -> None:
    lines = tuple(line for line in str(st.session_state[key] or "").splitlines() if line.strip())
    change_question(templates=lines)


def _take_flagged(key: str) -> None:
    chosen = tuple(st.session_state[key])
    change_question(flagged=None if set(chosen) >= set(_list_categories()) else chosen)
