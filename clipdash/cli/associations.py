"""The command that holds thousands of words against groups of images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from clipdash.cli.options import AsJson, By, MinN, StoreName, Variant, Where, parse_where
from clipdash.cli.printing import print_data, print_rows, show_progress
from clipdash.errors import QueryError

if TYPE_CHECKING:
    from clipdash.audit import Association

__all__ = ["associate"]

_SHOWN = 10


def associate(
    store: StoreName,
    words: Annotated[
        str, typer.Option("--words", metavar="LIST", help="common, neutral, or a text file with one word a line.")
    ],
    by: By,
    where: Where = None,
    groups: Annotated[
        str | None,
        typer.Option("--groups", metavar="V/W", help="Which groups, in order; of several --by each is V+X. All else."),
    ] = None,
    template: Annotated[
        list[str] | None, typer.Option("--template", metavar="T", help='Prompt; may repeat. "a photo of a {}" else.')
    ] = None,
    permutations: Annotated[int, typer.Option("--permutations", help="Of the test; 0 leaves it out.")] = 999,
    seed: Annotated[int, typer.Option("--seed", help="Of the permutations.")] = 0,
    adjust: Annotated[
        str, typer.Option("--adjust", help="bh (Benjamini-Hochberg) or by (Benjamini-Yekutieli), over all words.")
    ] = "bh",
    min_n: MinN = 30,
    variant: Variant = None,
    top: Annotated[
        int | None, typer.Option("--top", help="Words a direction; by default 10 in tables, all in JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Mean cosine of thousands of words with each group's images, with effect sizes and permutation tests."""
    from clipdash import audit as core
    from clipdash.labels import DEFAULT_TEMPLATES, read_words
    from clipdash.report import associations_json
    from clipdash.store import open_store

    if top is not None and top < 1:
        raise QueryError(f"The top {top} words were asked for; ask for at least 1.")
    opened = open_store(store)
    listed = read_words(words)
    with show_progress("Words, then permutations") as advance:
        found = core.associate(
            opened,
            listed,
            by,
            groups=_parse_groups(groups, len(by)),
            where=parse_where(where),
            templates=tuple(template or DEFAULT_TEMPLATES),
            variant=variant,
            permutations=permutations,
            seed=seed,
            adjust=adjust,
            min_n=min_n,
            progress=lambda _, done, total: advance(done, total),
        )
    if as_json:
        print_data(lambda command: associations_json(found, top=top, command=command), [], [], as_json)
    else:
        _print(found, top or _SHOWN)


def _parse_groups(text: str | None, attributes: int) -> list[Sequence[str]] | None:
    """Read ``V/W``, or ``V+X/W+Y`` where several attributes are grouped by; a single value may hold a plus."""
    if text is None:
        return None
    parts = text.split("/")
    return [(part,) if attributes == 1 else tuple(part.split("+")) for part in parts]


def _print(found: "Association", top: int) -> None:
    from clipdash.report import associations_rows, pick_words, say_associations, say_words

    for place in range(len(found.contrasts)):
        print(say_associations(found, place))
        rows = associations_rows(found, place, pick_words(found, place, top=top))
        if rows:
            print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
        print()
    for sentence in say_words(found):
        print(sentence)
