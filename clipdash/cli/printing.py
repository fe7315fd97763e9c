"""What the command line prints: JSON, readable tables and sentences, a progress bar."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from clipdash.access import note
from clipdash.errors import QueryError

_WIDEST = 10_000


class Extra(NamedTuple):
    """What is printed along with a result: keys of the JSON, or a table and sentences."""

    json: Mapping[str, Any]
    rows: Sequence[Mapping[str, str]]
    sentences: Sequence[str]


@contextmanager
def show_progress(title: str) -> Iterator[Any]:
    """Show a bar with the time left on standard error; yields the function that moves it to (done, total)."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def print_json(value: Any) -> None:
    """Print a value as JSON; a number that is none is a bug, not a NaN."""
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def print_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table whose cells are plain text, whatever markup they look like.

    A terminal's width folds the cells; into a file or a pipe a row is one line, whatever its length.
    """
    grid = Table(box=None, pad_edge=False)
    for name in head:
        grid.add_column(Text(name), overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(
            width=max(Measurement.get(console, console.options.update(max_width=_WIDEST), grid).maximum, 1)
        )
    console.print(grid)


def print_result(
    result: Any,
    as_json: bool,
    inputs: Sequence[Mapping[str, str]] = (),
    left_out: Sequence[str] = (),
    accuracy: Any = None,
    verdicts: Any = None,
    tolerance: float | None = None,
    tries: Any = None,
    hint: str | None = None,
    extra: Callable[[], Extra] | None = None,
) -> None:
    """Print an `Audit` or `Shift`: as JSON, or as a table and what it says in words.

    Parameters
    ----------
    result : Audit or Shift
        What was found.
    as_json : bool
        Whether to print JSON.
    inputs : sequence of mapping
        File and sha256 of what was read instead of a store.
    left_out : sequence of str
        Annotated images without a prediction.
    accuracy : Accuracy, optional
        To be printed along.
    verdicts : tuple of GroupVerdict, optional
        To be printed along, with their `tolerance`.
    tolerance : float, optional
        A rate.
    tries : Tries, optional
        What was tried on the store; not in the JSON, which is the same for the same call.
    hint : str, optional
        What could be asked as well; not in the JSON.
    extra : callable, optional
        Returns an `Extra` to be printed along, last: what takes longer than the result.
    """
    if as_json:
        from clipdash.report import accuracy_json, to_json, verdicts_json

        command = shlex.join(["clipdash", *sys.argv[1:]])
        found = to_json(result, command=command, inputs=inputs, left_out=left_out)
        if accuracy is not None:
            found["accuracy"] = accuracy_json(accuracy)
        if tolerance is not None:
            found["tolerance"] = verdicts_json(verdicts, tolerance)
        print_json(found | dict(extra().json if extra else {}))
        return
    from clipdash.report import accuracy_rows, describe, result_rows, say_verdicts

    finding = describe(result)
    rows = result_rows(result)
    print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
    for line in (finding.headline, *finding.sentences, *finding.notes):
        print(line.plain)
    if hint:
        print(hint)
    if tries is not None:
        print(f"Comparisons tried on this store here: {tries.comparisons:,}, over {tries.groups:,} groups.")
    if tolerance is not None:
        print(say_verdicts(verdicts, tolerance))
    if accuracy is not None:
        cells = accuracy_rows(accuracy, result.by)
        print(f"\nAccuracy: images whose label claims their annotated {accuracy.attribute}")
        print_rows(tuple(cells[0]), [tuple(row.values()) for row in cells])
    _print_rest(left_out, extra)


def _print_rest(left_out: Sequence[str], extra: Callable[[], Extra] | None) -> None:
    if left_out:
        from clipdash.report import say_left_out

        print(say_left_out(left_out))
    if extra:
        sys.stdout.flush()
        _, rows, sentences = extra()
        if rows:
            print()
            print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
        print("\n".join(sentences))


def print_data(
    write_json: Callable[[str], Any], rows: Sequence[Mapping[str, str]], sentences: Sequence[str], as_json: bool
) -> None:
    """Print a finding: as JSON, written by a function of the command, or as a table and sentences."""
    if as_json:
        print_json(write_json(shlex.join(["clipdash", *sys.argv[1:]])))
        return
    if rows:
        print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
    for sentence in sentences:
        print(sentence)


def print_explanation(result: Any, as_json: bool) -> None:
    """Print an `Explanation`: as JSON, or as a table."""
    from clipdash.report import cause_rows, explanation_json

    said = "In points, with 95% intervals. Each column takes one label's change back; Together is what none does alone."
    print_data(lambda command: explanation_json(result, command=command), cause_rows(result), [said], as_json)


def print_several(result: Any, as_json: bool) -> None:
    """Print several sets side by side: as JSON, or as a table."""
    from clipdash.report import several_json, several_rows

    said = "Rates with 95% intervals (Wilson). p: Cochran's Q, whether the sets misclassify as many of the same images."
    print_data(lambda command: several_json(result, command=command), several_rows(result), [said], as_json)


def write_table(path: Path, table: Any, store: str) -> None:
    """Write a Table, of the store of that name, as a table of counts; `QueryError` where it cannot be written."""
    from clipdash.exchange import dump_counts

    content = dump_counts(table)
    try:
        path.write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        raise QueryError(f"The table cannot be written to {path} ({error.strerror}).") from None
    note("exported", "table", path.name, store=store)
