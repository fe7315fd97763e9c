"""A result in words: headline, what stands under it, notes, captions, and the table of its figures."""

from collections.abc import Mapping
from time import monotonic

import streamlit as st

from clipdash.audit import OUTCOMES, Audit, GroupRate, GroupShift, Shift
from clipdash.charts import MOST_ROWS
from clipdash.labels import list_presets
from clipdash.records import digest_question
from clipdash.report.doubts import say_gap_at
from clipdash.report.drill import Drill
from clipdash.report.phrase import Phrase
from clipdash.report.rows import audit_rows, markdown_table, shift_rows
from clipdash.report.words import Finding, describe
from clipdash.ui.catalogue import find_entry
from clipdash.ui.documents import explain_term
from clipdash.ui.drill import link_images, watch_links
from clipdash.ui.lists import is_uncounted
from clipdash.ui.memory import remember
from clipdash.ui.registration import say_registration
from clipdash.ui.results import drop_try, note_try
from clipdash.ui.state import get_question
from clipdash.ui.viewport import is_narrow
from clipdash.ui.wording import count_words, escape_markdown, order_words

__all__ = ["show_caption", "show_gap", "show_headline", "show_notes", "show_table"]

_TRIED = "questions_tried"
_TYPING = 4.0  # seconds
_PHONE = {"Before", "After", "Shift", "Rate", "95% interval"}
#: So many rows have counts that are links: each holds the whole question, and a table may have thousands of rows.
_MOST_LINKED = 60


def _find(result: Audit | Shift) -> Finding:
    return remember(result, "finding", lambda: describe(result))


def show_headline(result: Audit | Shift) -> None:
    """Draw the finding as the page's headline, and the paragraph under it."""
    finding = _find(result)
    figures = ("shift", "misclassified", "interval") if isinstance(result, Shift) else ("misclassified", "interval")
    st.title(finding.headline.markdown, anchor=False, help=explain_term(*figures))
    if finding.sentences:
        st.markdown(" ".join(sentence.markdown for sentence in finding.sentences), anchors=False)
    notice = _find_notice(result)
    if notice:
        st.markdown(escape_markdown(notice), anchors=False)
    if isinstance(result, Shift) and not is_uncounted():
        tried = _count_tries(result)
        pair = f"{order_words(tried)} pair" if tried <= 10 else f"Pair number {tried:,}"
        said = f"{pair} of lists tried in this session{_say_record(result)}; {say_registration(result)[0]}."
        st.caption(said, help=explain_term("counter of tries", "registered"))


def _say_record(result: Shift) -> str:
    """Say what was tried on the store before this session too, where records can be kept."""
    tries = note_try(result)
    return "" if tries is None else f", {tries.comparisons:,} on this store over {count_words(tries.groups, 'group')}"


def _find_notice(result: Audit | Shift) -> str | None:
    """Return what a preset says to look at, where the result is of that preset unchanged."""
    label_set, before = (result.label_set, None) if isinstance(result, Audit) else (result.after, result.before)
    presets = {preset.key: preset for preset in list_presets()}
    for preset in presets.values():
        first = presets[preset.before].label_set.digest if preset.before else None
        if preset.label_set.digest == label_set.digest and (before is None or first == before.digest):
            return preset.label_set.note
    return None


def _count_tries(result: Shift) -> int:
    """Count this question among those of the session; what was on the page for a moment while typing is none."""
    tried: dict[tuple[object, ...], float] = st.session_state.setdefault(_TRIED, {})
    store = result.store.digest if result.store else ""
    where = tuple(sorted(result.where.items()))
    question = (store, digest_question(result), result.by, where, str(result.rule))
    if question not in tried:
        last = next(reversed(tried), None)
        if last is not None and len(tried) > 1 and monotonic() - tried[last] < _TYPING and last[2:] == question[2:]:
            del tried[last]
            drop_try(str(last[0]), str(last[1]))
        tried[question] = monotonic()
    return list(tried).index(question) + 1


def show_notes(result: Audit | Shift) -> None:
    """Draw who is left out, what was forced and how far the intervals go."""
    for note in _find(result).notes:
        _caption(note)
    entry = find_entry(get_question().store) if result.store else None
    shared = entry.manifest.cluster if entry is not None and entry.manifest is not None else None
    if shared and not result.table.cluster and shared not in result.by:
        name = escape_markdown(shared.replace("_", " "))
        st.caption(
            f"Images of this store share a {name}, and each counts by itself here; under *groups* they hang together."
        )


