"""What can be taken away from a page: figures, report, label files, link."""

import json
import shlex
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.audit import Audit, Placebos, Shift
from clipdash.audit.sides import LEVEL
from clipdash.labels import LabelSet, dump_labels, list_presets
from clipdash.report.figures import to_json
from clipdash.report.page import to_html
from clipdash.report.placebos import placebo_json, say_placebos
from clipdash.report.sheet import to_csv
from clipdash.ui.given import Given, find_origin
from clipdash.ui.results import load_store
from clipdash.ui.state import fits_address, get_question
from clipdash.ui.studies import place_question
from clipdash.ui.viewport import is_narrow

__all__ = ["offer_actions", "word_command"]

_TYPES = {".csv": "text/csv", ".json": "application/json", ".html": "text/html", ".toml": "application/toml"}
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

_SVG_HTML = '<button type="button" class="cd-copy cd-svg"><span aria-live="polite">Chart, SVG</span></button>'
# The chart draws its own picture, in the browser: its tool bar has the one button, which this one presses.
_SVG = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector(".cd-svg");
  button.onclick = () => document.querySelector(`.st-key-${data.chart} .modebar-btn`)?.click();
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("clipdash.copy", html=_COPY_HTML, js=_COPY, isolate_styles=False)


@cache
def _svg_component() -> Any:
    return st.components.v2.component("clipdash.svg", html=_SVG_HTML, js=_SVG, isolate_styles=False)


def offer_actions(result: Audit | Shift) -> None:
    """Draw the downloads of a result and the button that copies the link to it."""
    if isinstance(result, Audit):
        kind, chart, sets = "audit", "chart-rates", {"labels": result.label_set}
    else:
        kind, chart, sets = "shift", "chart-shift", {"before": result.before, "after": result.after}
    name = "-".join(["clipdash", kind, *result.by])
    # A download is written when it is asked for, outside of any session.
    how = (_ask_placebos(result), find_origin(result))
    with st.container(horizontal=True, gap="xsmall", key="actions"):
        _offer("CSV", "download", f"{name}.csv", partial(to_csv, result))
        if not is_narrow():  # a phone's charts have no tool bar
            _svg_component()(key="get-svg", data={"chart": chart}, width="content")
        _offer("JSON", "download", f"{name}.json", partial(_write_json, result, *how))
        _offer("Report", "description", f"{name}.html", partial(_write_report, result, *how))
        for side, label_set in sets.items():
            label = "Label file" if len(sets) == 1 else f"Labels {side}"
            _offer(label, "list_alt", f"{side}.toml", partial(dump_labels, label_set))
        _component()(key="copy-link", width="content")
    if result.store is None:
        st.caption("A link leaves the files out. Send them along, with the label files.")
    elif not fits_address():
        st.caption("The lists are too long for a link; it leaves them out. Send the label files along.")


def _offer(label: str, icon: str, file: str, write: Callable[[], str]) -> None:
    """Draw a download button; the report is the one that stands out."""
    st.download_button(
        label,
        data=write,
        file_name=file,
        mime=_TYPES[Path(file).suffix],
        icon=f":material/{icon}:",
        type="primary" if label == "Report" else "secondary",
        on_click="ignore",
        key=f"get-{file}",
    )


def _ask_placebos(result: Audit | Shift) -> Callable[[], Placebos | None]:
    """Return what puts neutral words in the place of added labels, once a file is asked for; kept with the page's."""
    if isinstance(result, Audit) or result.store is None:
        return _ask_nothing
    question = get_question()
    return partial(place_question, load_store(question.store), question, result)


def _ask_nothing() -> None:
    return None


def _write_json(
    result: Audit | Shift, place: Callable[[], Placebos | None] = _ask_nothing, given: Given | None = None
) -> str:
    return json.dumps(_collect(result, place(), given), ensure_ascii=False, indent=1)


def _collect(result: Audit | Shift, found: Placebos | None, given: Given | None) -> dict[str, Any]:
    inputs, left_out = (given.inputs, given.left_out) if given else ((), ())
    data = to_json(result, command=word_command(result, given), inputs=inputs, left_out=left_out)
    return data | ({} if found is None else placebo_json(found))


def _write_report(
    result: Audit | Shift, place: Callable[[], Placebos | None] = _ask_nothing, given: Given | None = None
) -> str:
    found = place()
    notes = () if found is None or not found.rows else say_placebos(found)
    data = _collect(result, found, given)
    return to_html(result, command=word_command(result, given), json=data, notes=notes)


def word_command(result: Audit | Shift, given: Given | None = None) -> str:
    """Return the command that repeats a result; a typed list is named by the file that the page offers.

    Parameters
    ----------
    result : Audit or Shift
        The result.
    given : Given, optional
        The files that it is of, where it is of no store.

    Returns
    -------
    str
    """
    words = ["clipdash"]
    if isinstance(result, Audit):
        sides = {"--labels": _name_set(result.label_set, "labels")}
    else:
        sides = {"--before": _name_set(result.before, "before"), "--after": _name_set(result.after, "after")}
    if given is None:
        words += ["audit" if len(sides) == 1 else "compare", result.store.name if result.store else "STORE"]
        words += [word for pair in sides.items() for word in pair]
    else:
        words += given.list_words([*sides.values()])
    for attribute in result.by:
        words += ["--by", attribute]
    for attribute, values in result.where.items():
        for value in values:
            words += ["--where", f"{attribute}={value}"]
    if result.table.cluster is not None:
        words += ["--cluster", result.table.cluster]
    if result.level > LEVEL:
        words.append("--simultaneous")
    if given is None or given.kind != "rates":
        words += ["--rule", str(result.rule)]
    return shlex.join([*words, "--min-n", str(result.min_n)])


def _name_set(label_set: LabelSet, side: str) -> str:
    keys = {preset.label_set.digest: preset.key for preset in list_presets()}
    return keys.get(label_set.digest, f"{side}.toml")
