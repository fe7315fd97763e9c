"""The command that registers a comparison before its result is seen."""

from typing import Annotated, Any

import typer

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

__all__ = ["register"]


def register(
    store: StoreName,
    before: Annotated[str, typer.Option("--before", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    after: Annotated[str, typer.Option("--after", metavar="SET", help="The other one.")],
    by: By,
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
    """Register a comparison before its result is seen; the page Shift and the report then say so."""
    from clipdash.audit import check_least, check_question, parse_rule
    from clipdash.labels import load_labels, read_mode
    from clipdash.records import list_facts, seal_question
    from clipdash.store import open_store

    mode, counted = read_mode(threshold=threshold, score=score, top_k=top_k, temperature=temperature), parse_rule(rule)
    opened, label_sets = open_store(store), [load_labels(labels) for labels in (before, after)]
    known = {attribute.name: attribute.values for attribute in opened.manifest.attributes}
    groups, kept, _ = check_question(known, by, label_sets, where=parse_where(where), cluster=cluster)
    counted.check(label_sets)
    check_least(min_n)
    facts = list_facts(
        label_sets,
        variants=[opened.variant(name).name for name in (variant, variant_after or variant)],
        by=groups,
        where=kept,
        rule=str(counted),
        min_n=min_n,
        cluster=cluster,
        simultaneous=simultaneous,
        mode=mode,
    )
    seal = seal_question(opened.digest, facts)
    _say(seal, as_json)


def _say(seal: Any, as_json: bool) -> None:
    if as_json:
        registered = {"sealed": seal.sealed.isoformat(timespec="seconds"), "seal": seal.digest}
        print_json({"registered": registered, "store_digest": seal.store_digest, "facts": dict(seal.facts)})
        return
    print(
        f"Registered {seal.sealed:%Y-%m-%d %H:%M} UTC, seal {seal.digest[:12]}. The page Shift and the report of this "
        "comparison now say that it was registered before it was seen."
    )
