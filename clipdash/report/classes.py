"""Accuracy against the number of classes: as plain data, as a table, as a sheet and in words."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import format_count, format_rate
from clipdash.report.figures import SCHEMA, read_versions, set_json
from clipdash.report.sheet import Sheet, gather_rows

if TYPE_CHECKING:
    from clipdash.audit import ClassCurve

__all__ = ["classes_json", "classes_rows", "classes_sheet", "say_classes"]


def classes_json(result: "ClassCurve", *, command: str = "") -> dict[str, Any]:
    """Return accuracy against the number of classes as plain data.

    Parameters
    ----------
    result : ClassCurve
        What `count_classes` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        ``points`` from the fewest classes to the most: ``accuracy`` with ``low`` and ``high`` of one list, the
        ``band_low`` and ``band_high`` of the lists drawn, ``n`` images a list and ``chance``.
    """
    scores = result.scores
    return {
        "schema": SCHEMA,
        "store": {"name": scores.store.name, "digest": scores.store.digest},
        "label_set": set_json(scores.label_set),
        "variants": [scores.variant],
        "templates_apply": scores.prompted,
        "attribute": result.attribute,
        "where": {attribute: list(values) for attribute, values in result.where.items()},
        "classes": result.classes,
        "n": result.n,
        "unnamed": result.unnamed,
        "seed": result.seed,
        "points": [vars(point).copy() for point in result.points],
        "command": command,
        "versions": dict(read_versions()),
    }


def classes_rows(result: "ClassCurve") -> list[dict[str, str]]:
    """Return the table, one row a number of classes."""
    return [
        {
            "Classes": format_count(point.classes),
            "n": format_count(round(point.n)),
            "Accuracy": format_rate(point.accuracy),
            "95% interval": f"{format_rate(point.low)} to {format_rate(point.high)}",
            "Lists": format_count(point.draws),
            "95% of lists": f"{format_rate(point.band_low)} to {format_rate(point.band_high)}",
            "Chance": format_rate(point.chance),
        }
        for point in result.points
    ]


def classes_sheet(result: "ClassCurve") -> Sheet:
    """Return every figure, one row a number of classes."""
    return gather_rows(classes_json(result)["points"])


def say_classes(result: "ClassCurve") -> list[str]:
    """Say what the curve shows, one sentence a line."""
    first, last = result.points[0], result.points[-1]
    name = result.attribute.replace("_", " ")
    said = [
        f"Among {first.classes:,} classes of {name} {format_rate(first.accuracy)} of images score highest with the "
        f"class that they are annotated with (n {round(first.n):,}, interval {format_rate(first.low)} to "
        f"{format_rate(first.high)}; chance {format_rate(first.chance)})."
    ]
    if last is not first:
        said.append(
            f"Among {last.classes:,} it is {format_rate(last.accuracy)} (n {round(last.n):,}, "
            f"{format_rate(last.low)} to {format_rate(last.high)}; chance {format_rate(last.chance)})."
        )
    most = max(point.draws for point in result.points)
    said.append(
        f"Each point is the mean over lists of classes drawn (at most {most:,}, seed {result.seed}) from "
        f"{result.classes:,}; only images annotated with a class of the list count: their own is always offered."
    )
    if result.unnamed:
        said.append(f"{result.unnamed:,} images without an annotation that a label claims are left out.")
    return said
