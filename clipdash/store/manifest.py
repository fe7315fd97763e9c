"""The manifest: what a store holds, where it comes from, and the checksum of each of its files."""

import json
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from clipdash.encoders import CONFIG, BankSpec, EncoderSpec
from clipdash.errors import StoreError
from clipdash.store.specs import Model, ScoresSpec, SearchSpec

MANIFEST = "manifest.json"
PEOPLE = "people.parquet"
THUMBS = "thumbs.arrow"
SKIPPED = "skipped.csv"
DUPLICATES = "duplicates.csv"
CHECKSUMS = "checksums.bin"
ENCODER = "encoder"
VARIANTS = "variants"
INDEX = "images.faiss"
BANK = "label_bank.npz"
SCORES = "scores.arrow"
SEARCH = "search.faiss"
TEXTS = "texts.npz"
PARTS = frozenset({MANIFEST, PEOPLE, THUMBS, SKIPPED, DUPLICATES, CHECKSUMS, ENCODER, VARIANTS})
"""Everything that may lie directly in the folder of a store."""

#: Of the checksum of a picture's file.
CHECKSUM_BYTES = 16
SCHEMA = 4
OWN_ENCODER = f"local-dir:{ENCODER}"
"""The reference, in a manifest, of the encoder that the store itself brings."""
MOST_GROUPS = 200


class DamageError(StoreError):
    """A file of a store is missing, or is not what the manifest says; the message names it and ends without a dot."""


#: What the pictures of a store show; galleries of real people are shown with more care.
Depicts = Literal["people", "drawings", "objects"]


class Attribute(Model):
    """One attribute that images are annotated with.

    Parameters
    ----------
    name : str
        Its column in the metadata.
    values : tuple of str
        Every value that occurs, in the order in which groups are shown.
    ordered : bool
        Whether somebody gave that order; otherwise it is the natural sort.
    derived : str, optional
        How the annotation came about, for the reader.
    """

    name: Annotated[str, Field(min_length=1)]
    values: tuple[str, ...]
    ordered: bool = False
    derived: str | None = None

    @property
    def groupable(self) -> bool:
        """Whether images can sensibly be grouped by it: it has 1 to 200 values."""
        return 1 <= len(self.values) <= MOST_GROUPS


class Variant(Model):
    """One source of label columns over the images of a store.

    Parameters
    ----------
    name : str
        By which commands name it; the folder of its files.
    encoder : EncoderSpec, BankSpec or ScoresSpec
        An encoder or a label bank, each with an index of the images' embeddings; or a table of scores.
    precision : {"fp32", "bf16", "fp16"}, optional
        In which the images were encoded; None where that was done elsewhere.
    search : SearchSpec, optional
        Its approximate index.
    texts : int, optional
        Of how many prompts the store brings the embeddings by the encoder, so that it need not be loaded for them.
    """

    name: Annotated[str, Field(pattern=r"^[^/\\\x00.][^/\\\x00]*$")]
    encoder: EncoderSpec | BankSpec | ScoresSpec
    precision: Literal["fp32", "bf16", "fp16"] | None = None
    search: SearchSpec | None = None
    texts: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _check_texts(self) -> Self:
        if self.texts is not None and self.encoder.kind != "encoder":
            raise ValueError("only an encoder has embeddings of prompts")
        return self

    @property
    def files(self) -> tuple[str, ...]:
        """Its files, as paths in the folder of the store; the first is the one with a row an image."""
        names = {"encoder": (INDEX,), "bank": (INDEX, BANK), "scores": (SCORES,)}[self.encoder.kind]
        return tuple(f"{VARIANTS}/{self.name}/{name}" for name in names)

    @property
    def search_file(self) -> str:
        """The file that an approximate index has, or would have."""
        return f"{VARIANTS}/{self.name}/{SEARCH}"

    @property
    def texts_file(self) -> str:
        """The file that embeddings of prompts have, or would have."""
        return f"{VARIANTS}/{self.name}/{TEXTS}"

    @property
    def extra_files(self) -> tuple[str, ...]:
        """The files that it has besides those that it cannot be without."""
        return (*([self.search_file] if self.search else []), *([self.texts_file] if self.texts else []))


