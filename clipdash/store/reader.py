"""Reading a store: annotations, embeddings and thumbnails, mapped rather than loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from clipdash.encoders import BankSpec, LabelBank, read_bank
from clipdash.errors import FileError, QueryError, StoreError
from clipdash.store.approximation import read_search_index
from clipdash.store.arrow import map_file
from clipdash.store.filters import MaskCache
from clipdash.store.identity import Described
from clipdash.store.integrity import check_sizes
from clipdash.store.manifest import (
    CHECKSUM_BYTES,
    CHECKSUMS,
    DUPLICATES,
    ENCODER,
    MANIFEST,
    OWN_ENCODER,
    PEOPLE,
    SKIPPED,
    THUMBS,
    DamageError,
    Manifest,
    Variant,
    read_content,
)
from clipdash.store.pairs import Pairs, read_pairs
from clipdash.store.people import read_buffered_people, read_people_rows
from clipdash.store.prompts import parse_texts
from clipdash.store.scores import map_scores
from clipdash.store.shelf import describe_damage, locate_store
from clipdash.store.specs import ScoresSpec
from clipdash.store.thumbnails import map_thumbnails
from clipdash.store.vectors import Vectors, map_vectors

_ATTEMPTS = 3


@dataclass(frozen=True, eq=False)
class Store(Described):
    """An open store, as `open_store` returns it; immutable, and safe to read from several threads.

    Every file is mapped when the store is opened. So a store that is replaced (never changed in place) while it is
    open goes on giving what it held. Two objects are the same content when their `digest` is the same.

    Parameters
    ----------
    name : str
        The name of its folder.
    path : Path
        Its folder.
    manifest : Manifest
        What it holds.
    """

    name: str
    path: Path
    manifest: Manifest
    _people: Any = field(repr=False)
    _vectors: Mapping[str, Vectors] = field(repr=False)
    _banks: Mapping[str, LabelBank] = field(repr=False)
    _texts: Mapping[str, Mapping[str, Vectors]] = field(repr=False)
    _scores: Mapping[str, Mapping[str, NDArray[np.float64]]] = field(repr=False)
    _proposers: Mapping[str, Any] = field(repr=False)
    _thumbnails: Any = field(repr=False)
    _masks: MaskCache = field(repr=False, default_factory=MaskCache)

    @property
    def people(self) -> pd.DataFrame:
        """The annotations: indexed by image_id (str), one Categorical an attribute, missing is NaN.

        Categories are in the order of the manifest. The frame is the caller's own (its data are shared until one
        of the two is changed).
        """
        return self._read_people.copy(deep=False)

    @cached_property
    def _read_people(self) -> pd.DataFrame:
        try:
            return read_buffered_people(self._people, self.manifest.attributes, self.manifest.images)
        except DamageError as error:
            raise describe_damage(self.path, error) from None

    def keep_images(self, where: Mapping[str, str | Sequence[str]] | None) -> NDArray[np.bool_]:
        """Return which images a filter leaves; made once for each filter, and shared by all who ask.

        Parameters
        ----------
        where : mapping of str to str or sequence of str, optional
            Values of one attribute are or-ed, attributes and-ed.

        Returns
        -------
        ndarray of bool, shape (N,)
            Read-only.

        Raises
        ------
        QueryError
            There is no such attribute or value.
        """
        return self._masks.find(self._read_people, where)

    def read_people(self, rows: range) -> pd.DataFrame:
        """Return the annotations of some rows as `people` has them, without reading many more."""
        try:
            source = pa.BufferReader(self._people)
            return read_people_rows(source, self.manifest.attributes, self.manifest.images, rows)
        except DamageError as error:
            raise describe_damage(self.path, error) from None

    def read_vectors(self, rows: range, variant: str | None = None) -> Vectors:
        """Return the embeddings of some rows, shape (len(rows), D) float32, in place; see `vectors`."""
        return self.vectors(variant)[rows.start : rows.stop]

    def vectors(self, variant: str | None = None) -> Vectors:
        """Return the embeddings of a variant, in place; `QueryError` where it holds scores instead.

        Parameters
        ----------
        variant : str, optional
            By default the first.

        Returns
        -------
        ndarray of float32, shape (N, D)
            Unit rows, in the order of `people`. Read-only, over the mapped file, and not aligned (a FAISS index has
            a head of 45 bytes): multiply blocks of about 1,000 rows, which costs no more than aligned memory.
        """
        return self._vectors[self.refuse_scores(variant).name]

    def proposer(self, variant: str | None = None) -> Any:
        """Return the approximate index of a variant (a FAISS index), or None where it has none."""
        return self._proposers.get(self.variant(variant).name)

    def bank(self, variant: str | None = None) -> LabelBank:
        """Return the label bank of a variant that has one; ``KeyError`` where it has none."""
        return self._banks[self.variant(variant).name]

    def texts(self, variant: str | None = None) -> Mapping[str, Vectors]:
        """Return the embeddings (D,) that the store brings of some prompts, by the encoder of a variant; maybe none."""
        return self._texts.get(self.variant(variant).name, {})

    def scores(self, variant: str | None = None) -> Mapping[str, NDArray[np.float64]]:
        """Return the scores of a variant that holds scores, by label, shape (N,); ``KeyError`` where it holds none."""
        return self._scores[self.variant(variant).name]

    def read_notes(self) -> tuple[Pairs, Pairs]:
        """Return what the build left out (image_id, reason), and pictures that are there twice (image_id, first)."""
        try:
            return read_pairs(self.path / SKIPPED), read_pairs(self.path / DUPLICATES)
        except DamageError as error:
            raise describe_damage(self.path, error) from None

    def read_checksums(self) -> NDArray[np.uint8] | None:
        """Return the checksum of each picture's file, shape (N, 16), or None where the store does not have them."""
        path = self.path / CHECKSUMS
        return np.fromfile(path, dtype=np.uint8).reshape(-1, CHECKSUM_BYTES) if path.is_file() else None

    def thumbnail(self, row: int) -> bytes | None:
        """Return the thumbnail of an image as WebP, or None where the store has none.

        Parameters
        ----------
        row : int
            Position of the image in `people`, from 0.

        Raises
        ------
        QueryError
            There is no such row.
        """
        if not 0 <= row < self.manifest.images:
            raise QueryError(f'Store "{self.name}" has no row {row}: its rows are 0 to {self.manifest.images - 1}.')
        if self._thumbnails is None:
            return None
        thumbnail: bytes | None = self._thumbnails[row].as_py()
        return thumbnail

    def encoder_reference(self, variant: str | None = None) -> str:
        """Return the reference to read the encoder of a variant by; an absolute folder where the store brings it."""
        return locate_encoder(self.path, self.variant(variant).encoder.reference)


