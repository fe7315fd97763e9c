"""Accuracy as a run: the rates of the set and how often its labels agree with the annotation."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import Accuracy, Audit, measure, measure_accuracy
from clipdash.probes.own import Drawing, Own, Pick, pool_counts
from clipdash.probes.runs import AccuracyRun
from clipdash.probes.task import Task
from clipdash.report import accuracy_json, accuracy_rows, describe, to_json

__all__ = [
    "Agreement",
    "agreement_json",
    "agreement_rows",
    "draw_agreement",
    "pool_agreement",
    "run_accuracy",
    "say_agreement",
]


@dataclass(frozen=True)
class Agreement:
    """The rates of a set by group, and its accuracy for an attribute."""

    audit: Audit
    accuracy: Accuracy


def run_accuracy(task: Task, run: AccuracyRun) -> Agreement:
    """Measure rates and accuracy of one table."""
    table = task.tabulate(run, run.by, task.predict(task.probe.find_set(run.set)))
    return Agreement(measure(table, min_n=run.min_n), measure_accuracy(table, run.attribute, run.min_n))


def agreement_json(result: Agreement, command: str) -> list[dict[str, Any]]:
    """Return it as ``clipdash audit --accuracy`` prints it."""
    return [to_json(result.audit, command=command) | {"accuracy": accuracy_json(result.accuracy)}]


def agreement_rows(result: Agreement) -> list[dict[str, str]]:
    """Return the table of the accuracy."""
    return accuracy_rows(result.accuracy, result.audit.by)


def pool_agreement(result: Agreement, figure: str, pick: Pick) -> Own | None:
    """Return the accuracy of the groups picked, together."""
    del figure  # there is one
    picked = [row for row in result.accuracy.rows if pick(row.group)]
    return pool_counts((row.accuracy.count if row.accuracy else None, row.n) for row in picked)


def draw_agreement(result: Agreement) -> list[Drawing]:
    """Return the chart of the accuracy by group."""
    shown = [(row, row.accuracy) for row in (result.accuracy.overall, *result.accuracy.rows) if row.accuracy]
    rows = [
        charts.BesideRow(f"{charts.format_group(row.group)}, n {row.n:,}", None, share.rate, share.low, share.high)
        for row, share in shown
    ]
    said = f"Accuracy for {result.accuracy.attribute}: {charts.describe_beside_chart(rows)}"
    caption = "Share of images whose label claims the annotated value, with Wilson's 95% intervals."
    draw = partial(charts.beside_chart, rows)
    return [Drawing("accuracy", draw, said, caption, partial(agreement_rows, result), tuple(say_agreement(result)))]


def say_agreement(result: Agreement) -> list[str]:
    """Say the accuracy over all images, and what was left out."""
    share = result.accuracy.overall.accuracy
    attribute = result.accuracy.attribute.replace("_", " ")
    if share is None:
        return [f"Too few images are annotated with {attribute} to say an accuracy."]
    rate, low, high = map(charts.format_rate, (share.rate, share.low, share.high))
    notes = [note.plain for note in describe(result.audit).notes]
    return [f"The label claims the annotated {attribute} of {rate} of {share.n:,} images ({low} to {high}).", *notes]
