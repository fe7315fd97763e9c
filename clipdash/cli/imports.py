"""The command that makes a store of embeddings or scores computed elsewhere."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from clipdash.access import note
from clipdash.cli.build import INTERRUPTED, heed_termination
from clipdash.cli.options import AsJson, Encoding, Order, SchemaName, StoreName, parse_order
from clipdash.cli.printing import print_json, show_progress
from clipdash.errors import QueryError

__all__ = ["import_store"]


def import_store(
    store: StoreName,
    metadata: Annotated[
        Path, typer.Option("--metadata", metavar="M.csv", help="image_id and one column an attribute.")
    ],
    embeddings: Annotated[
        Path | None,
        typer.Option("--embeddings", metavar="E.npy", help="Embeddings, a row an image, as in the metadata."),
    ] = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="E", help="What embedded the images; or a label bank.")
    ] = None,
    label_bank: Annotated[
        Path | None, typer.Option("--label-bank", metavar="B.npz", help="Embeddings of some labels.")
    ] = None,
    images: Annotated[Path | None, typer.Option("--images", metavar="DIR", help="Pictures, for thumbnails.")] = None,
    scores: Annotated[
        list[Path] | None,
        typer.Option("--scores", metavar="S.csv", help="image_id and one column a label; may repeat."),
    ] = None,
    about: Annotated[
        Path | None, typer.Option("--about", metavar="A.toml", help="Title, licence, source, notice, attributes.")
    ] = None,
    order: Order = None,
    schema: SchemaName = None,
    encoding: Encoding = "utf-8",
    thumbnail_size: Annotated[
        int, typer.Option("--thumbnail-size", help="Longest side of a thumbnail, in pixels.")
    ] = 96,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an existing store.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a store of embeddings or scores that were computed elsewhere."""
    from clipdash.build import import_embeddings, import_scores

    _check_choice(embeddings, scores, encoder, label_bank)
    asked: dict[str, Any] = {
        "metadata": metadata,
        "about": about,
        "order": parse_order(order),
        "schema": schema,
        "encoding": encoding,
        "replace": replace,
    }
    try:
        with heed_termination(), show_progress("Importing images") as advance:
            if embeddings is None:
                report = import_scores(store, scores=scores or (), **asked)
            else:
                report = import_embeddings(
                    store,
                    embeddings=embeddings,
                    encoder=encoder,
                    label_bank=label_bank,
                    images=images,
                    thumbnail_size=thumbnail_size,
                    progress=advance,
                    **asked,
                )
    except KeyboardInterrupt:
        print("Stopped. Nothing of it is kept.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    made = report.store
    note("imported", "store", made.name, digest=made.digest)
    if as_json:
        print_json(
            {
                "store": {"name": made.name, "digest": made.digest},
                "images": made.manifest.images,
                "variants": [variant.name for variant in made.manifest.variants],
                "left_out": {"count": len(report.left_out), "first": list(report.left_out[:5])},
                "notes": list(report.notes),
            }
        )
        return
    print(f"Imported {made.path}: {made.manifest.images:,} images.")
    if report.left_out:
        print(f"{len(report.left_out):,} annotated images have no scores and are left out, first {report.left_out[0]}.")
    for said in report.notes:
        print(said)


def _check_choice(
    embeddings: Path | None, scores: list[Path] | None, encoder: str | None, label_bank: Path | None
) -> None:
    if bool(embeddings) == bool(scores):
        raise QueryError("Name what to import: --embeddings E.npy, or --scores S.csv; one of the two.")
    if embeddings and bool(encoder) == bool(label_bank):
        raise QueryError(
            "Embeddings need --label-bank B.npz or --encoder MODEL/TAG, to embed labels with; one of the two."
        )
    if scores and (encoder or label_bank):
        raise QueryError("Scores need neither --encoder nor --label-bank; leave them out.")
