"""Writing a store: block by block into a folder beside its place, then all at once into its place."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from clipdash.errors import StoreError
from clipdash.store.about import About
from clipdash.store.approximation import check_factory, index_variant
from clipdash.store.integrity import list_files, measure_file
from clipdash.store.manifest import (
    CHECKSUMS,
    DUPLICATES,
    ENCODER,
    MANIFEST,
    PEOPLE,
    SKIPPED,
    THUMBS,
    Manifest,
    dump_manifest,
)
from clipdash.store.pairs import write_pairs
from clipdash.store.people import list_attributes, order_people, write_people
from clipdash.store.reader import Store, open_store
from clipdash.store.scores import ScoreTable
from clipdash.store.shelf import resolve_store
from clipdash.store.sources import Source, copy_encoder, make_variants, write_source
from clipdash.store.specs import ScoresSpec
from clipdash.store.staging import check_place, explain_failure, swap_in
from clipdash.store.thumbnails import ThumbnailFile
from clipdash.store.vectors import VectorFile, normalise_rows
from clipdash.store.workplace import Workplace, claim_workplace


class StoreWriter:
    """A store under construction, as a context: append blocks, then `finish`; left without it, nothing remains.

    Parameters
    ----------
    path : str or Path
        A name under the root (see `find_root`), or a path.
    variants : mapping of str to EncoderSpec, LabelBank or ScoreTable
        What is behind each variant, by the name of the variant; the first is the default of the store. Only a table of
        scores is complete with that; the other two need `add_vectors`.
    thumbnail_size : int, optional
        Longest side of the thumbnails in pixels; None for a store without thumbnails.
    encoder_folder : Path, optional
        The folder of an encoder (``local-dir:``) that the store brings along; a variant must be made with it.
    replace : bool
        Whether a store that is there already may be replaced; it stays as it is until `finish` is done.
    precisions : mapping of str to str
        In which the images of a variant were encoded, where that is known.
    index : str, optional
        What FAISS's ``index_factory`` reads: an approximate index of each variant, which proposes images to a search.
    workplace : Workplace, optional
        Where it is put together, held by the caller; by default its own, held as long as the context lasts.

    Raises
    ------
    StoreError
        The place is taken or cannot be written, another process writes to it, or there is no such encoder.
    """

    def __init__(
        self,
        path: str | Path,
        variants: Mapping[str, Source],
        *,
        thumbnail_size: int | None = None,
        encoder_folder: Path | None = None,
        replace: bool = False,
        precisions: Mapping[str, str] | None = None,
        index: str | None = None,
        workplace: Workplace | None = None,
    ) -> None:
        self.path = resolve_store(path)
        self._place = self.path.resolve()
        self._workplace, self._held, self._index = workplace, ExitStack(), index
        self._replace, self._thumbnail_size, self._encoder_folder = replace, thumbnail_size, encoder_folder
        self._sources, self._variants = variants, make_variants(variants, encoder_folder, precisions or {})
        if thumbnail_size is not None and thumbnail_size < 1:
            raise StoreError(f"Thumbnails of {thumbnail_size} pixels were asked for; they need at least 1.")
        if index is not None:
            for variant in self._variants:
                check_factory(index, variant)
        check_place(self._place, replace)

    def __enter__(self) -> Self:
        with explain_failure(self.path):
            work = self._workplace or self._held.enter_context(claim_workplace(self._place, self._replace))
            try:
                self._staging = work.make_staging()
                self._vectors = {
                    v.name: VectorFile(self._staging / v.files[0], v.encoder.dim)
                    for v in self._variants
                    if not isinstance(v.encoder, ScoresSpec)
                }
                self._thumbnails = ThumbnailFile(self._staging / THUMBS) if self._thumbnail_size else None
            except BaseException:
                self._leave(work.staging)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._list_parts():
            with suppress(OSError):  # what is thrown away need not be flushed
                file.discard()
        self._leave(self._staging)

    def _leave(self, staging: Path) -> None:
        shutil.rmtree(staging, ignore_errors=True)
        self._held.close()

    def add_vectors(self, variant: str, block: npt.NDArray[Any], image_ids: Sequence[str]) -> None:
        """Append embeddings to a variant.

        Parameters
        ----------
        variant : str
            One of the names that the writer was made with.
        block : ndarray of shape (n, D)
            Of any float type; rows are normalised.
        image_ids : sequence of n str
            Whose embeddings these are; they are only named in errors.

        Raises
        ------
        StoreError
            A row cannot be normalised, or the disk failed.
        """
        file = self._vectors[variant]
        if block.ndim != 2 or block.shape != (len(image_ids), file.dim):
            raise StoreError(
                f'Variant "{variant}" takes {file.dim} numbers an image, and {len(image_ids)} images came with an '
                f"array of shape {block.shape}."
            )
        rows = normalise_rows(block, variant, image_ids)
        with explain_failure(self.path):
            file.append(rows)

    def add_thumbnails(self, thumbnails: Iterable[bytes | None]) -> None:
        """Append the thumbnails (WebP) of the next images; None for an image without."""
        if self._thumbnails is None:
            raise ValueError("this writer was made for a store without thumbnails")
        with explain_failure(self.path):
            self._thumbnails.append(thumbnails)

    def finish(
        self,
        people: pd.DataFrame,
        *,
        about: About | None = None,
        order: Mapping[str, Sequence[str]] | None = None,
        skipped: Iterable[tuple[str, str]] = (),
        duplicates: Iterable[tuple[str, str]] | None = None,
        checksums: npt.NDArray[np.uint8] | None = None,
    ) -> Store:
        """Write the rest, put the store in its place and open it.

        Parameters
        ----------
        people : DataFrame
            Annotations, indexed by image_id, in the order of the embeddings; see `write_store`.
        about : About, optional
            Title, licence, source, notice, cluster, and what is to say of the attributes.
        order : mapping of str to sequence of str, optional
            Orders of values; they take precedence over those of `about`.
        skipped : iterable of (str, str)
            image_id and reason of what was left out.
        duplicates : iterable of (str, str), optional
            image_id of a picture and of the first one with the same bytes, where that was looked for.
        checksums : ndarray of uint8, shape (N, 16), optional
            Of the file of each picture, by which it is known again when an encoder is added.

        Raises
        ------
        StoreError
            The parts do not fit each other, or the disk failed.
        """
        about = about or About()
        ordered = order_people(people, about, order or {})
        self._check_counts(len(ordered))
        with explain_failure(self.path):
            self._write_files(ordered)
            self._build_indices(len(ordered))
            write_pairs(self._staging / SKIPPED, ("image_id", "reason"), skipped)
            if duplicates is not None:
                write_pairs(self._staging / DUPLICATES, ("image_id", "first"), duplicates)
            if checksums is not None:
                (self._staging / CHECKSUMS).write_bytes(checksums.tobytes())
            digest = self._write_manifest(ordered, about)
            check_place(self._place, self._replace)
            if self._workplace:
                self._workplace.announce(digest)
            swap_in(self._staging, self._place)
        return open_store(self.path)

    def _list_parts(self) -> list[VectorFile | ThumbnailFile]:
        return [*self._vectors.values(), *([self._thumbnails] if self._thumbnails else [])]

    def _check_counts(self, images: int) -> None:
        parts = {f'variant "{name}"': file.rows for name, file in self._vectors.items()}
        tables = {name: source for name, source in self._sources.items() if isinstance(source, ScoreTable)}
        parts |= {f'variant "{name}"': len(column) for name, t in tables.items() for column in t.columns.values()}
        if self._thumbnails:
            parts["the thumbnails"] = self._thumbnails.rows
        for part, rows in parts.items():
            if rows != images:
                raise StoreError(
                    f"There are annotations of {images:,} images, and {rows:,} rows of {part}; they must be as many."
                )

    def _write_files(self, people: pd.DataFrame) -> None:
        for file in self._list_parts():
            file.close()
        for variant in self._variants:
            write_source(self._staging / variant.files[-1], self._sources[variant.name])
        write_people(self._staging / PEOPLE, people)
        if self._encoder_folder:
            copy_encoder(self._encoder_folder, self._staging / ENCODER)

    def _build_indices(self, images: int) -> None:
        if self._index is None:
            return
        specs = {v.name: index_variant(self._staging, v, images, self._index) for v in self._variants}
        self._variants = tuple(v.model_copy(update={"search": specs[v.name]}) for v in self._variants)

    def _write_manifest(self, people: pd.DataFrame, about: About) -> str:
        manifest = Manifest(
            name=self.path.name,
            title=about.title or self.path.name,
            licence=about.licence,
            source=about.source,
            notice=about.notice,
            depicts=about.depicts,
            images=len(people),
            cluster=about.cluster,
            attributes=list_attributes(people, about),
            variants=self._variants,
            thumbnail_size=self._thumbnail_size,
            files={name: measure_file(self._staging / name) for name in list_files(self._staging)},
        )
        (self._staging / MANIFEST).write_bytes(dump_manifest(manifest))
        measure_file(self._staging / MANIFEST)
        return manifest.digest
