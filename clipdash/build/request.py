"""What a build is asked for: read from its files and checked before anything is encoded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipdash.build.cluster import LOCAL, check_engine
from clipdash.encoders import Encoder, pick_device, read_encoder
from clipdash.errors import BuildError
from clipdash.store import About, order_people, read_about, read_annotations, resolve_store

MOST_VALUES = 10_000
MOST_PIXELS = 1_024
_LOCAL, _FILE = "local-dir:", "weights:"


@dataclass(frozen=True)
class BuildOptions:
    """How a build goes about it; nothing here changes what a store says, but for the last digits of embeddings.

    Parameters
    ----------
    batch : int, optional
        Rows of the metadata that are encoded at once; by default as many as suit the device.
    workers : int, optional
        Processes that open pictures; by default one a processor. With 0 none is started.
    device : {"auto", "cpu", "cuda", "mps"}
        Where the model runs.
    precision : {"fp32", "bf16", "fp16"}
        In which it computes.
    shards : int, optional
        At most so many parts, each kept as soon as it is done; by default a part is about 512 rows.
    resume : bool
        Whether to go on with an interrupted build. Where there is none a new one starts; where the store is there
        nothing is done.
    strict : bool
        Whether the first picture that cannot be used ends the build, instead of being left out.
    index : str, optional
        FAISS's name of an approximate index for search, such as ``"HNSW32"``; labels are always given by exact scores.
    engine : str
        Where shards are encoded: ``local`` in this process, ``ray`` in processes of a Ray on this machine, or
        ``ray://HOST:PORT`` in those of a cluster. A build may be gone on with on another one.
    """

    batch: int | None = None
    workers: int | None = None
    device: str = "auto"
    precision: str = "fp32"
    shards: int | None = None
    resume: bool = False
    strict: bool = False
    index: str | None = None
    engine: str = LOCAL


@dataclass(frozen=True)
class Request:
    """What a build was asked for, read and checked.

    Parameters
    ----------
    place : Path
        The folder of the store.
    people : DataFrame
        The annotations, indexed by image_id.
    about : About
        What the store is to say of itself.
    order : mapping of str to sequence of str
        Orders of values of attributes.
    images : Path
        The folder of pictures, without links in its path.
    references : sequence of str
        The encoders, each a variant.
    thumbnail_size : int or None
        Longest side in pixels; None for a store without thumbnails.
    encoder_folder : Path or None
        The folder of the encoder that the store brings along.
    replace : bool
        Whether a store that is there already may be replaced.
    options : BuildOptions
        How to go about it.
    """

    place: Path
    people: Any
    about: About
    order: Mapping[str, Sequence[str]]
    images: Path
    references: Sequence[str]
    thumbnail_size: int | None
    encoder_folder: Path | None
    replace: bool
    options: BuildOptions

    @property
    def ids(self) -> list[str]:
        """The image ids in the order of the metadata."""
        return list(self.people.index)


def read_request(
    path: str | Path,
    *,
    images: Path,
    metadata: Path,
    encoder: str | Sequence[str],
    about: Path | None,
    thumbnail_size: int | None,
    order: Mapping[str, Sequence[str]] | None,
    replace: bool,
    embed_encoder: bool,
    schema: str | None,
    options: BuildOptions,
) -> Request:
    """Read and check what a build is asked for; parameters and errors are those of `build_store`."""
    people, known = read_annotations(metadata, schema)
    said, orders = read_about(about) if about else About(), {**known, **(order or {})}
    order_people(people, said, orders)  # what is wrong with them is said before an hour of encoding, not after
    check_numbers(options, thumbnail_size)
    check_engine(options.engine)
    check_values(people, said)
    references = [encoder] if isinstance(encoder, str) else list(encoder)
    check_names(references)
    return Request(
        place=resolve_store(path).resolve(),
        people=people,
        about=said,
        order=orders,
        images=check_folder(images),
        references=references,
        thumbnail_size=thumbnail_size,
        encoder_folder=_pick_folder(references) if embed_encoder else None,
        replace=replace,
        options=options,
    )


def check_numbers(options: BuildOptions, thumbnail_size: int | None) -> None:
    """Raise `BuildError` where a number of the options makes no sense."""
    for count, what, least in (
        (options.batch, "A batch of {} pictures was", 1),
        (options.shards, "{} shards were", 1),
        (options.workers, "{} workers were", 0),
    ):
        if count is not None and count < least:
            raise BuildError(f"{what.format(count)} asked for; expected at least {least}.")
    if thumbnail_size is not None and not 1 <= thumbnail_size <= MOST_PIXELS:
        raise BuildError(f"Thumbnails of {thumbnail_size} pixels were asked for; they can have 1 to {MOST_PIXELS:,}.")


def check_folder(images: Path) -> Path:
    """Return the folder of pictures without links in its path; `BuildError` where it is none."""
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


def read_encoders(references: Sequence[str], options: BuildOptions) -> dict[str, Encoder]:
    """Load the encoders of a build, by the names of their variants."""
    device = pick_device(options.device)
    return {
        name: read_encoder(reference, device=device, precision=options.precision)
        for name, reference in zip(check_names(references), references, strict=True)
    }


def check_names(references: Sequence[str]) -> tuple[str, ...]:
    """Return the variants that encoders make; `BuildError` where there is none, or two have one name."""
    names = tuple(name_variant(reference) for reference in references)
    if not names:
        raise BuildError("A build needs at least one encoder.")
    for place, name in enumerate(names):
        if name in names[:place]:
            raise BuildError(f'Two encoders would make the variant "{name}"; name each encoder once.')
    return names


def name_variant(reference: str) -> str:
    """Return the name of the variant that an encoder makes: its folder, or model and tag joined by a dash.

    Examples
    --------
    >>> name_variant("ViT-B-32/laion2b_s34b_b79k"), name_variant("local-dir:models/mine")
    ('ViT-B-32-laion2b_s34b_b79k', 'mine')
    """
    if reference.startswith(_LOCAL):
        return Path(reference.removeprefix(_LOCAL)).resolve().name.lstrip(".") or "encoder"
    if reference.startswith(_FILE):
        model, _, file = reference.removeprefix(_FILE).partition(":")
        return f"{model.replace('/', '-')}-{Path(file).stem}"
    return reference.removeprefix("hf-hub:").strip("/").replace("/", "-").lstrip(".") or "encoder"


def _pick_folder(references: Sequence[str]) -> Path:
    local = [reference for reference in references if reference.startswith(_LOCAL)]
    if len(local) != 1:
        raise BuildError(f"A store can bring along one encoder that is a {_LOCAL} folder; {len(local)} were named.")
    return Path(local[0].removeprefix(_LOCAL))
