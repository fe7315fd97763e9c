"""The open_clip encoder: texts and pictures to unit vectors."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from pickle import UnpicklingError
from threading import RLock
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from PIL.Image import Image

from clipdash.encoders.reference import Reference, parse_reference
from clipdash.encoders.spec import EncoderSpec
from clipdash.encoders.weights import find_weights, hash_file
from clipdash.errors import EncoderError

_TEXTS_AT_ONCE = 256
_CACHE_BYTES = 128 * 2**20

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
    preprocess : callable
        From a picture to the model's input.
    tokenizer : callable
        The model's open_clip tokenizer.
    """

    def __init__(self, spec: EncoderSpec, model: Any, preprocess: Callable[[Image], Any], tokenizer: Any) -> None:
        self.spec = spec
        self._model, self._preprocess, self._tokenizer = model, preprocess, tokenizer
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
            for start in range(0, len(missing), _TEXTS_AT_ONCE):
                part = missing[start : start + _TEXTS_AT_ONCE]
                known |= zip(part, self._run_texts(part), strict=True)
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
        import torch

        if not images:
            return np.zeros((0, self.spec.dim), np.float32)
        batch = torch.stack([self._preprocess(image) for image in images])
        with self._lock, torch.inference_mode():
            return _normalise(self._model.encode_image(batch).float().numpy())

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a prompt, its start and end included and nothing cut."""
        inner = getattr(self._tokenizer, "tokenizer", None)
        if inner is not None:
            return len(inner(self._tokenizer.clean_fn(text))["input_ids"])
        return len(self._tokenizer.encode(text)) + 2

    def _run_texts(self, texts: list[str]) -> Vectors:
        import torch

        with torch.inference_mode():
            return _normalise(self._model.encode_text(self._tokenizer(texts)).float().numpy())


def read_encoder(reference: str) -> Encoder:
    """Load an encoder with its weights.

    Parameters
    ----------
    reference : str
        ``MODEL/TAG`` of open_clip, ``local-dir:PATH`` (a folder with ``open_clip_config.json`` and weights) or
        ``hf-hub:NAME``.

    Returns
    -------
    Encoder
        In evaluation mode, in float32, with the preprocessing of its checkpoint.

    Raises
    ------
    EncoderError
        There is no such encoder, or its weights cannot be had or do not fit. A random model is never returned.
    """
    parsed = parse_reference(reference)
    weights = find_weights(parsed)
    model, preprocess = _load_model(parsed)
    tokenizer = _load_tokenizer(parsed)
    return Encoder(_describe(parsed, weights, model, tokenizer), model, preprocess, tokenizer)


def _load_model(reference: Reference) -> tuple[Any, Callable[[Image], Any]]:
    import open_clip
    from safetensors import SafetensorError

    options: dict[str, Any] = {}
    if reference.kind == "tag":
        trained = open_clip.get_pretrained_cfg(reference.name, reference.tag)
        # Weights trained with QuickGELU need it, also under a model name that does not say so.
        options = {"pretrained": reference.tag, "force_quick_gelu": bool(trained.get("quick_gelu"))}
    name = reference.name if reference.kind == "tag" else str(reference)
    try:
        model, preprocess = open_clip.create_model_from_pretrained(name, **options)
    except (RuntimeError, ValueError, OSError, KeyError, TypeError, SafetensorError, UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
        raise EncoderError(
            f"{reference} cannot be loaded: its weights are damaged or do not fit its configuration ({reason})."
        ) from error
    return model.eval(), preprocess


def _load_tokenizer(reference: Reference) -> Any:
    import open_clip

    try:
        return open_clip.get_tokenizer(reference.name if reference.kind == "tag" else str(reference))
    except ImportError:
        raise EncoderError(
            f'{reference} needs the package "transformers" for its tokenizer. Install it beside clipdash.'
        ) from None
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"The tokenizer of {reference} is not on this machine and cannot be downloaded from here."
        ) from error


def _describe(reference: Reference, weights: Path, model: Any, tokenizer: Any) -> EncoderSpec:
    import torch

    visual = getattr(model.visual, "preprocess_cfg", {})
    bias = getattr(model, "logit_bias", None)
    with torch.inference_mode():
        probe = model.encode_text(tokenizer(["a"]))
    return EncoderSpec(
        reference=str(reference),
        model=Path(reference.name).name if reference.kind == "local-dir" else reference.name,
        weights=reference.tag or weights.name,
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
