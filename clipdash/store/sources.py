"""What is behind the variants of a store under construction: encoders, label banks, tables of scores."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from clipdash.encoders import CONFIG, BankSpec, EncoderSpec, LabelBank, dump_bank
from clipdash.errors import StoreError
from clipdash.store.integrity import list_files
from clipdash.store.manifest import OWN_ENCODER, Variant, describe_invalid
from clipdash.store.scores import ScoreTable, write_scores
from clipdash.store.specs import ScoresSpec

Source = EncoderSpec | LabelBank | ScoreTable
_AnySpec = EncoderSpec | BankSpec | ScoresSpec
_LOCAL = "local-dir:"


def write_source(path: Path, source: Source) -> None:
    """Write what a variant has beside an index; an encoder has nothing."""
    if isinstance(source, LabelBank):
        path.write_bytes(dump_bank(source))
    elif isinstance(source, ScoreTable):
        write_scores(path, source)


def make_variants(
    sources: Mapping[str, Source], folder: Path | None, precisions: Mapping[str, str]
) -> tuple[Variant, ...]:
    """Return the manifest's entry of each variant; `StoreError` where one cannot be named or made so.

    Parameters
    ----------
    sources : mapping of str to Source
        By the name of the variant.
    folder : Path, optional
        The encoder that the store brings along; a variant must be made with it.
    precisions : mapping of str to str
        In which the images of a variant were encoded, where that is known.
    """
    if not sources:
        raise StoreError("A store needs at least one variant.")
    specs = {name: s if isinstance(s, EncoderSpec) else s.spec for name, s in sources.items()}
    try:
        variants = tuple(
            Variant.model_validate(
                {"name": name, "encoder": _claim_encoder(spec, folder), "precision": precisions.get(name)}
            )
            for name, spec in specs.items()
        )
    except ValidationError as error:
        raise StoreError(f"A variant cannot be named so: {describe_invalid(error)}.") from None
    if folder and not any(variant.encoder.reference == OWN_ENCODER for variant in variants):
        raise StoreError(f"No variant of the store was made with the encoder in {folder}, so it has no place in it.")
    if folder and not (folder / CONFIG).is_file():
        raise StoreError(f"{folder} has no {CONFIG}, so it is not the folder of an encoder.")
    return variants


def _claim_encoder(spec: _AnySpec, folder: Path | None) -> _AnySpec:
    """Return the spec under the reference of a store's own encoder, where it was read from the folder brought along."""
    if folder is None or not isinstance(spec, EncoderSpec) or not spec.reference.startswith(_LOCAL):
        return spec
    if Path(spec.reference.removeprefix(_LOCAL)).resolve() != folder.resolve():
        return spec
    return spec.model_copy(update={"reference": OWN_ENCODER})


def copy_encoder(source: Path, target: Path) -> None:
    """Copy the files of an encoder's folder."""
    for name in list_files(source):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        # Only the content: a checkpoint readable by its maker alone must not make a store that others cannot open.
        shutil.copyfile(source / name, target / name)
