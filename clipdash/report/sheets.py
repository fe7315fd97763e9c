"""The tables beside a result as sheets, every figure a number: what a page shows rounded and joined."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from clipdash.audit import doubt_annotations
from clipdash.report.curves import sweep_json
from clipdash.report.figures import find_detectable
from clipdash.report.parts import accuracy_json, explanation_json, several_json
from clipdash.report.placebos import placebo_json
from clipdash.report.sheet import Cell, Sheet, gather_rows
from clipdash.report.specifications import specifications_json

if TYPE_CHECKING:
    from clipdash.audit import Accuracy, Explanation, Placebos, Several, Shift, SpecificationCurve, Sweep

__all__ = [
    "accuracy_sheet",
    "cause_sheet",
    "confusion_sheet",
    "doubt_sheet",
    "placebo_sheet",
    "several_sheet",
    "specifications_sheet",
    "sweep_sheet",
]


def _name_group(row: Mapping[str, Any]) -> dict[str, Cell]:
    """Return what the images of a group are annotated as, n, and whether it is withheld."""
    named: dict[str, Cell] = {f"annotated:{name}": value for name, value in row["group"].items()}
    return named | {name: row[name] for name in ("n", "withheld") if name in row}


def _spread(prefix: str, value: Any) -> Iterator[tuple[str, Cell]]:
    """Yield the figures of nested data under joined names: ``shift_low``."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _spread(f"{prefix}_{name}" if prefix else name, part)
    else:
        yield prefix, value


def several_sheet(result: "Several") -> Sheet:
    """Return several sets side by side, a row for each group and set; all images have no annotation named."""
    data, rows = several_json(result), []
    for row in (*data["groups"], data["overall"]):
        differ = dict(_spread("differ", row.get("differ", {})))
        for place, side in enumerate(row.get("sets", ({},))):
            named = {"set": place + 1, "name": data["sets"][place]["name"]} if side else {}
            rows.append(_name_group(row) | named | dict(_spread("", side)) | differ)
    return gather_rows(rows, [f"annotated:{name}" for name in data["by"]])


def cause_sheet(result: "Explanation") -> Sheet:
    """Return an explanation, a row for each group and label; all images have no annotation named."""
    data, rows = explanation_json(result), []
    for row in (*data["groups"], data["overall"]):
        whole = {"total": row.get("total"), "together": row.get("interaction")}
        rows += [_name_group(row) | part | whole for part in row.get("parts", ({},))]
    return gather_rows(rows, [f"annotated:{name}" for name in result.total.by])


def accuracy_sheet(result: "Accuracy") -> Sheet:
    """Return an accuracy, a row for each group: accuracy, recall and precision by value with their intervals."""
    data = accuracy_json(result)
    kept = ("accuracy", "recall", "precision")
    rows = [
        _name_group(row) | dict(_spread("", {name: row[name] for name in kept if name in row}))
        for row in (*data["groups"], data["overall"])
    ]
    return gather_rows(rows)


def confusion_sheet(result: "Accuracy") -> Sheet:
    """Return the confusion of all images: annotated value, claimed value (none where a label claims none), images."""
    rows = [
        (value, name or None, count)
        for value, claimed in result.overall.confusion.items()
        for name, count in claimed.items()
    ]
    return Sheet(("annotated", "claimed", "images"), tuple(rows))


def doubt_sheet(result: "Shift") -> Sheet:
    """Return what each shift hangs on: the detectable one, and the wrong annotations that would explain it."""
    doubt, rows = doubt_annotations(result), []
    tested = max(1, sum(row.p is not None for row in result.rows))
    for place, row in enumerate(result.rows):
        cells = _name_group(vars(row))
        cells |= {"detectable": None if row.withheld else find_detectable(row, tested), "one_way": row.one_way}
        if doubt is not None:
            error = doubt.rows[place]
            cells |= {"swapped_before": error.swapped_before, "swapped_after": error.swapped_after}
            cells |= {"vanishes_at": error.vanishes_at}
        rows.append(cells)
    return gather_rows(rows)


def placebo_sheet(found: "Placebos") -> Sheet:
    """Return added labels among neutral words, a row for each label and group; all images have no annotation named."""
    return gather_rows(
        {"label": row["label"]}
        | _name_group(group)
        | {"shift": group["shift"], "larger_than": group["larger_than"], "of": row["of"]}
        for row in placebo_json(found)["placebo"]
        for group in (*row["groups"], row | {"group": {}})
    )


def sweep_sheet(result: "Sweep") -> Sheet:
    """Return curves over thresholds, a row for each group and threshold; all images have no annotation named."""
    data, rows = sweep_json(result), []
    names = ("misclassified", "rate", "low", "high")
    for row in (*data["groups"], data["overall"]):
        figures = zip(data["thresholds"], *(row[name] for name in names), strict=True) if names[0] in row else [()]
        rows += [_name_group(row) | dict(zip(("threshold", *names), each, strict=False)) for each in figures]
    return gather_rows(rows, [f"annotated:{name}" for name in data["by"]])


def specifications_sheet(result: "SpecificationCurve") -> Sheet:
    """Return every combination of choices, from the least value to the largest, with the option of each choice."""
    data = specifications_json(result)
    return gather_rows(
        {"place": place + 1}
        | {name: found[name] for name in ("value", "low", "high", "one_way")}
        | {f"choice:{name}": option for name, option in found["choices"].items()}
        for place, found in enumerate(data["specifications"])
    )
