"""The build of a store in one pass: open a picture, make its thumbnail, encode a batch, append, let go."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from clipdash.build.picture import PictureError, list_pictures, locate_picture, read_picture, shrink_picture
from clipdash.encoders import Encoder, read_encoder
from clipdash.errors import BuildError
from clipdash.store import About, Store, StoreWriter, order_people, read_about, read_annotations

MOST_VALUES = 10_000
MOST_PIXELS = 1_024
_PIXELS_AT_ONCE = 50_000_000
_LOCAL = "local-dir:"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Parameters
    ----------
    store : Store
        The new store, open.
    built : int
        Images in it.
    skipped : tuple of (str, str)
        image_id and reason of each row of the metadata that was left out; the store keeps them in ``skipped.csv``.
    unmatched : int
        Pictures in the folder that no row of the metadata names.
    """

    store: Store
    built: int
    skipped: tuple[tuple[str, str], ...]
    unmatched: int


@dataclass(frozen=True)
class _Batch:
    """Pictures that were opened (with the row of each), and the rows that were left out on the way."""

    rows: tuple[int, ...]
    pictures: tuple[Image.Image, ...]
    skipped: tuple[tuple[str, str], ...]


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
    batch: int = 64,
    embed_encoder: bool = False,
    schema: str | None = None,
    progress: Progress | None = None,
) -> BuildReport:
    """Build a store from a folder of pictures and a table of their annotations.

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
        ``MODEL/TAG``, ``local-dir:PATH`` or ``hf-hub:NAME``; each becomes a variant, the first is the default one.
    about : Path, optional
        TOML file with title, licence, source, notice, cluster and attributes; see `clipdash.store.read_about`.
    thumbnail_size : int, optional
        Longest side of the thumbnails in pixels; None for a store without thumbnails.
    order : mapping of str to sequence of str, optional
        Orders of values of attributes; they take precedence over those of the about file.
    replace : bool
        Whether a store that is there already may be replaced. It stays as it is until the new one is complete.
    batch : int
        Pictures that are encoded at once (fewer where they are large).
    embed_encoder : bool
        Whether the store brings along the encoder, which must be a ``local-dir:``.
    schema : str, optional
        The layout of the metadata, where it is that of a known data set; see `clipdash.store.read_annotations`.
    progress : callable, optional
        Called with the rows done and all rows after each batch. What it raises ends the build; nothing remains.

    Returns
    -------
    BuildReport

    Raises
    ------
    InputError
        `BuildError`, `StoreError` or `EncoderError`: the metadata, the pictures, the place or an encoder cannot be
        used. Single pictures that cannot be used are left out, and no error.
    """
    people, known = read_annotations(metadata, schema)
    order = {**known, **(order or {})}
    said = read_about(about) if about else About()
    order_people(people, said, order)  # what is wrong with them is said before an hour of encoding, not after
    ids: list[str] = people.index.tolist()
    _check_numbers(batch, thumbnail_size)
    check_values(people, said)
    folder = _check_folder(images)
    references = [encoder] if isinstance(encoder, str) else list(encoder)
    encoder_folder = _pick_folder(references) if embed_encoder else None
    encoders = _read_encoders(references)
    specs = {name: one.spec for name, one in encoders.items()}
    with StoreWriter(
        path, specs, thumbnail_size=thumbnail_size, encoder_folder=encoder_folder, replace=replace
    ) as writer:
        batches = _read_batches(folder, ids, batch)
        rows, skipped = _encode_pictures(
            writer, encoders, batches, ids, thumbnail_size=thumbnail_size, progress=progress
        )
        if not rows:
            raise BuildError(
                f"None of the {len(ids):,} rows of {metadata} has a picture in {images} that can be used; "
                f'the first, "{skipped[0][0]}": {skipped[0][1]}.'
            )
        store = writer.finish(people.iloc[rows], about=said, order=order, skipped=skipped)
    return BuildReport(store, len(rows), tuple(skipped), len(list_pictures(folder) - set(ids)))


