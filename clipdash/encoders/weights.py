"""Where the weights of an encoder lie; what is missing is said, never replaced by random numbers."""

import hashlib
import json
import logging
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from clipdash.encoders.reference import Reference
from clipdash.errors import EncoderError, suggest

CONFIG = "open_clip_config.json"
_PATIENCE = 10.0  # seconds
_PREFERRED = ("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "open_clip_pytorch_model.bin")


def find_weights(reference: Reference) -> Path:
    """Return the file of an encoder's weights; for a tag or a hub it is downloaded where it is not cached.

    Raises
    ------
    EncoderError
        There is no such model, tag or folder, or the weights cannot be had.
    """
    find = {"local-dir": _find_in_folder, "weights": _find_file, "tag": _find_by_tag, "hf-hub": _find_on_hub}
    return find[reference.kind](reference)


def find_cached(trained: Mapping[str, Any]) -> Path | None:
    """Return where published weights lie on this machine, or None; the network is never asked.

    Parameters
    ----------
    trained : mapping
        What open_clip knows of them: ``file``, ``hf_hub`` or ``url``, of which it takes the first.
    """
    if trained.get("file"):
        return _take_file(Path(trained["file"]))
    if trained.get("hf_hub"):
        repository, _, name = str(trained["hf_hub"]).rpartition("/")
        return _find_in_hub_cache(repository, name or "open_clip_pytorch_model.bin")
    return _take_file(_url_cache() / PurePosixPath(trained["url"]).name) if trained.get("url") else None


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; an unchanged file is read once a process."""
    status = path.stat()
    return _hash(path.resolve(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _hash(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _take_file(path: Path) -> Path | None:
    return path if path.is_file() else None


def _url_cache() -> Path:
    return Path("~/.cache/clip").expanduser()  # where open_clip keeps what it downloads by address


def _find_in_hub_cache(repository: str, name: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    candidates = [name]
    if name == "open_clip_pytorch_model.bin":
        candidates.insert(0, "open_clip_model.safetensors")  # open_clip's order
    elif Path(name).suffix in {".bin", ".pth"}:
        candidates.insert(0, f"{Path(name).stem}.safetensors")
    for candidate in candidates:
        found = try_to_load_from_cache(repository, candidate)
        if isinstance(found, str):
            return Path(found)
    return None


def _find_file(reference: Reference) -> Path:
    _check_model(reference.name)
    if reference.tag:
        _check_tag(reference)
    if not Path(reference.path).is_file():
        raise EncoderError(f"The file of weights {reference.path} is not there. Expected a checkpoint of open_clip.")
    return Path(reference.path)


def _find_in_folder(reference: Reference) -> Path:
    folder = Path(reference.name)
    if not folder.is_dir():
        raise EncoderError(
            f"The encoder folder {folder} is not there. "
            f"Expected a folder with {CONFIG} and open_clip_model.safetensors."
        )
    read_config(folder / CONFIG)
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


def read_config(path: Path) -> dict[str, Any]:
    """Return a model's ``open_clip_config.json``; `EncoderError` where it is not one."""
    if not path.is_file():
        raise EncoderError(f"{path.parent} has no {CONFIG}, so it cannot be loaded as an open_clip model.")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EncoderError(f"{path} cannot be read ({error.strerror or error}).") from None
    except ValueError:
        raise EncoderError(f"{path} is not JSON. Expected the configuration that open_clip writes.") from None
    if not isinstance(config, dict) or not isinstance(config.get("model_cfg"), dict):
        raise EncoderError(f'{path} has no table "model_cfg". Expected the configuration that open_clip writes.')
    return config


def _find_by_tag(reference: Reference) -> Path:
    import open_clip
    from open_clip.pretrained import download_pretrained

    _check_model(reference.name)
    _check_tag(reference)
    trained = open_clip.get_pretrained_cfg(reference.name, reference.tag)
    # A file that came from an address is left to open_clip, which knows its checksum.
    cached = find_cached(trained) if trained.get("hf_hub") else None
    return cached or _download(reference, download_pretrained, trained)


def _find_on_hub(reference: Reference) -> Path:
    from open_clip.pretrained import download_pretrained_from_hf

    try:
        cached = _find_in_hub_cache(reference.name, "open_clip_pytorch_model.bin")
    except ValueError:  # a name that no repository can have, or one with a revision, which open_clip reads
        cached = None
    return cached or _download(reference, download_pretrained_from_hf, reference.name)


def _download(reference: Reference, download: Callable[[Any], str], source: Any) -> Path:
    try:
        with _quiet_hub():
            if reference.kind == "hf-hub" or (isinstance(source, Mapping) and source.get("hf_hub")):
                _reach_hub()
            return Path(download(source))
    except (OSError, RuntimeError, ValueError) as error:
        raise _unreachable(reference, error) from error


def _check_model(name: str) -> None:
    import open_clip

    if name not in open_clip.list_models():
        raise EncoderError(f'open_clip has no model "{name}". {suggest(name, open_clip.list_models())}')


def _check_tag(reference: Reference) -> None:
    import open_clip

    tags = open_clip.list_pretrained_tags_by_model(reference.name)
    if reference.tag not in tags:
        raise EncoderError(f'{reference.name} has no weights "{reference.tag}". {suggest(reference.tag, tags)}')


def _unreachable(reference: Reference, error: Exception) -> EncoderError:
    from huggingface_hub.constants import HF_HUB_CACHE
    from open_clip import get_pretrained_cfg

    of_hub = reference.kind == "hf-hub" or get_pretrained_cfg(reference.name, reference.tag).get("hf_hub")
    place = HF_HUB_CACHE if of_hub else _url_cache()
    return EncoderError(
        f"The weights of {reference} are not in {place} and cannot be downloaded from here ({type(error).__name__})."
        f" Bring them: run `clipdash encoders fetch {reference} --to FOLDER` on a machine with a network, copy the"
        " folder here and name it as local-dir:FOLDER."
    )


def _reach_hub() -> None:
    """Raise `OSError` at once where the hub cannot be reached; its own client tries for minutes, without a word."""
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    address = urlsplit(ENDPOINT)
    if HF_HUB_OFFLINE or getproxies() or address.hostname is None:
        return
    port = address.port or (443 if address.scheme == "https" else 80)
    socket.create_connection((address.hostname, port), timeout=_PATIENCE).close()


@contextmanager
def _quiet_hub() -> Iterator[None]:
    """Keep back the hub's lines about tries that failed; what came of them is said once."""
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
