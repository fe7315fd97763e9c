"""The command line: ``clipdash`` or ``python -m clipdash``.

Exit 0: done. Exit 2: the input is at fault; one or two sentences on standard error, nothing on standard output.
Exit 1: a bug of ours or a failure of the machine; the traceback goes to a log file that the message names.
"""

import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid
from rich.text import Text
from typer._click.exceptions import ClickException

from clipdash.errors import InputError, QueryError, StoreError, record_fault

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Audit how a zero-shot classifier's class labels treat each group of images.",
)

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
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def stores(as_json: AsJson = False) -> None:
    """List the stores that can be named, with what is wrong with a broken one."""
    from clipdash.store import list_stores

    entries = list_stores()
    if as_json:
        _print_json(
            {
                "stores": [
                    {
                        "name": e.name,
                        "path": str(e.path),
                        "fault": e.fault,
                        "images": e.manifest.images if e.manifest else None,
                    }
                    for e in entries
                ]
            }
        )
        return
    rows = [
        (e.name, f"{e.manifest.images:,}" if e.manifest else "", e.manifest.title if e.manifest else "", e.fault or "")
        for e in entries
    ]
    _print_rows(("store", "images", "title", "fault"), rows)


@app.command()
def audit(
    store: StoreName,
    labels: Annotated[str, typer.Option("--labels", metavar="SET", help="A label file (TOML) or the key of a preset.")],
    by: By,
    where: Where = None,
    rule: RuleText = "misclassified",
    min_n: MinN = 30,
    variant: Variant = None,
    as_json: AsJson = False,
) -> None:
    """Rate of one label set, group by group, with intervals."""
    from clipdash.audit import measure, parse_rule, tabulate

    opened = _open(store)
    table = tabulate(opened.people, by, _classify(opened, labels, variant), where=_parse_where(where))
    _print_result(measure(table, parse_rule(rule), min_n), as_json)


@app.command()
def compare(
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
    as_json: AsJson = False,
) -> None:
    """Shift of each group's rate from one label set to another, on the same images."""
    from clipdash.audit import parse_rule, shift, tabulate

    opened = _open(store)
    first = _classify(opened, before, variant)
    second = _classify(opened, after, variant_after or variant)
    table = tabulate(opened.people, by, first, second, where=_parse_where(where))
    _print_result(shift(table, parse_rule(rule), min_n), as_json)


@app.command()
def build(
    store: StoreName,
    images: Annotated[Path, typer.Option("--images", metavar="DIR", help="Folder of pictures.")],
    metadata: Annotated[
        Path, typer.Option("--metadata", metavar="M.csv", help="image_id and one column an attribute.")
    ],
    encoder: Annotated[str, typer.Option("--encoder", metavar="E", help="MODEL/TAG, local-dir:PATH or hf-hub:NAME.")],
    about: Annotated[
        Path | None, typer.Option("--about", metavar="A.toml", help="Title, licence, source, notice, attributes.")
    ] = None,
    order: Annotated[
        list[str] | None, typer.Option("--order", metavar="A=V/W/...", help="Order of an attribute's values.")
    ] = None,
    thumbnail_size: Annotated[
        int, typer.Option("--thumbnail-size", help="Longest side of a thumbnail, in pixels.")
    ] = 96,
    embed_encoder: Annotated[
        bool, typer.Option("--embed-encoder", help="Copy a local-dir encoder into the store.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an existing store.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build a store from a folder of pictures and a table of their annotations."""
    from clipdash.build import build_store

    with _progress("Encoding images") as advance:
        report = build_store(
            store,
            images=images,
            metadata=metadata,
            encoder=encoder,
            about=about,
            order=_parse_order(order),
            thumbnail_size=thumbnail_size,
            embed_encoder=embed_encoder,
            replace=replace,
            progress=advance,
        )
    if as_json:
        _print_json(
            {
                "store": {"name": report.store.name, "digest": report.store.digest},
                "built": report.built,
                "skipped": [{"image_id": i, "reason": r} for i, r in report.skipped],
                "unmatched": report.unmatched,
            }
        )
        return
    print(
        f"Built {report.store.path}: {report.built:,} images, {len(report.skipped):,} left out"
        f" (see skipped.csv), {report.unmatched:,} pictures without a row in the metadata."
    )


@app.command()
def verify(store: StoreName, as_json: AsJson = False) -> None:
    """Hold every file of a store against its checksum."""
    from clipdash.store import verify_store

    faults = verify_store(store)
    if faults:
        raise StoreError(
            f"{store} is damaged: {'; '.join(faults)}. Build it again, or bring back the file from a copy."
        )
    if as_json:
        _print_json({"store": store, "faults": []})
    else:
        print(f"{store} is sound: every file has the checksum that its manifest names.")


@app.command()
def serve(port: Annotated[int, typer.Option("--port", help="Port on localhost.")] = 8501) -> None:
    """Serve the app in the browser."""
    script = Path(__file__).parent.parent / "app.py"
    if not script.is_file():
        raise StoreError(f"The app was looked for at {script} and is not there. Run this from a checkout of clipdash.")
    _check_port(port)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)])  # noqa: S606