def _check_numbers(batch: int, thumbnail_size: int | None) -> None:
    if batch < 1:
        raise BuildError(f"A batch of {batch} pictures was asked for; it needs at least 1.")
    if thumbnail_size is not None and not 1 <= thumbnail_size <= MOST_PIXELS:
        raise BuildError(f"Thumbnails of {thumbnail_size} pixels were asked for; they can have 1 to {MOST_PIXELS:,}.")


def _check_folder(images: Path) -> Path:
    if not images.is_dir():
        raise BuildError(f"The folder of images {images} does not exist or is not a folder.")
    return images.resolve()


def check_values(people: Any, said: About) -> None:
    """Refuse an attribute of more than 10,000 values, unless it is the cluster; above 200 no page groups by it."""
    for name in people.columns:
        count = people[name].nunique()
        if count > MOST_VALUES and name != said.cluster:
            raise BuildError(
                f'The attribute "{name}" has {count:,} different values; at most {MOST_VALUES:,} can be kept. '
                "Leave the column out of the metadata, or name it as the cluster in an about file."
            )


def _read_encoders(references: Sequence[str]) -> dict[str, Encoder]:
    encoders: dict[str, Encoder] = {}
    for reference in references:
        name = name_variant(reference)
        if name in encoders:
            raise BuildError(f'Two encoders would make the variant "{name}"; name each encoder once.')
        encoders[name] = read_encoder(reference)
    if not encoders:
        raise BuildError("A build needs at least one encoder.")
    return encoders


def name_variant(reference: str) -> str:
    """Return the name of the variant that an encoder makes: its folder, or model and tag joined by a dash.

    Examples
    --------
    >>> name_variant("ViT-B-32/laion2b_s34b_b79k"), name_variant("local-dir:models/mine")
    ('ViT-B-32-laion2b_s34b_b79k', 'mine')
    """
    if reference.startswith(_LOCAL):
        return Path(reference.removeprefix(_LOCAL)).resolve().name.lstrip(".") or "encoder"
    return reference.removeprefix("hf-hub:").strip("/").replace("/", "-").lstrip(".") or "encoder"


def _pick_folder(references: Sequence[str]) -> Path:
    local = [reference for reference in references if reference.startswith(_LOCAL)]
    if len(local) != 1:
        raise BuildError(f"A store can bring along one encoder that is a {_LOCAL} folder; {len(local)} were named.")
    return Path(local[0].removeprefix(_LOCAL))


def _read_batches(folder: Path, ids: Sequence[str], batch: int) -> Iterator[_Batch]:
    rows: list[int] = []
    pictures: list[Image.Image] = []
    skipped: list[tuple[str, str]] = []
    for row, image_id in enumerate(ids):
        try:
            pictures.append(read_picture(locate_picture(folder, image_id)))
            rows.append(row)
        except PictureError as error:
            skipped.append((image_id, str(error)))
        if len(pictures) == batch or sum(p.width * p.height for p in pictures) >= _PIXELS_AT_ONCE:
            yield _Batch(tuple(rows), tuple(pictures), tuple(skipped))
            rows, pictures, skipped = [], [], []
    yield _Batch(tuple(rows), tuple(pictures), tuple(skipped))


def _encode_pictures(
    writer: StoreWriter,
    encoders: Mapping[str, Encoder],
    batches: Iterator[_Batch],
    ids: Sequence[str],
    *,
    thumbnail_size: int | None,
    progress: Progress | None,
) -> tuple[list[int], list[tuple[str, str]]]:
    rows: list[int] = []
    skipped: list[tuple[str, str]] = []
    for batch in batches:
        if batch.rows:
            for name, encoder in encoders.items():
                writer.add_vectors(name, encoder.encode_images(batch.pictures), [ids[row] for row in batch.rows])
            if thumbnail_size is not None:
                writer.add_thumbnails([shrink_picture(picture, thumbnail_size) for picture in batch.pictures])
        rows += batch.rows
        skipped += batch.skipped
        if progress:
            progress(len(rows) + len(skipped), len(ids))
    return rows, skipped
