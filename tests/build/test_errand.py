"""Builds in processes of their own: real ones, with a tiny encoder."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_encoder import save_tiny_encoder

from clipdash.build import (
    BuildOptions,
    Commission,
    ImportCommission,
    build_store,
    commission,
    errand,
    overview,
    progress,
)
from clipdash.errors import BuildError, EncoderError, FileError, StoreError
from clipdash.report import say_built
from clipdash.store import hold_workplace, name_workplace, open_store, read_holder, verify_store

ROOT = Path(__file__).parents[2]
IMAGES = 48
# Takes its time over each batch, so that there is a build to watch.
SLOW = """
import time
from clipdash.encoders import Encoder
encode = Encoder.encode_pixels
def wait(self, pixels):
    time.sleep(0.3)
    return encode(self, pixels)
Encoder.encode_pixels = wait
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Pictures, one of them broken and one twice, their metadata and a tiny encoder."""
    folder = tmp_path_factory.mktemp("errands")
    save_tiny_encoder(folder / "tiny")
    (folder / "images").mkdir()
    shades = np.random.default_rng(3).integers(0, 256, (IMAGES, 4, 4, 3), dtype=np.uint8)
    for place, pixels in enumerate(shades):
        Image.fromarray(pixels).resize((40, 40)).save(folder / "images" / f"{place}.png")
    (folder / "images" / "7.png").write_bytes(b"broken")
    (folder / "images" / "9.png").write_bytes((folder / "images" / "8.png").read_bytes())
    lines = ["image_id,gender", *(f"{row}.png,{'Male' if row % 2 else 'Female'}" for row in range(IMAGES))]
    (folder / "M.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "slow").mkdir()
    (folder / "slow" / "sitecustomize.py").write_text(SLOW, encoding="utf-8")
    return folder


def commit(world, place, **more):
    given = {"images": world / "images", "metadata": world / "M.csv", "encoders": (f"local-dir:{world / 'tiny'}",)}
    return Commission(place=place, **(given | more))


def small(**more):
    return BuildOptions(batch=4, shards=12, workers=0, **more)


def wait_until(found, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    pytest.fail("it did not come to pass")


def wait_for_end(place):
    wait_until(lambda: not overview.find_build(place).is_under_way)
    return overview.find_build(place)


@pytest.fixture
def slow(world, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(world / "slow"), str(ROOT)]))


def test_a_build_ends_as_a_store_and_says_what_it_did(world, tmp_path):
    place = errand.check_name(tmp_path, "my photos")
    errand.start_build(commit(world, place))
    assert overview.find_build(place).is_under_way
    assert errand.read_errand(place).machine == socket.gethostname()
    state = wait_for_end(place)
    assert state.stage == "finished", state.fault
    assert (state.report["built"], len(state.report["skipped"]), len(state.report["duplicates"])) == (IMAGES - 1, 1, 1)
    assert verify_store(place) == ()
    assert overview.list_builds(tmp_path) == (state,)
    errand.dismiss_build(place)
    assert overview.list_builds(tmp_path) == ()
    assert not name_workplace(place).exists()


def test_a_stopped_build_is_gone_on_with_to_the_same_bytes(world, tmp_path, slow):
    place = tmp_path / "mine"
    asked = commit(world, place, options=small(), thumbnail_size=None)
    errand.start_build(asked)
    state = wait_until(lambda: (s := overview.find_build(place)).progress and s.progress.fresh >= 8 and s)
    assert (state.stage, state.stoppable, state.progress.rows) == ("running", True, IMAGES)
    with pytest.raises(BuildError, match="under way"):
        errand.start_build(asked)
    with pytest.raises(StoreError, match="another process"):
        errand.discard_build(place)
    with pytest.raises(BuildError, match='"mine" is under way'):
        errand.check_name(tmp_path, "mine")
    errand.stop_build(place)
    state = wait_for_end(place)
    assert (state.stage, state.fault) == ("interrupted", "")
    kept = len(list(name_workplace(place).glob("shards/*.json")))
    assert kept >= 1
    with pytest.raises(BuildError, match="interrupted"):
        errand.check_name(tmp_path, "mine")
    with pytest.raises(BuildError, match="under way any more"):
        errand.stop_build(place)

    errand.resume_build(place)
    state = wait_until(lambda: (s := overview.find_build(place)).progress and s.progress.fresh and s)
    assert state.progress.done - state.progress.fresh >= 4 * kept, "what was done before is no work of this run"
    assert wait_for_end(place).stage == "finished"
    assert open_store(place).manifest.thumbnail_size is None
    whole = build_store(
        tmp_path / "other" / "mine",
        images=asked.images,
        metadata=asked.metadata,
        encoder=asked.encoders,
        thumbnail_size=None,
        options=small(),
    )
    assert open_store(place).digest == whole.store.digest


def test_one_that_is_stopped_before_it_did_anything_leaves_nothing(world, tmp_path):
    place = tmp_path / "mine"
    errand.start_build(commit(world, place))
    errand.stop_build(place)
    assert wait_for_end(place).stage == "stopped"
    assert not place.exists()
    assert not (name_workplace(place) / "plan.json").exists()


def test_a_failure_is_the_sentence_of_the_command(world, tmp_path):
    strict = tmp_path / "strict"
    errand.start_build(commit(world, strict, options=small(strict=True)))
    nowhere = tmp_path / "nowhere"
    errand.start_build(commit(world, nowhere, encoders=("ViT-B-32/never-heard-of",)))
    state = wait_for_end(strict)
    assert state.fault.startswith('"7.png" cannot be used: ')
    assert state.stage == "interrupted", "the parts that were done before it are kept"
    state = wait_for_end(nowhere)
    assert state.stage == "failed"
    assert "never-heard-of" in state.fault


def test_one_that_is_killed_says_so_and_can_go_on_or_be_discarded(world, tmp_path, slow):
    place = tmp_path / "mine"
    errand.start_build(commit(world, place, options=small()))
    wait_until(lambda: (s := overview.find_build(place)).progress and s.progress.fresh)
    os.kill(errand.find_process(place), signal.SIGKILL)
    state = wait_for_end(place)
    assert state.stage == "interrupted"
    assert "ended by signal 9" in state.fault
    errand.discard_build(place)
    assert overview.list_builds(tmp_path) == ()
    assert not name_workplace(place).exists()


def test_a_build_that_the_command_line_started_is_seen_and_stopped(world, tmp_path, slow):
    place = tmp_path / "mine"
    words = commit(world, place, options=small()).list_arguments(resume=False)
    with subprocess.Popen([sys.executable, "-m", "clipdash", *words], stderr=subprocess.PIPE, text=True) as started:
        state = wait_until(lambda: (s := overview.find_build(place)) and s.progress and s.progress.fresh > 4 and s)
        assert (state.stage, state.stoppable, state.holder["process"]) == ("running", True, started.pid)
        errand.stop_build(place)
        complaint = started.stderr.read()
    assert started.returncode == 130
    assert "--resume" in complaint
    assert overview.find_build(place).stage == "interrupted"
    assert commission.read_commission(name_workplace(place)).images == world / "images"


def test_another_program_that_holds_the_workplace_is_seen_and_left_alone(tmp_path):
    place = tmp_path / "mine"
    with hold_workplace(place):
        state = overview.find_build(place)
        assert (state.stage, state.stoppable, state.holder["process"]) == ("running", False, os.getpid())
        with pytest.raises(BuildError, match="Stop it where it was started"):
            errand.stop_build(place)
    assert read_holder(place) is None
    assert overview.list_builds(tmp_path) == ()


@pytest.mark.parametrize("said", [None, "", "{"], ids=["who it is", "nothing yet", "half of it"])
def test_the_pace_of_an_earlier_run_says_nothing(tmp_path, said):
    place = tmp_path / "mine"
    with hold_workplace(place) as work:
        before = progress.BuildProgress(done=600, rows=1000, fresh=100, began=50.0, at=60.0)
        (work.folder / "progress.json").write_text(before.model_dump_json())
        if said is not None:
            (work.folder / "lock").write_text(said)
        found = overview.find_build(place).progress
        assert (found.done, found.fresh, found.seconds_left) == (600, 0, None)


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a\\b", "a\nb", "a\0b", "x" * 201])
def test_names_that_no_store_can_have_are_refused(tmp_path, name):
    with pytest.raises(BuildError, match=r"needs a name|cannot be the name"):
        errand.check_name(tmp_path, name)


def test_names_that_are_taken_are_refused(world, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("mine")
    with pytest.raises(BuildError, match="is no store"):
        errand.check_name(tmp_path, "letters")
    build_store(
        tmp_path / "done",
        images=world / "images",
        metadata=world / "M.csv",
        encoder=f"local-dir:{world / 'tiny'}",
        options=small(),
    )
    with pytest.raises(BuildError, match='There is a store "done" already'):
        errand.check_name(tmp_path, "done")
    assert not list(tmp_path.glob(".*")), "a finished build leaves nothing but the store"


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        ({"images": Path("/nowhere/at/all")}, BuildError, "does not exist or is not a folder"),
        ({"metadata": Path("/nowhere.csv")}, FileError, "nowhere.csv"),
        ({"encoders": ("tiny",)}, EncoderError, "does not name an encoder"),
        ({"encoders": ("local-dir:/nowhere",)}, EncoderError, "There is no folder /nowhere"),
        ({"encoders": ("weights:RN50:/nowhere.pt",)}, EncoderError, "no file of weights /nowhere.pt"),
        ({"thumbnail_size": 5000}, BuildError, "Thumbnails of 5000 pixels"),
    ],
)
def test_what_can_be_known_beforehand_is_told_before_anything_starts(world, tmp_path, wrong, error, told):
    with pytest.raises(error, match=told):
        commit(world, tmp_path / "mine", **wrong).check()
    assert list(tmp_path.iterdir()) == []


def test_a_commission_is_the_same_after_it_was_kept_and_says_every_option(world, tmp_path):
    options = BuildOptions(batch=2, workers=1, device="cpu", precision="bf16", shards=3, strict=True)
    asked = commit(
        world,
        tmp_path / "mine",
        order={"age": ("young", "old")},
        about=world / "about.toml",
        embed_encoder=True,
        replace=True,
        schema_name="fairface",
        thumbnail_size=None,
        options=options,
    )
    asked.write(tmp_path)
    assert commission.read_commission(tmp_path) == asked
    words = asked.list_arguments(resume=True)
    assert words[:2] == ["build", str(tmp_path / "mine")]
    named = ["--batch=2", "--workers=1", "--device=cpu", "--precision=bf16", "--shards=3", "--order=age=young/old"]
    named += [f"--about={world / 'about.toml'}", "--schema=fairface", f"--encoder=local-dir:{world / 'tiny'}"]
    assert {*named, "--strict", "--resume", "--replace", "--embed-encoder", "--no-thumbnails"} <= {*words}
    assert not [word for word in words if word.startswith("--thumbnail-size")]
    with pytest.raises(BuildError, match='"age" has a value with "/"'):
        asked.model_copy(update={"order": {"age": ("a/b",)}}).list_arguments(resume=True)


def test_what_was_not_kept_cannot_be_asked_again(tmp_path):
    with pytest.raises(BuildError, match="was not kept"):
        commission.read_commission(tmp_path)
    (tmp_path / "request.json").write_text('{"place": 3}')
    with pytest.raises(BuildError, match="was not kept"):
        errand.resume_build(tmp_path / "mine")


def test_progress_is_written_once_a_second_and_at_the_end(tmp_path, monkeypatch):
    now, told = [1000.0], []
    monkeypatch.setattr(progress.time, "time", lambda: now[0])
    note = progress.ProgressFile(tmp_path, lambda *counts: told.append(counts))
    assert progress.read_progress(tmp_path) is None
    seen = []
    for done, passed in ((40, 0), (50, 0.5), (60, 0.6), (70, 0.5), (100, 0.1)):
        now[0] += passed
        note(done, 100)
        seen.append(progress.read_progress(tmp_path).done)
    assert seen == [40, 40, 60, 60, 100]
    assert told == [(40, 100), (50, 100), (60, 100), (70, 100), (100, 100)]
    found = progress.read_progress(tmp_path)
    assert (found.fresh, found.began, found.at) == (60, 1000.0, pytest.approx(1001.7))
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


def test_the_time_left_follows_the_pace_of_this_run():
    seen = progress.BuildProgress(done=600, rows=1000, fresh=100, began=50.0, at=60.0)
    assert seen.seconds_left == pytest.approx(40)
    assert seen.share == pytest.approx(0.6)
    assert seen.model_copy(update={"fresh": 0}).seconds_left is None
    assert seen.model_copy(update={"at": 51.0}).seconds_left is None


def test_a_damaged_note_is_as_if_there_were_none(tmp_path):
    place = tmp_path / "mine"
    folder = errand.locate_errand(place)
    folder.mkdir(parents=True)
    (folder / "errand.json").write_text("{")
    assert overview.list_builds(tmp_path) == ()
    gone = errand.Errand(process=2**22 + 1, machine=socket.gethostname(), since="2026-01-01")
    (folder / "errand.json").write_text(gone.model_dump_json())
    assert overview.find_build(place).fault.startswith("Its process was ended, without a word")
    (folder / "fault.txt").write_text("a library chats\nThe folder is empty.\n")
    assert overview.find_build(place).fault == "The folder is empty."
    (folder / "said.json").write_text(json.dumps({"built": 3}))
    assert overview.find_build(place).stage == "finished"


def test_annotations_that_were_sent_are_kept_apart_by_their_content(tmp_path):
    one, other = (errand.keep_upload(tmp_path / "mine", "M.csv", content) for content in (b"a", b"b"))
    assert one != other
    assert (one.read_bytes(), other.read_bytes()) == (b"a", b"b")
    assert errand.keep_upload(tmp_path / "mine", "M.csv", b"a") == one


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / ".builds").write_text("a file where the folder would be")
    with pytest.raises(BuildError, match="cannot be started in"):
        errand.keep_upload(tmp_path / "mine", "M.csv", b"a")


@pytest.fixture
def matter(tmp_path):
    """What an import reads: 30 embeddings, their annotations, a label bank, a table of scores for 20 of the images."""
    folder, random = tmp_path / "matter", np.random.default_rng(5)
    folder.mkdir()
    np.save(folder / "E.npy", random.standard_normal((30, 8)).astype(np.float32))
    lines = ["image_id,gender", *(f"{row}.png,{'Male' if row % 2 else 'Female'}" for row in range(30))]
    (folder / "M.csv").write_text("\n".join(lines), encoding="utf-8")
    np.savez(folder / "B.npz", labels=np.array(["man", "woman"]), embeddings=random.standard_normal((2, 8)))
    scores = "\n".join(["image_id,man,woman", *(f"{row}.png,0.{row % 9},0.5" for row in range(20))])
    (folder / "S.csv").write_text(scores, encoding="utf-8")
    return folder


def import_into(place, matter, **more):
    files = {
        name: matter / file for name, file in (("metadata", "M.csv"), ("embeddings", "E.npy"), ("label_bank", "B.npz"))
    }
    return ImportCommission(place=place, **(files | more))


def test_an_import_ends_as_a_store_and_says_what_it_did(matter, tmp_path):
    place = tmp_path / "mine"
    errand.start_import(import_into(place, matter, order=("gender=Male/Female",)))
    state = wait_for_end(place)
    assert state.stage == "finished", state.fault
    assert (state.report["images"], len(state.report["notes"])) == (30, 1)
    assert say_built(state.report).startswith(
        "Finished: 30 images imported. 30 of 30 embeddings were not of length one"
    )
    assert open_store(place).manifest.attributes[0].values == ("Male", "Female")
    assert not name_workplace(place).exists()
    scores = {"embeddings": None, "label_bank": None, "scores": (matter / "S.csv",), "replace": True}
    errand.start_import(import_into(place, matter, **scores))
    assert overview.find_build(place).stage in {"starting", "running"}  # though a store is there already
    state = wait_for_end(place)
    assert say_built(state.report).startswith("Finished: 20 images imported, 10 annotated images without scores left")
    assert open_store(place).manifest.images == 20


def test_what_is_wrong_with_an_upload_is_said_under_its_name(matter, tmp_path):
    place = tmp_path / "mine"
    kept = errand.keep_upload(place, "my people.csv", b"image_id,gender\na,b\nc\n")
    unused = errand.keep_upload(place, "other.csv", b"x")
    errand.start_import(import_into(place, matter, metadata=kept))
    assert not unused.exists()
    state = wait_for_end(place)
    assert (state.stage, kept.name) == ("failed", "my people.csv")
    assert state.fault.startswith('my people.csv: the row in line 3 (it begins with "c") has 1 cells where')
    assert not place.exists()
    errand.dismiss_build(place)
    assert not kept.exists()


def test_a_stopped_import_leaves_nothing(matter, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nfrom clipdash.build.progress import ProgressFile\nsay = ProgressFile.__call__\n"
        "ProgressFile.__call__ = lambda *given: (say(*given), time.sleep(60))\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    place = tmp_path / "mine"
    errand.start_import(import_into(place, matter))
    state = wait_until(lambda: (s := overview.find_build(place)).progress and s)
    assert (state.stage, state.stoppable, state.progress.done, state.progress.rows) == ("running", True, 30, 30)
    errand.stop_build(place)
    assert wait_for_end(place).stage == "stopped"
    assert not place.exists()
    assert not name_workplace(place).exists()
