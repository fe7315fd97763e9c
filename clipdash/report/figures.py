"""A result as plain data: JSON for scripts."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from clipdash.audit import (
    FEW_CLUSTERS,
    Audit,
    Gap,
    GapAt,
    GroupRate,
    GroupShift,
    Shift,
    Side,
    Spreads,
    Trends,
    doubt_annotations,
    list_gaps,
)
from clipdash.stats import detectable

if TYPE_CHECKING:
    from clipdash.audit import Table
    from clipdash.labels import LabelSet

__all__ = [
    "count_clusters",
    "find_detectable",
    "group_json",
    "mode_json",
    "read_versions",
    "set_json",
    "side_json",
    "to_json",
]

SCHEMA = 1
#: What can change a figure; named in every result.
PACKAGES = ("clipdash", "numpy", "scipy", "pandas", "faiss-cpu", "torch", "open_clip_torch")
#: Outcomes in the order of the published JSON.
_OUTCOMES = ("supported", "contradicted", "flagged", "unclaimed")

_NAMED = 5
_ALPHA = 0.05


def to_json(
    result: Audit | Shift,
    *,
    command: str = "",
    versions: Mapping[str, str] | None = None,
    inputs: Sequence[Mapping[str, str]] = (),
    left_out: Sequence[str] = (),
) -> dict[str, Any]:
    """Return a result as plain data, ready for `json.dumps`.

    Parameters
    ----------
    result : Audit or Shift
        What `measure` or `shift` returned.
    command : str
        The call that repeats it.
    versions : mapping of str to str, optional
        Package to version; by default what `read_versions` finds.
    inputs : sequence of mapping
        Where no store was read: ``file`` and ``sha256`` of each file.
    left_out : sequence of str
        Where no store was read: annotated images without a prediction; they are counted and the first five named.

    Returns
    -------
    dict
        As the commands ``audit`` and ``compare`` print it: dicts, lists, texts, booleans, numbers (never NaN) and None.
        It holds no time: the same result gives the same data.
    """
    store = result.store
    origin = {"store": None if store is None else {"name": store.name, "digest": store.digest}}
    tested = 1 if isinstance(result, Audit) else max(1, sum(row.p is not None for row in result.rows))
    question = {
        "rule": str(result.rule),
        "by": list(result.by),
        "where": {attribute: list(values) for attribute, values in result.where.items()},
        "n": result.n,
        "unjudged": result.unjudged,
        "ungrouped": result.ungrouped,
        "groups": [group_json(row, tested) for row in result.rows],
    }
    closing = {
        "command": command,
        "versions": dict(read_versions() if versions is None else versions),
        "min_n": result.min_n,
        "variants": list(result.table.variants),
        "templates_apply": result.table.prompted,
        **mode_json(result.table),
        "level": result.level,
        "cluster": _cluster_json(result),
        "overall": group_json(result.overall, 1),
        "gap_at": [_gap_at_json(gap) for gap in list_gaps(result)],
    }
    if isinstance(result, Shift):
        closing["spread"] = _sides_json(result.spread)
        closing["trend"] = None if result.trend is None else _sides_json(result.trend)
        closing["annotation_error"] = _annotation_json(result)
    if store is None:
        closing["inputs"] = [dict(entry) for entry in inputs]
        closing["left_out"] = {"count": len(left_out), "first": list(left_out[:_NAMED])}
    return {"schema": SCHEMA, **origin, **_sets_json(result), **question, **_findings_json(result), **closing}


def _sets_json(result: Audit | Shift) -> dict[str, Any]:
    if isinstance(result, Audit):
        return {"label_set": set_json(result.label_set)}
    return {"before": set_json(result.before), "after": set_json(result.after)}


def set_json(label_set: "LabelSet") -> dict[str, str]:
    """Return what names a label set in a result."""
    return {"name": label_set.name, "digest": label_set.digest}


def _findings_json(result: Audit | Shift) -> dict[str, Any]:
    if isinstance(result, Audit):
        return {"gap": _gap_json(result.gap)}
    return {
        "flows": [{"from": flow.before, "to": flow.after, "count": flow.count} for flow in result.flows],
        "homogeneity": result.homogeneity._asdict(),
        "gap": {
            "before": _gap_json(result.gap_before),
            "after": _gap_json(result.gap_after),
            "change": result.gap_change._asdict(),
        },
    }


def mode_json(table: "Table") -> dict[str, Any]:
    """Return how scores became labels; where an image may carry several or none, ``labels`` do not sum to n."""
    mode = table.mode
    if mode.kind == "threshold":
        scale = table.logit_scale
        kept = {"score": mode.score, "threshold": mode.threshold, "temperature": None if scale is None else 1 / scale}
        return {"mode": mode.kind, **kept}
    return {"mode": mode.kind} | ({} if mode.k is None else {"k": mode.k})


def _annotation_json(result: Shift) -> dict[str, Any] | None:
    """Return how many wrong annotations would explain each shift and gap."""
    doubt = doubt_annotations(result)
    if doubt is None:
        return None
    groups = [vars(row) | {"group": dict(row.group)} for row in doubt.rows]
    return {"groups": groups, "gap_before": doubt.gap_before, "gap_after": doubt.gap_after}


def _cluster_json(result: Audit | Shift) -> dict[str, Any] | None:
    """Return what images hang together by, and of how many clusters they are."""
    if result.table.cluster is None:
        return None
    clusters = count_clusters(result)
    return {"by": result.table.cluster, "clusters": clusters, "few": clusters < FEW_CLUSTERS}


def count_clusters(result: Audit | Shift) -> int:
    """Return of how many clusters the judged images are."""
    if isinstance(result, Audit):
        return result.overall.clusters or 0
    return result.overall.design.clusters if result.overall.design else 0


def _sides_json(sides: Spreads | Trends) -> dict[str, dict[str, float | None]]:
    return {"before": sides.before._asdict(), "after": sides.after._asdict(), "shift": sides.shift._asdict()}


def find_detectable(row: GroupShift, tested: int) -> float | None:
    """Return the smallest shift that so many images, moving as often, show four times in five, at .05 / groups."""
    moved = (row.fixed or 0) + (row.broken or 0)
    if not moved or row.one_way or row.design:  # of clusters no such sum is known
        return None
    return detectable(row.n, moved / row.n, _ALPHA / tested)


def _gap_at_json(found: GapAt) -> dict[str, Any]:
    gaps = [{"value": gap.value, "low": gap.low, "high": gap.high} for gap in found.gaps]
    named = gaps[0] if len(gaps) == 1 else dict(zip(("before", "after"), gaps, strict=True))
    return {"min_n": found.min_n, "groups": found.groups, **named}


def _gap_json(gap: Gap) -> dict[str, Any]:
    ends = {"largest": gap.largest, "smallest": gap.smallest}
    named = {end: None if group is None else dict(group) for end, group in ends.items()}
    return {"value": gap.value, "low": gap.low, "high": gap.high} | named


def group_json(row: GroupRate | GroupShift, tested: int) -> dict[str, Any]:
    """Return one group of a result of which `tested` groups have a p-value."""
    head = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if isinstance(row, GroupRate):
        clusters = {} if row.clusters is None else {"clusters": row.clusters}
        return head if row.side is None else head | side_json(row.side) | clusters
    if row.before is None or row.after is None or row.shift is None:
        return head
    return head | {
        "before": side_json(row.before),
        "after": side_json(row.after),
        "fixed": row.fixed,
        "broken": row.broken,
        "shift": {"value": row.shift.value, "low": row.shift.low, "high": row.shift.high},
        "p": row.p,
        "p_adjusted": row.p_adjusted,
        "one_way": row.one_way,
        "detectable": find_detectable(row, tested),
        **({} if row.design is None else {"clusters": row.design.clusters, "design_effect": row.design.effect}),
    }


def side_json(side: Side) -> dict[str, Any]:
    """Return a group under one label set."""
    return {
        "misclassified": side.misclassified,
        "rate": side.rate,
        "low": side.low,
        "high": side.high,
        "outcomes": {outcome: side.outcomes[outcome] for outcome in _OUTCOMES},
        "labels": dict(side.labels),
    }


@cache
def read_versions() -> Mapping[str, str]:
    """Return the installed version of each package that can change a figure, without importing any.

    Returns
    -------
    mapping of str to str
    """
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
