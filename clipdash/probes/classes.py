"""Accuracy against the number of classes as a run."""

from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import ClassCurve, count_classes, list_classes
from clipdash.errors import QueryError
from clipdash.probes.own import Drawing
from clipdash.probes.runs import ClassesRun
from clipdash.probes.task import Task
from clipdash.report import classes_json, classes_rows, say_classes
from clipdash.zeroshot import open_scores

__all__ = ["curve_json", "draw_classes", "run_classes"]


def run_classes(task: Task, run: ClassesRun) -> ClassCurve:
    """Draw lists of classes from the values of an attribute, and measure accuracy among them."""
    people, attribute = task.store.people, run.attribute or _find_widest(task)
    label_set = list_classes(people, attribute, run.templates)
    scores = open_scores(task.store, label_set, variant=task.variant, read=task.read)
    known = len(label_set.labels)
    counts = [count for count in run.counts if count <= known] or [known]
    return count_classes(scores, people, attribute, counts, draws=run.draws, seed=run.seed, where=run.where)


def _find_widest(task: Task) -> str:
    """Return the attribute with the most values, of those whose values are classes and no ties between images."""
    manifest = task.store.manifest
    known = [each for each in manifest.attributes if each.name != manifest.cluster and len(each.values) >= 2]
    if not known:
        raise QueryError("No attribute of this store has two values or more, so there are no classes to draw.")
    return max(known, key=lambda each: len(each.values)).name


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
