"""The four ways to name an encoder."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from clipdash.errors import EncoderError

FORMS = "MODEL/TAG of open_clip (such as ViT-B-32/openai), local-dir:PATH, hf-hub:NAME or weights:MODEL:PATH"
_WEIGHTS = "weights:"


@dataclass(frozen=True)
class Reference:
    """A parsed reference to an encoder.

    Parameters
    ----------
    kind : {"tag", "local-dir", "hf-hub", "weights"}
        Where its weights come from.
    name : str
        Model, folder or repository.
    tag : str
        Tag of the weights, or for `kind` ``"weights"`` of those whose preparation of pictures to follow; else empty.
    path : str
        The file of weights, for `kind` ``"weights"``; else empty.
    """

    kind: Literal["tag", "local-dir", "hf-hub", "weights"]
    name: str
    tag: str = ""
    path: str = ""

    def __str__(self) -> str:
        """Return the text that it was parsed from."""
        model = f"{self.name}/{self.tag}" if self.tag else self.name
        if self.kind == "weights":
            return f"{_WEIGHTS}{model}:{self.path}"
        return model if self.kind == "tag" else f"{self.kind}:{self.name}"

    def locate(self) -> "Reference":
        """Return the same reference with an absolute path, which can be found from another folder as well."""
        if self.kind == "weights":
            return replace(self, path=str(Path(self.path).absolute()))
        return replace(self, name=str(Path(self.name).absolute())) if self.kind == "local-dir" else self


def parse_reference(text: str) -> Reference:
    """Parse a reference to an encoder.

    Raises
    ------
    EncoderError
        The text has none of the four forms.
    """
    for kind in ("local-dir", "hf-hub"):
        if text.startswith(f"{kind}:") and text.removeprefix(f"{kind}:").strip():
            return Reference(kind, text.removeprefix(f"{kind}:").strip())
    if text.startswith(_WEIGHTS):
        named, _, path = text.removeprefix(_WEIGHTS).partition(":")
        model, slash, tag = named.partition("/")
        if model and path.strip() and bool(slash) == bool(tag):
            return Reference("weights", model, tag, path.strip())
    model, slash, tag = text.rpartition("/")
    if slash and model and tag and ":" not in model:
        return Reference("tag", model, tag)
    raise EncoderError(f'"{text}" does not name an encoder. Expected {FORMS}.')
