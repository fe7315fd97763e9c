"""Options that several commands share, and the reading of ``A=V`` pairs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

from clipdash.errors import QueryError

StoreName = Annotated[
    str, typer.Argument(metavar="STORE", help="A path, or a name under $CLIPDASH_STORES or embeddings_cache/.")
]
By = Annotated[list[str], typer.Option("--by", metavar="ATTR", help="Attribute to group by; repeat for intersections.")]
Where = Annotated[
    list[str] | None, typer.Option("--where", metavar="A=V", help="Keep images annotated so; may repeat.")
]
RuleText = Annotated[
    str,
    typer.Option("--rule", help="misclassified, flagged, contradicted, not-supported, category:NAME or label:TEXT."),
]
MinN = Annotated[int, typer.Option("--min-n", help="Withhold groups with fewer judged images.")]
Variant = Annotated[str | None, typer.Option("--variant", help="Variant of the store; the first is the default.")]
Order = Annotated[
    list[str] | None, typer.Option("--order", metavar="A=V/W/...", help="Order of an attribute's values.")
]
SchemaName = Annotated[
    str | None, typer.Option("--schema", metavar="NAME", help="Layout of the metadata: fairface, utkface or celeba.")
]
Encoding = Annotated[str, typer.Option("--encoding", help="Text encoding of the CSV files.")]
Threshold = Annotated[
    float | None,
    typer.Option("--threshold", metavar="T", help="A label counts where its score is at least T: several, or none."),
]
Score = Annotated[
    str | None,
    typer.Option("--score", help="What the threshold is held against: probability (softmax; default) or cosine."),
]
Temperature = Annotated[
    float | None,
    typer.Option("--temperature", help="Of the softmax, where the store brings none along; OpenAI's CLIP models: .01."),
]
TopK = Annotated[int | None, typer.Option("--top-k", metavar="K", help="The K best labels of each image count.")]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ATTR", help="Images with one value hang together (one person, one drawing)."),
]
Simultaneous = Annotated[
    bool, typer.Option("--simultaneous", help="Intervals of all groups hold together, not each by itself.")
]
EngineName = Annotated[
    str,
    typer.Option("--engine", metavar="ENGINE", help="Where the work is done: local, ray, or ray://HOST:PORT."),
]
Shards = Annotated[
    int | None, typer.Option("--shards", metavar="N", help="At most so many parts; the result is the same.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _parse_pairs(pairs: Sequence[str] | None, option: str, example: str) -> Iterator[tuple[str, str]]:
    for pair in pairs or ():
        name, sign, value = pair.partition("=")
        if not (sign and name.strip() and value):
            raise QueryError(f'{option} got "{pair}", which is not of the form {example}.')
        yield name.strip(), value


def parse_where(pairs: Sequence[str] | None) -> Mapping[str, tuple[str, ...]]:
    """Read ``--where``: the values of one attribute are collected."""
    return parse_pairs("--where", pairs)


def parse_pairs(option: str, pairs: Sequence[str] | None) -> Mapping[str, tuple[str, ...]]:
    """Read an option of the form ``A=V``: the values of one attribute are collected."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _parse_pairs(pairs, option, "ATTRIBUTE=VALUE"):
        found[name] = (*found.get(name, ()), value)
    return found


def parse_order(pairs: Sequence[str] | None) -> Mapping[str, tuple[str, ...]]:
    """Read ``--order``: the values of one attribute are parted by ``/``."""
    return {
        name: tuple(value.split("/")) for name, value in _parse_pairs(pairs, "--order", "ATTRIBUTE=FIRST/SECOND/...")
    }
