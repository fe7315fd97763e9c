"""The specification curve as plain data, as a table and in words."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import (
    format_annotation,
    format_count,
    format_interval,
    format_p,
    format_points,
    format_rate,
    format_size,
)
from clipdash.report.figures import SCHEMA, read_versions, set_json

if TYPE_CHECKING:
    from clipdash.audit import Specification, SpecificationCurve

__all__ = ["say_size", "say_specifications", "specifications_json", "specifications_rows"]

_SHOWN = 20


def specifications_json(result: "SpecificationCurve", *, command: str = "") -> dict[str, Any]:
    """Return a specification curve as plain data.

    Parameters
    ----------
    result : SpecificationCurve
        What `specify` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        ``measure`` is "gap" or "shift"; ``choices`` maps each choice to its options; ``specifications`` lists every
        combination from the least to the largest ``value``, with the option taken of each choice.
    """
    scores = result.scores
    names = tuple(result.options)
    listed = [
        {
            "value": found.estimate.value,
            "low": found.estimate.low,
            "high": found.estimate.high,
            "one_way": found.one_way,
            "choices": {name: result.options[name][place] for name, place in zip(names, found.places, strict=True)},
        }
        for found in result.specifications
    ]
    return {
        "schema": SCHEMA,
        "store": {"name": scores.store.name, "digest": scores.store.digest},
        "measure": "gap" if len(result.label_sets) == 1 else "shift",
        "sets": [set_json(label_set) for label_set in result.label_sets],
        "group": dict(result.group),
        "by": list(result.by),
        "where": {attribute: list(values) for attribute, values in result.where.items()},
        "n": result.n,
        "unjudged": result.unjudged,
        "choices": {name: list(options) for name, options in result.options.items()},
        "specifications": listed,
        "median": result.median,
        "agree": {"count": result.agree, "of": len(listed)},
        "variance": {**result.shares, "together": _find_rest(result)},
        "permutation": None
        if result.joint is None
        else {**result.joint._asdict(), "images": result.tested, "left_out": result.left_out},
        "min_n": result.min_n,
        "command": command,
        "versions": dict(read_versions()),
    }


def _find_rest(result: "SpecificationCurve") -> float:
    """Return what no choice explains by itself."""
    explained = sum(result.shares.values())
    return max(0.0, 1 - explained) if explained else 0.0


def specifications_rows(result: "SpecificationCurve") -> list[dict[str, str]]:
    """Return a table of the combinations, from the least value to the largest; of many, twenty spread over them."""
    count = len(result.specifications)
    places = range(count) if count <= _SHOWN else [round(k * (count - 1) / (_SHOWN - 1)) for k in range(_SHOWN)]
    name = "Gap" if len(result.label_sets) == 1 else "Shift"
    rows = []
    for place in places:
        found = result.specifications[place]
        taken = zip(result.options.items(), found.places, strict=True)
        rows.append(
            {"Place": format_count(place + 1), name: say_size(found.estimate.value, result)}
            | {"95% interval": _say_interval(found, result)}
            | {choice: options[at] for (choice, options), at in taken}
        )
    return rows


def say_size(value: float, result: "SpecificationCurve") -> str:
    """Write a gap without a sign, a shift with one; in points."""
    return format_size(value) if len(result.label_sets) == 1 else format_points(value)


def _say_interval(found: "Specification", result: "SpecificationCurve") -> str:
    low, high = found.estimate.low, found.estimate.high
    if len(result.label_sets) == 1:
        return f"{format_size(low)} to {format_size(high)}"
    return format_interval(low, high)


def say_specifications(result: "SpecificationCurve") -> list[str]:
    """Say what the curve shows, one sentence a line."""
    count, lowest, highest = len(result.specifications), result.specifications[0], result.specifications[-1]
    gap = len(result.label_sets) == 1
    what = "gap between the groups" if gap else "shift"
    whom = f" of images {format_annotation(result.group)}" if result.group else ""
    choices = f"{len(result.options)} choice{'s' if len(result.options) > 1 else ''}"
    said = [
        f"{count:,} combinations of {choices} on {result.n:,} images: the {what}{whom} runs from "
        f"{say_size(lowest.estimate.value, result)} to {say_size(highest.estimate.value, result)} points, "
        f"median {say_size(result.median, result)}."
    ]
    if not gap:
        said.append(f"In {result.agree:,} of {count:,} its sign is that of the median.")
    shares = ", ".join(f"{name} {format_rate(share)}" for name, share in result.shares.items())
    rest = format_rate(_find_rest(result))
    said.append(f"Of the variance goes with each choice by itself: {shares}; together {rest}.")
    if result.joint is None:
        said.append("Every combination could only go one way, so there is no test.")
    else:
        left = f"; {result.left_out:,} that could only go one way are left out" if result.left_out else ""
        said.append(
            f"Permutation test of no {what} in any combination, on {result.tested:,} images: "
            f"p {format_p(result.joint.p)} ({result.joint.draws:,} draws{left}). The curve itself is descriptive."
        )
    return said
