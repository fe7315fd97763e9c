"""How each kind of run is run, and how its result becomes JSON, tables, words, charts and figures to compare.

`HOW` is the one table of dispatch; a test holds that it has every kind that a probe may name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clipdash.probes import agreement, choices, classes, gendered, grids, rates, shifts, trained
from clipdash.probes.own import Drawing, Own, Pick
from clipdash.probes.task import Task
from clipdash.report import (
    Sheet,
    accuracy_sheet,
    classes_rows,
    classes_sheet,
    grid_rows,
    grid_sheet,
    learning_rows,
    learning_sheet,
    linear_rows,
    linear_sheet,
    options_rows,
    options_sheet,
    result_rows,
    result_sheet,
    say_classes,
    say_grid,
    say_options,
)

__all__ = ["HOW", "Kind"]


@dataclass(frozen=True)
class Kind:
    """What can be done with a kind of run: run it, and write, draw and pool its result.

    Parameters
    ----------
    run : callable
        Takes a task and a run, returns a result.
    json : callable
        Takes a result and a command, returns plain data: one entry a result of the core.
    rows, sheet, say, draw : callable
        Take a result and return its table for reading, its table for programs, its sentences, its charts.
    pool : callable
        Takes a result, the name of a figure and what picks groups; returns what stands beside a published figure.
    """

    run: Callable[[Task, Any], Any]
    json: Callable[[Any, str], list[dict[str, Any]]]
    rows: Callable[[Any], list[dict[str, str]]]
    sheet: Callable[[Any], Sheet]
    say: Callable[[Any], list[str]]
    draw: Callable[[Any], list[Drawing]]
    pool: Callable[[Any, str, Pick], Own | None]


def _pool_nothing(result: Any, figure: str, pick: Pick) -> None:
    """No published figure is of this kind."""


#: What runs each kind, by its name.
HOW: Mapping[str, Kind] = {
    "rates": Kind(
        rates.run_rates,
        rates.rates_json,
        rates.rates_rows,
        rates.rates_sheet,
        rates.say_rates,
        rates.draw_rates,
        rates.pool_rates,
    ),
    "shift": Kind(
        shifts.run_shift,
        shifts.shift_json,
        result_rows,
        result_sheet,
        shifts.say_shift,
        shifts.draw_shift,
        shifts.pool_shift,
    ),
    "accuracy": Kind(
        agreement.run_accuracy,
        agreement.agreement_json,
        agreement.agreement_rows,
        lambda result: accuracy_sheet(result.accuracy),
        agreement.say_agreement,
        agreement.draw_agreement,
        agreement.pool_agreement,
    ),
    "options": Kind(
        choices.run_options,
        choices.choices_json,
        options_rows,
        options_sheet,
        say_options,
        choices.draw_choices,
        choices.pool_choices,
    ),
    "gendered": Kind(
        gendered.run_gendered,
        gendered.gendered_json,
        gendered.gendered_rows,
        gendered.gendered_sheet,
        gendered.say_gendered,
        gendered.draw_gendered,
        _pool_nothing,
    ),
    "classes": Kind(
        classes.run_classes,
        classes.curve_json,
        classes_rows,
        classes_sheet,
        say_classes,
        classes.draw_classes,
        _pool_nothing,
    ),
    "grid": Kind(
        grids.run_grid,
        grids.shifts_json,
        grid_rows,
        grid_sheet,
        say_grid,
        grids.draw_grid,
        _pool_nothing,
    ),
    "linear": Kind(
        trained.run_linear,
        trained.fit_json,
        linear_rows,
        linear_sheet,
        trained.tell_linear,
        trained.draw_linear,
        trained.pool_linear,
    ),
    "learning": Kind(
        trained.run_learning,
        trained.curves_json,
        learning_rows,
        learning_sheet,
        trained.tell_curves,
        trained.draw_curves,
        _pool_nothing,
    ),
}
