"""What can be named without a file: the published weights of open_clip, and which of them are on this machine."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from clipdash.encoders.weights import find_cached

_CONTEXT = 77


@dataclass(frozen=True)
class EncoderEntry:
    """Published weights of a model.

    Parameters
    ----------
    model : str
        Architecture.
    tag : str
        Name of the weights.
    parameters : int or None
        How many numbers the model has; None where that is not known.
    dim : int
        Width D of an embedding.
    context_length : int
        Tokens that a prompt may have, its start and end included.
    weights : Path or None
        Where the weights lie on this machine; None where they would be downloaded.
    """

    model: str
    tag: str
    parameters: int | None
    dim: int
    context_length: int
    weights: Path | None

    @property
    def reference(self) -> str:
        """What `read_encoder` takes."""
        return f"{self.model}/{self.tag}"


def list_encoders() -> tuple[EncoderEntry, ...]:
    """List the published weights that open_clip knows, in its order; the network is never asked.

    Returns
    -------
    tuple of EncoderEntry
    """
    import open_clip

    sizes = read_sizes()
    entries = []
    for model, tag in open_clip.list_pretrained():
        config = open_clip.get_model_config(model)
        weights = find_cached(open_clip.get_pretrained_cfg(model, tag))
        context = config["text_cfg"].get("context_length", _CONTEXT)
        entries.append(EncoderEntry(model, tag, sizes.get(model), config["embed_dim"], context, weights))
    return tuple(entries)


@lru_cache(maxsize=1)
def read_sizes() -> dict[str, int]:
    """Return the number of parameters of each model, as ``scripts/count_parameters.py`` counted them."""
    with files("clipdash.encoders").joinpath("sizes.csv").open(encoding="utf-8") as file:
        return {row["model"]: int(row["parameters"]) for row in csv.DictReader(file)}
