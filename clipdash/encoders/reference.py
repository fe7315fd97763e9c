"""The three ways to name an encoder."""

from dataclasses import dataclass
from typing import Literal

from clipdash.errors import EncoderError

FORMS = "MODEL/TAG of open_clip (such as ViT-B-32/openai), local-dir:PATH or hf-hub:NAME"


@dataclass(frozen=True)
class Reference:
    """A parsed reference to an encoder.

    Parameters
    ----------
    kind : {"tag", "local-dir", "hf-hub"}
        Where its weights come from.
    name : str
        Model, folder or repository.
    tag : str
        Tag of the weights; empty unless `kind` is ``"tag"``.
    """

    kind: Literal["tag", "local-dir", "hf-hub"]
    name: str
    tag: str = ""

    def __str__(self) -> str:
        """Return the text that it was parsed from."""
        return f"{self.name}/{self.tag}" if self.kind == "tag" else f"{self.kind}:{self.name}"


def parse_reference(text: str) -> Reference:
    """Parse a reference to an encoder.

    Raises
    ------
    EncoderError
        The text has none of the three forms.
    """
    for kind in ("local-dir", "hf-hub"):
        if text.startswith(f"{kind}:") and text.removeprefix(f"{kind}:").strip():
            return Reference(kind, text.removeprefix(f"{kind}:").strip())
    model, slash, tag = text.rpartition("/")
    if slash and model and tag and ":" not in model:
        return Reference("tag", model, tag)
    raise EncoderError(f'"{text}" does not name an encoder. Expected {FORMS}.')
