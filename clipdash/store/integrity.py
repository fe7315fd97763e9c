"""Whether the files of a store are those that its manifest names."""

import os
from collections.abc import Iterator
from hashlib import file_digest
from pathlib import Path

from clipdash.store.manifest import (
    MANIFEST,
    DamageError,
    FileEntry,
    Manifest,
    is_as_written,
    parse_manifest,
    read_content,
    read_manifest,
)


def list_faults(folder: Path) -> tuple[str, ...]:
    """Return what is wrong with the files of a store, after reading all of them; see `verify_store`."""
    try:
        content = read_content(folder, MANIFEST)
        manifest = parse_manifest(content)
    except DamageError as error:
        return (str(error),)
    faults = [fault for name, entry in sorted(manifest.files.items()) for fault in _compare_file(folder, name, entry)]
    if not is_as_written(content):
        faults.append(f"{MANIFEST} has changed: it is not as it was written")
    faults += [
        f"{name} is not named in {MANIFEST}" for name in list_files(folder) if name not in {*manifest.files, MANIFEST}
    ]
    return tuple(faults)


def check_sizes(folder: Path) -> Manifest:
    """Return the manifest of a store all of whose files are there with the right size.

    Raises
    ------
    DamageError
        A file is missing or has another size; see `read_manifest` for the manifest itself.
    """
    manifest = read_manifest(folder)
    for name, entry in manifest.files.items():
        fault = _compare_size(folder, name, entry)
        if fault:
            raise DamageError(fault)
    return manifest


def list_files(folder: Path) -> list[str]:
    """Return the files below a folder as sorted paths with ``/``, without hidden ones."""
    names = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()]
    return sorted(name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts))


def measure_file(path: Path) -> FileEntry:
    """Return checksum and size of a file, after making sure that it is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return FileEntry(sha256=file_digest(file, "sha256").hexdigest(), bytes=path.stat().st_size)


def _compare_size(folder: Path, name: str, entry: FileEntry) -> str | None:
    try:
        size = (folder / name).stat().st_size
    except FileNotFoundError:
        return f"{name} is missing"
    except OSError as error:
        return f"{name} cannot be read ({error.strerror})"
    if size == entry.bytes:
        return None
    how = "cut short" if size < entry.bytes else "too long"
    return f"{name} is {how}: {size:,} bytes where the manifest says {entry.bytes:,}"


def _compare_file(folder: Path, name: str, entry: FileEntry) -> Iterator[str]:
    fault = _compare_size(folder, name, entry)
    if fault:
        yield fault
        return
    try:
        with (folder / name).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != entry.sha256:
                yield f"{name} has changed: its checksum is not the one in {MANIFEST}"
    except OSError as error:
        yield f"{name} cannot be read ({error.strerror})"
