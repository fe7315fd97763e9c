"""The encoder of a command, loaded once however often it asks."""

from functools import lru_cache
from typing import Any

__all__ = ["keep_encoder"]


@lru_cache(maxsize=2)
def keep_encoder(reference: str) -> Any:
    """Return the encoder of a reference, and keep it as long as the process lasts."""
    from clipdash.encoders import read_encoder

    return read_encoder(reference)
