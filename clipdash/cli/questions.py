"""Commands that ask a store: rates, shifts, their causes, and what may be wrong with a label set."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from clipdash.cli.extras import ablate_labels, place_words
from clipdash.cli.options import (
    AsJson,
    By,
    Cluster,
    EngineName,
    MinN,
    RuleText,
    Score,
    Shards,
    Simultaneous,
    StoreName,
    Temperature,
    Threshold,
    TopK,
    Variant,
    Where,
    parse_where,
)
from clipdash.cli.printing import print_explanation, print_json, print_result, print_several, write_table
from clipdash.cli.reading import keep_encoder, open_any, tabulate_sets
from clipdash.errors import QueryError

__all__ = ["QUESTIONS"]


def audit(
    store: StoreName,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    by: By,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    variant: Variant = None,
    threshold: Threshold = None,
    score: Score = None,
    temperature: Temperature = None,
    top_k: TopK = None,
    cluster: Cluster = None,
    simultaneous: Simultaneous = False,
    accuracy: Annotated[
        str | None,
        typer.Option("--accuracy", metavar="ATTR", help="Also: how often a label claims its annotation."),
    ] = None,
    ablated: Annotated[
        bool, typer.Option("--ablate", help="Also: leave each label out in turn, and see what goes with it.")
    ] = False,
    engine: EngineName = "local",
    shards: Shards = None,
    as_json: AsJson = False,
) -> None:
    """Rate of one label set, group by group, with intervals."""
    from clipdash.audit import measure, measure_accuracy, parse_rule
    from clipdash.labels import read_mode
    from clipdash.records import record_seen

    mode, counted = read_mode(threshold=threshold, score=score, top_k=top_k, temperature=temperature), parse_rule(rule)
    opened = open_any(store)
    chosen = {"by": by, "where": parse_where(where), "cluster": cluster, "rule": counted}
    table = tabulate_sets(opened, [(labels, variant)], mode, chosen, engine, shards)
    result = measure(table, counted, min_n, simultaneous=simultaneous)
    agreement = measure_accuracy(table, accuracy, min_n) if accuracy else None
    hint = _hint_cluster(opened, cluster, by)
    asked = chosen | {"min_n": min_n, "simultaneous": simultaneous}
    # Before anything is printed: what cannot be left out is an error of the whole command.
    left_out = ablate_labels(opened, labels, variant, mode, asked) if ablated else None
    extra = None if left_out is None else lambda: left_out
    record_seen(opened.digest, [result.label_set.digest])
    print_result(result, as_json, accuracy=agreement, hint=hint, extra=extra)


def compare(
    store: StoreName,
    by: By,
    before: Annotated[
        str | None, typer.Option("--before", metavar="SET", help="A label file (TOML) or the key of a preset.")
    ] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="SET", help="The other one.")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="SET", help="Instead: two to eight sets side by side.")
    ] = None,
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
    tolerance: Annotated[
        float | None, typer.Option("--tolerance", metavar="RATE", help="Also: is each shift beyond it, or within it.")
    ] = None,
    export_table: Annotated[
        Path | None, typer.Option("--export-table", metavar="T.csv", help="Also write the counts, for compare-table.")
    ] = None,
    placebo: Annotated[
        bool, typer.Option("--placebo/--no-placebo", help="Neutral words in the place of each label that was added.")
    ] = True,
    engine: EngineName = "local",
    shards: Shards = None,
    as_json: AsJson = False,
) -> None:
    """Shift of each group's rate from one label set to another, on the same images."""
    from clipdash.audit import compare_several, judge_shifts, parse_rule, shift
    from clipdash.labels import read_mode
    from clipdash.records import record_seen, record_try
    from clipdash.store import is_url

    mode = read_mode(threshold=threshold, score=score, top_k=top_k, temperature=temperature)
    counted, chosen = parse_rule(rule), parse_where(where)
    if sets:
        if before or after or variant_after or export_table or tolerance or cluster or simultaneous or shards:
            raise QueryError(
                "--set stands alone: leave out --before, --after, --variant-after, --tolerance, --export-table, "
                "--cluster, --simultaneous and --shards."
            )
        if engine != "local" or is_url(store):
            raise QueryError("Several sets are compared on this machine: leave out --engine, and name a store here.")
        opened = open_any(store)
        given = [_classify(opened, labels, variant, mode) for labels in sets]
        several = compare_several(opened.people, by, given, where=chosen, rule=counted, min_n=min_n)
        record_seen(opened.digest, [one.label_set.digest for one in given])
        print_several(several, as_json)
        return
    if before is None or after is None:
        raise QueryError("A comparison needs --before SET and --after SET, or two to eight times --set SET.")
    opened = open_any(store)
    sides = [(before, variant), (after, variant_after or variant)]
    asked = {"by": by, "where": chosen, "cluster": cluster, "rule": counted}
    table = tabulate_sets(opened, sides, mode, asked, engine, shards)
    result = shift(table, counted, min_n, simultaneous=simultaneous)
    verdicts = None if tolerance is None else judge_shifts(result, tolerance)
    if export_table:
        write_table(export_table, table, opened.name)
    print_result(
        result,
        as_json,
        verdicts=verdicts,
        tolerance=tolerance,
        tries=record_try(result),
        hint=_hint_cluster(opened, cluster, by),
        extra=(lambda: place_words(opened, result, variant_after or variant)) if placebo else None,
    )


