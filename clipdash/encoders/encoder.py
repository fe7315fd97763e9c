"""The open_clip encoder: texts and pictures to unit vectors."""

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from PIL.Image import Image

from clipdash.encoders.device import cast_images, check_precision, pick_device
from clipdash.encoders.framing import find_input_size, frame_picture
from clipdash.encoders.model import load_model, load_tokenizer, scale_pixels
from clipdash.encoders.reference import Reference, parse_reference
from clipdash.encoders.spec import EncoderSpec
from clipdash.encoders.tower import TextTower
from clipdash.encoders.weights import find_weights, hash_file
from clipdash.errors import EncoderError

_TEXTS_AT_ONCE = 256
_CACHE_BYTES = 128 * 2**20
_CPU_BATCH, _LARGEST_BATCH = 32, 512

Vectors = NDArray[np.float32]


class Encoder:
    """A model that was loaded with its weights, in evaluation mode.

    Embeddings of texts are kept (bounded, least recently used go first), so that a label costs the model once, and
    the same text has the same embedding to the last bit in every label set of a process. Safe to share by threads.

    Parameters
    ----------
    spec : EncoderSpec
        Its identity.
    model : torch.nn.Module
        An open_clip model with ``encode_text`` and ``encode_image``.
    tokenizer : callable
        The model's open_clip tokenizer.
    device : str, default "cpu"
        Where the model lies.
    precision : {"fp32", "bf16", "fp16"}, default "fp32"
        Of the images; texts are always embedded in fp32.
    """

    def __init__(
        self, spec: EncoderSpec, model: Any, tokenizer: Any, *, device: str = "cpu", precision: str = "fp32"
    ) -> None:
        self.spec, self.device, self.precision = spec, device, precision
        self._model, self._tokenizer = model, tokenizer
        self._lock = RLock()
        self._cache: LRUCache[str, Vectors] = LRUCache(_CACHE_BYTES, getsizeof=lambda vector: vector.nbytes)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Embed texts.

        Parameters
        ----------
        texts : sequence of str
            Whole prompts. The caller counts tokens first (`count_tokens`); a longer prompt would be cut.

        Returns
        -------
        ndarray of float32, shape (n, D)
            Unit rows, in the order of `texts`.
        """
        with self._lock:
            known = {text: vector for text in texts if (vector := self._cache.get(text)) is not None}
            missing = [text for text in dict.fromkeys(texts) if text not in known]
            if missing:
                known |= zip(missing, self._run_texts(missing), strict=True)
            self._cache.update({text: known[text] for text in missing})
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.spec.dim), np.float32)

    def encode_images(self, images: Sequence[Image]) -> Vectors:
        """Embed pictures.

        Parameters
        ----------
        images : sequence of PIL.Image.Image
            Pictures of any size, in RGB.

        Returns
        -------
        ndarray of float32, shape (n, D)
            Unit rows, in the order of `images`.
        """
        if not images:
            return np.zeros((0, self.spec.dim), np.float32)
        return self.encode_pixels(np.stack([frame_picture(image, self.spec.preprocess) for image in images]))

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> Vectors:
        """Embed pictures that were framed before (`frame_picture`), all at once.

        Parameters
        ----------
        pixels : ndarray of uint8, shape (n, H, W, 3)
            In the size of the encoder's input.

        Returns
        -------
        ndarray of float32, shape (n, D)
            Unit rows, in the order of `pixels`.

        Raises
        ------
        EncoderError
            The pixels have another shape or type, or a vector has no direction.
        """
        shape = (*find_input_size(self.spec.preprocess), 3)
        if pixels.dtype != np.uint8 or pixels.ndim != len(shape) + 1 or pixels.shape[1:] != shape:
            raise EncoderError(
                f"The pixels are {pixels.dtype} of shape {pixels.shape}; expected uint8 of shape (n, {shape[0]},"
                f" {shape[1]}, 3), as frame_picture returns them."
            )
        if not len(pixels):
            return np.zeros((0, self.spec.dim), np.float32)
        return _normalise(self._run_pixels(pixels).float().cpu().numpy())

    def fit_batch(self) -> int:
        """Return how many pictures go through the model at once: 32 on the CPU, elsewhere what the memory holds.

        Raises
        ------
        EncoderError
            The device's memory does not hold even one picture.
        """
        if self.device == "cpu":
            return _CPU_BATCH
        height, width = find_input_size(self.spec.preprocess)
        count = _LARGEST_BATCH
        while count and not self._has_room(np.zeros((count, height, width, 3), np.uint8)):
            count //= 2
        if not count:
            raise EncoderError(
                f"The memory of {self.device} does not hold one picture beside {self.spec.reference}. "
                "Free some of it, or run on the CPU."
            )
        return count

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a prompt, its start and end included and nothing cut."""
        inner = getattr(self._tokenizer, "tokenizer", None)
        if inner is not None:
            return len(inner(self._tokenizer.clean_fn(text))["input_ids"])
        return len(self._tokenizer.encode(text)) + 2

    def _run_texts(self, texts: list[str]) -> Vectors:
        """Embed texts, short ones first, so that a long one does not lengthen every batch."""
        import torch

        with torch.inference_mode():
            tower, tokens = self._tower, self._tokenize(texts)
            order = np.argsort(tower.find_lengths(tokens), kind="stable")
            parts = [order[start : start + _TEXTS_AT_ONCE] for start in range(0, len(order), _TEXTS_AT_ONCE)]
            rows = np.concatenate([tower.embed(tokens[part]).float().cpu().numpy() for part in parts])
            return _normalise(rows[order.argsort()])

    @cached_property
    def _tower(self) -> TextTower:
        return TextTower(self._model, self._tokenize)

    def _tokenize(self, texts: list[str]) -> Any:
        return self._tokenizer(texts).to(self.device)

    def _run_pixels(self, pixels: NDArray[np.uint8]) -> Any:
        import torch

        with self._lock, torch.inference_mode(), cast_images(self.device, self.precision):
            return self._model.encode_image(scale_pixels(pixels, self.spec.preprocess, self.device))

    def _has_room(self, pixels: NDArray[np.uint8]) -> bool:
        import torch

        try:
            self._run_pixels(pixels)
        except RuntimeError as error:  # torch.OutOfMemoryError is one; mps has none of its own
            if not isinstance(error, torch.OutOfMemoryError) and "out of memory" not in str(error):
                raise
            return False
        return True


