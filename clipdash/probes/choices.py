"""Own options of each image as a run: the share drawn to the truth, to a close option, to another."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from clipdash import charts
from clipdash.audit import OptionResult, measure_options
from clipdash.errors import FileError
from clipdash.probes.own import Drawing, Own, Pick
from clipdash.probes.runs import OptionsRun
from clipdash.probes.task import Task
from clipdash.report import options_json, options_rows, say_options
from clipdash.zeroshot import ROLES, Options, choose_options, read_options

__all__ = ["choices_json", "draw_choices", "pool_choices", "run_options"]


def run_options(task: Task, run: OptionsRun) -> OptionResult:
    """Let each image choose among the options that a file gives it."""
    if task.options is None:
        raise ValueError("a run with options was begun without any")
    images = list(task.store.people.index)
    options = read_options(task.options, images)
    _check_options(options, run, images)
    chosen = choose_options(
        task.store,
        options,
        templates=run.templates,
        variant=task.variant,
        read=task.read,
        progress=task.progress,
    )
    return measure_options(chosen, min_n=run.min_n)


def _check_options(options: Options, run: OptionsRun, images: Sequence[str]) -> None:
    """Refuse options that are not those of the experiment: its figures would stand beside another question."""
    most = run.most or max(options.sizes)
    wanted = f"{run.least}" if run.least == run.most else f"at least {run.least}"
    for place, size in enumerate(options.sizes.tolist()):
        image = images[options.rows[place]]
        if not run.least <= size <= most:
            raise FileError(
                f'{options.name} gives the image "{image}" {size} options; "{run.title}" takes {wanted} an image.'
            )
        close = bool((options.roles[options.starts[place] : options.starts[place + 1]] == ROLES.index("close")).any())
        if run.close is not None and close != run.close:
            said = "no close option, and this run needs one" if run.close else "a close option, and this run takes none"
            raise FileError(f'{options.name} gives the image "{image}" {said} an image.')


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
