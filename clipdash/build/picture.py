"""Pictures: found in a folder, opened whatever their format, and shrunk to thumbnails."""

import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from clipdash.errors import BuildError

# What Pillow's readers raise on broken data (found by flipping bytes); each is about the file, none about us.
_BROKEN = (
    EOFError,
    IndexError,
    KeyError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_WEBP_QUALITY = 80


class PictureError(BuildError):
    """A picture cannot be used; the message is the reason alone, in a few words."""


def list_pictures(folder: Path) -> set[str]:
    """Return the ids (paths with ``/``) of the files in a folder whose names end like those of pictures."""
    endings = _list_endings()
    return {
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder)
        for name in names
        if os.path.splitext(name)[1].lower() in endings  # noqa: PTH122
    }


def locate_picture(folder: Path, image_id: str) -> Path:
    """Return the file that an id names.

    Parameters
    ----------
    folder : Path
        The folder of pictures, without links in its path (`Path.resolve`).
    image_id : str
        Path relative to the folder, parts separated by ``/``.

    Raises
    ------
    PictureError
        The id is not such a path, or there is no file, or it lies outside the folder.
    """
    pure = PurePosixPath(image_id)
    if pure.is_absolute() or ".." in pure.parts or pure.as_posix() != image_id:
        raise PictureError("not a path relative to the folder of images")
    path = _find_spelling(folder, image_id)
    try:
        if not path.is_file():
            raise PictureError("no such file")
        if not path.resolve().is_relative_to(folder):
            raise PictureError("a link that leaves the folder of images")
    except OSError as error:
        raise PictureError(f"cannot be read ({error.strerror})") from None
    return path


def _find_spelling(folder: Path, image_id: str) -> Path:
    """Return the file that is spelled so, or the same with accents composed otherwise, as a Mac writes them."""
    spellings = [folder / image_id, *(folder / normalize(form, image_id) for form in ("NFC", "NFD"))]
    return next((path for path in spellings if os.path.exists(path)), spellings[0])  # noqa: PTH110  (never raises)


def read_picture(path: Path) -> Image.Image:
    """Return a picture as RGB, upright, on white where it is transparent, and of an animation the first frame.

    Raises
    ------
    PictureError
        The file is empty, broken, cut short, too large, or no picture.
    """
    with _tell_faults(), path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise PictureError("empty file")
        return _open_picture(file)


def parse_picture(content: bytes) -> Image.Image:
    """Return the picture that a file of this content holds; as `read_picture`."""
    if not content:
        raise PictureError("empty file")
    with _tell_faults():
        return _open_picture(BytesIO(content))


def _open_picture(file: BinaryIO) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(file, formats=_list_formats()) as picture:
            return _flatten(ImageOps.exif_transpose(picture))


@contextmanager
def _tell_faults() -> Iterator[None]:
    """Turn what Pillow raises on a bad file into a `PictureError`."""
    try:
        yield
    except _TOO_LARGE:
        raise PictureError(f"too large (at most {Image.MAX_IMAGE_PIXELS:,} pixels are opened)") from None
    except UnidentifiedImageError:
        raise PictureError("not a picture that can be opened") from None
    except _BROKEN as error:
        if isinstance(error, OSError) and error.strerror:
            raise PictureError(f"cannot be read ({error.strerror})") from None
        raise PictureError(f"broken or cut short ({error or type(error).__name__})") from None


def shrink_picture(picture: Image.Image, size: int) -> bytes:
    """Return the picture as WebP, its proportions kept, its longer side at most `size` pixels."""
    small = picture.copy()
    small.thumbnail((size, size))
    content = BytesIO()
    small.save(content, "WEBP", quality=_WEBP_QUALITY)
    return content.getvalue()


def _flatten(picture: Image.Image) -> Image.Image:
    picture.load()
    if picture.mode.startswith("I;16"):
        # Pillow would cut 16 bits at 255, which turns nearly everything white.
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    if picture.mode in ("I", "F"):
        return Image.fromarray(_stretch(np.asarray(picture, dtype=np.float64))).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    opaque = Image.new("RGBA", picture.size, "white")
    opaque.alpha_composite(picture.convert("RGBA"))
    return opaque.convert("RGB")


def _stretch(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    # 32-bit pictures do not say which value is white, so darkest to lightest fills the scale.
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise PictureError("holds values that are not finite numbers")
    scale = high - low or 1.0
    return np.rint((values - low) / scale * 255).astype(np.uint8)


@cache
def _list_formats() -> tuple[str, ...]:
    Image.init()
    # EPS is a program: opening one would run Ghostscript on a stranger's file. SPIDER is no format of photographs,
    # and takes other files for its own.
    return tuple(name for name in Image.ID if name not in ("EPS", "SPIDER"))


@cache
def _list_endings() -> frozenset[str]:
    formats = set(_list_formats())
    return frozenset(ending for ending, name in Image.registered_extensions().items() if name in formats)
