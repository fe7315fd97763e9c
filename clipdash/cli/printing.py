"""What the command line prints: JSON, readable tables and sentences, a progress bar."""

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text


@contextmanager
def show_progress(title: str) -> Iterator[Any]:
    """Show a bar with the time left on standard error; yields the function that moves it to (done, total)."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def print_json(value: Any) -> None:
    """Print a value as JSON; a number that is none is a bug, not a NaN."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def print_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose cells are plain text, whatever markup they look like."""
    grid = Table(*head, box=None, pad_edge=False)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    Console(soft_wrap=True).print(grid)


def print_result(result: Any, as_json: bool) -> None:
    """Print an `Audit` or `Shift`: as JSON, or as a table and what it says in words."""
    if as_json:
        from clipdash.report import to_json

        print_json(to_json(result, command=shlex.join(["clipdash", *sys.argv[1:]])))
        return
    from clipdash.report import describe, result_rows

    finding = describe(result)
    rows = result_rows(result)
    print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
    for line in (finding.headline, *finding.sentences, *finding.notes):
        print(line.plain)
