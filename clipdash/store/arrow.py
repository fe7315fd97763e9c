"""What pyarrow's readers have in common: files are mapped, and damage is told from bugs."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from clipdash.store.manifest import DamageError

UNREADABLE = (pa.ArrowException, OSError, OverflowError, UnicodeDecodeError)
"""What pyarrow raises on bytes that it cannot make sense of; found by flipping every byte of a file."""


def map_file(folder: Path, name: str) -> Any:
    """Return the bytes of a file of a store as a mapped ``pyarrow.Buffer``, which outlives the name of the file.

    Raises
    ------
    DamageError
        It cannot be mapped.
    """
    try:
        with pa.memory_map(str(folder / name)) as source:
            return source.read_buffer()
    except UNREADABLE:
        raise DamageError(f"{name} cannot be read") from None
