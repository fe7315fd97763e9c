"""The commands about encoders: which there are, and one of them as a folder to carry along."""

from pathlib import Path
from typing import Annotated

import typer

from clipdash.cli.options import AsJson
from clipdash.cli.printing import print_json, print_rows

__all__ = ["ENCODERS"]

_HEAD = ("model", "tag", "parameters", "dimension", "context length", "weights here")

ENCODERS = typer.Typer(invoke_without_command=True, no_args_is_help=False, rich_markup_mode=None)


@ENCODERS.callback()
def list_all(
    context: typer.Context,
    as_json: AsJson = False,
    here: Annotated[bool, typer.Option("--here", help="Only those whose weights are on this machine.")] = False,
) -> None:
    """List the encoders that can be named as MODEL/TAG."""
    if context.invoked_subcommand:
        return
    from clipdash.encoders import list_encoders

    entries = [entry for entry in list_encoders() if entry.weights or not here]
    if as_json:
        names = ("model", "tag", "reference", "parameters", "dim", "context_length")
        listed = [{name: getattr(entry, name) for name in names} for entry in entries]
        for row, entry in zip(listed, entries, strict=True):
            row["weights"] = None if entry.weights is None else str(entry.weights)
        print_json({"encoders": listed})
        return
    if not entries:
        print("No encoder that is named as MODEL/TAG has its weights here. `clipdash encoders` lists which there are.")
        return
    cells = [
        (
            *(entry.model, entry.tag, "" if entry.parameters is None else f"{entry.parameters:,}"),
            *(str(entry.dim), str(entry.context_length), "" if entry.weights is None else str(entry.weights)),
        )
        for entry in entries
    ]
    print_rows(_HEAD, cells)


@ENCODERS.command()
def fetch(
    reference: Annotated[str, typer.Argument(metavar="MODEL/TAG", help="Or hf-hub:NAME, weights:MODEL:PATH.")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="A new folder, to be named as local-dir:FOLDER.")],
) -> None:
    """Write an encoder as a folder to carry to a machine without a network."""
    from clipdash.encoders import fetch_encoder

    print(f"Wrote {fetch_encoder(reference, to)}. Name it as local-dir:{to}, here or where the folder is copied to.")
