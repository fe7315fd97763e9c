"""Accuracy against the number of classes as a run."""

from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import ClassCurve, count_classes, list_classes
from clipdash.probes.own import Drawing
from clipdash.probes.runs import ClassesRun
from clipdash.probes.task import Task
from clipdash.report import classes_json, classes_rows, say_classes
from clipdash.zeroshot import open_scores

__all__ = ["curve_json", "draw_classes", "run_classes"]


def run_classes(task: Task, run: ClassesRun) -> ClassCurve:
    """Draw lists of classes from the values of an attribute, and measure accuracy among them."""
    people = task.store.people
    label_set = list_classes(people, run.attribute, run.templates)
    scores = open_scores(task.store, label_set, variant=task.variant, read=task.read)
    return count_classes(scores, people, run.attribute, run.counts, draws=run.draws, seed=run.seed, where=run.where)


def curve_json(result: ClassCurve, command: str) -> list[dict[str, Any]]:
    """Return it as plain data."""
    return [classes_json(result, command=command)]


def draw_classes(result: ClassCurve) -> list[Drawing]:
    """Return the chart of the curve."""
    return [
        Drawing(
            "classes",
            partial(charts.class_chart, result),
            charts.describe_class_chart(result),
            "Mean accuracy over the lists drawn; the band holds 95% of the lists, lines are 95% intervals of one list.",
            partial(classes_rows, result),
            tuple(say_classes(result)),
        )
    ]
