"""A disk that is full: at a save, at the log, and while a store with thumbnails is written."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from clock import Row
from PIL import Image

from .client import Visitor
from .server import ROOT, Server, serve

SIZE, IMAGES, DIM = "24m", 400, 64
FULL, LOST = "Nothing was saved", "The audit is saved as"
LOG = "from clipdash.errors import record_fault; print(record_fault(ValueError('a made-up fault')))"


class Disk:
    """A small file system of its own where this may be mounted; else a limit on how long a file may become."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"
        folder.mkdir(parents=True)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "clipdash-soak", folder],  # noqa: S607
            capture_output=True,
            check=False,
        )
        self.mounted = done.returncode == 0

    def fill(self, process: int) -> None:
        if not self.mounted:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            return
        with self._filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    continue

    def free(self, process: int) -> None:
        if self.mounted:
            self._filler.unlink()
        else:
            resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "--lazy", self.folder], check=False)  # noqa: S607


@contextmanager
def open_disk(folder: Path) -> Iterator[Disk]:
    disk = Disk(folder)
    try:
        yield disk
    finally:
        disk.close()


async def save(visitor: Visitor, title: str) -> tuple[bool, list[str]]:
    """Return whether a save worked, and what was said of one that did not."""
    visitor.fill("Title", title, "text_input")
    shown = await visitor.press("Save audit")
    return any(LOST in text for text in shown.list_texts("markdown")), shown.list_texts("alert") + shown.faults


async def use(server: Server, disk: Disk) -> list[str]:
    """Work before, while and after the disk is full; return what should not have been."""
    visitor, faults = Visitor(server.port), []
    await visitor.open("shift")
    saved, _ = await save(visitor, "before")
    faults += [] if saved else ["the first save failed"]
    disk.fill(server.process)
    try:
        shown = await visitor.type_text("After", "man | gender=man\nwoman | gender=woman\nboy")
        faults += shown.faults + ([] if "count as misclassified" in shown.say() else [f"no result: {shown.say()}"])
        saved, said = await save(visitor, "while")
        faults += [] if not saved and len(said) == 1 and said[0].startswith(FULL) else [f"a full disk said {said}"]
        other = Visitor(server.port)
        faults += (await other.open("audits")).faults
        await other.close()
    finally:
        disk.free(server.process)
    saved, said = await save(visitor, "while")
    faults += [] if saved else [f"no save once there was room: {said}"]
    await visitor.close()
    return faults


def check_file(server: Server) -> list[str]:
    with closing(sqlite3.connect(server.records / "records.sqlite")) as file:
        sound = [text for (text,) in file.execute("pragma integrity_check") if text != "ok"]
        titles = [title for (title,) in file.execute("select title from audits order by created")]
    return sound + ([] if titles == ["before", "while"] else [f"there are {titles}"])


def run_command(disk: Disk, *arguments: str, full: bool, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Python on a disk that is full, or not."""
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))) if full and not disk.mounted else None
    if full and disk.mounted:
        disk.fill(0)
    try:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=disk.folder.parent,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | settings,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=limit,
        )
    finally:
        if full and disk.mounted:
            disk.free(0)


def write_log(disk: Disk) -> list[str]:
    """Record a bug where neither the log nor the folder for temporary files has room."""
    settings = {"CLIPDASH_LOGS": str(disk.folder / "log"), "TMPDIR": str(disk.folder)}
    done = run_command(disk, "-c", LOG, full=True, **settings)
    told = done.stdout.startswith("Something went wrong on our side (reference ")
    return [] if told and done.returncode == 0 and done.stdout.count("\n") == 1 else [done.stdout + done.stderr]


def make_pictures(folder: Path) -> list[str]:
    """Write what `clipdash import` takes, and return its options."""
    random = np.random.default_rng(1)
    (folder / "pictures").mkdir(parents=True)
    names = [f"{place:04d}.png" for place in range(IMAGES)]
    for name in names:
        Image.fromarray(random.integers(0, 255, (128, 128, 3), dtype=np.uint8)).save(folder / "pictures" / name)
    rows = "".join(f"{name},{('man', 'woman')[place % 2]}\n" for place, name in enumerate(names))
    (folder / "people.csv").write_text(f"image_id,gender\n{rows}")
    np.save(folder / "images.npy", random.standard_normal((IMAGES, DIM)).astype(np.float32))
    labels = random.standard_normal((2, DIM)).astype(np.float32)
    np.savez(folder / "bank.npz", labels=np.array(["man", "woman"]), embeddings=labels)
    options = {"embeddings": "images.npy", "metadata": "people.csv", "label-bank": "bank.npz", "images": "pictures"}
    return [part for name, file in options.items() for part in (f"--{name}", str(folder / file))]


def write_store(disk: Disk, folder: Path) -> list[str]:
    """Write a store with thumbnails over a sound one while the disk is full: that one must stay as it was."""
    options, store = make_pictures(folder), str(disk.folder / "store")
    command = ("-m", "clipdash", "import", store, *options)
    first = run_command(disk, *command, full=False)
    faults = [] if first.returncode == 0 else [first.stderr]
    second = run_command(disk, *command, "--replace", full=True)
    told = second.stderr.strip()
    as_said = second.returncode == 2 and "cannot be written" in told and "\n" not in told
    faults += [] if as_said else [f"exit {second.returncode}: {told[-300:]}"]
    verified = run_command(disk, "-m", "clipdash", "verify", store, full=False)
    left = [path.name for path in disk.folder.iterdir() if path.name.startswith(".")]
    return faults + ([] if verified.returncode == 0 else [verified.stderr]) + [f"{name} was left" for name in left]


def run(folder: Path, minutes: float) -> list[Row]:
    del minutes
    with open_disk(folder / "full") as disk:
        with serve(disk.folder / "server", ROOT / "embeddings_cache") as server:
            saving = asyncio.run(use(server, disk))
        saving += check_file(server) + server.list_faults()
        logging, writing = write_log(disk), write_store(disk, folder / "full-made")
        kind = f"a file system of {SIZE}" if disk.mounted else "files of at most 4 KiB, since nothing may be mounted"
    return [
        Row(f"disk full at {what}: faults", len(found), "", "0", not found, "; ".join(found)[:300] or kind)
        for what, found in (("a save", saving), ("the log", logging), ("thumbnails", writing))
    ]
