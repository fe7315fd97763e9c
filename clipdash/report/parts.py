"""Shifts in parts, and several sets side by side: as plain data and as rows of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from clipdash.charts import format_group, format_interval, format_p, format_points, format_rate, format_size
from clipdash.report.figures import SCHEMA, group_json, mode_json, read_versions, set_json, side_json, to_json
from clipdash.report.rows import name_row, say_missing

if TYPE_CHECKING:
    from clipdash.audit import (
        Accuracy,
        CausedGroup,
        Estimate,
        Explanation,
        GroupAccuracy,
        GroupSets,
        GroupVerdict,
        SetPair,
        Several,
        Share,
    )
    from clipdash.stats import Verdict

__all__ = [
    "accuracy_json",
    "accuracy_rows",
    "cause_rows",
    "explanation_json",
    "group_accuracy_json",
    "say_verdicts",
    "several_json",
    "several_rows",
    "verdicts_json",
    "write_share",
]


def explanation_json(result: "Explanation", *, command: str = "") -> dict[str, Any]:
    """Return an explanation as plain data.

    Parameters
    ----------
    result : Explanation
        What `explain` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        The whole comparison under ``total`` as `to_json` gives it, and for each group its shift in ``parts``, one a
        label that was added or removed, and ``interaction``; parts and interaction sum to ``total``.
    """
    named = [{"label": cause.label, "change": cause.change} for cause in result.causes]
    return {
        "schema": SCHEMA,
        "causes": named,
        "groups": [_caused_json(row, named) for row in result.rows],
        "overall": _caused_json(result.overall, named),
        "total": to_json(result.total, command=command),
        "command": command,
    }


def _caused_json(row: "CausedGroup", named: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    head = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if row.parts is None:
        return head
    parts = [
        {**cause, "value": part.value, "low": part.low, "high": part.high}
        for cause, part in zip(named, row.parts, strict=True)
    ]
    return head | {"total": row.total, "parts": parts, "interaction": row.interaction}


def cause_rows(result: "Explanation") -> list[dict[str, str]]:
    """Return the table of an explanation, all images in its first row: total, one column a label, interaction."""
    return [_write_cause(row, result) for row in (result.overall, *result.rows)]


def _write_cause(row: "CausedGroup", result: "Explanation") -> dict[str, str]:
    names = [f"{'+' if cause.change == 'added' else '−'} {cause.label}" for cause in result.causes]
    cells = dict.fromkeys(("Shift", *names, "Together"), "")
    if row.parts is None or row.total is None or row.interaction is None:
        return name_row(row, result.total.by) | cells | {"Shift": say_missing(row)}
    parts = {name: _write_part(part) for name, part in zip(names, row.parts, strict=True)}
    ends = {"Shift": format_points(row.total), "Together": format_points(row.interaction)}
    return name_row(row, result.total.by) | cells | parts | ends


def _write_part(part: "Estimate") -> str:
    return f"{format_points(part.value)} ({format_interval(part.low, part.high)})"


def accuracy_json(result: "Accuracy") -> dict[str, Any]:
    """Return an accuracy as plain data: for each group accuracy, recall and precision by value, and the confusion."""
    return {
        "attribute": result.attribute,
        "overall": group_accuracy_json(result.overall),
        "groups": [group_accuracy_json(row) for row in result.rows],
    }


def group_accuracy_json(row: "GroupAccuracy") -> dict[str, Any]:
    """Return one group of an accuracy as plain data."""
    head = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if row.accuracy is None:
        return head
    return head | {
        "accuracy": asdict(row.accuracy),
        "recall": {value: asdict(share) for value, share in row.recall.items()},
        "precision": {value: asdict(share) for value, share in row.precision.items()},
        "confusion": {value: dict(claimed) for value, claimed in row.confusion.items()},
    }


def accuracy_rows(result: "Accuracy", by: Sequence[str]) -> list[dict[str, str]]:
    """Return the table of an accuracy, all images in its first row: accuracy, then recall and precision by value."""
    return [_write_accuracy(row, result, by) for row in (result.overall, *result.rows)]


def _write_accuracy(row: "GroupAccuracy", result: "Accuracy", by: Sequence[str]) -> dict[str, str]:
    values = tuple(result.overall.recall)
    names = ("Accuracy", *(f"{kind} {value}" for value in values for kind in ("Recall", "Precision")))
    if row.accuracy is None:
        return name_row(row, by) | dict.fromkeys(names, "") | {"Accuracy": say_missing(row)}
    shares = [row.accuracy, *(share for value in values for share in (row.recall[value], row.precision[value]))]
    return name_row(row, by) | {name: write_share(share) for name, share in zip(names, shares, strict=True)}


def write_share(share: "Share") -> str:
    """Write a share with its interval."""
    if share.rate is None or share.low is None or share.high is None:
        return "no images"
    return f"{format_rate(share.rate)} ({format_rate(share.low)} to {format_rate(share.high)})"


def verdicts_json(verdicts: "Sequence[GroupVerdict]", tolerance: float) -> dict[str, Any]:
    """Return shifts against a tolerance as plain data: for each group the verdict alone and among all groups."""
    groups = [
        {"group": dict(row.group), "alone": _verdict_json(row.alone), "among": _verdict_json(row.among)}
        for row in verdicts
    ]
    return {"tolerance": tolerance, "groups": groups}


def _verdict_json(verdict: "Verdict | None") -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "verdict": verdict.verdict,
        "outer": verdict.outer._asdict(),
        "inner": verdict.inner._asdict(),
    }


def say_verdicts(verdicts: "Sequence[GroupVerdict]", tolerance: float) -> str:
    """Say which groups' shifts are within a tolerance and which beyond, both levels named."""
    size = f"{format_size(tolerance)} points"
    shown = [row for row in verdicts if row.alone is not None and row.among is not None]
    named = [f"{format_group(row.group)} {row.alone.verdict}" for row in shown if row.alone is not None]
    beyond = [format_group(row.group) for row in shown if row.among is not None and row.among.verdict == "beyond"]
    every = all(row.alone is not None and row.alone.verdict == "within" for row in shown) and bool(shown)
    parts = [f"Tolerance of {size} (beyond: 95% interval outside; within: 90% interval inside): {', '.join(named)}."]
    if every:
        parts.append("All groups shown are within.")
    if beyond:
        parts.append(f"Beyond, allowing for {len(shown)} groups: {', '.join(beyond)}.")
    return " ".join(parts)


