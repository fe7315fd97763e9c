"""The cards of the page Probes: question, published chart, source, and whether the store has what it takes."""

import streamlit as st

from clipdash import charts
from clipdash.errors import InputError
from clipdash.probes import (
    Fit,
    Probe,
    PublishedTable,
    chart_rows,
    find_fits,
    list_missing,
    list_probes,
    published_rows,
    published_sheet,
    read_probe,
)
from clipdash.report import markdown_table
from clipdash.ui.boundary import warn
from clipdash.ui.catalogue import find_entry
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.settings import draw_popover, name_store, pick_store
from clipdash.ui.state import get_question
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.wording import count_words, escape_markdown

__all__ = [
    "close_probe",
    "get_probe",
    "is_probe_open",
    "list_fits",
    "place_published",
    "say_command",
    "show_probe_cards",
    "show_store_setting",
    "take_order",
]

_OPEN, _ORDERED = "probe-open", "probe-ordered"


def show_store_setting() -> None:
    """Draw which store is asked; a probe brings groups, rule and minimum n itself."""
    question = get_question()
    entry = find_entry(question.store)
    if entry is not None and entry.manifest is not None:
        with st.container(horizontal=True, gap="xxsmall", key="settings"):
            draw_popover("store", name_store(entry.name, entry.manifest), lambda: pick_store(question))


def is_probe_open() -> bool:
    """Say whether one probe is shown, and not the cards of all."""
    return get_probe() is not None


def get_probe() -> Probe | None:
    """Return the probe that is open; None where none is, or its file is gone or no probe any more."""
    key = st.session_state.get(_OPEN)
    try:
        return None if key is None else read_probe(key)
    except InputError as error:
        warn(str(error))
        return None


def _open(key: str, run: bool = False) -> None:
    st.session_state[_OPEN] = key
    st.session_state[_ORDERED] = run


def close_probe() -> None:
    """Go back to the cards, from a callback."""
    st.session_state[_OPEN] = None


def take_order() -> bool:
    """Say, once, whether the card that opened the probe asked to run it."""
    return bool(st.session_state.pop(_ORDERED, False))


def list_fits(probe: Probe) -> tuple[Fit, ...]:
    """Return what the store in use lacks for each run; none where there is no store."""
    entry = find_entry(get_question().store)
    return () if entry is None or entry.manifest is None else find_fits(probe, entry.manifest)


def show_probe_cards() -> None:
    """Draw a card for each probe, two beside each other."""
    st.title("Published experiments, to read and to run on any store", anchor=False, help=explain_term("probe"))
    st.markdown(
        "Each is a file that names its question, its words, what was published and what it needs. An own result stands "
        "beside the published one, with everything that differs.",
        anchors=False,
    )
    shipped = list_probes(own=False)
    try:
        own = list_probes()[len(shipped) :]
    except InputError as error:
        warn(str(error))
        own = ()
    _draw_cards("From Radford et al. 2021 and Agarwal et al. 2021", shipped)
    if own:
        _draw_cards("Of your own", own)


def _draw_cards(title: str, probes: tuple[Probe, ...]) -> None:
    st.header(title, anchor=False, help=explain_term("probe"))
    columns = 1 if is_narrow() else 2
    for start in range(0, len(probes), columns):
        for column, probe in zip(st.columns(columns, gap="medium"), probes[start : start + columns], strict=False):
            with column.container(
                border=True, height="stretch", vertical_alignment="distribute", key=f"card-probe-{probe.key}"
            ):
                _draw_card(probe)


def _draw_card(probe: Probe) -> None:
    with st.container():
        st.subheader(escape_markdown(probe.title), anchor=False, help=explain_term("probe"))
        st.markdown(escape_markdown(probe.question), anchors=False)
        if probe.published:
            place_published(probe.published[0], f"probe-{probe.key}")
        else:
            st.markdown(f"No figure was published. In words: {escape_markdown(' '.join(probe.reported))}")
    with st.container(gap="small"):
        _offer_run(probe)


def place_published(table: PublishedTable, name: str, whole: bool = False) -> None:
    """Draw a published table: as a small chart with its key and source, and `whole` with its figures.

    Parameters
    ----------
    table : PublishedTable
        What was published.
    name : str
        Tells its chart and files from others on the page.
    whole : bool
        Whether the table itself and its downloads follow.
    """
    rows, names = chart_rows(table)
    figure = charts.beside_chart(rows, points=table.unit == "points", theme=read_theme(), narrow=is_narrow())
    said = charts.describe_beside_chart(rows, table.unit == "points")
    place_chart(figure, f"chart-{name}", f"{charts.clean_text(table.title)}. {said}")
    signs = [f":primary[●] {escape_markdown(names[-1])}"]
    if len(names) > 1:
        signs.insert(0, f":gray[○] {escape_markdown(names[0])}")
    st.markdown("   ".join(signs), anchors=False)
    worked = "" if table.arithmetic else "Published: "
    sizes = " Group sizes were not published, so no intervals." if table.group_attribute else ""
    note = f" {escape_markdown(table.note)}" if table.note else ""
    st.caption(f"{escape_markdown(table.title)}. {worked}[{escape_markdown(table.source)}]({table.link}).{sizes}{note}")
    if whole:
        _show_figures(table, name)


def _show_figures(table: PublishedTable, name: str) -> None:
    with st.container(key=f"table-{name}"):
        st.markdown(markdown_table(published_rows(table, len(table.rows) < len(table.groups))), anchors=False)
    for row in table.rows:
        if row.note:
            st.caption(f"{escape_markdown(row.name)}: {escape_markdown(row.note)}")
    offer_table(f"clipdash-{name}", lambda: published_sheet(table))


def _offer_run(probe: Probe) -> None:
    fits = list_fits(probe)
    ready = [fit for fit in fits if not list_missing(fit.run, fit.missing, None, None)]
    if ready:
        st.caption(f"{len(ready)} of {count_words(len(fits), 'run')} can be run on this store.")
    else:
        say_command(probe, fits)
    with st.container(horizontal=True, gap="small"):
        st.button("Open", key=f"open-{probe.key}", on_click=_open, args=(probe.key,))
        if ready:
            st.button(
                "Run here", key=f"run-{probe.key}", icon=":material/play_arrow:", on_click=_open, args=(probe.key, True)
            )


def say_command(probe: Probe, fits: tuple[Fit, ...]) -> None:
    """Say what is missing for the run that the store is nearest to, and which command builds a store that has it."""
    lacks = min((list_missing(fit.run, fit.missing, None, None) for fit in fits), key=len, default=())
    said = escape_markdown("; ".join(lacks))
    if any(fit.fits for fit in fits):
        st.caption(f"The store will do. The probe needs {said}.")
        return
    missing = f"The store lacks {said}." if fits else "There is no store here."
    st.caption(f"{missing} One that has what it takes is built by:")
    st.code(probe.build, language=None, wrap_lines=True)