class FileEntry(Model):
    """Checksum and size of one file."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]


class Manifest(Model):
    """What a store holds; the file ``manifest.json`` is this and a checksum of itself."""

    schema_: Annotated[Literal[4], Field(alias="schema")] = 4
    name: str
    title: str
    licence: str | None = None
    source: str | None = None
    notice: str | None = None
    depicts: Depicts | None = None
    images: Annotated[int, Field(ge=1)]
    cluster: str | None = None
    attributes: tuple[Attribute, ...]
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    thumbnail_size: Annotated[int, Field(ge=1)] | None = None
    files: dict[str, FileEntry]
    # Of a manifest that was migrated: what names the content does not change with the clipdash that reads it.
    _first_digest: str | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for kind, names in (
            ("attribute", [a.name for a in self.attributes]),
            ("variant", [v.name for v in self.variants]),
        ):
            if len(names) != len(set(names)):
                raise ValueError(f"two entries of {kind}s have the same name")
        if self.cluster is not None and self.cluster not in {a.name for a in self.attributes}:
            raise ValueError(f'the cluster "{self.cluster}" is not an attribute')
        if "image_id" in {a.name for a in self.attributes}:
            raise ValueError('an attribute cannot be named "image_id"')
        return self

    @model_validator(mode="after")
    def _check_files(self) -> Self:
        for name in self.files:
            # A manifest comes from outside: it must not make us read what lies elsewhere.
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\0" in name:
                raise ValueError(f'the file "{name}" is not inside the store')
        needed = {
            PEOPLE,
            *(name for v in self.variants for name in v.files),
            *(name for v in self.variants for name in v.extra_files),
            *([THUMBS] if self.thumbnail_size else []),
        }
        for name in sorted(needed - set(self.files)):
            raise ValueError(f'the file "{name}" has no checksum')
        return self

    @property
    def digest(self) -> str:
        """The sha256 (hexadecimal) of the manifest as canonical JSON: it names the content of the whole store."""
        return self._first_digest or _digest(self.model_dump(mode="json"))


def find_encoder_config(manifest: Manifest, variant: Variant) -> str | None:
    """Return the checksum of the configuration of an encoder that the store itself brings; None for any other."""
    entry = manifest.files.get(f"{ENCODER}/{CONFIG}") if variant.encoder.reference == OWN_ENCODER else None
    return entry.sha256 if entry else None


def dump_manifest(manifest: Manifest) -> bytes:
    """Return the content of ``manifest.json``: the manifest and, under ``digest``, its own checksum."""
    return _dump_file({**manifest.model_dump(mode="json"), "digest": manifest.digest})


def is_as_written(content: bytes) -> bool:
    """Return whether the content of ``manifest.json``, of whatever schema, is as it was written, to the last byte."""
    data = _parse_object(content)
    digest = data.pop("digest", None)
    return digest == _digest(data) and content == _dump_file({**data, "digest": digest})


def parse_manifest(content: bytes) -> Manifest:
    """Return the manifest that `content` holds; one of an older schema as the present one, with the digest it had.

    Raises
    ------
    StoreError
        It was written by a newer clipdash.
    DamageError
        It is not JSON, or not a manifest.
    """
    data = _parse_object(content)
    schema = data.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise StoreError(
            f"{MANIFEST} has schema {schema} and this clipdash reads up to {SCHEMA}; a newer clipdash wrote it"
        )
    said = {key: value for key, value in data.items() if key != "digest"}
    try:
        manifest = Manifest.model_validate_json(json.dumps(_migrate(said)))
    except ValidationError as error:
        raise DamageError(f"{MANIFEST} is not a manifest: {describe_invalid(error)}") from None
    if schema != SCHEMA:
        manifest._first_digest = _digest(said)
    return manifest


def _migrate(said: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest of an older schema as one of the present schema."""
    # Schema 2 added a variant's precision and approximate index, schema 3 its prompts, schema 4 what the pictures show;
    # older ones have none.
    return {**said, "schema": SCHEMA} if said.get("schema") in {1, 2, 3} else said


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in the folder of a store; errors as in `parse_manifest`, or that it is missing."""
    return parse_manifest(read_content(folder, MANIFEST))


def read_content(folder: Path, name: str) -> bytes:
    """Return the bytes of a small file of a store, or raise `DamageError` where they cannot be had."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise DamageError(f"{name} is missing") from None
    except OSError as error:
        raise DamageError(f"{name} cannot be read ({error.strerror})") from None


def describe_invalid(error: ValidationError) -> str:
    """Return the first complaint of pydantic as a part of a sentence that names the place."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ")
    return f'"{place}": {message}' if place else message


def _parse_object(content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content, parse_constant=_refuse_constant)
    except ValueError:
        raise DamageError(f"{MANIFEST} is not JSON") from None
    except RecursionError:
        raise DamageError(f"{MANIFEST} is nested too deeply to be a manifest") from None
    if not isinstance(data, dict):
        raise DamageError(f"{MANIFEST} is not a JSON object")
    return data


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _digest(value: Any) -> str:
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return sha256(canonical.encode()).hexdigest()


def _dump_file(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
