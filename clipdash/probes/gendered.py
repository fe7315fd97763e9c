"""Labels by two groups as a run: one comparison of frequencies a threshold."""

from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import LabelFrequencies, compare_frequencies
from clipdash.labels import LabelSet, read_mode
from clipdash.probes.own import Drawing
from clipdash.probes.runs import GenderedRun
from clipdash.probes.task import Task
from clipdash.report import Sheet, frequencies_json, frequencies_rows, frequencies_sheet, gather_rows, say_frequencies

__all__ = ["draw_gendered", "gendered_json", "gendered_rows", "gendered_sheet", "run_gendered", "say_gendered"]


def run_gendered(task: Task, run: GenderedRun) -> tuple[LabelFrequencies, ...]:
    """Compare how often the two groups carry each label, at each threshold."""
    label_set: LabelSet | None = task.probe.find_set(run.set) if run.set else task.labels
    if label_set is None:
        raise ValueError("a run with labels of a file was begun without any")
    found = []
    for place, threshold in enumerate(run.thresholds):
        task.progress(place, len(run.thresholds))
        carried = task.predict(label_set, read_mode(threshold=threshold, score=run.score))
        found.append(compare_frequencies(task.tabulate(run, (run.by,), carried), run.most, run.min_n))
    return tuple(found)


def _name(result: LabelFrequencies) -> str:
    return f"threshold {result.table.mode.threshold:g}"


def gendered_json(result: tuple[LabelFrequencies, ...], command: str) -> list[dict[str, Any]]:
    """Return one comparison a threshold as plain data."""
    return [frequencies_json(one, command=command) for one in result]


def gendered_rows(result: tuple[LabelFrequencies, ...]) -> list[dict[str, str]]:
    """Return the labels that lean most, at each threshold."""
    return [{"At": _name(one)} | row for one in result for row in frequencies_rows(one)]


def gendered_sheet(result: tuple[LabelFrequencies, ...]) -> Sheet:
    """Return every label at each threshold."""
    sheets = [(one.table.mode.threshold, frequencies_sheet(one)) for one in result]
    return gather_rows(
        {"threshold": threshold} | dict(zip(sheet.columns, row, strict=True))
        for threshold, sheet in sheets
        for row in sheet.rows
    )


def say_gendered(result: tuple[LabelFrequencies, ...]) -> list[str]:
    """Say which labels lean to either group, at each threshold."""
    return [said for one in result for said in say_frequencies(one)]


def draw_gendered(result: tuple[LabelFrequencies, ...]) -> list[Drawing]:
    """Return one chart a threshold."""
    return [
        Drawing(
            _name(one),
            partial(charts.frequency_chart, one),
            charts.describe_frequency_chart(one),
            "Percent of each group's images that carry a label: for each group the labels that lean most to it, the "
            "most frequent first.",
            partial(frequencies_rows, one),
            tuple(say_frequencies(one)),
        )
        for one in result
    ]
