"""The page of the store: what it is, what it holds, what its build left out, and whether it is sound."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from clipdash.charts import crossing_chart, describe_crossing_chart, shorten_crossing
from clipdash.report import (
    Sheet,
    attribute_rows,
    attributes_sheet,
    checksum_rows,
    checksums_sheet,
    crossing_rows,
    crossing_sheet,
    gather_rows,
    markdown_table,
    say_faults,
    variant_rows,
)
from clipdash.store import Crossing, Manifest, Store, StoreEntry, cross_attributes, verify_store
from clipdash.ui.boundary import catch_bad_input, warn
from clipdash.ui.catalogue import find_entry, list_entries, list_groupings, name_attribute
from clipdash.ui.documents import explain_term
from clipdash.ui.drawing import place_chart
from clipdash.ui.memory import remember
from clipdash.ui.results import find_fault, load_store
from clipdash.ui.state import get_question
from clipdash.ui.takeaway import offer_table
from clipdash.ui.viewport import is_narrow, read_theme
from clipdash.ui.wording import count_words, escape_markdown, link_notice

__all__ = ["show_store", "show_store_title"]

_VERIFIED = "store_verified"
#: Rows of a table of notes that the page shows; the download holds all.
_SHOWN = 10


def show_store_title() -> None:
    """Draw the title of the page: the store's, or that there is none or it cannot be opened."""
    entry = find_entry(get_question().store)
    if entry is None or entry.manifest is None:
        st.title("No store is here yet", anchor=False)
        return
    fault = find_fault(entry.name)
    if fault is None:
        images = count_words(entry.manifest.images, "image")
        st.title(
            f"{escape_markdown(entry.manifest.title)}: {images}",
            anchor=False,
            help=explain_term("store", "store digest"),
        )
        return
    st.title("This store cannot be opened", anchor=False)
    warn(fault)


def show_store() -> None:
    """Draw what the chosen store is and holds; where there is none, what to do."""
    entry = find_entry(get_question().store)
    if entry is None or entry.manifest is None:
        st.markdown(
            "A store holds the embeddings of a set of pictures with their annotations; every page reads one. Build one "
            "from a folder of pictures and a table of annotations, with the form on this page or by the command "
            "`clipdash build`.",
            anchors=False,
        )
        _list_broken()
        return
    _show_facts(entry, entry.manifest)
    _offer_check(entry, entry.manifest)
    st.header("Encoders", anchor=False, help=explain_term("encoder", "score"))
    encoders = variant_rows(entry.manifest)
    _show_table("encoders", encoders, "l" * (1 + len(entry.manifest.variants)))
    offer_table(f"{entry.name}-encoders", lambda: gather_rows(encoders))
    if find_fault(entry.name) is None:
        store = load_store(entry.name)
        _show_attributes(store)
        _show_crossing(store)
        with catch_bad_input():
            _show_notes(store)
    _list_broken()


def _show_facts(entry: StoreEntry, manifest: Manifest) -> None:
    size = manifest.thumbnail_size
    facts = {
        "Name": entry.name,
        "Licence": manifest.licence or "not said",
        "Source": manifest.source or "not said",
        "Notice": manifest.notice or "",
        "Thumbnails": f"at most {size} pixels a side" if size else "none are kept",
        "Digest": manifest.digest[:12] + "…",
        "Checksums": f"SHA-256 of each of {count_words(len(manifest.files), 'file')}",
    }
    lines = [f"**{name}** {escape_markdown(' '.join(said.split()))}" for name, said in facts.items() if said]
    lines.append(link_notice("Sources, licences and attributions", entry.name))
    st.markdown("  \n".join(lines), anchors=False)
    with st.popover("Files and checksums", type="tertiary"):
        _show_table("checksums", checksum_rows(manifest)[:_SHOWN], "lrl")
        if len(manifest.files) > _SHOWN:
            st.caption(f"The first {_SHOWN} of {len(manifest.files):,} files.")
        offer_table(f"{entry.name}-checksums", partial(checksums_sheet, manifest), "a row a file")


def _offer_check(entry: StoreEntry, manifest: Manifest) -> None:
    with st.container(key="store-check"):
        if st.button("Verify", icon=":material/fact_check:", key="store-verify", help="Reads every file of the store."):
            with st.spinner("Holding every file against its checksum", show_time=True):
                st.session_state[_VERIFIED] = (manifest.digest, verify_store(entry.path))
        digest, faults = st.session_state.get(_VERIFIED, (None, ()))
        if digest != manifest.digest:
            return
        sentence = say_faults(len(manifest.files), faults)
        if not faults:
            st.markdown(sentence, anchors=False)
            return
        warn(sentence)
        st.markdown("\n".join(f"- {escape_markdown(fault)}" for fault in faults), anchors=False)


