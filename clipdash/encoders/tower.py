"""The text tower of a model, run on no more positions than its prompts fill.

Under a causal mask a position sees itself and those before it, so what follows the pooled position changes nothing.
A tower is cut only where that is so by its parts, and where a probe says the same; any other runs at its full length.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["PROBES", "TextTower", "describe_tower"]

#: What a tower is probed with; of different lengths, and far shorter than any tower.
PROBES = ("a", "a photo of a person")
_LARGEST_ERROR = 1e-6
_POOLINGS = ("argmax", "eos")


class Cuttable(NamedTuple):
    """The parts of a tower that may be cut.

    Parameters
    ----------
    prefix : str
        Where in the model they lie.
    tower : torch.nn.Module
        Has ``positional_embedding`` (L, width) and the strictly causal ``attn_mask`` (L, L).
    eos : int or None
        The token that is pooled; None where it is the largest.
    """

    prefix: str
    tower: Any
    eos: int | None


def describe_tower(model: Any) -> Cuttable | None:
    """Return what of a model's text tower may be cut, or None where it needs its full length.

    Parameters
    ----------
    model : torch.nn.Module
        An open_clip model.

    Returns
    -------
    Cuttable or None
        None for a tower without a strictly causal mask, with a class token or a mask of padding, that pools elsewhere
        than at a token of the prompt, or that open_clip did not make.
    """
    from open_clip.model import CLIP, CustomTextCLIP
    from open_clip.transformer import TextTransformer

    if type(model) is CLIP:
        prefix, tower, pooling, eos = "", model, model.text_pool_type, model.text_eos_id
    elif type(model) is CustomTextCLIP and type(model.text) is TextTransformer:
        prefix, tower, pooling, eos = "text.", model.text, model.text.pool_type, model.text.eos_id
    else:
        return None
    plain = getattr(tower, "cls_emb", None) is None and not getattr(tower, "use_pad_mask", False)
    if not plain or getattr(tower, "output_tokens", False) or pooling not in _POOLINGS or not _is_causal(tower):
        return None
    return Cuttable(prefix, tower, eos if pooling == "eos" else None)


def _is_causal(tower: Any) -> bool:
    """Return whether each position sees itself and what is before it, and nothing else."""
    import torch

    mask, length = tower.attn_mask, len(tower.positional_embedding)
    if mask is None or mask.shape != (length, length) or length != tower.context_length:
        return False
    return torch.equal(mask, torch.full_like(mask, -torch.inf).triu(1))


class TextTower:
    """The text tower of a model; not safe to share by threads.

    Parameters
    ----------
    model : torch.nn.Module
        An open_clip model in evaluation mode.
    tokenize : callable
        Texts to tokens of shape (n, L), on the model's device.
    """

    def __init__(self, model: Any, tokenize: Callable[[list[str]], Any]) -> None:
        self._wrapped, self._parts = _wrap(model), describe_tower(model)
        if self._parts and not self._agrees(tokenize(list(PROBES))):
            self._parts = None

    @property
    def is_cut(self) -> bool:
        """Whether the tower runs on as many positions as the longest prompt fills; otherwise on all."""
        return self._parts is not None

    def find_lengths(self, tokens: Any) -> list[int]:
        """Return how many positions each prompt needs, for tokens of shape (n, L)."""
        if self._parts is None:
            return [tokens.shape[1]] * len(tokens)
        pooled = tokens if self._parts.eos is None else (tokens == self._parts.eos).int()
        return [place + 1 for place in pooled.argmax(dim=-1).tolist()]

    def embed(self, tokens: Any) -> Any:
        """Return embeddings (n, D), not normalised, of tokens (n, L)."""
        import torch

        if self._parts is None:
            return self._wrapped(tokens)
        length, (prefix, tower, _) = max(self.find_lengths(tokens)), self._parts
        shorter = {
            f"model.{prefix}positional_embedding": tower.positional_embedding[:length],
            f"model.{prefix}attn_mask": tower.attn_mask[:length, :length],
        }
        return torch.func.functional_call(self._wrapped, shorter, (tokens[:, :length],), tie_weights=False)

    def _agrees(self, tokens: Any) -> bool:
        """Return whether the cut tower embeds tokens as the full one does."""
        import torch

        with torch.inference_mode():
            try:
                cut, full = (torch.nn.functional.normalize(run(tokens)) for run in (self.embed, self._wrapped))
            except (RuntimeError, TypeError):  # a part that this open_clip uses otherwise
                return False
            return cut.shape == full.shape and bool((cut - full).abs().max() <= _LARGEST_ERROR)


def _wrap(model: Any) -> Any:
    """Return a module whose forward is the model's own `encode_text`, so that its parts can be replaced for a call."""
    import torch

    class Texts(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, tokens: Any) -> Any:
            return self.model.encode_text(tokens)

    return Texts().eval()
