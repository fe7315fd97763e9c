"""An encoder as a folder that stands alone and can be carried to a machine without a network."""

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

from clipdash.encoders.model import load_model, load_tokenizer
from clipdash.encoders.recipe import find_recipe
from clipdash.encoders.reference import Reference, parse_reference
from clipdash.encoders.weights import CONFIG, find_weights
from clipdash.errors import EncoderError

_WEIGHTS = "open_clip_model.safetensors"
_LOADED_ELSEWHERE = (
    ("vision_cfg", "timm_model_pretrained"),
    ("text_cfg", "hf_model_pretrained"),
)
_PROBES = ["a photo of a judge", "Été 50 % 人 <b>👩🏿‍⚕️</b>", ""]


def fetch_encoder(reference: str, folder: Path) -> Path:
    """Write an encoder as a folder, with everything that it needs; weights are downloaded where they are not here.

    Parameters
    ----------
    reference : str
        See `read_encoder`.
    folder : Path
        To be written; must not exist.

    Returns
    -------
    Path
        The folder; ``local-dir:FOLDER`` gives the same embeddings to the last bit.

    Raises
    ------
    EncoderError
        The folder exists or cannot be written, or the encoder cannot be read or not be carried in a folder.
    """
    from safetensors import SafetensorError

    if folder.exists() or folder.is_symlink():
        raise EncoderError(f"{folder} exists and is not overwritten. Name a new folder.")
    parsed = parse_reference(reference)
    weights = find_weights(parsed)
    config = _find_config(parsed)
    model = load_model(parsed, weights)
    tokenizer = load_tokenizer(parsed)
    config["preprocess_cfg"] = model.visual.preprocess_cfg
    beside = folder.parent / f".{folder.name}.{uuid4().hex}"
    try:
        _write(beside, config, model, tokenizer)
        _check_tokenizer(parsed, beside, tokenizer)
        beside.rename(folder)
    except (OSError, SafetensorError) as error:
        raise EncoderError(f"The folder {folder} cannot be written ({error}).") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _find_config(reference: Reference) -> dict[str, Any]:
    """Return the configuration of a reference's model with its activation, and without weights from elsewhere."""
    import open_clip

    recipe = find_recipe(reference)
    try:
        config = deepcopy(open_clip.get_model_config(recipe.source))
    except (OSError, RuntimeError, ValueError) as error:
        raise EncoderError(f"The {CONFIG} of {reference} cannot be had from here ({type(error).__name__}).") from error
    if "hf_model_name" in config["text_cfg"]:
        raise EncoderError(
            f"The text tower of {reference} is built from a hub's own configuration, which a folder cannot carry. "
            "Copy the hub's cache folder to the other machine instead."
        )
    for tower, name in _LOADED_ELSEWHERE:
        config[tower].pop(name, None)
    if recipe.quick_gelu:
        config["quick_gelu"] = True
    return {"model_cfg": config}


def _write(folder: Path, config: dict[str, Any], model: Any, tokenizer: Any) -> None:
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, folder / _WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(config, indent=1), encoding="utf-8")
    if hasattr(tokenizer, "save_pretrained"):
        tokenizer.save_pretrained(str(folder))


def _check_tokenizer(reference: Reference, folder: Path, tokenizer: Any) -> None:
    """Hold the tokenizer that the folder gives against the one that was written."""
    again = load_tokenizer(Reference("local-dir", str(folder)))
    if type(again) is not type(tokenizer) or not bool((again(_PROBES) == tokenizer(_PROBES)).all()):
        raise EncoderError(
            f"The tokenizer of {reference} would be another one in a folder, since its configuration does not name it. "
            "Copy the cache of open_clip to the other machine instead."
        )
