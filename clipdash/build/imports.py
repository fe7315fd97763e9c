"""Stores from what was computed elsewhere: embeddings with an encoder or a label bank, or tables of scores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clipdash.build.matrix import Matrix, open_matrix
from clipdash.build.picture import PictureError, locate_picture, read_picture, shrink_picture
from clipdash.build.progress import ProgressFile
from clipdash.build.request import check_values, name_variant
from clipdash.encoders import EncoderSpec, LabelBank, read_bank, read_encoder
from clipdash.errors import BuildError, FileError
from clipdash.store import (
    UTF8,
    About,
    ScoreFile,
    ScoreTable,
    Store,
    StoreWriter,
    name_ids,
    name_workplace,
    order_people,
    read_about,
    read_annotations,
    read_scores,
)

_UNIT = 1e-3
#: Scores within less of each other are no probabilities of labels, even where they lie between 0 and 1.
_NARROW = 0.2


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Parameters
    ----------
    store : Store
        The new store, open.
    left_out : tuple of str
        Annotated images without scores; they are not in the store.
    notes : tuple of str
        What a reader should know, as sentences: rows that were normalised, scores that say nothing.
    """

    store: Store
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def import_embeddings(
    path: str | Path,
    *,
    embeddings: Path,
    metadata: Path,
    encoder: str | None = None,
    label_bank: Path | None = None,
    images: Path | None = None,
    thumbnail_size: int = 96,
    about: Path | None = None,
    order: Mapping[str, Sequence[str]] | None = None,
    encoding: str = UTF8,
    schema: str | None = None,
    replace: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Make a store of embeddings that were computed elsewhere.

    Parameters
    ----------
    path : str or Path
        The store: a name under the root of stores, or a path.
    embeddings : Path
        N rows, in the order of the metadata; see `clipdash.build.matrix.open_matrix`.
    metadata : Path
        N annotated images, CSV or Parquet; see `clipdash.store.read_people`.
    encoder : str, optional
        What embedded the images, to embed labels with: ``MODEL/TAG``, ``local-dir:PATH`` or ``hf-hub:NAME``.
    label_bank : Path, optional
        Instead of an encoder: embeddings of some labels; see `clipdash.encoders.read_bank`.
    images : Path, optional
        Folder of the pictures, for thumbnails.
    thumbnail_size : int
        Longest side of a thumbnail in pixels.
    about, order, replace
        As in `clipdash.build.build_store`.
    encoding : str
        Of the metadata.
    schema : str, optional
        The layout of the metadata, where it is that of a known data set; see `clipdash.store.read_annotations`.
    progress : callable, optional
        Told images done and all images; it is written down for whoever watches, too.

    Returns
    -------
    ImportReport

    Raises
    ------
    InputError
        The parts cannot be read or do not fit each other. Nothing is written then, and a store that was there stays.
    """
    if (encoder is None) == (label_bank is None):
        raise BuildError("An import of embeddings needs either an encoder or a label bank, to embed labels with.")
    (people, known), said = read_annotations(metadata, schema, encoding), read_about(about) if about else About()
    order = {**known, **(order or {})}
    ordered, ids = order_people(people, said, order), people.index.tolist()
    check_values(people, said)
    matrix = open_matrix(embeddings)
    source = read_bank(label_bank) if label_bank else read_encoder(str(encoder)).spec
    name = Path(source.spec.reference).stem if isinstance(source, LabelBank) else name_variant(source.reference)
    _check_fit(matrix, metadata, len(ids), source)
    size = thumbnail_size if images else None
    with StoreWriter(path, {name: source}, thumbnail_size=size, replace=replace) as writer:
        advance = ProgressFile(name_workplace(writer.path), progress)
        unlike = _copy_rows(writer, name, matrix, ids, None if images else advance)
        if images:  # which take much longer than the rows
            writer.add_thumbnails(_make_thumbnails(images, ids, thumbnail_size, advance))
        store = writer.finish(ordered, about=said, order=order)
    note = f"{unlike:,} of {matrix.rows:,} embeddings were not of length one and were normalised."
    return ImportReport(store, notes=(note,) if unlike else ())


def _check_fit(matrix: Matrix, metadata: Path, images: int, source: EncoderSpec | LabelBank) -> None:
    if matrix.rows != images:
        raise FileError(
            f"{matrix.path} holds {matrix.rows:,} embeddings and {metadata} annotates {images:,} images; "
            "they must be as many, in the same order."
        )
    spec = source.spec if isinstance(source, LabelBank) else source
    if matrix.dim != spec.dim:
        raise FileError(
            f"{matrix.path} has {matrix.dim} numbers an image and {spec.reference} has {spec.dim}; "
            "both must come from one model."
        )


def _copy_rows(writer: StoreWriter, variant: str, matrix: Matrix, ids: list[str], advance: ProgressFile | None) -> int:
    """Write the embeddings; return how many were not of length one."""
    unlike = 0
    for start, block in matrix.split_blocks():
        writer.add_vectors(variant, block, ids[start : start + len(block)])
        lengths = np.linalg.norm(block.astype(np.float32), axis=1)
        unlike += int((np.abs(lengths - 1) > _UNIT).sum())
        if advance:
            advance(start + len(block), matrix.rows)
    return unlike


def _make_thumbnails(folder: Path, ids: Sequence[str], size: int, advance: ProgressFile) -> Iterator[bytes | None]:
    if not folder.is_dir():
        raise BuildError(f"The folder of images {folder} does not exist or is not a folder.")
    for done, image_id in enumerate(ids):
        advance(done, len(ids))
        try:
            yield shrink_picture(read_picture(locate_picture(folder.resolve(), image_id)), size)
        except PictureError:
            yield None


def import_scores(
    path: str | Path,
    *,
    scores: Sequence[Path],
    metadata: Path,
    about: Path | None = None,
    order: Mapping[str, Sequence[str]] | None = None,
    encoding: str = UTF8,
    schema: str | None = None,
    replace: bool = False,
) -> ImportReport:
    """Make a store of tables of scores, each a variant named after its file.

    Parameters
    ----------
    path : str or Path
        The store: a name under the root of stores, or a path.
    scores : sequence of Path
        CSV with ``image_id`` and one column a label. Several must name the same images: templates or models over them.
    metadata : Path
        Annotations. Images without scores are left out and counted; scores without annotations are refused.
    about, order, encoding, schema, replace
        As in `import_embeddings`.

    Returns
    -------
    ImportReport
        With notes where all scores of an image are equal, where two variants are identical, and where a threshold on
        the scores means nothing outside their narrow range.

    Raises
    ------
    InputError
        The parts cannot be read or do not fit each other. Nothing is written then, and a store that was there stays.
    """
    (people, known), said = read_annotations(metadata, schema, encoding), read_about(about) if about else About()
    order = {**known, **(order or {})}
    check_values(people, said)
    files = [read_scores(file, encoding) for file in scores]
    _check_files(files, metadata, frozenset(people.index))
    kept = people[people.index.isin(files[0].ids)]
    tables: dict[str, ScoreTable] = {}
    for file in files:
        if file.path.stem in tables:
            raise FileError(f'Two tables of scores would make the variant "{file.path.stem}"; rename one of the files.')
        tables[file.path.stem] = file.pick_rows(kept.index.tolist())
    with StoreWriter(path, tables, replace=replace) as writer:
        store = writer.finish(kept, about=said, order=order)
    left_out = tuple(people.index[~people.index.isin(files[0].ids)])
    return ImportReport(store, left_out, tuple(_note_scores(tables)))


def _check_files(files: Sequence[ScoreFile], metadata: Path, annotated: frozenset[str]) -> None:
    if not files:
        raise BuildError("An import of scores needs at least one table of scores.")
    first = files[0]
    for file in files:
        strange = [image_id for image_id in file.ids if image_id not in annotated]
        if strange:
            raise FileError(
                f"{file.path} has scores of {len(strange):,} images that {metadata} does not annotate: "
                f"{name_ids(strange)}."
            )
        differing = sorted(set(first.ids).symmetric_difference(file.ids))
        if differing:
            raise FileError(
                f"{first.path} and {file.path} do not name the same images: {len(differing):,} are in one only, "
                f"{name_ids(differing)}."
            )


def _note_scores(tables: Mapping[str, ScoreTable]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name, table in tables.items():
        rows = np.array(list(table.columns.values()))
        equal = int((rows == rows[0]).all(axis=0).sum()) if len(rows) > 1 else 0
        if equal:
            yield f'In "{name}" all scores of {equal:,} images are equal; they go to the label that is listed first.'
        low, high = float(rows.min()), float(rows.max())
        if not (low >= 0 and high <= 1 and high - low > _NARROW):
            yield (
                f'In "{name}" the scores lie between {low:.3g} and {high:.3g} and are no probabilities: a threshold '
                f"outside that range labels all images or none. Choose one inside it, with --score cosine."
            )
        twin = seen.setdefault(table.spec.digest, name)
        if twin != name:
            yield f'The variants "{twin}" and "{name}" are identical.'
