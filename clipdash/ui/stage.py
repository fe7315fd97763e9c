"""Stage: one finding at a time for a room full of people, from a prepared deck or of the session's own question."""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.audit import Audit, Shift
from clipdash.charts import stage_chart
from clipdash.errors import FileError, InputError, LabelError, QueryError, StoreError, suggest
from clipdash.labels.label_set import Suggestion
from clipdash.report.deck import (
    Comparison,
    Deck,
    Published,
    list_decks,
    load_sets,
    parse_deck,
    pick_slide,
    read_deck,
)
from clipdash.report.place import Place
from clipdash.report.question import Question
from clipdash.report.scene import Scene, set_published, set_scene
from clipdash.store import Store
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import find_entry, list_entries, list_groupings
from clipdash.ui.lists import read_list
from clipdash.ui.registration import hides_results
from clipdash.ui.results import compare_groups, load_store, note_try, predict, rate_groups, tabulate_lists
from clipdash.ui.state import get_place, get_question, hold_value, set_place
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.wording import escape_html
from clipdash.zeroshot import Predictions

__all__ = ["show_stage"]

_KEY, _UPLOADED, _FAULT = "presenter", "stage_uploaded", "stage_fault"
_OWN = "this comparison"


@cache
def _component() -> Any:
    folder = resources.files("clipdash.ui")
    texts = {name: (folder / f"presenter.{name}").read_text(encoding="utf-8") for name in ("html", "js")}
    return st.components.v2.component("clipdash.presenter", **texts, isolate_styles=False)


def show_stage(single: bool = False) -> None:
    """Draw the slide at the session's place on the stage, and what turns to another.

    Parameters
    ----------
    single : bool
        Whether the session's own question is of one list.
    """
    place = get_place() or Place()
    st.html(Path(str(resources.files("clipdash.ui") / "stage.css")))
    slides, scene = 1, None
    try:
        deck = _find_deck(place.deck) if place.deck else None
        slides = len(deck.slides) if deck else 1
        scene = _set_slide(deck, place.slide) if deck else _set_question(single)
    except InputError as error:
        st.title("This slide cannot be shown", anchor=False)
        warn(str(error))
    window = _read_window()
    if scene is not None:
        _draw(scene, window, f"{place.slide} of {slides}" if slides > 1 else "")
    with st.container(horizontal=True, key="stage-controls"):
        _draw_presenter(place, slides, window, scene)
        _draw_settings(place)


def _find_deck(key: str) -> Deck:
    uploaded: dict[str, Deck] = st.session_state.get(_UPLOADED, {})
    return uploaded[key] if key in uploaded else read_deck(key)


def _set_question(single: bool) -> Scene:
    """Set the session's own question on the stage."""
    if hides_results() and not single:
        raise QueryError("This comparison is hidden until it is registered. Leave the stage and register it on Shift.")
    question = get_question()
    store = load_store(question.store)
    found = []
    for side in ("before",) if single else ("before", "after"):
        reading = read_list(store, question, side)
        if reading.predictions is None or reading.fault:
            empty = "A list is empty. Leave the stage and type one label a line."
            raise LabelError(reading.fault or empty)
        found.append(reading.predictions)
    return set_scene(_answer(store, question, tuple(found)), store.manifest.title)


def _set_slide(deck: Deck, number: int) -> Scene:
    slide = pick_slide(deck, number)
    if isinstance(slide, Published):
        return set_published(slide)
    store, sets = _open_store(slide), load_sets(deck, slide)
    predictions = tuple(predict(store, label_set) for label_set in sets)
    result = _answer(store, _ask(slide, sets[-1].suggested, store), predictions)
    return set_scene(result, store.manifest.title, slide)


def _open_store(slide: Comparison) -> Store:
    name = slide.store or get_question().store
    entry = find_entry(name)
    if slide.store and (entry is None or entry.name != slide.store):
        known = [entry.name for entry in list_entries() if entry.manifest is not None]
        raise StoreError(f'There is no store "{slide.store}" here. {suggest(slide.store, known)}')
    return load_store(name)


def _ask(slide: Comparison, suggested: Suggestion | None, store: Store) -> Question:
    """Return the question of a slide; what it leaves out is what its label set suggests."""
    hint = suggested or Suggestion()
    return Question(
        store=store.name,
        by=slide.by or hint.by or list_groupings(store.manifest)[:1],
        where=hint.where if slide.where is None else slide.where,
        rule=slide.rule,
        min_n=slide.min_n or hint.min_n or 30,
    )


