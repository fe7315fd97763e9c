"""What a build was asked for, kept so that it can be asked again: from a page, or after an interruption."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from clipdash.build.request import BuildOptions, Request, read_request
from clipdash.encoders import parse_reference
from clipdash.errors import BuildError, EncoderError
from clipdash.store import write_whole

_FILE = "request.json"


class Commission(BaseModel):
    """The arguments of a build, with absolute paths.

    Parameters
    ----------
    place : Path
        The folder of the store.
    images : Path
        The folder of pictures.
    metadata : Path
        The table of annotations.
    encoders : tuple of str
        As `clipdash.encoders.read_encoder` takes them.
    about : Path, optional
        The file that says what the store is.
    order : mapping of str to tuple of str
        Orders of values.
    thumbnail_size : int or None
        Longest side in pixels; None for a store without thumbnails.
    embed_encoder, replace : bool
        As `build_store` takes them.
    schema_name : str, optional
        The layout of the metadata.
    options : BuildOptions
        How to go about it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Path
    images: Path
    metadata: Path
    encoders: tuple[str, ...]
    about: Path | None = None
    order: Mapping[str, tuple[str, ...]] = {}
    thumbnail_size: int | None = 96
    embed_encoder: bool = False
    replace: bool = False
    schema_name: str | None = None
    options: BuildOptions = BuildOptions()

    def check(self) -> None:
        """Raise the `InputError` of what can be known to be wrong before anything starts."""
        for reference in self.encoders:
            _check_encoder(reference)
        read_request(
            self.place,
            images=self.images,
            metadata=self.metadata,
            encoder=self.encoders,
            about=self.about,
            thumbnail_size=self.thumbnail_size,
            order=self.order,
            replace=self.replace,
            embed_encoder=self.embed_encoder,
            schema=self.schema_name,
            options=self.options,
        )

    def write(self, folder: Path) -> None:
        """Keep it in a workplace."""
        write_whole(folder / _FILE, self.model_dump_json(indent=1).encode())

    def list_arguments(self, *, resume: bool) -> list[str]:
        """Return the words of the command ``clipdash build`` that ask for it, after the program's name.

        Parameters
        ----------
        resume : bool
            Whether to go on with an interrupted build.

        Raises
        ------
        BuildError
            A value of an order holds the sign that parts values on the command line.
        """
        given = asdict(self.options) | {"about": self.about, "schema": self.schema_name}
        given |= {"thumbnail-size": self.thumbnail_size, "images": self.images, "metadata": self.metadata}
        flags = {
            "no-thumbnails": self.thumbnail_size is None,
            "embed-encoder": self.embed_encoder,
            "replace": self.replace,
            "strict": given.pop("strict"),
            "resume": given.pop("resume") or resume,
        }
        words = [f"--{name}={value}" for name, value in given.items() if value is not None]
        words += [f"--encoder={reference}" for reference in self.encoders]
        words += [f"--order={pair}" for pair in self._join_orders()]
        return ["build", str(self.place), *words, *(f"--{name}" for name, is_set in flags.items() if is_set), "--json"]

    def _join_orders(self) -> Iterator[str]:
        for name, values in self.order.items():
            if any("/" in value for value in values):
                raise BuildError(
                    f'The order of "{name}" has a value with "/", which no command can say. '
                    "Go on with this build from the program that started it."
                )
            yield f"{name}={'/'.join(values)}"


class ImportCommission(BaseModel):
    """The arguments of an import, with absolute paths.

    Parameters
    ----------
    place : Path
        The folder of the store.
    metadata : Path
        The table of annotations.
    embeddings : Path, optional
        The embeddings, which need `encoder` or `label_bank`.
    scores : tuple of Path
        Tables of scores instead.
    encoder : str, optional
        As `clipdash.encoders.read_encoder` takes it.
    label_bank, images : Path, optional
        Embeddings of labels; the folder of pictures, for thumbnails.
    order : tuple of str
        Orders of values as the command takes them, such as ``age=0-2/3-9``.
    schema_name : str, optional
        The layout of the metadata.
    replace : bool
        Whether a store of that name may be replaced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Path
    metadata: Path
    embeddings: Path | None = None
    scores: tuple[Path, ...] = ()
    encoder: str | None = None
    label_bank: Path | None = None
    images: Path | None = None
    order: tuple[str, ...] = ()
    schema_name: str | None = None
    replace: bool = False

    def list_files(self) -> list[Path]:
        """Return the files that it reads."""
        return [file for file in (self.metadata, self.embeddings, self.label_bank, *self.scores) if file is not None]

    def list_arguments(self) -> list[str]:
        """Return the words of the command ``clipdash import`` that ask for it, after the program's name."""
        given = {
            "metadata": self.metadata,
            "embeddings": self.embeddings,
            "encoder": self.encoder,
            "label-bank": self.label_bank,
            "images": self.images,
            "schema": self.schema_name,
        }
        words = [f"--{name}={value}" for name, value in given.items() if value is not None]
        words += [*(f"--scores={file}" for file in self.scores), *(f"--order={pair}" for pair in self.order)]
        return ["import", str(self.place), *words, *(["--replace"] if self.replace else []), "--json"]


def describe_commission(
    asked: Request,
    *,
    metadata: Path,
    about: Path | None,
    schema: str | None,
    order: Mapping[str, tuple[str, ...]],
) -> Commission:
    """Return what a build was asked for, from the request that was read and what its reading lost."""
    return Commission(
        place=asked.place,
        images=asked.images,
        metadata=metadata.absolute(),
        encoders=tuple(_locate(reference) for reference in asked.references),
        about=about.absolute() if about else None,
        order=order,
        thumbnail_size=asked.thumbnail_size,
        embed_encoder=asked.encoder_folder is not None,
        replace=asked.replace,
        schema_name=schema,
        options=asked.options,
    )


def read_commission(folder: Path) -> Commission:
    """Return what the build in a workplace was asked for.

    Raises
    ------
    BuildError
        It was not kept there, or cannot be read.
    """
    try:
        return Commission.model_validate_json((folder / _FILE).read_bytes())
    except (OSError, ValidationError):
        raise BuildError(
            "What this build was asked for was not kept, so it cannot go on from here. "
            "Give its command again with --resume, or discard it."
        ) from None


def _locate(reference: str) -> str:
    try:
        return str(parse_reference(reference).locate())
    except EncoderError:  # said when the encoder is read
        return reference


def _check_encoder(reference: str) -> None:
    found = parse_reference(reference)
    if found.kind == "local-dir" and not Path(found.name).is_dir():
        raise EncoderError(f"There is no folder {found.name} with an encoder. Name one that holds its configuration.")
    if found.kind == "weights" and not Path(found.path).is_file():
        raise EncoderError(f"There is no file of weights {found.path}. Name one that is on this machine.")