def explain(
    store: StoreName,
    before: Annotated[str, typer.Option("--before", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    after: Annotated[str, typer.Option("--after", metavar="SET", help="The other one.")],
    by: By,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    variant: Variant = None,
    threshold: Threshold = None,
    score: Score = None,
    temperature: Temperature = None,
    top_k: TopK = None,
    as_json: AsJson = False,
) -> None:
    """Take a shift apart: how much of it goes with each label that was added or removed."""
    from clipdash import audit as core
    from clipdash.labels import read_mode
    from clipdash.records import record_seen
    from clipdash.zeroshot import predict

    mode = read_mode(threshold=threshold, score=score, top_k=top_k, temperature=temperature)
    opened = open_any(store)
    first, second = (_classify(opened, labels, variant, mode) for labels in (before, after))
    result = core.explain(
        opened.people,
        by,
        first,
        second,
        predict=lambda label_set: predict(opened, label_set, variant=variant, mode=mode, read=keep_encoder),
        where=parse_where(where),
        rule=core.parse_rule(rule),
        min_n=min_n,
    )
    record_seen(opened.digest, [one.label_set.digest for one in (first, second)])
    print_explanation(result, as_json)


def lint(
    store: StoreName,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    variant: Variant = None,
    as_json: AsJson = False,
) -> None:
    """Say what may be wrong with a label set before it is run on a store."""
    from clipdash.audit import check_claims, lint_labels
    from clipdash.labels import load_labels
    from clipdash.zeroshot import embed_labels

    opened, label_set = open_any(store), load_labels(labels)
    known = {attribute.name: attribute.values for attribute in opened.manifest.attributes}
    check_claims(label_set, known)
    classifier = embed_labels(opened, label_set, variant=variant, read=keep_encoder)
    hints = lint_labels(label_set, known, None if classifier is None else classifier.weights)
    if as_json:
        print_json({"label_set": {"name": label_set.name, "digest": label_set.digest}, "hints": list(hints)})
        return
    print("\n".join(hints) or f"{label_set.name}: nothing to remark.")


#: Name of each command, and what runs it.
QUESTIONS: Mapping[str, Callable[..., None]] = {
    "audit": audit,
    "compare": compare,
    "explain": explain,
    "lint": lint,
}


def _hint_cluster(store: Any, cluster: str | None, by: list[str]) -> str | None:
    """Say that the store names what its images share, where they are not counted by it."""
    shared = store.manifest.cluster
    if shared is None or cluster is not None or shared in by:
        return None
    return f"Several images share one {shared}, and each counts by itself here; --cluster {shared} counts by it."


def _classify(store: Any, labels: str, variant: str | None, mode: Any) -> Any:
    from clipdash.labels import load_labels
    from clipdash.zeroshot import predict

    return predict(store, load_labels(labels), variant=variant, mode=mode, read=keep_encoder)
