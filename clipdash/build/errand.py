"""Builds in processes of their own, which outlive whoever started them: begun, stopped, gone on with, given up.

What such a process says is kept in a hidden folder ``.builds/NAME`` beside the stores, until it is dismissed.
"""

import fcntl
import os
import re
import shutil
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePath

from pydantic import BaseModel, ConfigDict, ValidationError

from clipdash.access import Act, note, require
from clipdash.build.commission import Commission, ImportCommission, read_commission
from clipdash.build.processes import is_awaited, is_build, start_process
from clipdash.errors import BuildError, InputError
from clipdash.store import PLAN, hold_workplace, is_store, name_workplace, read_holder, write_whole

_FOLDER, _ERRAND, _SAID, _FAULT, _ENDED = ".builds", "errand.json", "said.json", "fault.txt", "ended"
_UPLOAD = "upload-"
_LONGEST = 200  # bytes of a name; the workplace's is longer, and a file name ends at 255


class Errand(BaseModel):
    """A build that was started here.

    Parameters
    ----------
    process : int
        Its process.
    machine : str
        Where that runs.
    since : str
        When it was started.
    stopped : bool
        Whether it was told to stop.
    replaces : bool
        Whether a store may have been there before it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    process: int
    machine: str
    since: str
    stopped: bool = False
    replaces: bool = False


def check_name(root: Path, name: str, *, replace: bool = False) -> Path:
    """Return the folder that a new store of this name is to have, which may be that of a store where one is replaced.

    Raises
    ------
    BuildError
        No store can have that name, or it is taken.
    """
    if not name:
        raise BuildError("The store needs a name, such as my-photos.")
    if name.startswith(".") or not name.isprintable() or {"/", "\\"} & set(name) or len(name.encode()) > _LONGEST:
        raise BuildError(
            f'"{name[:60]}" cannot be the name of a store. Expected one word or a few, without / and \\, '
            "that do not begin with a dot."
        )
    place = root / name
    if read_holder(place) is not None or is_alive(place):
        raise BuildError(f'A build of "{name}" is under way. Wait for it, or choose another name.')
    if (name_workplace(place) / PLAN).is_file():
        raise BuildError(f'A build of "{name}" was interrupted. Resume or discard it, or choose another name.')
    if is_store(place):
        if replace:
            return place
        raise BuildError(f'There is a store "{name}" already. Choose another name.')
    if place.exists() or place.is_symlink():
        raise BuildError(f"{place} is there already and is no store, so it is left as it is. Choose another name.")
    return place


def keep_upload(place: Path, name: str, content: bytes) -> Path:
    """Keep a file that was uploaded for the build or import of a store, under its name, and return where it is."""
    require(Act.BUILD)
    folder = locate_errand(place) / f"{_UPLOAD}{sha256(content).hexdigest()[:16]}"
    with _explain(place):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / (PurePath(name).name.lstrip(".") or "file")
        write_whole(path, content)
    return path


def drop_upload(path: Path) -> None:
    """Remove a file that `keep_upload` kept."""
    shutil.rmtree(path.parent, ignore_errors=True)


def start_build(commission: Commission, *, resume: bool = False) -> None:
    """Start a build in a process of its own.

    Parameters
    ----------
    commission : Commission
        What it is to make.
    resume : bool
        Whether it goes on with an interrupted one.

    Raises
    ------
    BuildError
        One of that store is under way, or nothing can be written where stores are.
    """
    _start(commission.place, commission.list_arguments(resume=resume), [commission.metadata])


def start_import(commission: ImportCommission) -> None:
    """Start an import in a process of its own, which is watched and stopped as a build is; errors as there."""
    _start(commission.place, commission.list_arguments(), commission.list_files(), replaces=commission.replace)


def _start(place: Path, arguments: list[str], files: Iterable[Path], *, replaces: bool = False) -> None:
    """Start a command; of the uploads for that store those that it reads are kept."""
    require(Act.BUILD)
    folder, kept = locate_errand(place), {path for file in files for path in (file, file.parent)}
    with _explain(place), _hold_errands(folder.parent):
        if read_holder(place) is not None or is_alive(place):
            raise BuildError(f'A build of "{place.name}" is under way. Wait for it, or stop it.')
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path not in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        said = (folder / _SAID, folder / _FAULT, folder / _ENDED)
        process = start_process(arguments, place.name, said)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        _write(folder, Errand(process=process, machine=socket.gethostname(), since=since, replaces=replaces))


def stop_build(place: Path) -> None:
    """Interrupt the build of a store as Ctrl+C does; what was done is kept.

    Raises
    ------
    BuildError
        None is under way, or it cannot be stopped from here.
    """
    require(Act.BUILD)
    process = find_process(place)
    if process is None:
        if read_holder(place) is None:
            raise BuildError(f'No build of "{place.name}" is under way any more.')
        raise BuildError(f'The build of "{place.name}" was not started by clipdash here. Stop it where it was started.')
    errand = read_errand(place)
    if errand is not None and errand.process == process:
        with _explain(place):
            _write(locate_errand(place), errand.model_copy(update={"stopped": True}))
    try:
        os.kill(process, signal.SIGTERM)  # whoever started it may have told it to ignore SIGINT
    except ProcessLookupError:
        raise BuildError(f'No build of "{place.name}" is under way any more.') from None
    except PermissionError:
        raise BuildError(
            f'The build of "{place.name}" belongs to another user of this machine. Stop it where it was started.'
        ) from None
    note("cancelled", "store", place.name)


def resume_build(place: Path) -> None:
    """Go on with an interrupted build; errors as in `start_build` and `read_commission`."""
    require(Act.BUILD)
    start_build(read_commission(name_workplace(place)), resume=True)


def discard_build(place: Path) -> None:
    """Remove what an interrupted build left; `StoreError` where a process works on it."""
    require(Act.BUILD)
    with hold_workplace(place) as work:
        work.settle(keep=False, discard=True)
    dismiss_build(place)
    note("discarded", "store", place.name)


def dismiss_build(place: Path) -> None:
    """Forget what a build that ended here said, and the annotations that were kept for it."""
    require(Act.BUILD)
    shutil.rmtree(locate_errand(place), ignore_errors=True)


def find_process(place: Path) -> int | None:
    """Return the process of the build of a store, if it is one of clipdash's own on this machine."""
    holder = read_holder(place)
    if holder is None:
        errand = read_errand(place)
        return errand.process if errand is not None and is_alive(place) else None
    process = holder.get("process")
    if holder.get("machine") != socket.gethostname() or not isinstance(process, int):
        return None
    return process if is_build(process, place) else None


