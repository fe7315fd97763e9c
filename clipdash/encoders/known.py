"""A text encoder that is loaded only for a text that is not known: from this process, the store, or this machine."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Lock

import numpy as np
from cachetools import LRUCache

from clipdash.encoders.encoder import Encoder, Vectors
from clipdash.encoders.kept import find_kept, keep_texts
from clipdash.encoders.reference import parse_reference
from clipdash.encoders.spec import EncoderSpec
from clipdash.encoders.weights import CONFIG
from clipdash.errors import EncoderError

__all__ = ["KnownTexts", "count_text_uses", "forget_texts", "name_texts"]

_CACHE_BYTES = 128 * 2**20
_memory: LRUCache[tuple[str, str], Vectors] = LRUCache(_CACHE_BYTES, getsizeof=lambda vector: vector.nbytes)
_lock = Lock()
_uses = {"known": 0, "embedded": 0}


class KnownTexts:
    """The texts of an encoder, which itself is loaded only where one of them is not known.

    A text is looked up in the memory of this process, then in what a store brings along, then on this machine's disk.
    So a text has the same embedding to the last bit in every label set of a process. Safe to share by threads.

    Parameters
    ----------
    spec : EncoderSpec
        The encoder that a store names.
    load : callable
        Returns it, and refuses another one.
    shipped : mapping of str to ndarray of float32, shape (D,)
        What the store brings of it.
    key : str, optional
        What identifies it among all encoders, as `name_texts` returns it; by default that of `spec`.
    """

    def __init__(
        self,
        spec: EncoderSpec,
        load: Callable[[], Encoder],
        *,
        shipped: Mapping[str, Vectors] | None = None,
        key: str | None = None,
    ) -> None:
        self.spec, self._load, self._shipped = spec, load, shipped or {}
        self._key = name_texts(spec) if key is None else key
        self._encoder: Encoder | None = None
        self._loading = Lock()

    def find_texts(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """Return the embeddings (D,) of those texts that are known without the encoder, by text."""
        wanted = dict.fromkeys(texts)
        with _lock:
            known = {text: vector for text in wanted if (vector := _memory.get((self._key, text))) is not None}
        found = {text: self._shipped[text] for text in wanted if text not in known and text in self._shipped}
        missing = [text for text in wanted if text not in known and text not in found]
        if missing:
            found |= find_kept(self._key, missing, self.spec.dim)
        return known | self._settle(found)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; parameters and result are those of `Encoder.encode_texts`, errors those of loading it."""
        known = self.find_texts(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        _uses["known"] += len(known)
        _uses["embedded"] += len(missing)
        if missing:
            encoder = self._open()
            made = dict(zip(missing, encoder.encode_texts(missing), strict=True))
            # What is longer than the encoder reads was cut: nobody is to find that again.
            whole = {text: row for text, row in made.items() if encoder.count_tokens(text) <= self.spec.context_length}
            known |= made | self._settle(whole)
            keep_texts(self._key, whole)
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.spec.dim), np.float32)

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a prompt, which takes the encoder; a known prompt is not too long."""
        return self._open().count_tokens(text)

    def _open(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = self._load()
            return self._encoder

    def _settle(self, vectors: Mapping[str, Vectors]) -> dict[str, Vectors]:
        """Remember embeddings; of a text that another thread embedded meanwhile, return the other's."""
        with _lock:
            settled = {text: _memory.get((self._key, text), vector) for text, vector in vectors.items()}
            _memory.update({(self._key, text): vector for text, vector in settled.items()})
        return settled


def name_texts(spec: EncoderSpec, config: str | None = None) -> str:
    """Return what identifies an encoder among all whose texts are kept.

    Its digest says nothing of the activation and of how its text tower is built, which come from the name of the model,
    from published weights or from a configuration beside the file.

    Parameters
    ----------
    spec : EncoderSpec
        The encoder.
    config : str, optional
        Checksum of its configuration, where that is known; by default of the file that lies where `spec` says.
    """
    try:
        parsed = parse_reference(spec.reference)
        facts = [parsed.kind, parsed.tag, parsed.name if parsed.kind != "local-dir" else ""]
        folder = {"local-dir": Path(parsed.name), "weights": Path(parsed.path).parent}.get(parsed.kind)
    except EncoderError:
        facts, folder = [spec.reference], None
    if config is None and folder is not None and (folder / CONFIG).is_file():
        config = hashlib.sha256((folder / CONFIG).read_bytes()).hexdigest()
    named = json.dumps([spec.digest, *facts, config or "", _find_version()])
    return hashlib.sha256(named.encode()).hexdigest()


@cache
def _find_version() -> str:
    try:
        return version("open_clip_torch")
    except PackageNotFoundError:
        return ""


def count_text_uses() -> tuple[int, int]:
    """Return how many texts were asked for and known, in this process, and how many had to be embedded."""
    return _uses["known"], _uses["embedded"]


def forget_texts() -> None:
    """Forget the embeddings of texts that are in the memory of this process; those on the disk stay."""
    with _lock:
        _memory.clear()
