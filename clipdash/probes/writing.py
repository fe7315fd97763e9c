"""A probe and its result as plain data, tables and rows of charts: published figures, and own ones beside them."""

from dataclasses import asdict, dataclass
from typing import Any

from clipdash.charts import MISSING, BesideRow, format_count, format_points, format_rate, format_value
from clipdash.probes.kinds import HOW
from clipdash.probes.own import Own
from clipdash.probes.probe import Probe
from clipdash.probes.running import ProbeResult, RunResult
from clipdash.probes.schema import PublishedRow, PublishedTable, Unit
from clipdash.report import Sheet, gather_rows, read_versions

__all__ = [
    "Beside",
    "beside_rows",
    "beside_sheet",
    "chart_rows",
    "compare_published",
    "format_published",
    "list_differences",
    "probe_json",
    "published_rows",
    "published_sheet",
    "summary_json",
]

SCHEMA = 1
_HUNDRED = 100.0


@dataclass(frozen=True)
class Beside:
    """A published figure with the one computed here.

    Parameters
    ----------
    table : PublishedTable
        Where it stands.
    row : PublishedRow
        Its row.
    column : int
        Its column.
    own : Own
        The figure computed here.
    """

    table: PublishedTable
    row: PublishedRow
    column: int
    own: Own

    @property
    def published(self) -> float | None:
        """The published figure, a share or a difference of two from -1 to 1; None where it is not printed."""
        value = self.row.values[self.column]
        return None if value is None else value / _HUNDRED

    @property
    def name(self) -> str:
        """What it is about: "crime-related, Black"."""
        group = self.table.groups[self.column]
        return group if len(self.table.rows) == 1 else f"{self.row.name}, {format_value(group)}"


def compare_published(result: ProbeResult) -> tuple[Beside, ...]:
    """Return every published figure that has one computed here beside it, in the order of the tables."""
    found = []
    for table in result.probe.published:
        for row in table.rows:
            for column in range(len(table.groups)):
                own = result.find_own(table, row, column) if row.run else None
                if own is not None:
                    found.append(Beside(table, row, column, own))
    return tuple(found)


def format_published(value: float | None, unit: Unit) -> str:
    """Write a published value as it is printed; a dash where nothing is."""
    if value is None:
        return MISSING
    if unit == "count":
        return format_count(int(value))
    return f"{value:.1f}%" if unit == "percent" else format_points(value / _HUNDRED)


def published_rows(table: PublishedTable, turned: bool = False) -> list[dict[str, str]]:
    """Return a published table for reading: a row a row, a column a group; `turned`, a row a group."""
    if turned:
        return [
            {"": format_value(group)}
            | {row.name: format_published(row.values[place], table.unit) for row in table.rows}
            for place, group in enumerate(table.groups)
        ]
    return [
        {"": row.name}
        | {
            format_value(group): format_published(value, table.unit)
            for group, value in zip(table.groups, row.values, strict=True)
        }
        for row in table.rows
    ]


def published_sheet(table: PublishedTable) -> Sheet:
    """Return a published table for programs: one figure a row, in its unit."""
    return gather_rows(
        {"row": row.name, "group": group, "value": value, "unit": table.unit, "source": table.source}
        for row in table.rows
        for group, value in zip(table.groups, row.values, strict=True)
    )


def beside_rows(figures: tuple[Beside, ...]) -> list[dict[str, str]]:
    """Return published figures and own ones for reading."""
    rows = []
    for each in figures:
        write = format_points if each.table.unit == "points" else format_rate
        rows.append(
            {
                "Figure": each.row.name,
                "Group": format_value(each.table.groups[each.column]),
                "n here": format_count(each.own.n),
                "Published": format_published(each.row.values[each.column], each.table.unit),
                "Computed here": write(each.own.value),
                "95% interval": f"{write(each.own.low)} to {write(each.own.high)}",
            }
        )
    return rows


def beside_sheet(figures: tuple[Beside, ...]) -> Sheet:
    """Return published figures and own ones for programs: shares, or differences of two, from -1 to 1."""
    return gather_rows(_beside_json(each) for each in figures)


def _beside_json(each: Beside) -> dict[str, Any]:
    named = {"table": each.table.title, "row": each.row.name, "group": each.table.groups[each.column]}
    return named | {"run": each.row.run, "figure": each.row.figure, "published": each.published} | asdict(each.own)


