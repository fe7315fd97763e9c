"""The command that finds images of a store again, by a text, by a picture, or by one of its own images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clipdash.cli.options import AsJson, StoreName, Variant, Where, parse_where
from clipdash.cli.printing import print_data
from clipdash.cli.reading import keep_encoder
from clipdash.errors import FileError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["search"]


def search(
    store: StoreName,
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="What the images should show; embedded as it stands.")
    ] = None,
    image: Annotated[Path | None, typer.Option("--image", metavar="FILE", help="Instead: a picture.")] = None,
    like: Annotated[str | None, typer.Option("--like", metavar="IMAGE_ID", help="Instead: an image of STORE.")] = None,
    where: Where = None,
    k: Annotated[int | None, typer.Option("--k", help="How many images, nearest first.", show_default="50")] = None,
    variant: Variant = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Look at all images, also where the store has an approximate index.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find the images nearest to a text, to a picture, or to an image of the store."""
    from clipdash.report import found_json, found_rows, say_found
    from clipdash.store import open_store
    from clipdash.zeroshot import find_images

    chosen = parse_where(where)
    picture = None if image is None else _read(image)
    opened = open_store(store)
    found = find_images(
        opened,
        text=text,
        picture=picture,
        like=like,
        where=chosen,
        k=k,
        variant=variant,
        exact=exact,
        read=keep_encoder,
    )
    named = None if image is None else str(image)
    print_data(
        lambda command: found_json(found, sought=named, command=command), found_rows(found), [say_found(found)], as_json
    )


def _read(path: Path) -> "Image":
    from clipdash.build import PictureError, read_picture

    try:
        return read_picture(path)
    except PictureError as error:
        raise FileError(f"The picture {path} cannot be used: {error}. Name a file that holds a picture.") from None
