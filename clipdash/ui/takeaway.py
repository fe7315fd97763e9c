"""What can be taken away: every table as CSV and Parquet, every chart as a picture and as data."""

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from clipdash.access import Act, Kind, is_logging, note
from clipdash.report.sheet import Sheet
from clipdash.store import write_rows
from clipdash.ui.claims import bind_visitor
from clipdash.ui.door import offers
from clipdash.ui.visits import find_shown_store

__all__ = ["dump_data", "offer_chart", "offer_file", "offer_table"]

_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".toml": "application/toml",
}
_CHART = """
<div class="cd-take" role="group" aria-label="Download the chart">
  <button type="button" data-kind="svg" aria-label="Chart as SVG">SVG</button>
  <button type="button" data-kind="png" aria-label="Chart as PNG">PNG</button>
  <button type="button" data-kind="json" aria-label="Chart as data, JSON">Data (JSON)</button>
  <span aria-live="polite"></span>
</div>
"""


@cache
def _component() -> Any:
    script = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return st.components.v2.component("clipdash.takeaway", html=_CHART, js=script, isolate_styles=False)


def offer_chart(chart: str, file: str) -> None:
    """Draw the buttons under a chart; the browser makes the files from the chart that it has drawn.

    Parameters
    ----------
    chart : str
        The chart's key.
    file : str
        What the files are called, without their endings.
    """
    if not offers(Act.TAKE):
        return
    key = f"take-{chart}"
    told = {"on_taken_change": partial(_note_chart, key, file, find_shown_store())} if is_logging() else {}
    _component()(key=key, data={"chart": chart, "file": file, "told": bool(told)}, **told)


def offer_file(
    label: str,
    file: str,
    write: Callable[[], str | bytes],
    *,
    icon: str = "download",
    kind: str = "secondary",
    store: str | None = None,
) -> None:
    """Draw a download button, for whoever may take files away; they are asked again when they click.

    Parameters
    ----------
    label : str
        What stands on it.
    file : str
        What the file is called; its ending says what it is.
    write : callable
        Returns the content, once the file is asked for.
    icon : str
        The name of a Material symbol.
    kind : str
        ``"primary"``, ``"secondary"`` or ``"tertiary"``.
    store : str, optional
        Name of the store that it is of, for the audit log; by default the one that the page shows.
    """
    if not offers(Act.TAKE):
        return
    st.download_button(
        label,
        data=bind_visitor(Act.TAKE, partial(_hand_out, file, write, store or find_shown_store())),
        file_name=file,
        mime=_TYPES[Path(file).suffix],
        icon=f":material/{icon}:" if icon else None,
        type=kind,  # type: ignore[arg-type]
        on_click="ignore",
        key=f"get-{file}",
    )


def offer_table(
    name: str,
    write: Callable[[], Sheet],
    said: str = "",
    data: Callable[[], Any] | None = None,
    store: str | None = None,
) -> None:
    """Draw the downloads of a table: CSV for spreadsheets, Parquet with its types, and JSON where there is one.

    Parameters
    ----------
    name : str
        What the files are called, without their endings; one page has each name once.
    write : callable
        Returns the table, once a file is asked for.
    said : str
        What the files hold beyond the table on the page, such as "every word".
    data : callable, optional
        Returns the whole result as plain data.
    store : str, optional
        As for `offer_file`.
    """
    if not offers(Act.TAKE):
        return
    more = f", {said}" if said else ""
    with st.container(horizontal=True, gap="small", key=f"takeaway-{name}"):
        offer = partial(offer_file, icon="", kind="tertiary", store=store)
        offer(f"CSV{more}", f"{name}.csv", lambda: write().csv)
        offer("Parquet", f"{name}.parquet", lambda: _write_parquet(write()))
        if data is not None:
            offer("JSON", f"{name}.json", lambda: dump_data(data()))


def _hand_out(file: str, write: Callable[[], str | bytes], store: str | None) -> str | bytes:
    """Make a file, and note that it was taken."""
    content, ending = write(), Path(file).suffix
    kind: Kind = "report" if ending == ".html" else "label set" if ending == ".toml" else "table"
    note("exported", kind, file, store=store)
    return content


def _note_chart(key: str, file: str, store: str | None) -> None:
    """Note that the browser made a file of a chart, as it says."""
    ending = getattr(st.session_state[key], "taken", None)
    if ending in ("svg", "png", "json"):
        note("exported", "chart", f"{file}.{ending}", store=store)


def _write_parquet(sheet: Sheet) -> bytes:
    return write_rows(sheet.columns, sheet.rows)


def dump_data(data: Any) -> str:
    """Return plain data as the text of a JSON file."""
    return json.dumps(data, ensure_ascii=False, indent=1)
