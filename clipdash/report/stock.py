"""What a store holds, as rows of tables and sentences."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clipdash.charts import format_rate, format_value
from clipdash.report.sheet import Sheet
from clipdash.store.manifest import OWN_ENCODER

if TYPE_CHECKING:
    from clipdash.store import Crossing, Manifest, Store, Variant

__all__ = [
    "attribute_rows",
    "attributes_sheet",
    "checksum_rows",
    "checksums_sheet",
    "crossing_rows",
    "crossing_sheet",
    "say_faults",
    "variant_rows",
]

#: Values of an attribute that its row names; the CSV holds all.
_SHOWN = 12
#: With more values than this only their number is said.
_LISTED = 48
_SHORT = 12


def attribute_rows(store: "Store") -> list[dict[str, str]]:
    """Return a row for each attribute: its values with the images annotated so, and the images without an annotation.

    Parameters
    ----------
    store : Store
        The open store.
    """
    return [
        {
            "Attribute": name.replace("_", " "),
            "Values, with n": _join_values(counts),
            "Not annotated": f"{missing:,} ({format_rate(missing / (store.manifest.images or 1))})" if missing else "0",
        }
        for name, counts, missing in _count_values(store)
    ]


def attributes_sheet(store: "Store") -> Sheet:
    """Return a row for each value of each attribute, and one without a value for the images without any."""
    rows: list[tuple[str, str | None, int]] = []
    for name, counts, missing in _count_values(store):
        rows += [(name, value, n) for value, n in counts]
        rows.append((name, None, missing))
    return Sheet(("attribute", "value", "images"), tuple(rows))


def crossing_rows(crossing: "Crossing") -> list[dict[str, str]]:
    """Return a row for each value of the first attribute of a crossing, with the images of each of the second."""
    head = "{} ↓ {} →".format(*(name.replace("_", " ") for name in crossing.attributes))
    return [
        {head: format_value(value), **{other: f"{n:,}" for other, n in zip(crossing.columns, counts, strict=True)}}
        for value, counts in zip(crossing.rows, crossing.counts.tolist(), strict=True)
    ]


def crossing_sheet(crossing: "Crossing") -> Sheet:
    """Return a row for each pair of values of a crossing, the empty ones too."""
    pairs = zip(crossing.rows, crossing.counts.tolist(), strict=True)
    rows = [(above, beside, n) for above, row in pairs for beside, n in zip(crossing.columns, row, strict=True)]
    return Sheet((*crossing.attributes, "images"), tuple(rows))


def checksum_rows(manifest: "Manifest") -> list[dict[str, str]]:
    """Return a row for each file of a store: its bytes, and how its checksum begins."""
    return [
        {"File": name, "Bytes": f"{entry.bytes:,}", "SHA-256": f"{entry.sha256[:_SHORT]}…"}
        for name, entry in manifest.files.items()
    ]


def checksums_sheet(manifest: "Manifest") -> Sheet:
    """Return a row for each file of a store: its name, bytes and SHA-256."""
    rows = [(name, entry.bytes, entry.sha256) for name, entry in manifest.files.items()]
    return Sheet(("file", "bytes", "sha256"), tuple(rows))


def variant_rows(manifest: "Manifest") -> list[dict[str, str]]:
    """Return a row for each fact about the encoders of a store, with a column for each variant."""
    facts = {variant.name: _describe_variant(variant) for variant in manifest.variants}
    names = list(dict.fromkeys(name for said in facts.values() for name in said))
    return [{"Variant": name, **{variant: said.get(name, "") for variant, said in facts.items()}} for name in names]


def say_faults(files: int, faults: Sequence[str]) -> str:
    """Say in a sentence whether a store is sound; `files` is how many its manifest names."""
    if faults:
        count = "one fault" if len(faults) == 1 else f"{len(faults):,} faults"
        return f"The store is damaged, with {count}. Build it again, or bring the files back from a copy."
    return f"The store is sound: each of its {files:,} files has the checksum that its manifest names."


def _count_values(store: "Store") -> Iterable[tuple[str, list[tuple[str, int]], int]]:
    people: Any = store.people
    for attribute in store.manifest.attributes:
        codes = people[attribute.name].cat.codes.to_numpy()
        missing, *counts = np.bincount(codes + 1, minlength=len(attribute.values) + 1).tolist()
        yield attribute.name, list(zip(attribute.values, counts, strict=True)), missing


def _join_values(counts: Sequence[tuple[str, int]]) -> str:
    if len(counts) > _LISTED:
        fewest, most = (choose(n for _, n in counts) for choose in (min, max))
        each = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        return f"{len(counts):,} values, each of {each} {'image' if most == 1 else 'images'}"
    shown = [f"{format_value(value)}: {n:,}" for value, n in counts[:_SHOWN]]
    more = [f"and {len(counts) - _SHOWN:,} more"] if len(counts) > _SHOWN else []
    return "; ".join([*shown, *more]) or "none"


def _describe_variant(variant: "Variant") -> dict[str, str]:
    spec: Any = variant.encoder
    if spec.kind == "scores":
        return {"Source": f"scores from {spec.reference}", "Labels": f"{len(spec.labels):,}"}
    brought = " (comes with the store)" if spec.reference == OWN_ENCODER else ""
    said = {
        "Source": spec.reference + brought,
        "Dimension": f"{spec.dim:,}",
        "Precision": variant.precision or "not known",
    }
    if spec.kind == "bank":
        return {**said, "Source": f"label bank {spec.reference}", "Labels": f"{len(spec.labels):,}"}
    prepared = "; ".join(f"{_show(name)} {_show(value)}" for name, value in spec.preprocess.items()) or "not known"
    return {**said, "Weights, SHA-256": f"{spec.weights_sha256[:_SHORT]}…", "Pictures prepared by": prepared}


def _show(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_show, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("_", " ")
