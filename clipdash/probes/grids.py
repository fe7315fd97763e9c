"""A comparison under every template and encoder as a run."""

from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import ShiftGrid, cross_choices, parse_rule
from clipdash.probes.own import Drawing
from clipdash.probes.runs import GridRun
from clipdash.probes.task import Task
from clipdash.report import grid_json, grid_rows, say_grid

__all__ = ["draw_grid", "run_grid", "shifts_json"]

_MOST_GROUPS = 12


def run_grid(task: Task, run: GridRun) -> ShiftGrid:
    """Ask the comparison under each template, under those of a file together, and by every variant of the store."""
    templates: dict[str, tuple[str, ...]] = {template: (template,) for template in run.templates}
    if task.templates:
        templates[f"{len(task.templates):,} of a file, averaged"] = task.templates
    return cross_choices(
        task.store.people,
        run.by,
        [task.probe.find_set(key) for key in run.sets],
        templates=templates,
        predict=lambda label_set, variant: task.predict(label_set, variant=variant),
        variants=[variant.name for variant in task.store.manifest.variants],
        rule=parse_rule(run.rule),
        where=run.where,
        min_n=run.min_n,
        progress=task.progress,
    )


def shifts_json(result: ShiftGrid, command: str) -> list[dict[str, Any]]:
    """Return it as plain data."""
    return [grid_json(result, command=command)]


def draw_grid(result: ShiftGrid) -> list[Drawing]:
    """Return the heat map of all images, and one a group."""
    shown = [place for place, row in enumerate(result.rows) if not row.withheld][:_MOST_GROUPS]
    places: list[int | None] = [None, *shown]
    return [_draw_place(result, place) for place in places]


def _draw_place(result: ShiftGrid, place: int | None) -> Drawing:
    row = result.overall if place is None else result.rows[place]
    return Drawing(
        charts.format_group(row.group),
        partial(charts.grid_chart, result, place),
        charts.describe_grid_chart(result, place),
        "Each cell: the shift in points under one template (row) and one encoder (column).",
        partial(grid_rows, result),
        tuple(say_grid(result)),
    )
