"""Where stores lie, which there are, and whether they are sound."""

import os
from dataclasses import dataclass
from pathlib import Path

from clipdash.errors import StoreError, suggest
from clipdash.store.integrity import check_sizes, list_faults
from clipdash.store.manifest import MANIFEST, PARTS, DamageError, Manifest


@dataclass(frozen=True)
class StoreEntry:
    """A store that can be named; `fault` says why it cannot be opened, and then `manifest` is None."""

    name: str
    path: Path
    fault: str | None
    manifest: Manifest | None


def find_root() -> Path:
    """Return the folder of the stores that can be named: ``$CLIPDASH_STORES``, else ``embeddings_cache`` here."""
    return Path(os.environ.get("CLIPDASH_STORES") or "embeddings_cache").absolute()


def list_stores(root: Path | None = None) -> tuple[StoreEntry, ...]:
    """Return the stores in a folder, sorted by name; a broken one with its fault.

    Parameters
    ----------
    root : Path, optional
        By default that of `find_root`. Where it does not exist there are no stores.

    Returns
    -------
    tuple of StoreEntry
        Hidden folders (among them those of builds under way) and folders without any part of a store are left out.
        Sizes of files are compared, checksums are not: that is `verify_store`.
    """
    folder = find_root() if root is None else root
    return tuple(_describe_store(path) for path in _list_folders(folder))


def verify_store(store: str | Path) -> tuple[str, ...]:
    """Hold every file of a store against the checksum in its manifest, and the manifest against its own.

    Parameters
    ----------
    store : str or Path
        A name or a path.

    Returns
    -------
    tuple of str
        What is wrong, one phrase a file, each with the name of the file; empty for a sound store. Files that the
        manifest does not name are wrong too (hidden ones are passed over: file managers leave them).

    Raises
    ------
    StoreError
        There is no such store, or a newer clipdash wrote it.
    """
    path = locate_store(store)
    try:
        return list_faults(path)
    except StoreError as error:
        raise StoreError(f'Store "{path.name}" cannot be opened: {error}.') from None


def resolve_store(reference: str | Path) -> Path:
    """Return the folder that a store has or would have; whether it is there is not asked.

    A `Path`, a text with a separator, and the name of an existing folder are paths; any other text, and the name
    of a store under the root, is a name under the root.
    """
    if isinstance(reference, Path):
        return reference.absolute()
    if not reference or "\0" in reference:
        raise StoreError("The name of a store is empty or holds a character that no file name can hold.")
    named = find_root() / reference
    is_path = os.sep in reference or (Path(reference).is_dir() and not is_store(named))
    return Path(reference).absolute() if is_path else named


def locate_store(reference: str | Path) -> Path:
    """Return the folder of an existing store, sound or not.

    Raises
    ------
    StoreError
        There is none; the sentence names the nearest that exists.
    """
    if "://" in str(reference):
        raise StoreError(
            f'"{reference}" is the address of a store elsewhere, which only audit and compare read part by part. '
            "Copy the store to this machine for anything else."
        )
    path = resolve_store(reference)
    if is_store(path):
        return path
    if path.is_dir():
        raise StoreError(f"{path} is not a store: it has no {MANIFEST}.")
    if isinstance(reference, Path) or os.sep in reference:
        raise StoreError(f"There is no store at {path}. {_suggest_name(path.parent, path.name)}")
    raise StoreError(f'There is no store "{reference}" in {path.parent}. {_suggest_name(path.parent, path.name)}')


def is_store(path: Path) -> bool:
    """Return whether a folder has at least one part of a store."""
    return path.is_dir() and any((path / part).exists() for part in PARTS)


def describe_damage(path: Path, error: DamageError) -> StoreError:
    """Return the error for a reader of the store in the folder `path`, in which `error` was found."""
    name = path.name if path.parent == find_root() else str(path)
    return StoreError(
        f'Store "{path.name}" cannot be opened: {error}. `clipdash verify {name}` lists every fault; '
        "build the store again, or bring the file back from a copy."
    )


def _list_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if not path.name.startswith(".") and is_store(path))


def _describe_store(path: Path) -> StoreEntry:
    try:
        return StoreEntry(path.name, path, None, check_sizes(path))
    except StoreError as error:
        return StoreEntry(path.name, path, str(error), None)


def _suggest_name(root: Path, name: str) -> str:
    return suggest(name, [path.name for path in _list_folders(root)])
