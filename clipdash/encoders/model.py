"""The open_clip model and its tokenizer: created, loaded, and proved to be what the file of weights says."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clipdash.encoders.framing import frame_picture
from clipdash.encoders.recipe import Recipe, find_recipe
from clipdash.encoders.reference import Reference
from clipdash.errors import EncoderError

_LOADING = (
    *(RuntimeError, ValueError, OSError, KeyError, TypeError, AttributeError, AssertionError),
    *(EOFError, IndexError, StopIteration, UnpicklingError),
)
_PROBE = (61, 97)


def load_model(reference: Reference, weights: Path) -> Any:
    """Create the model of a reference and load a file of weights into it.

    Parameters
    ----------
    reference : Reference
        What names the architecture and the preprocessing.
    weights : Path
        The file; it is read once.

    Returns
    -------
    torch.nn.Module
        In evaluation mode. Every parameter comes from the file.

    Raises
    ------
    EncoderError
        The file is damaged, or does not hold every parameter.
    """
    import open_clip
    from safetensors import SafetensorError

    try:
        model = _create(find_recipe(reference))
        blank_model(model)
        open_clip.load_checkpoint(model, str(weights), strict=True)
    except (*_LOADING, SafetensorError) as error:
        raise _explain(reference, error) from error
    _check_complete(reference, model, weights)
    _check_framing(reference, model)
    return model.eval()


def blank_model(model: Any) -> None:
    """Fill every parameter of a model with NaN, so that what no file replaces is seen."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.is_floating_point():
                parameter.fill_(torch.nan)


def load_tokenizer(reference: Reference) -> Any:
    """Return the tokenizer of a reference; `EncoderError` where its files or its package are not here."""
    import open_clip

    try:
        return open_clip.get_tokenizer(find_recipe(reference).source)
    except ImportError:
        raise _say_transformers(reference) from None
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"The tokenizer of {reference} is not on this machine and cannot be downloaded from here."
        ) from error


def scale_pixels(pixels: NDArray[np.uint8], preprocess: dict[str, Any], device: str) -> Any:
    """Return pixels of shape (n, H, W, 3) as the model's input: (n, 3, H, W) on its device, scaled and normalised."""
    import torch

    # Bytes travel to the device, a quarter of the floats; every further step is in place.
    raw = torch.from_numpy(np.require(pixels, requirements=("C", "W"))).to(device).permute(0, 3, 1, 2)
    batch = raw.to(torch.float32, memory_format=torch.contiguous_format).div_(255)
    mean, std = (
        torch.as_tensor(preprocess[name], dtype=torch.float32, device=device).reshape(-1, 1, 1)
        for name in ("mean", "std")
    )
    return batch.sub_(mean).div_(std)


def _create(recipe: Recipe) -> Any:
    """Create a model without its weights, and without those of a single tower."""
    import open_clip

    with _quiet():
        return open_clip.create_model(
            recipe.source,
            load_weights=False,
            pretrained_image=False,
            pretrained_text=False,
            force_quick_gelu=recipe.quick_gelu,
            force_preprocess_cfg=dict(recipe.preprocess),
        )


def _check_complete(reference: Reference, model: Any, weights: Path) -> None:
    """Refuse a model with numbers that did not come from the file."""
    import torch

    state = model.state_dict()
    bad = [name for name, tensor in state.items() if tensor.is_floating_point() and torch.isnan(tensor).any()]
    # Where a file has no logit_bias, open_clip puts a zero in its place.
    if "logit_bias" in state and not state["logit_bias"].any() and not _has_bias(weights):
        bad.append("logit_bias")
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise EncoderError(
            f"{weights.name} of {reference} leaves {bad[0]}{more} without numbers. "
            "Bring a complete file of weights; a partly random model is never used."
        )


def _has_bias(weights: Path) -> bool:
    from open_clip.factory import load_state_dict

    return any(name.endswith("logit_bias") for name in load_state_dict(str(weights)))


def _check_framing(reference: Reference, model: Any) -> None:
    """Hold one picture that was framed here against open_clip's own transform of the checkpoint."""
    preprocess = model.visual.preprocess_cfg
    noise = np.random.default_rng(0).integers(0, 256, (*_PROBE, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    ours = scale_pixels(frame_picture(picture, preprocess)[None], preprocess, "cpu")[0]
    theirs = find_transform(model)(picture)
    if ours.shape != theirs.shape or not bool((ours == theirs).all()):
        raise EncoderError(
            f"The installed open_clip prepares pictures for {reference} in another way than clipdash does, so their"
            " embeddings would differ. Install the version of open_clip that the requirements name."
        )


def find_transform(model: Any) -> Callable[[Image.Image], Any]:
    """Return open_clip's own transform of a picture for a loaded model."""
    from open_clip.transform import PreprocessCfg, image_transform_v2

    return image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)  # type: ignore[no-any-return]


def _explain(reference: Reference, error: Exception) -> EncoderError:
    reason = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
    if "Weights only load failed" in reason:  # torch goes on about its own versions
        reason = "it is not a file of weights, or holds more than weights"
    if "transformers" in str(error) and find_spec("transformers") is None:
        return _say_transformers(reference)
    return EncoderError(
        f"{reference} cannot be loaded: its weights are damaged or do not fit its configuration ({reason})."
    )


def _say_transformers(reference: Reference) -> EncoderError:
    return EncoderError(f'{reference} needs the package "transformers" for its texts. Install it beside clipdash.')


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back open_clip's warning that a model without weights is random: they are loaded a line later."""
    root, handler = logging.getLogger(), logging.NullHandler()

    def is_other(record: logging.LogRecord) -> bool:
        return record.module != "factory"

    root.addHandler(handler)
    root.addFilter(is_other)
    try:
        yield
    finally:
        root.removeFilter(is_other)
        root.removeHandler(handler)
