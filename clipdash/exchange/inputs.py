"""What tells one file from another: its name, and the SHA-256 of what was read of it."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from clipdash.store import Readable

__all__ = ["list_inputs"]


def list_inputs(files: Iterable[Readable]) -> list[dict[str, str]]:
    """Return ``file`` and ``sha256`` of each file, once, as a result's JSON lists them.

    Parameters
    ----------
    files : iterable of Path or Upload
        Of a folder whose file names are the annotations, those names are what was read.
    """
    return [{"file": str(file), "sha256": sha256(_read_content(file)).hexdigest()} for file in dict.fromkeys(files)]


def _read_content(path: Readable) -> bytes:
    if not isinstance(path, Path) or not path.is_dir():
        return path.read_bytes()
    return "\n".join(sorted(item.relative_to(path).as_posix() for item in path.rglob("*") if item.is_file())).encode()
