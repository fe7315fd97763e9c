"""Commands that ask one question many times over: along thresholds, and over every combination of choices."""

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from clipdash.cli.options import AsJson, By, MinN, RuleText, StoreName, Variant, Where, parse_where
from clipdash.cli.printing import print_data

__all__ = ["CURVES"]


def sweep(
    store: StoreName,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    by: By,
    over: Annotated[
        str, typer.Option("--over", help="probability (softmax), cosine (the score as it stands) or top-k.")
    ] = "probability",
    at: Annotated[
        list[float] | None, typer.Option("--at", metavar="T", help="A threshold that must be among them; may repeat.")
    ] = None,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    variant: Variant = None,
    as_json: AsJson = False,
) -> None:
    """Rate of each group at every threshold, with bands that hold the whole curve."""
    from clipdash.audit import parse_rule, sweep_thresholds
    from clipdash.labels import load_labels
    from clipdash.report import say_sweep, sweep_json, sweep_rows
    from clipdash.store import open_store
    from clipdash.zeroshot import open_scores

    opened = open_store(store)
    found = sweep_thresholds(
        opened.people,
        by,
        open_scores(opened, load_labels(labels), variant=variant),
        kind=over,
        at=at or (),
        where=parse_where(where),
        rule=parse_rule(rule),
        min_n=min_n,
    )
    rows = sweep_rows(found, at or ())
    print_data(lambda command: sweep_json(found, command=command), rows, [say_sweep(found)], as_json)


#: Name of each command, and what runs it.
CURVES: Mapping[str, Callable[..., None]] = {"sweep": sweep}
