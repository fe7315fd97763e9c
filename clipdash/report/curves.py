"""Curves over thresholds as plain data and as a table."""

from typing import TYPE_CHECKING, Any

import numpy as np

from clipdash.charts import format_rate
from clipdash.report.figures import SCHEMA, read_versions, set_json
from clipdash.report.rows import name_row, say_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipdash.audit import GroupCurve, Sweep

__all__ = ["say_sweep", "sweep_json", "sweep_rows"]

_COLUMNS = 5


def sweep_json(result: "Sweep", *, command: str = "") -> dict[str, Any]:
    """Return the curves of a sweep as plain data.

    Parameters
    ----------
    result : Sweep
        What `sweep_thresholds` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        The question as in `to_json`; ``sweep`` names what is swept, ``thresholds`` lists where, and each group has
        ``misclassified``, ``rate``, ``low`` and ``high``, one number a threshold.
    """
    scores = result.scores
    scale = result.logit_scale
    return {
        "schema": SCHEMA,
        "store": {"name": scores.store.name, "digest": scores.store.digest},
        "label_set": set_json(result.label_set),
        "variants": [scores.variant],
        "templates_apply": scores.prompted,
        "rule": str(result.rule),
        "by": list(result.by),
        "where": {attribute: list(values) for attribute, values in result.where.items()},
        "mode": "top-k" if result.kind == "top-k" else "threshold",
        "sweep": result.kind,
        "temperature": None if scale is None else 1 / scale,
        "band": result.band,
        "n": result.n,
        "unjudged": result.unjudged,
        "ungrouped": result.ungrouped,
        "thresholds": result.thresholds.tolist(),
        "groups": [_curve_json(row) for row in result.rows],
        "overall": _curve_json(result.overall),
        "min_n": result.min_n,
        "command": command,
        "versions": dict(read_versions()),
    }


def _curve_json(row: "GroupCurve") -> dict[str, Any]:
    head = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if row.withheld:
        return head
    curve = {"misclassified": row.counts, "rate": row.rates, "low": row.low, "high": row.high}
    return head | {name: numbers.tolist() for name, numbers in curve.items()}


def sweep_rows(result: "Sweep", at: "Sequence[float]" = ()) -> list[dict[str, str]]:
    """Return a table of a few thresholds, all images in its first row.

    Parameters
    ----------
    result : Sweep
        The curves.
    at : sequence of float
        Which of its thresholds; by default five, spread over the curve.

    Returns
    -------
    list of dict of str to str
    """
    grid = result.thresholds
    places = [int(np.abs(grid - value).argmin()) for value in at]
    places = places or np.unique(np.linspace(0, len(grid) - 1, _COLUMNS).round().astype(int)).tolist()
    return [_write_curve(row, result, places) for row in (result.overall, *result.rows)]


def _write_curve(row: "GroupCurve", result: "Sweep", places: "Sequence[int]") -> dict[str, str]:
    names = [f"{'k' if result.kind == 'top-k' else 't'} = {result.thresholds[place]:.3g}" for place in places]
    head = name_row(row, result.by)
    if row.withheld:
        return head | dict.fromkeys(names, "") | {names[0]: say_missing(row)}
    curve = zip(row.rates.tolist(), row.low.tolist(), row.high.tolist(), strict=True)
    cells = [f"{format_rate(rate)} ({format_rate(low)} to {format_rate(high)})" for rate, low, high in curve]
    return head | {name: cells[place] for name, place in zip(names, places, strict=True)}


def say_sweep(result: "Sweep") -> str:
    """Say what is swept, and what the bands hold."""
    what = {
        "probability": "An image carries every label whose softmax probability over the list is at least t",
        "cosine": "An image carries every label whose score is at least t",
        "top-k": "An image carries its k best labels",
    }[result.kind]
    scale = result.logit_scale
    heat = "" if scale is None else f" (temperature {1 / scale:.3g})"
    band = {"DKW": "Dvoretzky, Kiefer and Wolfowitz", "sup-t": "sup-t bootstrap"}[result.band]
    return (
        f"{what}{heat}: several, or none. The gravest decides. "
        f"Bands hold a group's whole curve at once in 95% of samples ({band}), each group by itself."
    )
