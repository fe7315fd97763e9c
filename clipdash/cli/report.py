"""The command that writes a report: one file that says what was asked, what was found and how to repeat it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from clipdash.access import note
from clipdash.cli.extras import place_words
from clipdash.cli.options import (
    AsJson,
    By,
    Cluster,
    MinN,
    RuleText,
    Score,
    Simultaneous,
    StoreName,
    Temperature,
    Threshold,
    TopK,
    Variant,
    Where,
    parse_where,
)
from clipdash.cli.printing import print_json
from clipdash.cli.reading import open_any, tabulate_sets
from clipdash.errors import QueryError, RecordsError

__all__ = ["report"]


def report(
    store: StoreName,
    by: By,
    before: Annotated[
        str | None, typer.Option("--before", metavar="SET", help="A label file (TOML) or the key of a preset.")
    ] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="SET", help="The other one.")] = None,
    labels: Annotated[str | None, typer.Option("--labels", metavar="SET", help="Instead: a report of one set.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE.html", help="Where the report goes; opens anywhere.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file that is there.")] = False,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    variant: Variant = None,
    variant_after: Annotated[
        str | None, typer.Option("--variant-after", help="Variant for the second set; default: the same.")
    ] = None,
    threshold: Threshold = None,
    score: Score = None,
    temperature: Temperature = None,
    top_k: TopK = None,
    cluster: Cluster = None,
    simultaneous: Simultaneous = False,
    as_json: AsJson = False,
) -> None:
    """Write a comparison, or the rates of one set, as one HTML file that opens anywhere; or print it as JSON."""
    from clipdash.audit import measure, parse_rule, shift
    from clipdash.labels import read_mode
    from clipdash.report import word_command, write_link

    sides = _list_sides(before, after, labels, (variant, variant_after))
    _check_output(output, replace, as_json)
    mode, counted = read_mode(threshold=threshold, score=score, top_k=top_k, temperature=temperature), parse_rule(rule)
    opened = open_any(store)
    asked = {"by": by, "where": parse_where(where), "cluster": cluster, "rule": counted}
    table = tabulate_sets(opened, sides, mode, asked)
    answer = measure if labels else shift
    result = answer(table, counted, min_n, simultaneous=simultaneous)
    command = word_command(result, store=store, variant=variant, variant_after=variant_after)
    # A page reads the first variant only.
    link = "" if variant or variant_after else write_link(result)
    _write(opened, result, command, link, output=output, as_json=as_json, variant=variant_after or variant)


def _list_sides(
    before: str | None, after: str | None, labels: str | None, variants: tuple[str | None, str | None]
) -> list[tuple[str, str | None]]:
    first, second = variants
    if labels is not None:
        if before or after or second:
            raise QueryError("--labels reports one set by itself: leave out --before, --after and --variant-after.")
        return [(labels, first)]
    if before is None or after is None:
        raise QueryError("A report is of a comparison, --before SET and --after SET, or of one set, --labels SET.")
    return [(before, first), (after, second or first)]


def _check_output(output: Path | None, replace: bool, as_json: bool) -> None:
    """Refuse before any work what could not be written after it."""
    if output is None:
        if not as_json:
            raise QueryError("Say where the report goes: --output FILE.html, or --json to print it as data.")
        return
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise QueryError(f"The report cannot be written to {output}: name a file in a folder that is there.")
    if output.exists() and not replace:
        raise QueryError(f"There is a file {output} already. Name another, or replace it with --replace.")


def _write(
    store: Any, result: Any, command: str, link: str, *, output: Path | None, as_json: bool, variant: str | None
) -> None:
    from clipdash.audit import Shift
    from clipdash.records import record_seen, record_try
    from clipdash.report import describe, report_json, to_html, to_json

    data, found, tries, registered = to_json(result, command=command), None, None, None
    if isinstance(result, Shift):
        found, tries, registered = place_words(store, result, variant), record_try(result), _find_registration(result)
        data |= found.json
    else:
        record_seen(store.digest, [result.label_set.digest])
    if output is not None:
        tried = None if tries is None else tries.comparisons
        notes = () if found is None else found.sentences
        page = to_html(result, command=command, json=data, notes=notes, registered=registered, tried=tried, link=link)
        try:
            output.write_text(page, encoding="utf-8", newline="")
        except OSError as error:
            raise QueryError(f"The report cannot be written to {output} ({error.strerror}).") from None
        note("exported", "report", output.name, store=store.name)
    if as_json:
        print_json(report_json(result, data, link=link, registered=registered))
    else:
        print(f"{describe(result).headline.plain}.\nThe report is in {output}; it opens in any browser, offline too.")


def _find_registration(result: Any) -> Any:
    from clipdash.records import find_seal
    from clipdash.report import Registration

    try:
        seal = find_seal(result)
    except RecordsError:  # as the counter: a report needs no records
        return None
    return None if seal is None else Registration(seal.sealed, seal.digest)