def _open(reference: str) -> Any:
    from clipdash.store import open_store

    return open_store(reference)


def _classify(store: Any, labels: str, variant: str | None) -> Any:
    from clipdash.encoders import read_encoder
    from clipdash.labels import load_labels
    from clipdash.zeroshot import build_classifier, classify

    label_set = load_labels(labels)
    encoder = read_encoder(store.encoder_reference(variant))
    return classify(store, build_classifier(label_set, encoder), variant=variant)


def _parse_pairs(pairs: Sequence[str] | None, option: str, example: str) -> Iterator[tuple[str, str]]:
    for pair in pairs or ():
        name, sign, value = pair.partition("=")
        if not (sign and name.strip() and value):
            raise QueryError(f'{option} got "{pair}", which is not of the form {example}.')
        yield name.strip(), value


def _parse_where(pairs: Sequence[str] | None) -> Mapping[str, tuple[str, ...]]:
    where: dict[str, tuple[str, ...]] = {}
    for name, value in _parse_pairs(pairs, "--where", "ATTRIBUTE=VALUE"):
        where[name] = (*where.get(name, ()), value)
    return where


def _parse_order(pairs: Sequence[str] | None) -> Mapping[str, tuple[str, ...]]:
    return {
        name: tuple(value.split("/")) for name, value in _parse_pairs(pairs, "--order", "ATTRIBUTE=FIRST/SECOND/...")
    }


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise QueryError(f"Port {port} does not exist; choose one from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise QueryError(
                f"Port {port} cannot be used (it is taken, or not ours to take). Choose another with --port."
            ) from None


@contextmanager
def _progress(title: str) -> Iterator[Any]:
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False))


def _print_rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    grid = Grid(*head, box=None, pad_edge=False)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    Console(soft_wrap=True).print(grid)


def _print_result(result: Any, as_json: bool) -> None:
    if as_json:
        from clipdash.report import to_json

        _print_json(to_json(result, command=shlex.join(["clipdash", *sys.argv[1:]])))
        return
    from clipdash.report import describe, result_rows

    finding = describe(result)
    rows = result_rows(result)
    _print_rows(tuple(rows[0]), [tuple(row.values()) for row in rows])
    for line in (finding.headline, *finding.sentences, *finding.notes):
        print(line.plain)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        0, 1 or 2 as the module says.
    """
    try:
        code = app(args=list(sys.argv[1:] if arguments is None else arguments), prog_name="clipdash", standalone_mode=False)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except Exception as error:
        if isinstance(error, ClickException):
            print(f"{error.format_message().rstrip('.')}. See: clipdash --help", file=sys.stderr)
            return 2
        print(record_fault(error), file=sys.stderr)
        return 1
    return code if isinstance(code, int) else 0  # 130 after Ctrl+C


if __name__ == "__main__":
    sys.exit(main())
