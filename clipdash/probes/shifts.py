"""A comparison as a run: the shift of each group, and where the images went."""

from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import GroupShift, Shift, Side, parse_rule, shift
from clipdash.probes.own import Drawing, Own, Pick, pool_counts
from clipdash.probes.runs import ShiftRun
from clipdash.probes.task import Task
from clipdash.report import describe, flow_rows, order_flows, result_rows, to_json

__all__ = ["draw_shift", "pool_shift", "run_shift", "say_shift", "shift_json"]


def run_shift(task: Task, run: ShiftRun) -> Shift:
    """Compare both sets."""
    rule = parse_rule(run.rule)
    sides = [task.predict(task.probe.find_set(key)) for key in run.sets]
    return shift(task.tabulate(run, run.by, *sides, rule=rule), rule, run.min_n)


def shift_json(result: Shift, command: str) -> list[dict[str, Any]]:
    """Return it as ``clipdash compare`` prints it."""
    return [to_json(result, command=command)]


def say_shift(result: Shift) -> list[str]:
    """Return what ``clipdash compare`` says of it."""
    found = describe(result)
    return [f"{found.headline.plain}.", *(line.plain for line in (*found.sentences, *found.notes))]


def pool_shift(result: Shift, figure: str, pick: Pick) -> Own | None:
    """Return the rate before or after of the groups picked together, or the shift of the one group picked."""
    picked = [row for row in result.rows if pick(row.group)]
    if figure == "shift":
        one = picked[0] if len(picked) == 1 else None  # of several a paired interval would need the images
        return None if one is None or one.shift is None else Own(one.shift.value, one.shift.low, one.shift.high, one.n)
    return pool_counts((_count(row, figure), row.n) for row in picked)


def _count(row: GroupShift, figure: str) -> int | None:
    side: Side | None = {"before": row.before, "after": row.after}[figure]
    return None if side is None else side.misclassified


def draw_shift(result: Shift) -> list[Drawing]:
    """Return the chart of the shifts and that of where the images went, with their tables."""
    return [
        Drawing(
            "shift",
            partial(charts.shift_chart, result),
            charts.describe_shift_chart(result),
            "Ring: before; disc: after. At the right the paired shift in points, with its 95% interval.",
            partial(result_rows, result),
            tuple(say_shift(result)),
        ),
        Drawing(
            "where the images went",
            partial(charts.flow_chart, result),
            charts.describe_flow_chart(result),
            "Images by the label that they had and the one that they have with the second set.",
            lambda: flow_rows(order_flows(result), result.n),
            words=bool(result.before.flagged or result.after.flagged),
        ),
    ]
