"""Where and in what precision an encoder runs."""

from contextlib import AbstractContextManager, ExitStack
from typing import Any

from clipdash.errors import EncoderError

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("fp32", "bf16", "fp16")


def pick_device(wanted: str = "auto") -> str:
    """Return the device to run on.

    Parameters
    ----------
    wanted : {"auto", "cpu", "cuda", "mps"}
        ``"auto"`` takes the first that is there of cuda, mps and cpu.

    Returns
    -------
    str
        ``"cpu"``, ``"cuda"`` or ``"mps"``.

    Raises
    ------
    EncoderError
        There is no such device on this machine.
    """
    if wanted not in DEVICES:
        raise EncoderError(f'"{wanted}" is no device. Expected {", ".join(DEVICES)}.')
    if wanted == "cpu":
        return wanted
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return next(name for name, found in there.items() if found)
    if not there[wanted]:
        found = ", ".join(name for name, is_there in there.items() if is_there)
        raise EncoderError(f'There is no device "{wanted}" that torch can use on this machine, only {found}.')
    return wanted


def check_precision(precision: str, device: str) -> str:
    """Return a precision that a device can run in; `EncoderError` where there is no such one."""
    if precision not in PRECISIONS:
        raise EncoderError(f'"{precision}" is no precision. Expected {", ".join(PRECISIONS)}.')
    if precision == "fp16" and device == "cpu":
        raise EncoderError('The precision "fp16" is for cuda and mps. On the CPU choose bf16 or fp32.')
    return precision


def cast_images(device: str, precision: str) -> AbstractContextManager[Any]:
    """Return the context in which a model embeds images: of full precision, or casting to half where it is safe."""
    import torch

    contexts = ExitStack()
    if precision != "fp32":
        half = torch.bfloat16 if precision == "bf16" else torch.float16
        contexts.enter_context(torch.autocast(device, dtype=half))
    elif device == "cuda":  # convolutions would be rounded to 10 bits there
        contexts.enter_context(torch.backends.cudnn.flags(enabled=True, allow_tf32=False))
    return contexts


def count_threads() -> int:
    """Return how many threads of this process compute a batch on the CPU; the last digits depend on it."""
    import torch

    return torch.get_num_threads()


def set_threads(count: int) -> None:
    """Let so many threads of this process compute a batch on the CPU."""
    import torch

    torch.set_num_threads(count)
