"""A store from embeddings that are there already, as arrays or as blocks of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clipdash.encoders import EncoderSpec
from clipdash.store.about import About
from clipdash.store.reader import Store
from clipdash.store.writer import StoreWriter

_ROWS_A_BLOCK = 4096


def write_store(
    path: str | Path,
    *,
    people: pd.DataFrame,
    vectors: Mapping[str, tuple[EncoderSpec, npt.NDArray[Any] | Iterable[npt.NDArray[Any]]]],
    thumbnails: Iterable[bytes | None] | None = None,
    thumbnail_size: int = 96,
    about: About | None = None,
    order: Mapping[str, Sequence[str]] | None = None,
    skipped: Iterable[tuple[str, str]] = (),
    encoder_folder: Path | None = None,
    replace: bool = False,
) -> Store:
    """Write a store from embeddings that are there already.

    Parameters
    ----------
    path : str or Path
        A name under the root (see `find_root`), or a path.
    people : DataFrame
        Annotations, indexed by image_id; columns of str or of categories; empty and missing values are missing.
    vectors : mapping of str to (EncoderSpec, ndarray or iterable of ndarray)
        For each variant its encoder and its embeddings, shape (N, D) or blocks of it, in the order of `people`.
        Rows are normalised in float32. The first variant is the default one.
    thumbnails : iterable of bytes or None, optional
        One WebP an image, in the order of `people`.
    thumbnail_size : int
        Longest side of the thumbnails in pixels.
    about : About, optional
        Title, licence, source, notice, cluster, and what is to say of the attributes.
    order : mapping of str to sequence of str, optional
        Orders of values; they take precedence over those of `about`.
    skipped : iterable of (str, str)
        image_id and reason of what was left out.
    encoder_folder : Path, optional
        The folder of an encoder that the store brings along.
    replace : bool
        Whether a store that is there already may be replaced. It stays as it is until the new one is complete.

    Returns
    -------
    Store
        The new store, open.

    Raises
    ------
    StoreError
        The place is taken, the parts do not fit, a row is zero or not finite, or the disk failed. Nothing is
        written then, and a store that was there is as it was.
    """
    ids = [str(image_id) for image_id in people.index]
    specs = {name: spec for name, (spec, _) in vectors.items()}
    size = None if thumbnails is None else thumbnail_size
    with StoreWriter(path, specs, thumbnail_size=size, encoder_folder=encoder_folder, replace=replace) as writer:
        for name, (_, rows) in vectors.items():
            for start, block in _split_blocks(rows):
                writer.add_vectors(name, block, ids[start : start + len(block)])
        if thumbnails is not None:
            writer.add_thumbnails(thumbnails)
        return writer.finish(people, about=about, order=order, skipped=skipped)


def _split_blocks(rows: npt.NDArray[Any] | Iterable[npt.NDArray[Any]]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    start = 0
    for part in [rows] if isinstance(rows, np.ndarray) else rows:
        for first in range(0, len(part), _ROWS_A_BLOCK):
            block = part[first : first + _ROWS_A_BLOCK]
            yield start, block
            start += len(block)
