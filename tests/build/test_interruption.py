"""Real builds in real processes, killed without warning: nothing that was finished is lost, and no byte differs."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_encoder import save_tiny_encoder

from clipdash.store import verify_store

KILLS = 8
IMAGES = 96
# A process that has torch imported and forks a build for each line it reads; so a kill costs no start of torch. The
# build is as a user runs it, but for an encoder that notes what it encodes and takes its time over it.
NURSERY = """
import json, os, sys, time
from clipdash import build
from clipdash.__main__ import main
from clipdash.build import build_store
from clipdash.encoders import Encoder
import open_clip, torch

encode = Encoder.encode_pixels

def begin(log, arguments):
    def note(self, pixels):
        rows = encode(self, pixels)
        with open(log, "a") as file:
            file.write("".join(f"{row[0]:.9f} {row[1]:.9f}\\n" for row in rows))
        time.sleep(0.02)
        return rows

    Encoder.encode_pixels = note
    for name, handle in (("out", 1), ("err", 2)):
        os.dup2(os.open(f"{log}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), handle)
    code = main(arguments)
    sys.stdout.flush()
    os._exit(code)

for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        begin(*json.loads(line))
    print(pid, flush=True)
    print(os.waitpid(pid, 0)[1], flush=True)
"""


class Nursery:
    """Starts builds, one at a time."""

    def __init__(self):
        alone = {**os.environ, "OMP_NUM_THREADS": "1"}  # threads of torch do not survive a fork well
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone
        )

    def start(self, world, store, log, *more):
        arguments = ["build", str(store), "--images", str(world / "images"), "--metadata", str(world / "M.csv")]
        arguments += ["--encoder", f"local-dir:{world / 'tiny'}", "--batch", "4", "--shards", "12", "--workers", "1"]
        self._process.stdin.write(json.dumps([str(log), [*arguments, *more, "--json"]]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self):
        """Return the status of the build that was started last."""
        return int(self._process.stdout.readline())

    def run(self, world, store, log, *more):
        self.start(world, store, log, *more)
        status = self.wait()
        assert status == 0, Path(f"{log}.err").read_text()
        return json.loads(Path(f"{log}.out").read_text())

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def nursery():
    one = Nursery()
    yield one
    one.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Pictures, their metadata and a tiny encoder."""
    folder = tmp_path_factory.mktemp("interruption")
    save_tiny_encoder(folder / "tiny")
    shades = np.random.default_rng(0).integers(0, 256, (IMAGES, 4, 4, 3), dtype=np.uint8)
    (folder / "images").mkdir()
    lines = ["image_id,gender"]
    for place, pixels in enumerate(shades):
        Image.fromarray(pixels).resize((40, 40)).save(folder / "images" / f"{place}.png")
        lines.append(f"{place}.png,{'Male' if place % 2 else 'Female'}")
    (folder / "images" / "50.png").write_bytes(b"broken")
    (folder / "M.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def count_shards(store):
    return len(list((store.parent / f".{store.name}.build" / "shards").glob("*.json")))


def test_killed_again_and_again_it_ends_as_if_it_never_was(world, nursery, tmp_path):
    whole, store = tmp_path / "whole" / "mine", tmp_path / "killed" / "mine"
    log, killed_log = tmp_path / "whole.log", tmp_path / "killed.log"
    report = nursery.run(world, whole, log)
    began = time.monotonic()
    nursery.run(world, tmp_path / "again" / "mine", tmp_path / "again.log")
    lasted = time.monotonic() - began
    assert (report["built"], len(report["skipped"])) == (IMAGES - 1, 1)
    once = log.read_text().splitlines()
    assert len(once) == IMAGES - 1

    chance, shards, ended = random.Random(6), 0, 0
    for _ in range(KILLS):
        pid = nursery.start(world, store, killed_log, "--resume")
        time.sleep(chance.uniform(0, lasted))
        with suppress(ProcessLookupError):  # it may have been quicker
            os.kill(pid, signal.SIGKILL)
        ended += nursery.wait() == 0
        if store.exists():
            assert contents(store) == contents(whole), "killed or not, what is in the place of the store is whole"
            shutil.rmtree(store)
            shutil.rmtree(store.parent / ".mine.build", ignore_errors=True)
            ended, shards = ended + 1, 0
        assert count_shards(store) >= shards, "a finished shard was lost"
        shards = count_shards(store)
    nursery.run(world, store, killed_log, "--resume")

    assert contents(store) == contents(whole)
    assert verify_store(store) == ()
    assert [entry.name for entry in store.parent.iterdir()] == ["mine"]
    builds = ended + 1
    twice = len(killed_log.read_text().splitlines()) - builds * len(once)
    assert twice <= KILLS * 8, "only the shard in work, of 8 images, is encoded again after a kill"
    assert _orphans() == []


def _orphans():
    """Worker processes that outlived their build, after a moment to notice."""
    for _ in range(40):
        found = [entry.parent for entry in Path("/proc").glob("[0-9]*/cmdline") if _is_orphan(entry.parent)]
        if not found:
            return []
        time.sleep(0.05)
    return found


def _is_orphan(process):
    try:
        parent = int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
        return parent == 1 and "clipdash.build.worker" in (process / "cmdline").read_text()
    except OSError:
        return False


def test_a_disk_that_is_full_ends_with_a_sentence_and_loses_nothing(world, nursery, tmp_path):
    """A limit on the size of a file fails writes just as a full disk does, without a disk of its own."""
    store, log = tmp_path / "mine", tmp_path / "log"
    nursery.run(world, store, log)
    before = contents(store)
    pid = nursery.start(world, store, log, "--replace")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4000, 4000))
    assert os.waitstatus_to_exitcode(nursery.wait()) == 2
    said = Path(f"{log}.err").read_text()
    assert said.startswith(f"The store {store} cannot be written: File too large. "), said
    kept = [*tmp_path.glob(".mine.build/shards/*.json")]
    assert ("What was done is kept" if kept else "No part was done yet") in said
    assert Path(f"{log}.out").read_text() == ""
    assert contents(store) == before
    nursery.run(world, store, log, "--replace")
    assert contents(store) == before
    assert [entry.name for entry in tmp_path.glob("*mine*")] == ["mine"]
