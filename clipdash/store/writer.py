"""Writing a store: block by block into a folder beside its place, then all at once into its place."""

import csv
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError

from clipdash.encoders import BankSpec, EncoderSpec, LabelBank, dump_bank
from clipdash.errors import StoreError
from clipdash.store.about import About
from clipdash.store.integrity import list_files, measure_file
from clipdash.store.manifest import (
    ENCODER,
    MANIFEST,
    OWN_ENCODER,
    PEOPLE,
    SKIPPED,
    THUMBS,
    Manifest,
    ScoresSpec,
    Variant,
    describe_invalid,
    dump_manifest,
)
from clipdash.store.people import list_attributes, order_people, write_people
from clipdash.store.reader import Store, open_store
from clipdash.store.scores import ScoreTable, write_scores
from clipdash.store.shelf import resolve_store
from clipdash.store.staging import check_place, explain_failure, make_staging, swap_in
from clipdash.store.thumbnails import ThumbnailFile
from clipdash.store.vectors import VectorFile, normalise_rows

Source = EncoderSpec | LabelBank | ScoreTable
AnySpec = EncoderSpec | BankSpec | ScoresSpec
_LOCAL = "local-dir:"
_CONFIG = "open_clip_config.json"


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

    Raises
    ------
    StoreError
        The place is taken or cannot be written, or there is no such encoder.
    """

    def __init__(
        self,
        path: str | Path,
        variants: Mapping[str, Source],
        *,
        thumbnail_size: int | None = None,
        encoder_folder: Path | None = None,
        replace: bool = False,
    ) -> None:
        self.path = resolve_store(path)
        self._place = self.path.resolve()
        self._replace, self._thumbnail_size, self._encoder_folder = replace, thumbnail_size, encoder_folder
        self._sources, self._variants = variants, _make_variants(variants, encoder_folder)
        if thumbnail_size is not None and thumbnail_size < 1:
            raise StoreError(f"Thumbnails of {thumbnail_size} pixels were asked for; they need at least 1.")
        check_place(self._place, replace)

    def __enter__(self) -> Self:
        with explain_failure(self.path):
            self._staging = make_staging(self._place)
            try:
                self._vectors = {
                    v.name: VectorFile(self._staging / v.files[0], v.encoder.dim)
                    for v in self._variants
                    if not isinstance(v.encoder, ScoresSpec)
                }
                self._thumbnails = ThumbnailFile(self._staging / THUMBS) if self._thumbnail_size else None
            except BaseException:
                shutil.rmtree(self._staging, ignore_errors=True)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._list_parts():
            with suppress(OSError):  # what is thrown away need not be flushed
                file.discard()
        shutil.rmtree(self._staging, ignore_errors=True)

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

        Raises
        ------
        StoreError
            The parts do not fit each other, or the disk failed.
        """
        about = about or About()
        ordered = order_people(people, about, order or {})
        self._check_counts(len(ordered))
        with explain_failure(self.path):
            self._write_files(ordered, skipped)
            self._write_manifest(ordered, about)
            check_place(self._place, self._replace)
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

    def _write_files(self, people: pd.DataFrame, skipped: Iterable[tuple[str, str]]) -> None:
        for file in self._list_parts():
            file.close()
        for variant in self._variants:
            self._write_source(variant)
        write_people(self._staging / PEOPLE, people)
        with (self._staging / SKIPPED).open("w", encoding="utf-8", newline="") as text:
            rows = csv.writer(text, lineterminator="\n")
            rows.writerow(("image_id", "reason"))
            rows.writerows(skipped)
        if self._encoder_folder:
            _copy_folder(self._encoder_folder, self._staging / ENCODER)

    def _write_source(self, variant: Variant) -> None:
        source = self._sources[variant.name]
        path = self._staging / variant.files[-1]
        if isinstance(source, LabelBank):
            path.write_bytes(dump_bank(source))
        elif isinstance(source, ScoreTable):
            write_scores(path, source)

    def _write_manifest(self, people: pd.DataFrame, about: About) -> None:
        manifest = Manifest(
            name=self.path.name,
            title=about.title or self.path.name,
            licence=about.licence,
            source=about.source,
            notice=about.notice,
            images=len(people),
            cluster=about.cluster,
            attributes=list_attributes(people, about),
            variants=self._variants,
            thumbnail_size=self._thumbnail_size,
            files={name: measure_file(self._staging / name) for name in list_files(self._staging)},
        )
        (self._staging / MANIFEST).write_bytes(dump_manifest(manifest))
        measure_file(self._staging / MANIFEST)


def _make_variants(sources: Mapping[str, Source], folder: Path | None) -> tuple[Variant, ...]:
    if not sources:
        raise StoreError("A store needs at least one variant.")
    specs = {name: s if isinstance(s, EncoderSpec) else s.spec for name, s in sources.items()}
    try:
        variants = tuple(Variant(name=name, encoder=_claim_encoder(spec, folder)) for name, spec in specs.items())
    except ValidationError as error:
        raise StoreError(f"A variant cannot be named so: {describe_invalid(error)}.") from None
    if folder and not any(variant.encoder.reference == OWN_ENCODER for variant in variants):
        raise StoreError(f"No variant of the store was made with the encoder in {folder}, so it has no place in it.")
    if folder and not (folder / _CONFIG).is_file():
        raise StoreError(f"{folder} has no {_CONFIG}, so it is not the folder of an encoder.")
    return variants


def _claim_encoder(spec: AnySpec, folder: Path | None) -> AnySpec:
    """Return the spec under the reference of a store's own encoder, where it was read from the folder brought along."""
    if folder is None or not isinstance(spec, EncoderSpec) or not spec.reference.startswith(_LOCAL):
        return spec
    if Path(spec.reference.removeprefix(_LOCAL)).resolve() != folder.resolve():
        return spec
    return spec.model_copy(update={"reference": OWN_ENCODER})


def _copy_folder(source: Path, target: Path) -> None:
    for name in list_files(source):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        # Only the content: a checkpoint readable by its maker alone must not make a store that others cannot open.
        shutil.copyfile(source / name, target / name)