def read_encoder(reference: str, *, device: str = "cpu", precision: str = "fp32") -> Encoder:
    """Load an encoder with its weights.

    Parameters
    ----------
    reference : str
        ``MODEL/TAG`` of open_clip, ``local-dir:PATH`` (a folder with ``open_clip_config.json`` and weights),
        ``hf-hub:NAME``, or a file of weights as ``weights:MODEL:PATH`` or ``weights:MODEL/TAG:PATH``, where TAG
        names the published weights whose preparation of pictures and activation to follow.
    device : {"cpu", "cuda", "mps", "auto"}, default "cpu"
        Where it runs; see `pick_device`.
    precision : {"fp32", "bf16", "fp16"}, default "fp32"
        Of the images; texts are always embedded in fp32. Half precision is of `torch.autocast`.

    Returns
    -------
    Encoder
        In evaluation mode, with the preprocessing of its checkpoint.

    Raises
    ------
    EncoderError
        There is no such encoder or device, or its weights cannot be had, do not fit or leave a parameter without
        numbers. A random model is never returned, not even in part.
    """
    parsed = parse_reference(reference)
    device = pick_device(device)
    check_precision(precision, device)
    weights = find_weights(parsed)
    model = load_model(parsed, weights)
    tokenizer = load_tokenizer(parsed)
    spec = _describe(parsed, weights, model, tokenizer)
    return Encoder(spec, model.to(device), tokenizer, device=device, precision=precision)


def _describe(reference: Reference, weights: Path, model: Any, tokenizer: Any) -> EncoderSpec:
    import torch

    visual = getattr(model.visual, "preprocess_cfg", {})
    bias = getattr(model, "logit_bias", None)
    with torch.inference_mode():
        probe = model.encode_text(tokenizer(["a"]))
    return EncoderSpec(
        reference=str(reference.locate()),
        model=Path(reference.name).name if reference.kind == "local-dir" else reference.name,
        weights=reference.tag if reference.kind == "tag" else weights.name,
        weights_sha256=hash_file(weights),
        dim=probe.shape[-1],
        context_length=tokenizer.context_length,
        logit_scale=float(model.logit_scale.detach().exp()),
        logit_bias=None if bias is None else float(bias.detach()),
        preprocess={key: list(value) if isinstance(value, tuple) else value for key, value in visual.items()},
    )


def _normalise(rows: NDArray[Any]) -> Vectors:
    vectors = rows.astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not all(math.isfinite(norm) and norm > 0 for norm in norms[:, 0]):
        raise EncoderError(
            "The encoder returned a vector without direction (zero or not a number); its weights are damaged."
        )
    return np.ascontiguousarray(vectors / norms, dtype=np.float32)