def several_json(result: "Several", *, command: str = "") -> dict[str, Any]:
    """Return several sets side by side as plain data.

    Parameters
    ----------
    result : Several
        What `compare_several` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        The question as in `to_json`; ``sets`` names the sets, and each group has ``sets`` (one a set, as a side of
        `to_json`), ``differ`` (Cochran's Q) and ``pairs`` (the places of two sets and the shift between them).
    """
    first = result.audits[0]
    tested = max(1, sum(pair.shift.p is not None for row in result.rows for pair in row.pairs))
    store = first.store
    return {
        "schema": SCHEMA,
        "store": None if store is None else {"name": store.name, "digest": store.digest},
        "sets": [set_json(label_set) for label_set in result.label_sets],
        "rule": str(first.rule),
        "by": list(first.by),
        "where": {attribute: list(values) for attribute, values in first.where.items()},
        "n": first.n,
        "unjudged": result.unjudged,
        "ungrouped": first.ungrouped,
        "groups": [_sets_json(row, tested) for row in result.rows],
        "overall": _sets_json(result.overall, len(result.overall.pairs)),
        "min_n": first.min_n,
        **mode_json(first.table),
        "command": command,
        "versions": dict(read_versions()),
    }


def _sets_json(row: "GroupSets", tested: int) -> dict[str, Any]:
    head = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if row.withheld or row.differ is None:
        return head
    sides = [side_json(rate.side) for rate in row.rates if rate.side is not None]
    return head | {
        "sets": sides,
        "differ": row.differ._asdict(),
        "pairs": [_pair_json(pair, tested) for pair in row.pairs],
    }


def _pair_json(pair: "SetPair", tested: int) -> dict[str, Any]:
    whole = group_json(pair.shift, tested)
    kept = ("fixed", "broken", "shift", "p", "p_adjusted", "one_way", "detectable")
    return {"from": pair.first, "to": pair.second, **{key: whole[key] for key in kept}}


def several_rows(result: "Several") -> list[dict[str, str]]:
    """Return the table of several sets, all images in its first row: n, one rate a set, and whether they differ."""
    return [_write_sets(row, result) for row in (result.overall, *result.rows)]


def _write_sets(row: "GroupSets", result: "Several") -> dict[str, str]:
    names = [f"{place + 1} {label_set.name}" for place, label_set in enumerate(result.label_sets)]
    cells = dict.fromkeys((*names, "p, sets differ"), "")
    if row.differ is None:
        return name_row(row, result.audits[0].by) | cells | {names[0]: say_missing(row)}
    rates = {
        name: f"{format_rate(rate.side.rate)} ({format_rate(rate.side.low)} to {format_rate(rate.side.high)})"
        for name, rate in zip(names, row.rates, strict=True)
        if rate.side is not None
    }
    return name_row(row, result.audits[0].by) | cells | rates | {"p, sets differ": format_p(row.differ.p)}
