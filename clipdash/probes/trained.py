"""Linear probes and learning curves as runs."""

from collections.abc import Callable
from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import LearningCurve, LinearProbe
from clipdash.probes.learning import learn_curve
from clipdash.probes.linear import fit_probe
from clipdash.probes.own import Drawing, Own, Pick, pool_counts
from clipdash.probes.runs import LearningRun, LinearRun
from clipdash.probes.sample import Sample, gather_sample
from clipdash.probes.task import Task
from clipdash.report import learning_json, learning_rows, linear_json, linear_rows, say_learning, say_linear

__all__ = [
    "curves_json",
    "draw_curves",
    "draw_linear",
    "fit_json",
    "pool_linear",
    "run_learning",
    "run_linear",
    "tell_curves",
    "tell_linear",
]


def _gather(task: Task, run: LinearRun | LearningRun) -> Sample:
    return gather_sample(
        task.store,
        run.attribute,
        by=run.by,
        where=run.where,
        label_set=task.probe.find_set(run.set),
        variant=task.variant,
        seed=run.seed,
        read=task.read,
    )


def _tell(task: Task) -> Callable[[float], None]:
    return lambda share: task.progress(round(1000 * share), 1000)


def run_linear(task: Task, run: LinearRun) -> LinearProbe:
    """Fit a linear probe, with zero-shot beside it."""
    return fit_probe(_gather(task, run), min_n=run.min_n, progress=_tell(task))


def run_learning(task: Task, run: LearningRun) -> LearningCurve:
    """Fit linear probes to ever more labelled images, with zero-shot beside them."""
    sample = _gather(task, run)
    return learn_curve(sample, per_class=run.per_class, draws=run.draws, min_n=run.min_n, progress=_tell(task))


def fit_json(result: LinearProbe, command: str) -> list[dict[str, Any]]:
    """Return a linear probe as plain data."""
    return [linear_json(result, command=command)]


def curves_json(result: LearningCurve, command: str) -> list[dict[str, Any]]:
    """Return learning curves as plain data."""
    return [learning_json(result, command=command)]


def tell_linear(result: LinearProbe) -> list[str]:
    """Say what a linear probe shows."""
    return [said.plain for said in say_linear(result)]


def tell_curves(result: LearningCurve) -> list[str]:
    """Say what learning curves show."""
    return [said.plain for said in say_learning(result)]


def pool_linear(result: LinearProbe, figure: str, pick: Pick) -> Own | None:
    """Return the accuracy of the groups picked together, ``linear`` or ``zero-shot``, on held-out images.

    Where images hang together each group's interval takes that in, and several groups have no interval together.
    """
    picked = [row for row in result.rows if pick(row.group)]
    found = [{"linear": row.linear, "zero-shot": row.zero_shot}[figure] for row in picked]
    shares = [each.accuracy if each is not None else None for each in found]
    one = shares[0] if len(shares) == 1 else None
    if one is not None and one.rate is not None and one.low is not None and one.high is not None:
        return Own(one.rate, one.low, one.high, one.n)
    if result.split.cluster is not None:
        return None
    return pool_counts((share.count if share else None, row.n) for share, row in zip(shares, picked, strict=True))


def draw_linear(result: LinearProbe) -> list[Drawing]:
    """Return the chart of a linear probe."""
    return [
        Drawing(
            "linear probe",
            partial(charts.linear_chart, result),
            charts.describe_linear_chart(result),
            "Ring: zero-shot; disc: linear probe, on the same held-out images. At the right the paired difference.",
            partial(linear_rows, result),
            tuple(tell_linear(result)),
        )
    ]


def draw_curves(result: LearningCurve) -> list[Drawing]:
    """Return the chart of learning curves."""
    return [
        Drawing(
            "learning curve",
            partial(charts.learning_chart, result),
            charts.describe_learning_chart(result),
            "Accuracy on held-out images against labelled images a class, with bands; the level line is zero-shot.",
            partial(learning_rows, result),
            tuple(tell_curves(result)),
        )
    ]
