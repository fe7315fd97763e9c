"""One probe on the page Probes: what was published, what the store gives beside it, and what explains a difference."""

from typing import Any

import streamlit as st

from clipdash import charts
from clipdash.probes import (
    HOW,
    Beside,
    Drawing,
    Fit,
    Probe,
    ProbeResult,
    RunResult,
    beside_rows,
    beside_sheet,
    check_result,
    compare_published,
    list_differences,
    probe_json,
    read_label_file,
    read_template_file,
    run_probe,
)
from clipdash.report import markdown_table
from clipdash.store import Upload
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.probes import close_probe, get_probe, list_fits, place_published, say_command, take_order
from clipdash.ui.registration import hide_here
from clipdash.ui.results import load_store, note_seen, read_store_encoder
from clipdash.ui.state import get_question
from clipdash.ui.takeaway import dump_data, offer_file, offer_table
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.word_runs import keep_run, show_bar
from clipdash.ui.wording import count_words, escape_markdown, italicise

__all__ = ["ask_probe", "run_asked_probe", "show_probe"]

_MEGABYTES = 8
_PHONE = 4
_WORDS = {
    "published": "printed in the source named",
    "described": "ours, for classes that the paper describes",
    "ours": "ours",
}


def ask_probe() -> dict[str, Any]:
    """Draw the way back, the files that runs of the probe can take, and the button that runs it."""
    probe = _get()
    asked: dict[str, Any] = {"probe": probe, "sent": take_order()}
    st.button("All probes", key="probe-close", icon=":material/arrow_back:", type="tertiary", on_click=close_probe)
    fits = list_fits(probe)
    kinds = {fit.run.kind for fit in fits if fit.fits}
    if not kinds:
        say_command(probe, fits)
        return asked
    with st.form("probe-form", border=False):
        if "options" in kinds:
            asked["options"] = _ask_file("Options of each image (image_id, option, role)", "csv", "options")
        if any(fit.fits and fit.run.file == "labels" for fit in fits):
            asked["labels"] = _ask_file("Your own labels, one a line", ["txt", "toml"], "labels")
        if "grid" in kinds:
            asked["templates"] = _ask_file("Your own templates, one a line", "txt", "templates")
        asked["sent"] |= st.form_submit_button("Run on this store", type="primary")
    _list_fits(fits)
    return asked


def _list_fits(fits: tuple[Fit, ...]) -> None:
    for fit in fits:
        if fit.fits:
            needed = f" (needs {fit.run.file} of a file)" if fit.run.file else ""
            st.caption(f"**Runs here** {escape_markdown(fit.run.title + needed)}")
    lacking = [fit for fit in fits if not fit.fits]
    if lacking:
        with st.expander(f"{count_words(len(lacking), 'run')} for other stores"):
            for fit in lacking:
                st.caption(f"**{escape_markdown(fit.run.title)}** lacks {escape_markdown('; '.join(fit.missing))}")


def _get() -> Probe:
    probe = get_probe()
    if probe is None:
        raise RuntimeError("no probe is open")
    return probe


def _ask_file(label: str, kinds: str | list[str], name: str) -> Upload | None:
    found = st.file_uploader(label, type=kinds, key=f"probe-file-{name}", max_upload_size=_MEGABYTES)
    return None if found is None else Upload(found.name, found.getvalue())


def run_asked_probe(asked: dict[str, Any]) -> tuple[Probe, ProbeResult | None]:
    """Return the probe, and what the store gave if it was run; else say what it asks."""
    probe: Probe = asked["probe"]
    if not list_fits(probe):
        _head(probe)
        return probe, None
    if hide_here():
        return probe, None
    found = keep_run(
        f"probe_kept_{probe.key}",
        (load_store(get_question().store).digest, probe.model_dump_json()),
        sent=asked["sent"],
        run=lambda: _run(probe, asked),
        refused="This probe cannot be run here",
        invite=lambda: _head(probe),
    )
    if found is not None:
        _head(probe)
    return probe, found


def _head(probe: Probe) -> None:
    st.title(escape_markdown(probe.title), anchor=False, help=explain_term("probe"))
    st.markdown(escape_markdown(probe.question), anchors=False)


def _run(probe: Probe, asked: dict[str, Any]) -> ProbeResult:
    store = load_store(get_question().store)
    labels, templates = asked.get("labels"), asked.get("templates")
    with show_bar(f"Running: {escape_markdown(probe.title)}", "probe-cancel") as bar:
        result = run_probe(
            probe,
            store,
            options=asked.get("options"),
            labels=None if labels is None else read_label_file(labels),
            templates=() if templates is None else read_template_file(templates),
            read=lambda reference: read_store_encoder(store, reference),
            progress=lambda done, total, what: bar.progress(done / total, text=escape_markdown(what)),
        )
        check_result(result, store.manifest)
    return note_seen(result, store, [each.label_set for each in probe.sets])


def show_probe(found: tuple[Probe, ProbeResult | None]) -> None:
    """Draw what was published and, where the probe was run, what was computed here beside it."""
    probe, result = found
    shown = _ask_words(probe)
    if result is not None:
        _show_beside(compare_published(result))
        for each in result.runs:
            if each.result is not None:
                _show_run(probe, each, shown)
        _list("Not run here", [f"{each.run.title}: {_say_why(each)}." for each in result.runs if each.result is None])
    for place, table in enumerate(probe.published):
        st.header(f"Published: {escape_markdown(table.title)}", anchor=False, help=explain_term("probe"))
        place_published(table, f"published-{probe.key}-{place}", whole=True)
    _list("Published in words", probe.reported)
    _show_closing(probe, result)
    _show_sets(probe, shown)


