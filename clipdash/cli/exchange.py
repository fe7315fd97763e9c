"""Commands that read no store: predictions of any classifier, and published tables of counts."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipdash.cli.options import (
    AsJson,
    By,
    Cluster,
    Encoding,
    MinN,
    Order,
    RuleText,
    SchemaName,
    Simultaneous,
    Where,
    parse_order,
    parse_where,
)
from clipdash.cli.printing import print_result

if TYPE_CHECKING:
    from clipdash.audit import Audit, Shift, Table

__all__ = ["EXCHANGES"]

LABELS = "A label file (TOML) or the key of a preset."
COLUMN = "Column of the labels; default: label, or the only one."
Metadata = Annotated[Path, typer.Option("--metadata", metavar="M.csv", help="image_id and one column an attribute.")]
CountTable = Annotated[Path, typer.Argument(metavar="T.csv", help="A table of counts.")]
BeforeLabels = Annotated[str, typer.Option("--before-labels", metavar="SET", help=LABELS)]
AfterLabels = Annotated[str, typer.Option("--after-labels", metavar="SET", help="The other one.")]


def audit_predictions(
    metadata: Metadata,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help=LABELS)],
    predictions: Annotated[Path, typer.Option("--predictions", metavar="P.csv", help="image_id and label.")],
    by: By,
    column: Annotated[str | None, typer.Option("--column", help=COLUMN)] = None,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    cluster: Cluster = None,
    simultaneous: Simultaneous = False,
    order: Order = None,
    schema: SchemaName = None,
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Rate of one label set, from the predictions of any classifier."""
    table, left_out = _tabulate_files(
        metadata,
        [(predictions, labels, column)],
        by=by,
        where=where,
        order=order,
        schema=schema,
        encoding=encoding,
        cluster=cluster,
    )
    _print(_measure(table, rule, min_n, simultaneous), as_json, (metadata, predictions), left_out)


def compare_predictions(
    metadata: Metadata,
    before_labels: BeforeLabels,
    before: Annotated[Path, typer.Option("--before", metavar="P.csv", help="image_id and label.")],
    after_labels: AfterLabels,
    after: Annotated[Path, typer.Option("--after", metavar="P.csv", help="The same images under the other set.")],
    by: By,
    before_column: Annotated[str | None, typer.Option("--before-column", help=COLUMN)] = None,
    after_column: Annotated[str | None, typer.Option("--after-column", help="Likewise.")] = None,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    cluster: Cluster = None,
    simultaneous: Simultaneous = False,
    order: Order = None,
    schema: SchemaName = None,
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Shift between two files of predictions of the same images."""
    files = [(before, before_labels, before_column), (after, after_labels, after_column)]
    table, left_out = _tabulate_files(
        metadata,
        files,
        by=by,
        where=where,
        order=order,
        schema=schema,
        encoding=encoding,
        cluster=cluster,
    )
    _print(_shift(table, rule, min_n, simultaneous), as_json, (metadata, before, after), left_out)


def audit_table(
    table: CountTable,
    by: By,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help=LABELS)],
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    cluster: Cluster = None,
    simultaneous: Simultaneous = False,
    order: Order = None,
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Rate of one label set, from a table of counts (attributes, label, count)."""
    from clipdash.exchange import read_counts
    from clipdash.labels import load_labels

    counts = read_counts(table, [load_labels(labels)], order=parse_order(order), encoding=encoding)
    _print(_measure(counts.tabulate(by, parse_where(where), cluster), rule, min_n, simultaneous), as_json, (table,))


def audit_rates(
    table: CountTable,
    by: By,
    where: Where = None,
    min_n: MinN = 30,
    simultaneous: Simultaneous = False,
    order: Order = None,
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Intervals and gap of published rates, from a table of counts (attributes, n, count)."""
    from clipdash.exchange import RATES_RULE, read_rates

    counts = read_rates(table, order=parse_order(order), encoding=encoding)
    _print(_measure(counts.tabulate(by, parse_where(where)), RATES_RULE, min_n, simultaneous), as_json, (table,))


def compare_table(
    table: CountTable,
    by: By,
    before_labels: BeforeLabels,
    after_labels: AfterLabels,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    cluster: Cluster = None,
    simultaneous: Simultaneous = False,
    order: Order = None,
    encoding: Encoding = "utf-8",
    as_json: AsJson = False,
) -> None:
    """Shift between two label sets, from a table of counts (attributes, before, after, count)."""
    from clipdash.exchange import read_counts
    from clipdash.labels import load_labels

    sets = [load_labels(before_labels), load_labels(after_labels)]
    counts = read_counts(table, sets, order=parse_order(order), encoding=encoding)
    _print(_shift(counts.tabulate(by, parse_where(where), cluster), rule, min_n, simultaneous), as_json, (table,))


#: Name of each command, and what runs it.
EXCHANGES: Mapping[str, Callable[..., None]] = {
    "audit-predictions": audit_predictions,
    "compare-predictions": compare_predictions,
    "audit-table": audit_table,
    "audit-rates": audit_rates,
    "compare-table": compare_table,
}


def _tabulate_files(
    metadata: Path,
    files: Sequence[tuple[Path, str, str | None]],
    *,
    by: Sequence[str],
    where: Sequence[str] | None,
    order: Sequence[str] | None,
    schema: str | None,
    encoding: str,
    cluster: str | None,
) -> "tuple[Table, tuple[str, ...]]":
    from clipdash.exchange import read_matched
    from clipdash.labels import load_labels

    sets = [load_labels(labels) for _, labels, _ in files]
    given = [(path, column) for path, _, column in files]
    matched = read_matched(metadata, given, order=parse_order(order), schema=schema, encoding=encoding)
    return matched.tabulate(sets, by, parse_where(where), cluster), matched.left_out


def _measure(table: "Table", rule: str, min_n: int, simultaneous: bool) -> "Audit":
    from clipdash.audit import measure, parse_rule

    return measure(table, parse_rule(rule), min_n, simultaneous=simultaneous)


def _shift(table: "Table", rule: str, min_n: int, simultaneous: bool) -> "Shift":
    from clipdash.audit import parse_rule, shift

    return shift(table, parse_rule(rule), min_n, simultaneous=simultaneous)


def _print(result: "Audit | Shift", as_json: bool, paths: Sequence[Path], left_out: Sequence[str] = ()) -> None:
    from clipdash.exchange import list_inputs

    print_result(result, as_json, inputs=list_inputs(paths), left_out=left_out)