def _show_attributes(store: Store) -> None:
    st.header("Attributes", anchor=False, help=explain_term("annotated as", "unjudged"))
    _show_table("attributes", attribute_rows(store), "llr")
    offer_table(f"{store.name}-attributes", partial(attributes_sheet, store), "a row a value")
    said = [
        f"{escape_markdown(name_attribute(a.name))}: {escape_markdown(a.derived)}"
        for a in store.manifest.attributes
        if a.derived
    ]
    if store.manifest.cluster:
        said.append(f"Images with one {escape_markdown(name_attribute(store.manifest.cluster))} hang together.")
    if said:
        st.caption("  \n".join(said))


def _show_crossing(store: Store) -> None:
    """Draw the images of each pair of annotations; nothing where there is but one attribute to group by."""
    names = list_groupings(store.manifest)
    if len(names) < 2:
        return
    st.header(
        "Groups by two attributes", anchor=False, help="An audit by both has these groups, less what is unjudged."
    )
    with st.container(horizontal=True, gap="small"):
        first = _pick_attribute("Rows", f"crossing-rows-{store.name}", list(names))
        second = _pick_attribute("Columns", f"crossing-columns-{store.name}", [name for name in names if name != first])
    crossing = remember(store, ("crossing", first, second), lambda: cross_attributes(store, first, second))
    _draw_crossing(crossing)
    with st.expander("As a table"):
        rows = crossing_rows(shorten_crossing(crossing))
        _show_table("crossing", rows, "l" + "r" * (len(rows[0]) - 1))
        offer_table(f"{store.name}-{first}-{second}", partial(crossing_sheet, crossing), "a row a pair")


def _pick_attribute(label: str, key: str, names: list[str]) -> str:
    chosen: str = st.selectbox(label, names, format_func=name_attribute, key=key, width=200)
    return chosen


def _draw_crossing(crossing: Crossing) -> None:
    least, narrow = get_question().min_n, is_narrow()
    figure = crossing_chart(crossing, least, theme=read_theme(), narrow=narrow)
    place_chart(figure, "chart-crossing", describe_crossing_chart(crossing, least), "clipdash-crossing")
    shown = shorten_crossing(crossing, narrow)
    marks = {
        "Crossed out: no image.": (shown.counts == 0).any(),
        f"Dotted: fewer than {least:,}, the minimum n, so withheld.": (
            (shown.counts > 0) & (shown.counts < least)
        ).any(),
    }
    said = [sentence for sentence, occurs in marks.items() if occurs] or ["Every cell reaches the minimum n."]
    for name, few, many in zip(
        crossing.attributes, (shown.rows, shown.columns), (crossing.rows, crossing.columns), strict=True
    ):
        if len(few) < len(many):
            said.append(
                f"{escape_markdown(name_attribute(name))}: the {len(few)} of {len(many):,} values with most images."
            )
    if crossing.missing:
        said.append(f"{count_words(crossing.missing, 'image')} not annotated with both.")
    st.caption(" ".join(said))


def _show_notes(store: Store) -> None:
    skipped, twice = store.read_notes()
    st.header("What the build left out", anchor=False)
    if not skipped and not twice:
        st.markdown("Nothing is noted as left out, and no picture as there twice.", anchors=False)
        return
    _show_pairs(store, "skipped", ("image_id", "reason"), skipped, "left out")
    _show_pairs(store, "duplicates", ("image_id", "first"), twice, "the same file as another; each counts by itself")


def _show_pairs(store: Store, name: str, head: tuple[str, str], pairs: Sequence[tuple[str, str]], said: str) -> None:
    if not pairs:
        return
    first = f" The first {_SHOWN} are shown." if len(pairs) > _SHOWN else ""
    st.markdown(f"{count_words(len(pairs), 'picture')} {said}.{first}", anchors=False)
    _show_table(name, [dict(zip(head, pair, strict=True)) for pair in pairs[:_SHOWN]], "ll")
    offer_table(f"{store.name}-{name}", lambda: Sheet(head, tuple(pairs)), f"all {len(pairs):,}")


def _show_table(name: str, rows: list[dict[str, str]], align: str) -> None:
    with st.container(key=f"table-{name}"):
        st.markdown(markdown_table(rows, align), anchors=False)


def _list_broken() -> None:
    broken = [entry for entry in list_entries() if entry.fault is not None]
    if not broken:
        return
    st.header("Stores that cannot be opened", anchor=False)
    for entry in broken:
        st.markdown(f"**{escape_markdown(entry.name)}** {escape_markdown(str(entry.fault))}", anchors=False)
