"""Where the weights of an encoder lie; what is missing is said, never replaced by random numbers."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from clipdash.encoders.reference import Reference
from clipdash.errors import EncoderError, suggest

CONFIG = "open_clip_config.json"
_PREFERRED = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin")
_ELSEWHERE = (
    "Bring the weights: on a machine with a network load the model once with open_clip and copy its folder "
    f"({CONFIG} and open_clip_model.safetensors) here, then name it as local-dir:PATH."
)


def find_weights(reference: Reference) -> Path:
    """Return the file of an encoder's weights; for a tag or a hub it is downloaded where it is not cached.

    Raises
    ------
    EncoderError
        There is no such model, tag or folder, or the weights cannot be had.
    """
    if reference.kind == "local-dir":
        return _find_in_folder(Path(reference.name))
    return _find_by_tag(reference) if reference.kind == "tag" else _find_on_hub(reference)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; an unchanged file is read once a process."""
    status = path.stat()
    return _hash(path.resolve(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _hash(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find_in_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise EncoderError(
            f"The encoder folder {folder} is not there. "
            f"Expected a folder with {CONFIG} and open_clip_model.safetensors."
        )
    _check_config(folder / CONFIG)
    candidates = sorted(path for ending in ("safetensors", "bin", "pth") for path in folder.glob(f"*.{ending}"))
    preferred = [folder / name for name in _PREFERRED if folder / name in candidates]
    if not candidates:
        raise EncoderError(
            f"{folder} has no weights, only a configuration; a random model is never used. "
            "Expected open_clip_model.safetensors beside it."
        )
    if not preferred and len(candidates) > 1:
        names = ", ".join(path.name for path in candidates[:3])
        raise EncoderError(
            f"{folder} has several files of weights ({names}). Name the right one open_clip_model.safetensors."
        )
    return (preferred or candidates)[0]


def _check_config(path: Path) -> None:
    if not path.is_file():
        raise EncoderError(f"{path.parent} has no {CONFIG}, so it cannot be loaded as an open_clip model.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise EncoderError(f"{path} is not JSON. Expected the configuration that open_clip writes.") from None
    if not isinstance(config, dict) or not isinstance(config.get("model_cfg"), dict):
        raise EncoderError(f'{path} has no table "model_cfg". Expected the configuration that open_clip writes.')


def _find_by_tag(reference: Reference) -> Path:
    import open_clip
    from open_clip.pretrained import download_pretrained

    if reference.name not in open_clip.list_models():
        raise EncoderError(
            f'open_clip has no model "{reference.name}". {suggest(reference.name, open_clip.list_models())}'
        )
    tags = open_clip.list_pretrained_tags_by_model(reference.name)
    if reference.tag not in tags:
        raise EncoderError(f'{reference.name} has no weights "{reference.tag}". {suggest(reference.tag, tags)}')
    try:
        return Path(download_pretrained(open_clip.get_pretrained_cfg(reference.name, reference.tag)))
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreachable(reference, error) from error


def _find_on_hub(reference: Reference) -> Path:
    from open_clip.pretrained import download_pretrained_from_hf

    try:
        return Path(download_pretrained_from_hf(reference.name))
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreachable(reference, error) from error


def _unreachable(reference: Reference, error: Exception) -> EncoderError:
    return EncoderError(
        f"The weights of {reference} are neither in this machine's cache nor to be downloaded from here "
        f"({type(error).__name__}). {_ELSEWHERE}"
    )