def is_alive(place: Path) -> bool:
    """Return whether the process that was started here for a store is there still."""
    errand = read_errand(place)
    if errand is None or errand.machine != socket.gethostname() or (locate_errand(place) / _ENDED).exists():
        return False
    return is_awaited(errand.process) or is_build(errand.process, place)


def read_errand(place: Path) -> Errand | None:
    """Return the errand that was started here for a store, if any."""
    try:
        return Errand.model_validate_json((locate_errand(place) / _ERRAND).read_bytes())
    except (OSError, ValidationError):
        return None


def read_outcome(place: Path) -> tuple[int | None, str, str]:
    """Return how the process for a store ended (None where nobody noted it), what it said, and its complaints."""
    folder = locate_errand(place)
    texts = []
    for name in (_ENDED, _SAID, _FAULT):
        try:
            texts.append((folder / name).read_text(encoding="utf-8", errors="replace").strip())
        except OSError:
            texts.append("")
    code, said, fault = texts
    fault = re.sub(rf"{re.escape(str(folder))}/{_UPLOAD}[0-9a-f]+/", "", fault)  # the reader knows the name alone
    return (int(code) if code.lstrip("-").isdigit() else None), said, fault


def list_errands(root: Path) -> list[str]:
    """Return the stores for which a build was started here and not dismissed."""
    return [path.parent.name for path in (root / _FOLDER).glob(f"*/{_ERRAND}")]


def locate_errand(place: Path) -> Path:
    """Return the folder in which the build of a store leaves what it says."""
    return place.parent / _FOLDER / place.name


def _write(folder: Path, errand: Errand) -> None:
    write_whole(folder / _ERRAND, errand.model_dump_json().encode())


@contextmanager
def _hold_errands(folder: Path) -> Iterator[None]:
    """Let one process at a time start a build under a root."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _explain(place: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except OSError as error:
        raise BuildError(
            f"The build cannot be started in {place.parent} ({error.strerror}). "
            "Make room, or have this folder made writable."
        ) from None
