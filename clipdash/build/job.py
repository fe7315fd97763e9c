"""The build of a store from pictures: planned, encoded in shards, and put in its place when all of it is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from clipdash.build.cluster import LOCAL
from clipdash.build.commission import Commission, describe_commission
from clipdash.build.crew import count_workers
from clipdash.build.duplicates import find_duplicates
from clipdash.build.encoding import Pass, Progress, encode_pictures
from clipdash.build.hands import encode_shards
from clipdash.build.picture import list_pictures
from clipdash.build.plan import EncoderPlan, Plan, check_same, digest_ids, read_plan, size_shards
from clipdash.build.progress import ProgressFile
from clipdash.build.request import BuildOptions, Request, check_names, read_encoders, read_request
from clipdash.encoders import Encoder
from clipdash.errors import BuildError
from clipdash.labels import fold_text
from clipdash.store import (
    SHARDS,
    Shard,
    Store,
    StoreWriter,
    Workplace,
    check_place,
    explain_failure,
    hold_workplace,
    is_store,
    name_workplace,
    open_store,
)

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Parameters
    ----------
    store : Store
        The new store, open.
    skipped : tuple of (str, str)
        image_id and reason of each row of the metadata that was left out; the store keeps them in ``skipped.csv``.
    duplicates : tuple of (str, str)
        image_id of a picture and of the first one whose file has the same bytes; the store keeps them in
        ``duplicates.csv``.
    unmatched : tuple of str
        Pictures in the folder that no row of the metadata names.
    note : str
        What was found instead of something to do; empty after a build.
    """

    store: Store
    skipped: tuple[tuple[str, str], ...]
    duplicates: tuple[tuple[str, str], ...]
    unmatched: tuple[str, ...]
    note: str = ""

    @property
    def built(self) -> int:
        """Images in the store."""
        return self.store.manifest.images


