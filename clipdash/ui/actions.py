"""What can be taken away from a page: figures, report, label files, link."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from clipdash.access import Act
from clipdash.audit import Audit, Placebos, Shift
from clipdash.labels import dump_labels
from clipdash.records import record_try
from clipdash.report.figures import to_json
from clipdash.report.page import to_html
from clipdash.report.place import Place
from clipdash.report.placebos import placebo_json, say_placebos
from clipdash.report.registration import Registration
from clipdash.report.repeat import name_sides, report_json, word_command, write_link
from clipdash.report.sheet import result_sheet
from clipdash.store import write_rows
from clipdash.ui.door import offers
from clipdash.ui.given import Given, find_origin
from clipdash.ui.memory import remember
from clipdash.ui.registration import say_registration
from clipdash.ui.results import load_store
from clipdash.ui.state import find_link_fault, get_question, set_place
from clipdash.ui.studies import place_question
from clipdash.ui.takeaway import dump_data, offer_file

__all__ = ["offer_actions"]

_COPY_HTML = '<button type="button" class="cd-copy"><span aria-live="polite">Copy link</span></button>'
_COPY = """
export default function ({ parentElement }) {
  const button = parentElement.querySelector(".cd-copy");
  const label = button.querySelector("span");
  const say = (text) => { label.textContent = text; setTimeout(() => { label.textContent = "Copy link"; }, 2500); };
  const byHand = (text) => {
    const box = document.createElement("textarea");
    box.value = text;
    document.body.appendChild(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    say(done ? "Link copied" : "Copy it from the address bar");
  };
  button.onclick = () => {
    const text = window.location.href;
    if (!navigator.clipboard) return byHand(text);
    navigator.clipboard.writeText(text).then(() => say("Link copied"), () => byHand(text));
  };
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("clipdash.copy", html=_COPY_HTML, js=_COPY, isolate_styles=False)


def offer_actions(result: Audit | Shift) -> None:
    """Draw the downloads of a result and the button that copies the link to it."""
    kind, sheet = "audit" if isinstance(result, Audit) else "shift", partial(result_sheet, result)
    name, link = (
        "-".join(["clipdash", kind, *result.by]),
        remember(result, ("link", st.context.url), partial(_find_link, result)),
    )
    # A download is written when it is asked for, outside of any session.
    how = (_ask_placebos(result), find_origin(result), link)
    with st.container(horizontal=True, gap="xsmall", key="actions"):
        offer_file("CSV", f"{name}.csv", lambda: sheet().csv)
        offer_file("Parquet", f"{name}.parquet", lambda: write_rows(sheet().columns, sheet().rows))
        offer_file("JSON", f"{name}.json", partial(_write_json, result, *how))
        offer_file("Report", f"{name}.html", partial(_write_report, result, *how), icon="description", kind="primary")
        for side, label_set in name_sides(result).items():
            label = "Label file" if side == "labels" else f"Labels {side}"
            offer_file(label, f"{side}.toml", partial(dump_labels, label_set), icon="list_alt")
        _component()(key="copy-link", width="content")
        if result.store is not None:  # files that were opened are of no deck
            st.button("Stage", icon=":material/slideshow:", type="tertiary", on_click=set_place, args=(Place(),))
    _say_left_out(result)


def _say_left_out(result: Audit | Shift) -> None:
    """Say what a link leaves out, and to whoever may take it away what to send along."""
    takes, fault = offers(Act.TAKE), find_link_fault()
    if result.store is None:
        st.caption(f"A link leaves the files out. Send them along{', with the label files' if takes else ''}.")
    elif fault is not None:
        st.caption(f"{fault}; it leaves them out.{' Send the label files along.' if takes else ''}")


def _ask_placebos(result: Audit | Shift) -> Callable[[], Placebos | None]:
    """Return what puts neutral words in the place of added labels, once a file is asked for; kept with the page's."""
    if isinstance(result, Audit) or result.store is None:
        return _ask_nothing
    question = get_question()
    return partial(place_question, load_store(question.store), question, result)


def _ask_nothing() -> None:
    return None


def _write_json(
    result: Audit | Shift,
    place: Callable[[], Placebos | None] = _ask_nothing,
    given: Given | None = None,
    link: str = "",
) -> str:
    data = _collect(result, place(), given)
    return dump_data(report_json(result, data, link=link, registered=_find_registration(result)))


def _collect(result: Audit | Shift, found: Placebos | None, given: Given | None) -> dict[str, Any]:
    inputs, left_out = (given.inputs, given.left_out) if given else ((), ())
    data = to_json(result, command=_word_command(result, given), inputs=inputs, left_out=left_out)
    return data | ({} if found is None else placebo_json(found))


def _word_command(result: Audit | Shift, given: Given | None) -> str:
    return (
        word_command(result)
        if given is None
        else word_command(result, files=given.list_words, ruled=given.kind != "rates")
    )


def _write_report(
    result: Audit | Shift,
    place: Callable[[], Placebos | None] = _ask_nothing,
    given: Given | None = None,
    link: str = "",
) -> str:
    found, tries = place(), record_try(result) if isinstance(result, Shift) else None
    return to_html(
        result,
        command=_word_command(result, given),
        json=_collect(result, found, given),
        notes=() if found is None else say_placebos(found),
        registered=_find_registration(result),
        tried=None if tries is None else tries.comparisons,
        link=link,
    )


def _find_registration(result: Audit | Shift) -> Registration | None:
    seal = say_registration(result)[1] if isinstance(result, Shift) else None
    return None if seal is None else Registration(seal.sealed, seal.digest)


def _find_link(result: Audit | Shift) -> str:
    """Return the link to a result, with the address under which this app is seen, as far as it is known."""
    link, here = write_link(result), urlsplit(st.context.url or "")
    if not (link and here.netloc):
        return link
    base = here.path.rstrip("/").removesuffix(link.partition("?")[0])
    return f"{here.scheme}://{here.netloc}{base}{link}"
