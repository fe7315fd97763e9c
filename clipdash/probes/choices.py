"""Own options of each image as a run: the share drawn to the truth, to a close option, to another."""

from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import OptionResult, measure_options
from clipdash.probes.own import Drawing, Own, Pick
from clipdash.probes.runs import OptionsRun
from clipdash.probes.task import Task
from clipdash.report import options_json, options_rows, say_options
from clipdash.zeroshot import choose_options, read_options

__all__ = ["choices_json", "draw_choices", "pool_choices", "run_options"]


def run_options(task: Task, run: OptionsRun) -> OptionResult:
    """Let each image choose among the options that a file gives it."""
    if task.options is None:
        raise ValueError("a run with options was begun without any")
    options = read_options(task.options, list(task.store.people.index))
    chosen = choose_options(
        task.store,
        options,
        templates=run.templates,
        variant=task.variant,
        read=task.read,
        progress=task.progress,
    )
    return measure_options(chosen, min_n=run.min_n)


def choices_json(result: OptionResult, command: str) -> list[dict[str, Any]]:
    """Return it as plain data."""
    return [options_json(result, command=command)]


def pool_choices(result: OptionResult, figure: str, pick: Pick) -> Own | None:
    """Return the share of all images that chose an option of a role."""
    del pick  # the published figures are of all images
    share = result.overall.roles.get(figure)
    return None if share is None else Own(share.rate, share.low, share.high, result.overall.n)


def draw_choices(result: OptionResult) -> list[Drawing]:
    """Return the chart of the shares."""
    return [
        Drawing(
            "options",
            partial(charts.option_chart, result),
            charts.describe_option_chart(result),
            "Shares of images by the role of the option that they score highest with; lines are exact 95% intervals.",
            partial(options_rows, result),
            tuple(say_options(result)),
        )
    ]