def build_store(
    path: str | Path,
    *,
    images: Path,
    metadata: Path,
    encoder: str | Sequence[str],
    about: Path | None = None,
    thumbnail_size: int | None = 96,
    order: Mapping[str, Sequence[str]] | None = None,
    replace: bool = False,
    embed_encoder: bool = False,
    schema: str | None = None,
    options: BuildOptions | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Build a store from a folder of pictures and a table of their annotations.

    What is done is kept beside the store, shard by shard: a build that was killed, or whose disk was full, goes on with
    ``options.resume`` and makes the same bytes as one that was not. One build of a store runs at a time.

    Parameters
    ----------
    path : str or Path
        The store: a name under the root of stores, or a path.
    images : Path
        Folder of pictures, with folders in it or without. Links that leave it are not followed.
    metadata : Path
        CSV with ``image_id`` (path relative to `images`, with extension, parts separated by ``/``) and one column
        an attribute; see `clipdash.store.read_people`.
    encoder : str or sequence of str
        As `clipdash.encoders.read_encoder` takes them; each becomes a variant, the first is the default one.
    about : Path, optional
        TOML file with title, licence, source, notice, cluster and attributes; see `clipdash.store.read_about`.
    thumbnail_size : int, optional
        Longest side of the thumbnails in pixels; None for a store without thumbnails.
    order : mapping of str to sequence of str, optional
        Orders of values of attributes; they take precedence over those of the about file.
    replace : bool
        Whether a store that is there already, or what an interrupted build left, may be replaced. A store stays as it
        is until the new one is complete.
    embed_encoder : bool
        Whether the store brings along the encoder, which must be a ``local-dir:``.
    schema : str, optional
        The layout of the metadata, where it is that of a known data set; see `clipdash.store.read_annotations`.
    options : BuildOptions, optional
        Batch, workers, device, precision, shards, and whether to resume or to be strict.
    progress : callable, optional
        Called with the rows done and all rows after each batch. What it raises ends the build as an interruption does.

    Returns
    -------
    BuildReport

    Raises
    ------
    InputError
        `BuildError`, `StoreError` or `EncoderError`: the metadata, the pictures, the place or an encoder cannot be
        used. Single pictures that cannot be used are left out, and no error unless it is to be strict.
    """
    asked = read_request(
        path,
        images=images,
        metadata=metadata,
        encoder=encoder,
        about=about,
        thumbnail_size=thumbnail_size,
        order=order,
        replace=replace,
        embed_encoder=embed_encoder,
        schema=schema,
        options=options or BuildOptions(),
    )
    orders = {name: tuple(values) for name, values in (order or {}).items()}
    commission = describe_commission(asked, metadata=Path(metadata), about=about, schema=schema, order=orders)
    with explain_failure(asked.place, say_left), hold_workplace(asked.place) as work:
        return _build(path, asked, commission, work, progress)


def say_left(place: Path) -> str:
    """Return a sentence that says what an interrupted build of a store left to go on with."""
    if any(name_workplace(place.resolve()).glob(f"{SHARDS}/*.json")):
        return "What was done is kept: mend that, and go on with --resume."
    return "No part was done yet; a store that was there is as it was."


def _build(
    path: str | Path, asked: Request, commission: Commission, work: Workplace, progress: Progress | None
) -> BuildReport:
    resume = asked.options.resume
    if work.is_finished():  # the build was stopped between putting the store in its place and tidying up
        work.clear()
    if resume and not work.occupied and is_store(asked.place):
        return _report_finished(path, asked)
    check_place(asked.place, asked.replace)
    work.settle(keep=resume, discard=asked.replace)
    try:
        encoders = read_encoders(asked.references, asked.options)
        writer = _make_writer(path, asked, work, encoders)
        plan = keep_plan(
            asked.ids, asked.images, encoders, asked.options, work=work, thumbnail_size=asked.thumbnail_size
        )
        commission.write(work.folder)
        order = Pass(
            plan,
            work.folder,
            asked.ids,
            encoders,
            workers=count_workers(asked.options.workers),
            strict=asked.options.strict,
            progress=ProgressFile(work.folder, progress),
            encode=None if asked.options.engine == LOCAL else partial(encode_shards, asked.options),
        )
        shards = encode_pictures(order)
    except BaseException:
        work.discard_unless_begun()
        raise
    store, skipped, duplicates = _finish(writer, asked, work, shards)
    return BuildReport(store, skipped, duplicates, _find_unmatched(asked))


def _make_writer(path: str | Path, asked: Request, work: Workplace, encoders: Mapping[str, Encoder]) -> StoreWriter:
    return StoreWriter(
        path,
        {name: encoder.spec for name, encoder in encoders.items()},
        thumbnail_size=asked.thumbnail_size,
        encoder_folder=asked.encoder_folder,
        replace=asked.replace,
        precisions={name: encoder.precision for name, encoder in encoders.items()},
        index=asked.options.index,
        workplace=work,
    )


def keep_plan(
    ids: Sequence[str],
    images: Path,
    encoders: Mapping[str, Encoder],
    options: BuildOptions,
    *,
    work: Workplace,
    thumbnail_size: int | None,
) -> Plan:
    """Return the plan of a build, kept in its workplace; `BuildError` where another one was interrupted there."""
    left = read_plan(work.folder) if work.occupied else None
    batch = options.batch or (left.batch if left else min(e.fit_batch() for e in encoders.values()))
    sharded = left is not None and options.shards is None and left.batch == batch
    plan = Plan(
        images=str(images),
        ids=digest_ids(ids),
        rows=len(ids),
        batch=batch,
        shard_rows=left.shard_rows if left and sharded else size_shards(len(ids), batch, options.shards),
        thumbnail_size=thumbnail_size,
        encoders=tuple(
            EncoderPlan(variant=name, digest=e.spec.digest, device=e.device, precision=e.precision)
            for name, e in encoders.items()
        ),
    )
    if left:
        check_same(left, plan)
    return left or plan.write(work.folder)


def _finish(
    writer: StoreWriter, asked: Request, work: Workplace, shards: Sequence[Shard]
) -> tuple[Store, Pairs, Pairs]:
    """Put the shards together to a store, in its place."""
    ids = asked.ids
    skipped = tuple((ids[row], reason) for shard in shards for row, reason in shard.skipped)
    rows: list[int] = []
    checksums = []
    with writer:
        for batch in (batch for shard in shards for batch in shard.split_batches()):
            names = [ids[row] for row in batch.rows]
            for variant, vectors in batch.vectors.items():
                writer.add_vectors(variant, vectors, names)
            if asked.thumbnail_size is not None:
                writer.add_thumbnails(batch.thumbnails)
            rows += batch.rows.tolist()
            checksums.append(batch.checksums)
        if not rows:
            work.clear()
            raise BuildError(
                f"None of the {len(ids):,} rows of the metadata has a picture in {asked.images} that can be used; "
                f'the first, "{skipped[0][0]}": {skipped[0][1]}.'
            )
        sums = np.concatenate(checksums)
        duplicates = tuple(find_duplicates([ids[row] for row in rows], sums))
        store = writer.finish(
            asked.people.iloc[rows],
            about=asked.about,
            order=asked.order,
            skipped=skipped,
            duplicates=duplicates,
            checksums=sums,
        )
    work.clear()
    return store, skipped, duplicates


def _find_unmatched(asked: Request) -> tuple[str, ...]:
    named = {fold_text(image_id) for image_id in asked.ids}
    return tuple(sorted(name for name in list_pictures(asked.images) if fold_text(name) not in named))


def _report_finished(path: str | Path, asked: Request) -> BuildReport:
    store = open_store(path)
    note = "The store is finished; there is nothing to do."
    missing = [name for name in check_names(asked.references) if name not in {v.name for v in store.manifest.variants}]
    if missing:
        note += f' It has no variant "{missing[0]}": add it with --add.'
    skipped, duplicates = store.read_notes()
    known = {image_id for image_id, _ in skipped} | set(store.people.index)
    if known != set(asked.ids):
        note += " It was built from other metadata: build it anew with --replace."
    return BuildReport(store, skipped, duplicates, _find_unmatched(asked), note)