def _answer(store: Store, question: Question, predictions: tuple[Predictions, ...]) -> Shift | Audit:
    """Return the result; a comparison counts among those tried on the store, though nothing here says so."""
    table = tabulate_lists(store, question, predictions)
    if len(predictions) == 1:
        return rate_groups(table, question)
    result = compare_groups(table, question)
    note_try(result)
    return result


def _draw(scene: Scene, window: tuple[int, int], count: str) -> None:
    st.html(_write_head(scene))
    figure = stage_chart(scene.shown, theme=read_theme(), window=window)
    st.plotly_chart(figure, theme=None, key="stage-chart", alt=scene.alt, config={"displayModeBar": False})
    st.html(
        f'<div class="cd-stage-foot"><p>{escape_html(scene.source)}</p>'
        f'<p class="cd-stage-count">{escape_html(count)}</p></div>'
    )


def _write_head(scene: Scene) -> str:
    """Write headline and key twice: with the labels, and without for while they are hidden.

    A finding that is to wait for after has its question before it.
    """
    headline = _either(scene.headline.html, scene.plain[0], scene.question.html)
    measure = _either(scene.measure.html, scene.plain[1])
    names = map(_either, (name.html for name in scene.names), ("before", "after"))
    marks = [
        f'<span class="cd-stage-{kind}"><span aria-hidden="true">{mark}</span> {name}</span>'
        for kind, mark, name in zip(("before", "after"), "○●", names, strict=False)
    ]
    long = " cd-stage-long" * (len(scene.headline.plain) > 105)
    key = f'<p class="cd-stage-key">{measure}<span class="cd-stage-marks">{"".join(marks)}</span></p>'
    return f'<h1 class="cd-stage-title{long}">{headline}</h1>{key}'


def _either(said: str, plain: str, asked: str = "") -> str:
    first = f'<span class="cd-asked">{asked}</span>' if asked else ""
    return (
        f'<span class="cd-either">{first}<span class="cd-said">{said}</span>'
        f'<span class="cd-plain">{escape_html(plain)}</span></span>'
    )


def _read_window() -> tuple[int, int]:
    """Return width and height of the window; before the browser has said them, a projector's or a phone's."""
    told = st.session_state.get(_KEY)
    size = told.get("window") if told else None
    width, height = size or ((390, 844) if is_narrow() else (1920, 1080))
    return int(width), int(height)


def _draw_presenter(place: Place, slides: int, window: tuple[int, int], scene: Scene | None) -> None:
    """Draw the buttons, and have the browser follow the presenter's keys; it tells the size of the window too."""
    data = {
        "slide": f"{place.deck}/{place.slide}",
        "figure": f"{window}{read_theme()}",
        "window": list(window),
        "number": place.slide,
        "slides": slides,
        "moves": scene is not None and bool(scene.names),
        "shown": scene is not None,
    }
    _component()(key=_KEY, data=data, width="content", on_window_change=_ignore, on_go_change=_go)


def _ignore() -> None:
    """Take no notice: that a run follows is all that is wanted."""


def _go() -> None:
    """Turn to the slide that a button or key asks for, or leave the stage."""
    told = st.session_state.get(_KEY)
    step = told.get("go") if told else None
    place = get_place()
    if step == "leave" or place is None:
        set_place(None)
    elif step in ("next", "previous"):
        set_place(place.model_copy(update={"slide": max(1, place.slide + (1 if step == "next" else -1))}))


def _draw_settings(place: Place) -> None:
    with st.container(key="stage-settings", width="content"), st.popover(":gray[Decks]", type="tertiary"):
        keys = ["", *dict.fromkeys([*list_decks(), *st.session_state.get(_UPLOADED, {})])]
        st.selectbox(
            "What is shown",
            keys if place.deck in keys else [*keys, place.deck],
            format_func=lambda key: key or _OWN,
            key=hold_value("stage-deck", place.deck),
            on_change=_take_deck,
        )
        st.file_uploader(
            "A deck of your own (TOML)", type="toml", max_upload_size=1, key="stage-upload", on_change=_take_upload
        )
        fault = st.session_state.get(_FAULT)
        if fault:
            warn(fault)


def _take_deck() -> None:
    set_place(Place(deck=st.session_state["stage-deck"]))


def _take_upload() -> None:
    """Keep an uploaded deck for this session and show its first slide; what is wrong with it is said beside it."""
    file = st.session_state["stage-upload"]
    st.session_state[_FAULT] = None
    if file is None:
        return
    try:
        deck = parse_deck(file.getvalue(), file.name)
    except FileError as error:
        st.session_state[_FAULT] = str(error)
        return
    key = Path(file.name).stem
    st.session_state[_UPLOADED] = st.session_state.get(_UPLOADED, {}) | {key: deck}
    set_place(Place(deck=key))
