"""Encoders added to a store: its pictures go through them, and nothing that it had is made again."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from clipdash.build.cluster import LOCAL, check_engine
from clipdash.build.crew import count_workers
from clipdash.build.encoding import Pass, Progress, encode_pictures
from clipdash.build.hands import encode_shards
from clipdash.build.job import BuildReport, keep_plan, say_left
from clipdash.build.progress import ProgressFile
from clipdash.build.request import BuildOptions, check_folder, check_names, check_numbers, read_encoders
from clipdash.errors import BuildError
from clipdash.store import Shard, Store, StoreExtension, Workplace, explain_failure, hold_workplace, open_store

__all__ = ["add_encoders"]

_UNCHECKED = (
    "The store does not have checksums of its pictures (it is from an older clipdash), so it was not checked that "
    "they are the same."
)


def add_encoders(
    path: str | Path,
    *,
    images: Path,
    encoder: str | Sequence[str],
    options: BuildOptions | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Add variants to a store: the same images under other encoders.

    Parameters
    ----------
    path : str or Path
        The store: a name under the root of stores, or a path.
    images : Path
        Folder of its pictures, where each still has the path that is its image_id.
    encoder : str or sequence of str
        As `clipdash.encoders.read_encoder` takes them; each becomes a variant after those that there are.
    options : BuildOptions, optional
        As in `build_store`; a picture that cannot be used always ends it, since a variant needs every image.
    progress : callable, optional
        As in `build_store`.

    Returns
    -------
    BuildReport
        Without pictures that have no row: those are none of the store's.

    Raises
    ------
    InputError
        There is no such store, it has such a variant, a picture is gone or broken, or an encoder cannot be used. The
        store is then as it was.
    """
    options = options or BuildOptions()
    check_numbers(options, None)
    check_engine(options.engine)
    references = [encoder] if isinstance(encoder, str) else list(encoder)
    names = check_names(references)
    folder = check_folder(images)
    base = open_store(path)
    with explain_failure(base.path, say_left), hold_workplace(base.path.resolve()) as work:
        if work.is_finished():
            work.clear()
        present = [name for name in names if name in {variant.name for variant in base.manifest.variants}]
        if options.resume and not work.occupied and len(present) == len(names):
            skipped, duplicates = base.read_notes()
            return BuildReport(base, skipped, duplicates, (), "The store has these variants; there is nothing to do.")
        work.settle(keep=options.resume, discard=False)
        return _extend(base, folder, references, options, work=work, progress=progress)


def _extend(
    base: Store,
    images: Path,
    references: Sequence[str],
    options: BuildOptions,
    *,
    work: Workplace,
    progress: Progress | None,
) -> BuildReport:
    ids = list(base.people.index)
    try:
        encoders = read_encoders(references, options)
        extension = StoreExtension(
            base,
            {name: one.spec for name, one in encoders.items()},
            precisions={name: one.precision for name, one in encoders.items()},
            index=options.index,
            workplace=work,
        )
        plan = keep_plan(ids, images, encoders, options, work=work, thumbnail_size=None)
        workers = count_workers(options.workers)
        watched = ProgressFile(work.folder, progress)
        encode = None if options.engine == LOCAL else partial(encode_shards, options)
        shards = encode_pictures(
            Pass(plan, work.folder, ids, encoders, workers, strict=True, progress=watched, encode=encode)
        )
    except BuildError as error:
        work.discard_unless_begun()
        raise BuildError(f"{str(error).partition(' Mend')[0]} A variant needs every image of the store.") from None
    except BaseException:
        work.discard_unless_begun()
        raise
    _check_pictures(base, images, shards)
    with extension:
        for batch in (batch for shard in shards for batch in shard.split_batches()):
            for variant, vectors in batch.vectors.items():
                extension.add_vectors(variant, vectors, [ids[row] for row in batch.rows])
        store = extension.finish()
    work.clear()
    skipped, duplicates = store.read_notes()
    return BuildReport(store, skipped, duplicates, (), "" if base.read_checksums() is not None else _UNCHECKED)


def _check_pictures(base: Store, images: Path, shards: Sequence[Shard]) -> None:
    """Refuse pictures that are not those of the store; what was encoded of others is made again on --resume."""
    known, ids = base.read_checksums(), list(base.people.index)
    if known is None:
        return
    found: list[str] = []
    for shard in shards:
        others = [ids[row] for b in shard.split_batches() for row in b.rows[(b.checksums != known[b.rows]).any(axis=1)]]
        if others:
            shard.forget()
            found += others
    if found:
        more = f" and {len(found) - 1:,} more are not" if len(found) > 1 else " is not"
        raise BuildError(
            f'"{found[0]}"{more} in {images} as the store was built from it: the file has changed. A variant needs the '
            "same images; bring them back and go on with --resume, or build the store anew with --replace."
        )