def chart_rows(table: PublishedTable) -> tuple[list[BesideRow], tuple[str, ...]]:
    """Return the rows of a small chart of a published table, and what its ring and its disc are.

    With two columns a row of the chart is a row of the table, with one column the same with a disc alone; with more a
    row of the chart is a column, and the first two of the rows to draw are ring and disc.
    """
    shown = table.shown
    if len(table.groups) <= 2:
        cells = [[None if v is None else v / _HUNDRED for v in row.values] for row in shown]
        rows = [
            BesideRow(row.name, pair[0] if len(pair) > 1 else None, pair[-1])
            for row, pair in zip(shown, cells, strict=True)
        ]
        return rows, table.groups
    pairs = zip(table.groups, *(row.values for row in shown), strict=True)
    return [_pair(group, values) for group, *values in pairs], tuple(row.name for row in shown)


def _pair(group: str, values: list[float | None]) -> BesideRow:
    shares = [None if value is None else value / _HUNDRED for value in values]
    return BesideRow(group, shares[0] if len(shares) > 1 else None, shares[-1])


def list_differences(probe: Probe) -> list[tuple[str, str]]:
    """Return the fixed list of what explains a difference: images, crop, weights, template, wording."""
    return [(name, getattr(probe.differences, name)) for name in type(probe.differences).model_fields]


def summary_json(probe: Probe) -> dict[str, Any]:
    """Return what a list of probes says of one."""
    return {
        "key": probe.key,
        "title": probe.title,
        "question": probe.question,
        "needs": probe.attributes,
        "images": probe.images,
        "build": probe.build,
        "sources": list(dict.fromkeys(table.source for table in probe.published)),
        "kinds": list(dict.fromkeys(run.kind for run in probe.runs)),
        "caution": probe.caution,
    }


def probe_json(probe: Probe, result: ProbeResult | None = None, *, command: str = "") -> dict[str, Any]:
    """Return a probe as plain data, with what a store gave where it was run.

    Parameters
    ----------
    probe : Probe
        The experiment.
    result : ProbeResult, optional
        What it gave.
    command : str
        The call that repeats it.

    Returns
    -------
    dict
        ``published`` (the tables, values in their unit), ``runs`` (each as the command of its kind gives it, with
        ``run``, ``title`` and ``kind``), ``not_run`` (with what is missing), ``beside`` (published figures and own
        ones), ``differences``, ``versions`` and ``store``.
    """
    runs = [] if result is None else [each for each in result.runs if each.result is not None]
    rest = [] if result is None else [each for each in result.runs if each.result is None]
    return {
        "schema": SCHEMA,
        "probe": summary_json(probe),
        "store": None if result is None else {"name": result.store.name, "digest": result.store.digest},
        "published": [_table_json(table) for table in probe.published],
        "runs": [entry for each in runs for entry in _run_json(each, command)],
        "not_run": [_missing_json(each) for each in rest],
        "beside": [] if result is None else [_beside_json(each) for each in compare_published(result)],
        "differences": dict(list_differences(probe)),
        "interpretation": probe.interpretation,
        "unpublished": list(probe.unpublished),
        "reported": list(probe.reported),
        "reruns": list(probe.reruns),
        "sets": [_set_json(each) for each in probe.sets],
        "command": command,
        "versions": dict(read_versions()),
    }


def _table_json(table: PublishedTable) -> dict[str, Any]:
    said = table.model_dump(include={"title", "source", "link", "unit", "arithmetic", "note"})
    rows = [{"name": row.name, "values": list(row.values), "note": row.note} for row in table.rows]
    return said | {"groups": list(table.groups), "rows": rows}


def _set_json(each: Any) -> dict[str, Any]:
    named = {"key": each.key, "words": each.words, "note": each.note}
    return named | {"name": each.label_set.name, "digest": each.label_set.digest}


def _run_json(each: RunResult, command: str) -> list[dict[str, Any]]:
    named = {"run": each.run.key, "title": each.run.title, "kind": each.run.kind}
    return [named | entry for entry in HOW[each.run.kind].json(each.result, command)]


def _missing_json(each: RunResult) -> dict[str, Any]:
    named = {"run": each.run.key, "title": each.run.title, "kind": each.run.kind}
    return named | {"missing": list(each.missing), "fault": each.fault or None}
