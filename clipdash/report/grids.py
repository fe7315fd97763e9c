"""A grid of shifts under templates and encoders: as plain data, as a table, as a sheet and in words."""

from typing import TYPE_CHECKING, Any

from clipdash.charts import format_annotation, format_count, format_interval, format_points, format_rate
from clipdash.report.figures import SCHEMA, mode_json, read_versions, set_json
from clipdash.report.rows import name_group, say_missing
from clipdash.report.sheet import Cell, Sheet, gather_rows

if TYPE_CHECKING:
    from clipdash.audit import GroupGrid, ShiftGrid

__all__ = ["grid_json", "grid_rows", "grid_sheet", "say_grid"]

_AGREEMENT = ("same_sign", "clear", "clear_same", "one_way")


def grid_json(result: "ShiftGrid", *, command: str = "") -> dict[str, Any]:
    """Return a grid of shifts as plain data.

    Parameters
    ----------
    result : ShiftGrid
        What `cross_choices` returned.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        Every group has ``shifts``, a list a template of one entry an encoder, and how many cells agree; ``variance``
        maps "template", "encoder", "group" and their interplay ("template x group", ...) to shares.
    """
    first = result.first
    return {
        "schema": SCHEMA,
        "store": None if first.store is None else {"name": first.store.name, "digest": first.store.digest},
        "before": set_json(first.before),
        "after": set_json(first.after),
        "rule": str(first.rule),
        "by": list(first.by),
        "where": {attribute: list(values) for attribute, values in first.where.items()},
        **mode_json(first.table),
        "templates": {name: list(row) for name, row in result.templates.items()},
        "variants": list(result.variants),
        "n": first.n,
        "unjudged": first.unjudged,
        "ungrouped": first.ungrouped,
        "groups": [_group_json(row) for row in result.rows],
        "overall": _group_json(result.overall),
        "variance": {" x ".join(factors): share for factors, share in result.variance.items()},
        "min_n": first.min_n,
        "command": command,
        "versions": dict(read_versions()),
    }


def _group_json(row: "GroupGrid") -> dict[str, Any]:
    head = {"group": dict(row.group), "n": row.n, "withheld": row.withheld}
    if row.withheld:
        return head
    shifts = [[vars(each).copy() for each in line] for line in row.shifts]
    return head | {"shifts": shifts} | {name: getattr(row, name) for name in _AGREEMENT}


def grid_rows(result: "ShiftGrid") -> list[dict[str, str]]:
    """Return the table: all images, then the groups, with the range of their shifts and how many cells agree."""
    return [_write_row(row, result) for row in (result.overall, *result.rows)]


def _write_row(row: "GroupGrid", result: "ShiftGrid") -> dict[str, str]:
    head = name_group(row.group, result.first.by) | {"n": format_count(row.n)}
    if row.withheld:
        return head | {"First": say_missing(row)}
    found = [each for line in row.shifts for each in line]
    values = [each.value for each in found]
    return head | {
        "First": f"{format_points(values[0])} ({format_interval(found[0].low, found[0].high)})",
        "Least": format_points(min(values)),
        "Largest": format_points(max(values)),
        "Sign of the first": f"{row.same_sign:,} of {len(found):,}",
        "Interval excludes 0": f"{row.clear:,} of {len(found):,}",
        "Both": f"{row.clear_same:,} of {len(found):,}",
    }


def grid_sheet(result: "ShiftGrid") -> Sheet:
    """Return a row for each group and cell; all images have no annotation named."""
    rows: list[dict[str, Cell]] = []
    for row in (result.overall, *result.rows):
        named: dict[str, Cell] = {f"annotated:{name}": value for name, value in row.group.items()}
        named |= {"n": row.n, "withheld": row.withheld}
        if row.withheld:
            rows.append(named)
        for template, line in zip(result.templates, row.shifts, strict=False):
            for encoder, each in zip(result.variants, line, strict=True):
                place: dict[str, Cell] = {"template": template, "variant": encoder}
                rows.append(named | place | {"shift": each.value, "low": each.low, "high": each.high})
    return gather_rows(rows, [f"annotated:{name}" for name in result.first.by])


def say_grid(result: "ShiftGrid") -> list[str]:
    """Say how far the shifts hang on template and encoder, one sentence a line."""
    said = [
        f"{result.size:,} cell{'' if result.size == 1 else 's'}: {len(result.templates):,} by {len(result.variants):,} "
        f"templates and encoders, on the same {result.first.n:,} images."
    ]
    said += [_say_group(row, result.size) for row in (result.overall, *result.rows) if not row.withheld]
    if any(row.one_way for row in (result.overall, *result.rows)):
        said.append("Where a shift can go one way only, its interval excludes 0 as soon as one image moves.")
    if any(result.variance.values()):
        alone = ", ".join(
            f"{factors[0]} {format_rate(share)}" for factors, share in result.variance.items() if len(factors) == 1
        )
        together = sum(share for factors, share in result.variance.items() if len(factors) > 1)
        said.append(
            f"Of the variance of the groups' shifts goes with each by itself: {alone}; together "
            f"{format_rate(together)}, the noise of samples of images included."
        )
    return said


def _say_group(row: "GroupGrid", size: int) -> str:
    values = [each.value for line in row.shifts for each in line]
    whom = f"Images {format_annotation(row.group)}" if row.group else "All images"
    return (
        f"{whom} (n {row.n:,}): from {format_points(min(values))} to {format_points(max(values))} points; "
        f"{row.same_sign:,} of {size:,} cells have the sign of the first, in {row.clear_same:,} of them the interval "
        "excludes 0 as well."
    )
