"""The command that makes a store of pictures."""

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from clipdash.access import note
from clipdash.cli.options import AsJson, EngineName, Order, SchemaName, StoreName, parse_order
from clipdash.cli.printing import print_json, show_progress
from clipdash.errors import QueryError

__all__ = ["build_from_pictures"]

INTERRUPTED = 130
_SHOWN = 5


def build_from_pictures(
    store: StoreName,
    images: Annotated[Path, typer.Option("--images", metavar="DIR", help="Folder of pictures.")],
    metadata: Annotated[
        Path | None, typer.Option("--metadata", metavar="M.csv", help="image_id and one column an attribute.")
    ] = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option("--encoder", metavar="E", help="MODEL/TAG, local-dir:PATH or hf-hub:NAME; may repeat."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help="A checkpoint file, instead of an encoder's name.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Its architecture: MODEL of open_clip, or MODEL/TAG to go by."),
    ] = None,
    about: Annotated[
        Path | None, typer.Option("--about", metavar="A.toml", help="Title, licence, source, notice, attributes.")
    ] = None,
    order: Order = None,
    schema: SchemaName = None,
    thumbnail_size: Annotated[
        int, typer.Option("--thumbnail-size", help="Longest side of a thumbnail, in pixels.")
    ] = 96,
    no_thumbnails: Annotated[
        bool, typer.Option("--no-thumbnails", help="Keep no picture, however small; ids are shown instead.")
    ] = False,
    embed_encoder: Annotated[
        bool, typer.Option("--embed-encoder", help="Copy a local-dir encoder into the store.")
    ] = False,
    batch: Annotated[
        str, typer.Option("--batch", metavar="N", help="Pictures that are encoded at once; auto suits the device.")
    ] = "auto",
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Processes that open pictures; one a processor.")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="Where the model runs: auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[
        str, typer.Option("--precision", help="In which pictures are encoded: fp32, bf16 or fp16.")
    ] = "fp32",
    shards: Annotated[
        int | None, typer.Option("--shards", metavar="N", help="At most so many parts, each kept as it is done.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a build that was interrupted.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first picture that cannot be used, instead of leaving it out.")
    ] = False,
    index: Annotated[
        str | None,
        typer.Option("--index", metavar="FACTORY", help="An approximate index of FAISS for search, such as HNSW32."),
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Add the encoder to a store that is there; it keeps all it has.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace an existing store, or what an interrupted build left.")
    ] = False,
    engine: EngineName = "local",
    as_json: AsJson = False,
) -> None:
    """Build a store from a folder of pictures and a table of their annotations."""
    from clipdash.build import BuildOptions, add_encoders, build_store

    if add:
        _refuse_beside_add(
            {"--metadata": metadata, "--about": about, "--order": order, "--schema": schema, "--replace": replace}
        )
    elif metadata is None:
        raise QueryError("A build needs the annotations of its images: --metadata M.csv.")
    options = BuildOptions(
        batch=_parse_batch(batch),
        workers=workers,
        device=device,
        precision=precision,
        shards=shards,
        resume=resume,
        strict=strict,
        index=index,
        engine=engine,
    )
    named = _name_encoders(encoder, weights, model)
    try:
        with heed_termination(), show_progress("Encoding images") as advance:
            if metadata is None:
                report = add_encoders(store, images=images, encoder=named, options=options, progress=advance)
            else:
                report = build_store(
                    store,
                    images=images,
                    metadata=metadata,
                    encoder=named,
                    about=about,
                    order=parse_order(order),
                    schema=schema,
                    thumbnail_size=None if no_thumbnails else thumbnail_size,
                    embed_encoder=embed_encoder,
                    replace=replace,
                    options=options,
                    progress=advance,
                )
    except KeyboardInterrupt:
        print("Stopped. Parts that were done are kept: give the same command with --resume.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    note("built", "store", report.store.name, digest=report.store.digest)
    _print_report(report, as_json)


@contextmanager
def heed_termination() -> Iterator[None]:
    """Take SIGTERM, by which pages and machines stop a program, as Ctrl+C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _refuse_beside_add(given: Mapping[str, object]) -> None:
    names = [name for name, value in given.items() if value]
    if names:
        raise QueryError(f"--add keeps what the store says of its images, so {names[0]} has no place beside it.")


def _name_encoders(encoder: Sequence[str] | None, weights: Path | None, model: str | None) -> list[str]:
    if bool(weights) != bool(model):
        raise QueryError("A checkpoint file needs both: --weights FILE, and its architecture as --model NAME.")
    if not (encoder or weights):
        raise QueryError("Name what encodes the images: --encoder E, or --weights FILE with --model NAME.")
    return [*(encoder or ()), *([f"weights:{model}:{weights}"] if weights else [])]


def _parse_batch(text: str) -> int | None:
    if text == "auto":
        return None
    if not (text.isascii() and text.isdigit() and int(text)):
        raise QueryError(f'--batch got "{text}"; expected auto, or a number of pictures from 1 on.')
    return int(text)


def _print_report(report: Any, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "store": {"name": report.store.name, "digest": report.store.digest},
                "built": report.built,
                "skipped": [{"image_id": i, "reason": r} for i, r in report.skipped],
                "duplicates": [{"image_id": i, "first": f} for i, f in report.duplicates],
                "unmatched": len(report.unmatched),
                "unmatched_images": list(report.unmatched),
                "note": report.note,
            }
        )
        return
    if report.note:
        print(f"{report.store.path}: {report.note}")
        return
    print(f"Built {report.store.path}: {report.built:,} images, {len(report.skipped):,} left out (see skipped.csv).")
    for variant in report.store.manifest.variants:
        if variant.search:
            print(f"{variant.search.factory} of {variant.name} finds {variant.search.recall:.1%} of the 10 nearest.")
    if report.unmatched:
        print(f"{len(report.unmatched):,} pictures have no row in the metadata: {_name(report.unmatched)}.")
    if report.duplicates:
        print(
            f"{len(report.duplicates):,} pictures are the same file as another (see duplicates.csv): "
            f"{_name([image_id for image_id, _ in report.duplicates])}. Each counts as an image of its own."
        )


def _name(ids: Sequence[str]) -> str:
    return f"{', '.join(ids[:_SHOWN])}{', ...' if len(ids) > _SHOWN else ''}"
