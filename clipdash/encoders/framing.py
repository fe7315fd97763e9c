"""What an encoder sees of a picture, without the model: resized, cropped or padded, as bytes.

Every step is open_clip's own, in its order and to the last pixel, but needs neither torch nor torchvision, so that
the processes that read pictures start at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image, Resampling
from PIL.ImageOps import expand

from clipdash.errors import EncoderError

_INTERPOLATIONS = {
    "bicubic": Resampling.BICUBIC,
    "bilinear": Resampling.BILINEAR,
    "random": Resampling.BICUBIC,  # is of training; open_clip evaluates such models with bicubic
}
_MODES = ("shortest", "longest", "squash")

Size = tuple[int, int]


def frame_picture(picture: Image, preprocess: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Return the part of a picture that an encoder sees, in its size.

    Parameters
    ----------
    picture : PIL.Image.Image
        Of any size, in RGB; other modes are converted where open_clip does, after cropping.
    preprocess : mapping
        `EncoderSpec.preprocess`: ``size`` (a number, or height and width), ``interpolation``, ``resize_mode`` and
        ``fill_color``.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        To be scaled and normalised by `Encoder.encode_pixels`.

    Raises
    ------
    EncoderError
        The preprocessing is of no known kind, or the picture is so narrow that nothing of it is left.
    """
    target, mode, interpolation = _read_settings(preprocess)
    width, height = _find_size(picture, target, mode)
    if min(width, height) < 1:
        raise EncoderError(
            f"A picture of {picture.width} x {picture.height} pixels is too narrow: made to fit into"
            f" {target[1]} x {target[0]}, nothing of it is left. Leave it out."
        )
    if mode == "shortest" and target[0] != target[1]:
        interpolation = Resampling.BICUBIC  # here open_clip does not pass on what is asked for
    framed = picture.resize((width, height), interpolation)
    if mode != "squash":
        framed = _crop(_pad(framed, target, preprocess.get("fill_color", 0) if mode == "longest" else 0), target)
    return np.array(framed.convert("RGB"), dtype=np.uint8)


def find_input_size(preprocess: Mapping[str, Any]) -> Size:
    """Return height and width of an encoder's input."""
    size = preprocess.get("size", 224)
    sides = list(size) if isinstance(size, Sequence) else [size, size]
    if len(sides) != 2 or not all(isinstance(side, int) and side > 0 for side in sides):
        raise EncoderError(f"The encoder's input size is {size}; expected a number of pixels, or height and width.")
    return sides[0], sides[1]


def _read_settings(preprocess: Mapping[str, Any]) -> tuple[Size, str, Resampling]:
    mode = preprocess.get("resize_mode") or "shortest"
    if mode not in _MODES:
        raise EncoderError(f'The encoder\'s preprocessing resizes by "{mode}"; expected {", ".join(_MODES)}.')
    interpolation = preprocess.get("interpolation") or "bicubic"
    if interpolation not in _INTERPOLATIONS:
        raise EncoderError(
            f'The encoder\'s preprocessing interpolates by "{interpolation}"; expected {", ".join(_INTERPOLATIONS)}.'
        )
    return find_input_size(preprocess), mode, _INTERPOLATIONS[interpolation]


def _find_size(picture: Image, target: Size, mode: str) -> Size:
    """Return width and height to resize to, before cropping or padding."""
    height, width = target
    if mode == "squash":
        return width, height
    if mode == "shortest" and width == height:
        longest = int(width * max(picture.size) / min(picture.size))
        return (width, longest) if picture.width <= picture.height else (longest, width)
    ratios = picture.height / height, picture.width / width
    ratio = max(ratios) if mode == "longest" else min(ratios)
    return round(picture.width / ratio), round(picture.height / ratio)


def _pad(picture: Image, target: Size, color: Any) -> Image:
    across, down = max(target[1] - picture.width, 0), max(target[0] - picture.height, 0)
    if not (across or down):
        return picture
    border = (across // 2, down // 2, (across + 1) // 2, (down + 1) // 2)
    bands = len(picture.getbands())
    fill = tuple(color) if isinstance(color, Sequence) else (color,) * bands
    return expand(picture, border, fill if bands > 1 else fill[0])


def _crop(picture: Image, target: Size) -> Image:
    height, width = target
    left, top = round((picture.width - width) / 2), round((picture.height - height) / 2)
    return picture.crop((left, top, left + width, top + height))
