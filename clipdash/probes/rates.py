"""Rates of one set under several rules as a run: one audit a rule, read as one table."""

from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import Audit, GroupRate, measure, parse_rule
from clipdash.labels import read_mode
from clipdash.probes.own import Drawing, Own, Pick, pool_counts
from clipdash.probes.runs import RatesRun
from clipdash.probes.task import Task
from clipdash.report import Sheet, describe, gather_rows, result_rows, to_json
from clipdash.report.rows import name_row, say_missing
from clipdash.report.sheet import Cell

__all__ = ["draw_rates", "name_rule", "pool_rates", "rates_json", "rates_rows", "rates_sheet", "run_rates", "say_rates"]


def run_rates(task: Task, run: RatesRun) -> tuple[Audit, ...]:
    """Measure the rates under each rule."""
    mode = read_mode(threshold=run.threshold, score=run.score, top_k=run.top_k, temperature=run.temperature)
    found, rules = task.predict(task.probe.find_set(run.set), mode), [parse_rule(rule) for rule in run.rules]
    # Where an image may carry several labels, what is counted of them depends on the rule.
    tables = [task.tabulate(run, run.by, found, rule=rule) for rule in (rules[:1] if mode.single else rules)]
    return tuple(measure(tables[0 if mode.single else place], rule, run.min_n) for place, rule in enumerate(rules))


def name_rule(rule: str) -> str:
    """Write a rule as a heading: "crime", "gorilla", "flagged"."""
    return parse_rule(rule).value or rule


def rates_json(result: tuple[Audit, ...], command: str) -> list[dict[str, Any]]:
    """Return one audit a rule, as ``clipdash audit`` prints it."""
    return [to_json(audit, command=command) for audit in result]


def rates_rows(result: tuple[Audit, ...]) -> list[dict[str, str]]:
    """Return a row a group, all images first: n, and a rate with its interval for each rule."""
    first = result[0]
    if len(result) == 1:
        return result_rows(first)
    places = range(-1, len(first.rows))
    return [_write_row([_pick_row(audit, place) for audit in result], result) for place in places]


def _pick_row(audit: Audit, place: int) -> GroupRate:
    return audit.overall if place < 0 else audit.rows[place]


def _write_row(rows: list[GroupRate], result: tuple[Audit, ...]) -> dict[str, str]:
    cells = name_row(rows[0], result[0].by)
    for row, audit in zip(rows, result, strict=True):
        side = row.side
        said = say_missing(row)
        if side is not None:
            low, high = charts.format_rate(side.low), charts.format_rate(side.high)
            said = f"{charts.format_rate(side.rate)} ({low} to {high})"
        cells[name_rule(str(audit.rule))] = said
    return cells


def rates_sheet(result: tuple[Audit, ...]) -> Sheet:
    """Return a row for each rule and group: n, count, rate and interval."""
    rows: list[dict[str, Cell]] = []
    for audit in result:
        for row in (audit.overall, *audit.rows):
            side = row.side
            figures: dict[str, Cell] = {"rule": str(audit.rule), "n": row.n, "withheld": row.withheld}
            if side is not None:
                figures |= {"count": side.misclassified, "rate": side.rate, "low": side.low, "high": side.high}
            named: dict[str, Cell] = {f"annotated:{name}": value for name, value in row.group.items()}
            rows.append(named | figures)
    return gather_rows(rows, ["rule", *(f"annotated:{name}" for name in result[0].by)])


def say_rates(result: tuple[Audit, ...]) -> list[str]:
    """Return the headline of each rule, and the notes of the first."""
    return [f"{describe(audit).headline.plain}." for audit in result] + [n.plain for n in describe(result[0]).notes]


def pool_rates(result: tuple[Audit, ...], figure: str, pick: Pick) -> Own | None:
    """Return the rate under a rule, or the share of an outcome, of the groups picked together."""
    by_rule = {str(audit.rule): audit for audit in result}
    if figure in by_rule:
        picked = [row for row in by_rule[figure].rows if pick(row.group)]
        return pool_counts((row.side.misclassified if row.side else None, row.n) for row in picked)
    picked = [row for row in result[0].rows if pick(row.group)]
    return pool_counts((row.side.outcomes[figure] if row.side else None, row.n) for row in picked)


def draw_rates(result: tuple[Audit, ...]) -> list[Drawing]:
    """Return one chart a rule, with its table."""
    return [_draw_audit(audit) for audit in result]


def _draw_audit(audit: Audit) -> Drawing:
    name, draw = name_rule(str(audit.rule)), partial(charts.rate_chart, audit)
    said = charts.describe_rate_chart(audit)
    flagged = {label.text for label in audit.label_set.labels if label.category in audit.label_set.flagged}
    words = audit.rule.kind == "label" and audit.rule.value in flagged
    caption = "Lines are Wilson's 95% intervals."
    return Drawing(name, draw, said, caption, partial(result_rows, audit), tuple(say_rates((audit,))), words)
