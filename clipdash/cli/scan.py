"""The command that tries thousands of words, one at a time."""

from typing import Annotated, Any

import typer

from clipdash.cli.options import (
    AsJson,
    By,
    Cluster,
    MinN,
    RuleText,
    StoreName,
    Variant,
    Where,
    parse_where,
)
from clipdash.cli.printing import print_data, show_progress
from clipdash.cli.reading import keep_encoder

__all__ = ["ask_words", "scan"]


def scan(
    store: StoreName,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    by: By,
    words: Annotated[
        str,
        typer.Option("--words", metavar="LIST", help="common, neutral, or a text file with a word a line."),
    ] = "common",
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    rank: Annotated[
        str,
        typer.Option("--rank", help="shift: the word that shifts a group most; difference: two groups most unlike."),
    ] = "shift",
    category: Annotated[
        str | None, typer.Option("--category", metavar="NAME", help="Of every word; a flagged one counts.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the two halves.")] = 0,
    variant: Variant = None,
    cluster: Cluster = None,
    as_json: AsJson = False,
) -> None:
    """Which one word, added to a set, would move the groups most: one half of the images chooses, one confirms."""
    from clipdash.audit import parse_rule, scan_words
    from clipdash.labels import load_labels, read_words
    from clipdash.records import record_seen
    from clipdash.report import say_scan, say_scan_head, scan_json, scan_rows
    from clipdash.store import open_store

    opened, label_set = open_store(store), load_labels(labels)
    with show_progress("Words") as advance:
        found = scan_words(
            opened.people,
            by,
            label_set,
            read_words(words),
            **ask_words(opened, label_set, variant),
            vectors=opened.vectors(variant),
            category=category,
            where=parse_where(where),
            rule=parse_rule(rule),
            min_n=min_n,
            cluster=cluster,
            order=rank,
            seed=seed,
            progress=advance,
        )
    record_seen(opened.digest, [one.digest for one in found.shown])
    said = [say_scan_head(found).plain + ".", *say_scan(found)]
    print_data(lambda command: scan_json(found, command=command), scan_rows(found), said, as_json)


def ask_words(store: Any, label_set: Any, variant: str | None) -> dict[str, Any]:
    """Return how scores are read and words embedded, with the prompts of a set."""
    from clipdash.zeroshot import embed_words, open_scores

    return {
        "read": lambda asked: open_scores(store, asked, variant=variant, read=keep_encoder),
        "embed": lambda words: embed_words(
            store, words, templates=label_set.templates, variant=variant, read=keep_encoder
        ),
    }
