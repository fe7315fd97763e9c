"""A picture opened for a build: its thumbnail, the input of each encoder, and the checksum of its file."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipdash.build.picture import PictureError, locate_picture, read_picture, shrink_picture
from clipdash.encoders import frame_picture
from clipdash.errors import EncoderError

_SUM_BYTES = 16


@dataclass(frozen=True)
class Task:
    """What is done with every picture.

    Parameters
    ----------
    folder : Path
        Where the pictures lie, without links in its path.
    thumbnail_size : int, optional
        Longest side of a thumbnail in pixels; None for none.
    preprocess : sequence of mapping
        How each encoder wants its input; see `clipdash.encoders.EncoderSpec`.
    """

    folder: Path
    thumbnail_size: int | None
    preprocess: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Opened:
    """A picture as a build needs it.

    Parameters
    ----------
    checksum : bytes
        The first 16 bytes of the SHA-256 of the file: equal ones are the same picture twice.
    thumbnail : bytes, optional
        As WebP.
    pixels : tuple of ndarray of uint8, shape (H, W, 3)
        The input of each encoder.
    """

    checksum: bytes
    thumbnail: bytes | None
    pixels: tuple[NDArray[np.uint8], ...]


def open_picture(task: Task, image_id: str) -> Opened | str:
    """Return a picture as a build needs it, or in a few words why it cannot be used."""
    try:
        path = locate_picture(task.folder, image_id)
        picture = read_picture(path)
        with path.open("rb") as file:
            checksum = hashlib.file_digest(file, "sha256").digest()[:_SUM_BYTES]
    except PictureError as error:
        return str(error)
    except OSError as error:  # it vanished in between
        return f"cannot be read ({error.strerror})"
    try:
        pixels = tuple(frame_picture(picture, wish) for wish in task.preprocess)
    except EncoderError:
        return f"too narrow to be resized ({picture.width} x {picture.height} pixels)"
    thumbnail = None if task.thumbnail_size is None else shrink_picture(picture, task.thumbnail_size)
    return Opened(checksum, thumbnail, pixels)
