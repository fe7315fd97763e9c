"""A folder that is filled beside its place and then swapped in, so that no failure leaves half a store."""

import ctypes
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from clipdash.errors import StoreError
from clipdash.store.manifest import PARTS

_HERE = -100  # AT_FDCWD of Linux: relative paths start at the working directory
_EXCHANGE = 2  # RENAME_EXCHANGE of renameat2


def check_place(path: Path, replace: bool) -> None:
    """Raise `StoreError` where a store must not be put: over another (unless told to), or over what is no store.

    Parameters
    ----------
    path : Path
        The folder of the store to be.
    replace : bool
        Whether an existing store may be replaced.
    """
    if path.name.startswith(".") or not path.name:
        raise StoreError(f'"{path.name}" cannot be the name of a store: it must not be empty or begin with a dot.')
    if not path.is_dir():
        if path.exists() or path.is_symlink():
            raise StoreError(f"{path} is there already and is not a folder; choose another name.")
        return
    present = {entry.name for entry in path.iterdir()}
    foreign = sorted(present - PARTS)
    if foreign:
        raise StoreError(
            f'{path} holds "{foreign[0]}", which is no part of a store, so it is left as it is; choose another name.'
        )
    if present and not replace:
        raise StoreError(f"There is a store at {path} already. Replace it with --replace, or choose another name.")


def swap_in(staging: Path, path: Path) -> None:
    """Put the folder `staging` in the place of `path`, and remove what was there.

    Whoever looks for `path` finds the old folder or the new one, never none (on systems that cannot exchange two
    folders there is a moment between two renames; if the second fails the first is undone).
    """
    if path.is_dir():
        _exchange(staging, path)
        shutil.rmtree(staging, ignore_errors=True)
    else:
        staging.rename(path)
    _sync_folder(path.parent)


def _exchange(one: Path, other: Path) -> None:
    try:
        if _exchange_at_once(one, other):
            return
    except AttributeError:  # the C library has no renameat2
        pass
    aside = other.with_name(f".{other.name}.{uuid4().hex[:12]}.old")
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)


def _exchange_at_once(one: Path, other: Path) -> bool:
    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS):  # this file system, or this kernel, cannot
        return False
    raise OSError(code, os.strerror(code), str(other))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def explain_failure(path: Path, say_left: Callable[[Path], str] | None = None) -> Iterator[None]:
    """Turn a failure of the disk while a store is written into a sentence, followed by one that says what is left."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)  # some libraries say more than a reader needs
        left = say_left(path) if say_left else "A store that was there is as it was."
        raise StoreError(f"The store {path} cannot be written: {reason}. {left}") from error
