"""Matrices saved by torch or safetensors."""

from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clipdash.errors import FileError

_MATRIX = 2


def read_tensor(path: Path) -> NDArray[Any]:
    """Return the one matrix in a ``.pt`` or ``.safetensors`` file, shape (N, D).

    Raises
    ------
    FileError
        The file cannot be read, needs code to be unpickled, or does not hold exactly one matrix.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found = load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, SafetensorError, UnpicklingError) as error:
        reason = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
        raise FileError(f"{path} is not a file of tensors that can be read ({reason}).") from None
    tensors = list(found.values()) if isinstance(found, dict) else [found]
    matrices = [t for t in tensors if isinstance(t, torch.Tensor) and t.ndim == _MATRIX]
    if len(matrices) != 1:
        raise FileError(f"{path} holds {len(matrices)} matrices; expected one, with a row an image.")
    matrix = matrices[0].detach()
    return np.asarray((matrix.float() if matrix.dtype == torch.bfloat16 else matrix).numpy())