def show_caption(kind: str, result: Audit | Shift) -> None:
    """Draw the caption of a chart: ``"shift"``, ``"rate"``, ``"outcomes"``, ``"gap"``, ``"flows"`` or ``"table"``."""
    _caption(_find(result).captions.get(kind, Phrase()))


def _caption(phrase: Phrase) -> None:
    if phrase:
        st.caption(phrase.markdown)


def show_gap(result: Audit | Shift) -> None:
    """Draw whether the groups shift differently, and the gap in one sentence."""
    finding = _find(result)
    for phrase in (finding.homogeneity, finding.gap):
        if phrase:
            st.markdown(phrase.markdown, anchors=False)
    said = remember(result, "gap at", lambda: say_gap_at(result))
    if said:
        st.caption(said)


def show_table(result: Audit | Shift) -> None:
    """Draw the figures of every group, counts as links to their images; on a phone only group, rates and shift."""
    watch_links("labels" if isinstance(result, Audit) else "shift")
    entries = _pair_rows(result)
    if len(entries) > MOST_ROWS:  # the notes count the groups without images
        entries = [entry for entry in entries if entry[2].n]
    if _choose_order(result) and entries:
        entries = sorted(entries, key=lambda entry: (entry[1] is None, -(entry[1] or 0.0)))
    rows, left = [cells for cells, *_ in entries], len(result.by)
    drills = [_list_drills(cells, row, result) for cells, _, row in entries[:_MOST_LINKED]]
    if is_narrow():
        rows = [_shorten(row, left) for row in rows]
        # A phone has no room for the counts, so a group's name opens its images.
        drills = [{next(iter(cells)): found["n"]} if found else {} for cells, found in zip(rows, drills, strict=False)]
    align = "l" * left + "r" * (len(rows[0]) - left) if rows else None
    with st.container(key="figures"):
        st.markdown(markdown_table(rows, align, link_images(drills)), anchors=False)


def _list_drills(cells: Mapping[str, str], row: GroupRate | GroupShift, result: Audit | Shift) -> dict[str, Drill]:
    """Return the images behind each count of a row; a withheld group shows none, and files have none."""
    if row.withheld or not row.n or result.store is None:
        return {}
    whole = Drill(of="labels" if isinstance(result, Audit) else "shift", group=row.group)
    if isinstance(result, Shift):
        found = {"No longer": whole.change_to(change="fixed"), "Newly": whole.change_to(change="broken")}
    else:
        found = {name: whole.change_to(change="counted") for name in ("Misclassified", "Counted")}
        found |= {outcome.capitalize(): whole.change_to(outcome=outcome) for outcome in OUTCOMES}
    return {"n": whole} | {name: drill for name, drill in found.items() if cells.get(name, "0") != "0"}


def _pair_rows(result: Audit | Shift) -> list[tuple[dict[str, str], float | None, GroupRate | GroupShift]]:
    """Return each row of the table with the figure that it can be sorted by (None where withheld) and its group."""
    if isinstance(result, Audit):
        rates = [row.side.rate if row.side else None for row in result.rows]
        counted = [cells | _count_outcomes(row) for cells, row in zip(audit_rows(result), result.rows, strict=True)]
        return list(zip(counted, rates, result.rows, strict=True))
    shifts = [row.shift.value if row.shift else None for row in result.rows]
    return list(zip(shift_rows(result), shifts, result.rows, strict=True))


def _count_outcomes(row: GroupRate) -> dict[str, str]:
    """Return how many images of a group have each outcome: the table of the chart of outcomes."""
    return {outcome.capitalize(): f"{row.side.outcomes[outcome]:,}" if row.side else "" for outcome in OUTCOMES}


def _choose_order(result: Audit | Shift) -> bool:
    """Draw the choice of the table's order and say whether it goes by the figure; the store's order is the first."""
    figure = "by rate" if isinstance(result, Audit) else "by shift"
    options = [f"in the order of the {'store' if result.store else 'file'}", figure]
    chosen = st.segmented_control(
        "Rows", options, default=options[0], required=True, key=f"rows-{figure[3:]}", label_visibility="collapsed"
    )
    return chosen == figure


def _shorten(row: dict[str, str], names: int) -> dict[str, str]:
    """Return the columns that a phone has room for; the interval of a shift stands in its chart."""
    kept = _PHONE - {"95% interval"} if "Shift" in row else _PHONE
    return {column: cell for place, (column, cell) in enumerate(row.items()) if place < names or column in kept}
