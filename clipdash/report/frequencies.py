"""How often two groups carry each label: as plain data, as a table, as a sheet and in words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clipdash.charts import (
    format_annotation,
    format_count,
    format_group,
    format_interval,
    format_p,
    format_points,
    format_rate,
)
from clipdash.report.figures import SCHEMA, mode_json, read_versions, set_json
from clipdash.report.sheet import Cell, Sheet, gather_rows

if TYPE_CHECKING:
    from clipdash.audit import LabelFrequencies, LabelFrequency

__all__ = ["frequencies_json", "frequencies_rows", "frequencies_sheet", "say_frequencies"]

_NAMED = 5
_CALLED = 0.05


def frequencies_json(result: "LabelFrequencies", *, command: str = "") -> dict[str, Any]:
    """Return how often two groups carry each label as plain data.

    Parameters
    ----------
    result : LabelFrequencies
        What `compare_frequencies` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        ``labels`` in the order of the set, each with ``shares`` of the two ``groups``, ``difference``, ``chi_squared``,
        ``p``, ``p_adjusted``, ``expected`` and ``small``; ``leaning`` names the most leaning labels of each group.
    """
    table = result.table
    groups = zip(result.groups, result.sizes, strict=True)
    return {
        "schema": SCHEMA,
        "store": None if table.store is None else {"name": table.store.name, "digest": table.store.digest},
        "label_set": set_json(table.label_sets[0]),
        "variants": list(table.variants),
        "templates_apply": table.prompted,
        "by": list(table.by),
        "where": {attribute: list(values) for attribute, values in table.where.items()},
        **mode_json(table),
        "n": sum(result.sizes),
        "ungrouped": result.ungrouped,
        "groups": [{"group": dict(group), "n": n} for group, n in groups],
        "labels": [_label_json(row) for row in result.rows],
        "leaning": [[result.rows[place].label for place in places] for places in result.leaning],
        "tested": result.tested,
        "command": command,
        "versions": dict(read_versions()),
    }


def _label_json(row: "LabelFrequency") -> dict[str, Any]:
    named = {name: getattr(row, name) for name in ("chi_squared", "p", "p_adjusted", "expected", "small")}
    return {
        "label": row.label,
        "shares": [vars(share).copy() for share in row.shares],
        "difference": vars(row.difference).copy(),
        **named,
    }


def frequencies_rows(result: "LabelFrequencies") -> list[dict[str, str]]:
    """Return the table of the labels that lean most, those of the first group and then those of the second."""
    return [_write_row(result.rows[place], result) for places in result.leaning for place in places]


def _write_row(row: "LabelFrequency", result: "LabelFrequencies") -> dict[str, str]:
    shares = {
        f"{format_group(group)} (n {format_count(share.n)})": f"{format_rate(share.rate)} ({format_count(share.count)})"
        for group, share in zip(result.groups, row.shares, strict=True)
    }
    mark = " (expected < 5)" if row.small else ""
    return (
        {"Label": row.label}
        | shares
        | {"Difference": format_points(row.difference.value)}
        | {"95% interval": format_interval(row.difference.low, row.difference.high)}
        | {"p, Holm": f"{format_p(row.p_adjusted)}{mark}"}
    )


def frequencies_sheet(result: "LabelFrequencies") -> Sheet:
    """Return every label of the set with its counts, shares and test."""
    names = [format_group(group) for group in result.groups]
    return gather_rows(_sheet_row(row, names) for row in result.rows)


def _sheet_row(row: "LabelFrequency", names: Sequence[str]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"label": row.label}
    for name, share in zip(names, row.shares, strict=True):
        cells |= {f"{figure}:{name}": getattr(share, figure) for figure in ("count", "n", "rate", "low", "high")}
    apart = row.difference
    cells |= {"difference": apart.value, "difference_low": apart.low, "difference_high": apart.high}
    return cells | {name: getattr(row, name) for name in ("chi_squared", "p", "p_adjusted", "expected", "small")}


def say_frequencies(result: "LabelFrequencies") -> list[str]:
    """Say which labels lean to either group, one sentence a line."""
    mode = result.table.mode
    how = "the one label that scores best" if mode.single else f"every label with a {mode}" if mode.score else str(mode)
    said = [
        f"{len(result.rows):,} labels on {result.sizes[0]:,} images {format_annotation(result.groups[0])} and "
        f"{result.sizes[1]:,} images {format_annotation(result.groups[1])}; an image carries {how}."
    ]
    for places, group in zip(result.leaning, result.groups, strict=True):
        called = [place for place in places if _is_called(result.rows[place])]
        if called:
            first = ", ".join(_name(result.rows[place]) for place in called[:_NAMED])
            more = f" and {len(called) - _NAMED} more" if len(called) > _NAMED else ""
            said.append(f"More often on images {format_annotation(group)}: {first}{more}.")
        else:
            said.append(f"No label is told apart as more frequent on images {format_annotation(group)}.")
    small = sum(row.small for row in result.rows if row.p is not None)
    said.append(
        f"Chi-squared tests without Yates' correction, Holm over {result.tested:,} labels that some images carry and "
        "others do not."
    )
    if small:
        what = "label has" if small == 1 else "labels have"
        said.append(
            f"{small:,} {what} an expected count below 5, where p is not to be relied on; the table marks this."
        )
    return said


def _is_called(row: "LabelFrequency") -> bool:
    return row.p_adjusted is not None and row.p_adjusted < _CALLED and not row.small


def _name(row: "LabelFrequency") -> str:
    return f'"{row.label}" ({format_rate(row.shares[0].rate)} and {format_rate(row.shares[1].rate)})'
