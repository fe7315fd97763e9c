"""What identifies an encoder: the part of it that a store's manifest keeps."""

import hashlib
import json
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class EncoderSpec(BaseModel):
    """Identity of an encoder.

    Parameters
    ----------
    kind : {"encoder"}
        What the spec is of.
    reference : str
        What it was read by: ``local-dir:PATH``, ``MODEL/TAG``, ``hf-hub:NAME`` or ``weights:MODEL:PATH``,
        with an absolute path.
    model : str
        Architecture, or the name of the folder that configures one.
    weights : str
        Tag or file name of the weights.
    weights_sha256 : str
        Checksum of the file of weights, in hexadecimal.
    dim : int
        Width D of an embedding.
    context_length : int
        Tokens that a prompt may have, its start and end included.
    logit_scale : float
        Factor that turns a cosine into a logit.
    logit_bias : float, optional
        Term that is added to a logit (SigLIP).
    preprocess : dict
        How a picture becomes the input: size, mean, standard deviation, interpolation, resizing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["encoder"] = "encoder"
    reference: str = Field(min_length=1)
    model: str
    weights: str
    weights_sha256: str
    dim: int = Field(ge=1)
    context_length: int = Field(ge=1)
    logit_scale: float
    logit_bias: float | None = None
    preprocess: dict[str, Any] = Field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Checksum of everything that embeddings depend on; where the encoder lies is not part of it."""
        facts = self.model_dump(mode="json", exclude={"kind", "reference", "model", "weights"})
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
