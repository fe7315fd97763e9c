"""Images found again: as plain data, as rows of a table  and in words."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import format_value
from clipdash.report.figures import SCHEMA, read_versions
from clipdash.report.sheet import Sheet

if TYPE_CHECKING:
    from clipdash.zeroshot import Found

__all__ = ["found_json", "found_rows", "found_sheet", "say_found"]

_MEASURES = {
    "cosine": "Score: the cosine of the two embeddings.",
    "score": "Score: what the store's table says of this label.",
}


def found_json(found: "Found", *, sought: str | None = None, command: str = "") -> dict[str, Any]:
    """Return images found as plain data.

    Parameters
    ----------
    found : Found
        What `find_images` returned.
    sought : str, optional
        What to name as looked for, such as the file of a picture; by default what `found` says.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        As the command ``search`` prints it: ``query`` has one of ``text``, ``image`` and ``like``, ``images`` counts
        those that the filter leaves, and each result has every attribute, null where it is not annotated.
    """
    results = zip(found.ids, found.scores, found.annotations, strict=True)
    return {
        "schema": SCHEMA,
        "store": {"name": found.store.name, "digest": found.store.digest},
        "variant": found.variant,
        "query": {found.by: found.sought if sought is None else sought},
        "score": found.measure,
        "where": {attribute: list(values) for attribute, values in found.where.items()},
        "k": found.k,
        "images": found.images,
        "proposed_by": None if found.proposed_by is None else found.proposed_by.model_dump(),
        "results": [
            {"image_id": name, "score": score, "annotations": dict(annotations)} for name, score, annotations in results
        ],
        "command": command,
        "versions": dict(read_versions()),
    }


def found_rows(found: "Found", start: int = 0, stop: int | None = None) -> list[dict[str, str]]:
    """Return a table of images found, from one rank to another, both counted from 0: every cell as it is shown.

    Returns
    -------
    list of dict of str to str
        Columns: Rank, image_id, Score, and "Annotated X" for each attribute, empty where it is missing.
    """
    results = list(zip(found.ids, found.scores, found.annotations, strict=True))[start:stop]
    return [
        {"Rank": f"{start + place:,}", "image_id": name, "Score": f"{score:.3f}"}
        | {f"Annotated {_name(attribute)}": _show(value) for attribute, value in annotations.items()}
        for place, (name, score, annotations) in enumerate(results, start=1)
    ]


def say_found(found: "Found") -> str:
    """Say how many of how many images are listed, and what the score is."""
    if not found.rows:
        return "No image is annotated as the filter asks, so none is found."
    kept = "that the filter leaves" if found.where else "of the store"
    other = f" other than {found.sought}" if found.by == "like" else ""
    verb = "is" if len(found.rows) == 1 else "are"
    return (
        f"The nearest {len(found.rows):,} of {found.images:,} images {kept}{other} {verb} listed. "
        f"{_MEASURES[found.measure]} It is no probability, and the nearest image may still show something else."
        f"{_say_index(found)}"
    )


def _say_index(found: "Found") -> str:
    if found.proposed_by is None:
        return ""
    spec = found.proposed_by
    return (
        f" They were proposed by the index {spec.factory}, which finds {spec.recall:.1%} of the 10 nearest "
        f"(measured with {spec.queries:,} images of the store); an exact search looks at all."
    )


def found_sheet(found: "Found") -> Sheet:
    """Return images found, one row an image: rank, image_id, score, and ``annotated:X`` for each attribute."""
    attributes = list(found.annotations[0]) if found.annotations else []
    rows = [
        (place + 1, name, score, *(found.annotations[place][attribute] for attribute in attributes))
        for place, (name, score) in enumerate(zip(found.ids, found.scores, strict=True))
    ]
    return Sheet(("rank", "image_id", "score", *(f"annotated:{name}" for name in attributes)), tuple(rows))


def _name(attribute: str) -> str:
    return attribute.replace("_", " ")


def _show(value: str | None) -> str:
    return "" if value is None else format_value(value)