def locate_encoder(path: Path, reference: str) -> str:
    """Return the reference to read an encoder by, that the manifest of the store in the folder `path` names."""
    return f"local-dir:{path.resolve() / ENCODER}" if reference == OWN_ENCODER else reference


def open_store(reference: str | Path) -> Store:
    """Open a store.

    Parameters
    ----------
    reference : str or Path
        A name under the root (see `find_root`), or a path.

    Returns
    -------
    Store
        Its manifest was checked, and that its files are there, have their sizes and can be read; checksums were
        not compared: that is `verify_store`.

    Raises
    ------
    StoreError
        There is no such store (the nearest is named), a file of it is damaged, or a newer clipdash wrote it.
    """
    path = locate_store(reference)
    name = path.resolve().name if path.name in ("", "..") else path.name
    for _ in range(_ATTEMPTS):
        stamp = _stamp(path)
        try:
            store = _map_store(name, path)
        except DamageError as error:
            # A store that was swapped for another between two of its files looks damaged, and is not.
            if _stamp(path) == stamp:
                raise describe_damage(path, error) from None
        except StoreError as error:
            raise StoreError(f'Store "{name}" cannot be opened: {error}.') from None
        else:
            if _stamp(path) == stamp:
                return store
    raise StoreError(f'Store "{name}" is being replaced again and again; try once more.')


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def _map_store(name: str, path: Path) -> Store:
    manifest = check_sizes(path)
    images, kinds = manifest.images, {variant.name: variant.encoder for variant in manifest.variants}
    places = {variant.name: variant.files for variant in manifest.variants}
    return Store(
        name=name,
        path=path,
        manifest=manifest,
        _people=map_file(path, PEOPLE),
        _vectors={
            variant: map_vectors(path / places[variant][0], places[variant][0], (images, spec.dim))
            for variant, spec in kinds.items()
            if not isinstance(spec, ScoresSpec)
        },
        _banks={
            variant: _read_bank(path, places[variant][1], spec)
            for variant, spec in kinds.items()
            if isinstance(spec, BankSpec)
        },
        _texts={v.name: _read_texts(path, v, manifest) for v in manifest.variants if v.texts},
        _scores={
            variant: map_scores(map_file(path, places[variant][0]), places[variant][0], spec.labels, images)
            for variant, spec in kinds.items()
            if isinstance(spec, ScoresSpec)
        },
        _proposers={
            variant.name: read_search_index(path / variant.search_file, variant.search_file, (images, spec.dim))
            for variant in manifest.variants
            if variant.search and not isinstance(spec := variant.encoder, ScoresSpec)
        },
        _thumbnails=map_thumbnails(map_file(path, THUMBS), images) if manifest.thumbnail_size else None,
    )


def _read_texts(path: Path, variant: Variant, manifest: Manifest) -> dict[str, Vectors]:
    name = variant.texts_file
    content = read_content(path, name)
    if sha256(content).hexdigest() != manifest.files[name].sha256:
        raise DamageError(f"{name} has changed: its checksum is not the one in {MANIFEST}")
    return parse_texts(content, variant)


def _read_bank(path: Path, name: str, spec: BankSpec) -> LabelBank:
    try:
        bank = read_bank(path / name)
    except FileError:
        raise DamageError(f"{name} is not a label bank that can be read") from None
    if bank.spec.digest != spec.digest:
        raise DamageError(f"{name} does not hold the labels and embeddings that the manifest names")
    return bank
