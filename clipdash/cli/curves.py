"""Commands that ask one question many times over: along thresholds, and over every combination of choices."""

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from clipdash.cli.options import (
    AsJson,
    By,
    MinN,
    RuleText,
    Score,
    StoreName,
    Temperature,
    Variant,
    Where,
    parse_pairs,
    parse_where,
)
from clipdash.cli.printing import print_data, show_progress
from clipdash.cli.reading import keep_encoder
from clipdash.errors import QueryError

__all__ = ["CURVES"]

_FEWEST_DRAWS = 999


def sweep(
    store: StoreName,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    by: By,
    over: Annotated[
        str, typer.Option("--over", help="probability (softmax), cosine (the score as it stands) or top-k.")
    ] = "probability",
    temperature: Temperature = None,
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
    from clipdash.records import record_seen
    from clipdash.report import say_sweep, sweep_json, sweep_rows
    from clipdash.store import open_store
    from clipdash.zeroshot import open_scores

    opened, label_set = open_store(store), load_labels(labels)
    found = sweep_thresholds(
        opened.people,
        by,
        open_scores(opened, label_set, variant=variant, read=keep_encoder),
        kind=over,
        temperature=temperature,
        at=at or (),
        where=parse_where(where),
        rule=parse_rule(rule),
        min_n=min_n,
    )
    record_seen(opened.digest, [label_set.digest])
    rows = sweep_rows(found, at or ())
    print_data(lambda command: sweep_json(found, command=command), rows, [say_sweep(found)], as_json)


def specify(
    store: StoreName,
    labels: Annotated[
        str | None, typer.Option("--labels", metavar="SET", help="One set: the gap between the groups of --by.")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--before", metavar="SET", help="Instead two sets: the shift of one group, or of all.")
    ] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="SET", help="The other one.")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", metavar="ATTR", help="Attribute to group by.")] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="A=V", help="The group whose shift is asked; may repeat.")
    ] = None,
    alternatives: Annotated[
        list[str] | None,
        typer.Option("--alternatives", metavar="L", help="man / male person / gentleman: other texts for a label."),
    ] = None,
    template: Annotated[
        list[str] | None, typer.Option("--template", metavar="T", help="A prompt beside the sets' own; may repeat.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="A rule; several are alternatives. Default: misclassified.")
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option("--threshold", metavar="T", help="A threshold beside the best label; may repeat."),
    ] = None,
    score: Score = None,
    temperature: Temperature = None,
    variant: Annotated[
        list[str] | None, typer.Option("--variant", help="A variant; several are alternatives. Default: the first.")
    ] = None,
    where: Where = None,
    min_n: MinN = 30,
    draws: Annotated[int, typer.Option("--draws", help="Of the permutation test.")] = 999,
    as_json: AsJson = False,
) -> None:
    """Specification curve: one question under every combination of choices that could be made otherwise."""
    from clipdash import audit as core
    from clipdash.labels import ARGMAX, load_labels, read_mode
    from clipdash.records import record_seen
    from clipdash.report import say_specifications, specifications_json, specifications_rows
    from clipdash.store import open_store
    from clipdash.zeroshot import open_scores

    if (labels is None) == (before is None and after is None) or (before is None) != (after is None):
        raise QueryError("Name one set (--labels SET, for a gap) or two (--before SET --after SET, for a shift).")
    if draws < _FEWEST_DRAWS:
        raise QueryError(f"A permutation test of {draws:,} draws was asked for; it needs at least {_FEWEST_DRAWS}.")
    choices = core.Choices(
        labels=core.parse_alternatives(alternatives or ()),
        templates=tuple(template or ()),
        rules=tuple(core.parse_rule(text) for text in rule or ("misclassified",)),
        modes=(
            ARGMAX,
            *(read_mode(threshold=value, score=score, temperature=temperature) for value in threshold or ()),
        ),
        variants=tuple(variant or (None,)),
    )
    sets = [load_labels(name) for name in (labels, before, after) if name is not None]
    wanted = {name: value for name, (value, *_) in parse_pairs("--group", group).items()}
    opened = open_store(store)
    with show_progress("Combinations") as advance:
        found = core.specify(
            opened.people,
            by or tuple(wanted),
            sets,
            choices,
            read=lambda label_set, name: open_scores(opened, label_set, variant=name, read=keep_encoder),
            group=wanted,
            where=parse_where(where),
            min_n=min_n,
            draws=draws,
            progress=advance,
        )
    record_seen(opened.digest, [one.digest for one in sets])
    print_data(
        lambda command: specifications_json(found, command=command),
        specifications_rows(found),
        say_specifications(found),
        as_json,
    )


#: Name of each command, and what runs it.
CURVES: Mapping[str, Callable[..., None]] = {"sweep": sweep, "specify": specify}
