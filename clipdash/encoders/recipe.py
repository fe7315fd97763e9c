"""What open_clip creates a model from: its configuration, its activation and how it prepares pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clipdash.encoders.reference import Reference
from clipdash.encoders.weights import CONFIG, read_config
from clipdash.errors import EncoderError

_PREPARATION = ("mean", "std", "interpolation", "resize_mode")


@dataclass(frozen=True)
class Recipe:
    """How to create a model, before any weights.

    Parameters
    ----------
    source : str
        What open_clip takes the configuration from: a model's name, ``local-dir:PATH`` or ``hf-hub:NAME``.
    quick_gelu : bool
        Whether the weights need QuickGELU, also under a configuration that does not say so.
    preprocess : mapping
        What is known of the preparation of pictures beyond that source.
    """

    source: str
    quick_gelu: bool = False
    preprocess: Mapping[str, Any] = field(default_factory=dict)


def find_recipe(reference: Reference) -> Recipe:
    """Return what the model of a reference is created from.

    Raises
    ------
    EncoderError
        A file of weights does not say how to prepare pictures, and the published weights of its model disagree.
    """
    if reference.kind == "tag":
        return _follow_tag(reference.name, reference.tag)
    if reference.kind != "weights":
        return Recipe(str(reference))
    named = _follow_tag(reference.name, reference.tag) if reference.tag else Recipe(reference.name)
    beside = Path(reference.path).parent / CONFIG
    if beside.exists():
        config = read_config(beside)
        quick = named.quick_gelu or bool(config["model_cfg"].get("quick_gelu"))
        return Recipe(reference.name, quick, _drop_size(config.get("preprocess_cfg") or {}))
    return named if reference.tag else Recipe(reference.name, preprocess=_agree(reference))


def _follow_tag(model: str, tag: str) -> Recipe:
    import open_clip

    trained = open_clip.get_pretrained_cfg(model, tag)
    return Recipe(model, bool(trained.get("quick_gelu")), _drop_size(trained))


def _drop_size(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without the size, which is that of the model."""
    return {name: value for name, value in settings.items() if name != "size"}


def _agree(reference: Reference) -> dict[str, Any]:
    """Return how all published weights of a model prepare pictures; nothing where none are published."""
    import open_clip

    tags = open_clip.list_pretrained_tags_by_model(reference.name)
    ways = []
    for tag in tags:
        trained = open_clip.get_pretrained_cfg(reference.name, tag)
        way = {name: trained[name] for name in _PREPARATION if name in trained}
        if way not in ways:
            ways.append(way)
    if len(ways) > 1:
        raise EncoderError(
            f"{reference} does not say how to prepare pictures, and the published weights of {reference.name} disagree."
            f" Name the one to follow, as weights:{reference.name}/TAG:{reference.path}; TAG is {', '.join(tags)}."
        )
    return ways[0] if ways else {}