def _say_why(each: RunResult) -> str:
    return each.fault.rstrip(".") if each.fault else f"needs {'; '.join(each.missing)}"


def _ask_words(probe: Probe) -> bool:
    """Return whether words may be shown that the sets of a probe warn of."""
    if probe.caution is None:
        return True
    st.caption(escape_markdown(probe.caution))
    return st.toggle("Show these words, and what the results say of each", key=f"probe-words-{probe.key}")


def _show_beside(figures: tuple[Beside, ...]) -> None:
    if not figures:
        return
    st.header("Published, and computed here", anchor=False, help=explain_term("probe", "interval"))
    for place, table in enumerate(dict.fromkeys(each.table for each in figures)):
        picked = tuple(each for each in figures if each.table is table)
        rows = [charts.BesideRow(f.name, f.published, f.own.value, f.own.low, f.own.high) for f in picked]
        figure = charts.beside_chart(rows, points=table.unit == "points", theme=read_theme(), narrow=is_narrow())
        said = charts.describe_beside_chart(rows, table.unit == "points")
        place_chart(figure, f"chart-beside-{place}", said, f"clipdash-beside-{place}")
        st.markdown(":gray[○] published   :primary[●] computed here, with its 95% interval", anchors=False)
        _draw_table(beside_rows(picked), f"table-beside-{place}", "ll")
        offer_table(f"clipdash-beside-{place}", lambda picked=picked: beside_sheet(picked), store=_name_store())  # type: ignore[misc]
    st.caption(
        "Neither figure is an error of the other: images, crop, weights, template and wording differ as listed below."
    )


def _show_run(probe: Probe, each: RunResult, shown: bool) -> None:
    how, run = HOW[each.run.kind], each.run
    st.header(escape_markdown(run.title), anchor=False, help=explain_term("probe", "interval", "withheld"))
    if run.note:
        st.markdown(escape_markdown(run.note), anchors=False)
    guarded = not shown and any(probe.find_set(key).caution for key in run.sets)
    drawings = [one for one in how.draw(each.result) if not (guarded and one.words)]
    if not drawings:
        st.caption("All of this result names such words; the switch at the top shows it.")
        return
    drawing = _pick_drawing(drawings, run.key)
    name = f"{probe.key}-{run.key}"
    figure = drawing.draw(theme=read_theme(), narrow=is_narrow())
    place_chart(figure, f"chart-run-{run.key}", drawing.said, f"clipdash-{name}")
    st.caption(escape_markdown(drawing.caption))
    rows = drawing.rows()
    if rows:
        _draw_table(rows, f"table-run-{run.key}")
    for sentence in () if guarded else drawing.sentences:
        st.caption(escape_markdown(sentence))
    offer_table(
        f"clipdash-{name}",
        lambda: how.sheet(each.result),
        data=lambda: how.json(each.result, ""),
        store=_name_store(),
    )


def _name_store() -> str:
    return get_question().store


def _pick_drawing(drawings: list[Drawing], key: str) -> Drawing:
    if len(drawings) == 1:
        return drawings[0]
    names = [drawing.name for drawing in drawings]
    chosen = st.selectbox("Shown", names, key=f"probe-shown-{key}", width=260)
    return drawings[names.index(chosen)]


def _draw_table(rows: list[dict[str, str]], key: str, align: str | None = None) -> None:
    kept = list(rows[0])[: _PHONE + 1] if is_narrow() else list(rows[0])
    letters = None if align is None else align + "r" * (len(kept) - len(align))
    with st.container(key=key):
        st.markdown(markdown_table([{name: row[name] for name in kept} for row in rows], letters), anchors=False)


def _list(title: str, lines: Any) -> None:
    if lines:
        st.header(title, anchor=False, help=explain_term("probe"))
        st.markdown("\n".join(f"- {escape_markdown(line)}" for line in lines), anchors=False)


def _show_closing(probe: Probe, result: ProbeResult | None) -> None:
    st.header("How to read it", anchor=False, help=explain_term("probe"))
    st.markdown(escape_markdown(probe.interpretation), anchors=False)
    _list("What explains a difference", [f"{name}: {said}" for name, said in list_differences(probe)])
    _list("What others found who ran it", probe.reruns)
    _list("What was not published", probe.unpublished)
    st.header("Images", anchor=False, help=explain_term("store"))
    st.markdown(escape_markdown(probe.images), anchors=False)
    st.caption(f"Attributes needed: {escape_markdown(probe.attributes)}. A store that has them is built by:")
    st.code(probe.build, language=None, wrap_lines=True)
    if result is not None:
        offer_file(
            "Probe and results (JSON)",
            f"clipdash-{probe.key}.json",
            lambda: dump_data(probe_json(probe, result)),
            store=_name_store(),
        )


def _show_sets(probe: Probe, shown: bool) -> None:
    if not probe.sets:
        return
    st.header("The words offered", anchor=False, help=explain_term("label"))
    for each in probe.sets:
        st.markdown(f"**{escape_markdown(each.label_set.name)}**: {_WORDS[each.words]}", anchors=False)
        st.caption(escape_markdown(each.note))
        if shown or not each.label_set.caution:
            words = ", ".join(italicise(text) for text in each.label_set.texts)
            prompts = ", ".join(italicise(text) for text in each.label_set.templates)
            st.markdown(f"{words}; in {prompts}", anchors=False)
