"""A store with more in it: a new manifest and the files that are new, beside everything it had."""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from clipdash.encoders import EncoderSpec
from clipdash.errors import StoreError
from clipdash.store.approximation import check_factory, index_variant
from clipdash.store.integrity import measure_file
from clipdash.store.manifest import MANIFEST, Manifest, Variant, dump_manifest
from clipdash.store.prompts import dump_texts
from clipdash.store.reader import Store, open_store
from clipdash.store.sources import make_variants
from clipdash.store.staging import explain_failure, swap_in
from clipdash.store.vectors import VectorFile, Vectors, normalise_rows
from clipdash.store.workplace import Workplace, claim_workplace


class StoreExtension:
    """A store under extension, as a context: append the blocks of each new variant, then `finish`.

    What the store had is not written again: its files get a second name in the new folder (a hard link; on file systems
    without such, a copy), so whoever has the store open reads on.

    Parameters
    ----------
    base : Store
        The store of N images.
    specs : mapping of str to EncoderSpec
        The encoders of the new variants, by name; they follow those that there are.
    precisions : mapping of str to str
        In which each encoded the images.
    index : str, optional
        An approximate index of each new variant; see `StoreWriter`.
    workplace : Workplace
        Where it is put together, held by the caller.

    Raises
    ------
    StoreError
        The store has a variant of that name.
    QueryError
        There is no such index.
    """

    def __init__(
        self,
        base: Store,
        specs: Mapping[str, EncoderSpec],
        *,
        precisions: Mapping[str, str],
        index: str | None,
        workplace: Workplace,
    ) -> None:
        taken = [name for name in specs if name in {variant.name for variant in base.manifest.variants}]
        if taken:
            raise StoreError(f'The store {base.path} has a variant "{taken[0]}" already; name another encoder.')
        self._base, self._index, self._work = base, index, workplace
        self._variants = make_variants(specs, None, precisions)
        for variant in self._variants if index else ():
            check_factory(str(index), variant)

    def __enter__(self) -> Self:
        staging = self._work.make_staging()
        self._files = {v.name: VectorFile(staging / v.files[0], _read_dim(v)) for v in self._variants}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.discard()
        shutil.rmtree(self._work.staging, ignore_errors=True)

    def add_vectors(self, variant: str, block: Vectors, image_ids: Sequence[str]) -> None:
        """Append embeddings (n, D) to a new variant, in the order of the store's images."""
        self._files[variant].append(normalise_rows(block, variant, image_ids))

    def finish(self) -> Store:
        """Put the extended store in the place of the old one and open it.

        Raises
        ------
        StoreError
            The embeddings are not as many as the images.
        """
        images = self._base.manifest.images
        for name, file in self._files.items():
            file.close()
            if file.rows != images:
                raise StoreError(f'The store has {images:,} images, and variant "{name}" {file.rows:,} embeddings.')
        added = tuple(self._add_index(variant) for variant in self._variants)
        names = [name for variant in added for name in (*variant.files, *variant.extra_files)]
        return _swap(self._base, (*self._base.manifest.variants, *added), names, self._work)

    def _add_index(self, variant: Variant) -> Variant:
        if self._index is None:
            return variant
        spec = index_variant(self._work.staging, variant, self._base.manifest.images, self._index)
        return variant.model_copy(update={"search": spec})


def _read_dim(variant: Variant) -> int:
    """Return the width D of a variant that was made by an encoder."""
    if not isinstance(variant.encoder, EncoderSpec):
        raise TypeError("only encoders are added to a store")
    return variant.encoder.dim


def _link_files(names: Iterable[str], source: Path, target: Path) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source / name, target / name)
        except OSError:  # a file system without links, or one that forbids them
            shutil.copyfile(source / name, target / name)


def ship_texts(store: Store, prompts: Sequence[str], vectors: Vectors, *, variant: str | None = None) -> Store:
    """Add to a store the embeddings of prompts by the encoder of a variant, in the place of those that it has.

    Nothing else of the store is written again. With them a label set of these prompts needs no encoder.

    Parameters
    ----------
    store : Store
        The store.
    prompts : sequence of P str
        Whole prompts; of two that differ in nothing but composition or spaces around them the first is kept.
    vectors : ndarray of float32, shape (P, D)
        Their embeddings.
    variant : str, optional
        The variant; the first one by default.

    Returns
    -------
    Store
        The store in its new state, with another digest.

    Raises
    ------
    StoreError
        The variant has no encoder, the parts do not fit, or the store cannot be written.
    """
    chosen = store.variant(variant)
    if not isinstance(chosen.encoder, EncoderSpec) or vectors.shape[1:] != (chosen.encoder.dim,):
        raise StoreError(f'Embeddings of shape {vectors.shape} are not of the encoder of variant "{chosen.name}".')
    content, count = dump_texts(prompts, vectors)
    richer = chosen.model_copy(update={"texts": count})
    variants = tuple(richer if one.name == chosen.name else one for one in store.manifest.variants)
    with explain_failure(store.path), claim_workplace(store.path.resolve(), replace=False) as work:
        path = work.make_staging() / richer.texts_file
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        shipped = _swap(store, variants, [richer.texts_file], work)
        work.clear()
    return shipped


def _swap(base: Store, variants: tuple[Variant, ...], new: Sequence[str], work: Workplace) -> Store:
    """Put a store with other variants in the place of `base`; the files named by `new` lie in the staging folder."""
    staging = work.staging
    _link_files([name for name in base.manifest.files if name not in new], base.path, staging)
    files = {**base.manifest.files, **{name: measure_file(staging / name) for name in new}}
    fields = {name: getattr(base.manifest, name) for name in Manifest.model_fields if name != "schema_"}
    manifest = Manifest(**{**fields, "variants": variants, "files": files})
    (staging / MANIFEST).write_bytes(dump_manifest(manifest))
    measure_file(staging / MANIFEST)
    work.announce(manifest.digest)
    swap_in(staging, work.place)
    return open_store(base.path)
