"""A disk that is full: a limit on how long a file may become stands for it, which needs no rights."""

import subprocess
import sys
from pathlib import Path

import pytest
import stage

from clipdash.store import verify_store

ROOT = Path(__file__).parents[2]
BEGIN = """
import resource, sys
from pathlib import Path
from clipdash.errors import InputError, record_fault
from clipdash.labels import parse_labels
from clipdash.records import list_labels, save_labels

def fill(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

def attempt(act):
    try:
        print(act())
    except InputError as error:
        print(type(error).__name__, error)
"""
SAVE = """
save_labels(parse_labels("man\\nwoman"))
fill(4096)
attempt(lambda: save_labels(parse_labels("man\\nwoman\\nchild")))
attempt(list_labels)
fill(resource.RLIM_INFINITY)
print(len(list_labels()))
save_labels(parse_labels("man\\nwoman\\nchild"))
print(len(list_labels()))
"""
LOG = """
fill(0)
fault = record_fault(ValueError("a made-up fault"))
fill(resource.RLIM_INFINITY)
print(fault)
"""
STORE = """
sys.path.insert(0, {pages!r})
import stage
fill(4096)
attempt(lambda: stage.make_store({folder!r}, images=200))
print(sorted(path.name for path in Path({folder!r}).iterdir()))
"""


@pytest.fixture
def run_full(log_folder, monkeypatch):
    """Return a function that runs code in a process of its own and returns the lines that it printed."""
    monkeypatch.setenv("TMPDIR", str(log_folder))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run(code):
        line = [sys.executable, "-B", "-c", BEGIN + code]
        done = subprocess.run(line, cwd=log_folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines(), done.stderr

    return run


def test_a_save_says_so_in_a_sentence_and_works_once_there_is_room(run_full):
    (saved, read, *counts), _ = run_full(SAVE)
    assert saved.startswith("RecordsError Nothing was saved: the file ")
    assert read.startswith("RecordsError The records cannot be read: the file ")
    assert all("No restart is needed." in said for said in (saved, read))
    assert counts == ["1", "2"]


def test_a_fault_that_no_log_has_room_for_is_still_told(run_full):
    (said,), printed = run_full(LOG)
    assert said.startswith("Something went wrong on our side (reference ")
    assert said.endswith("The details are in the log of the program (standard error).")
    assert "ValueError: a made-up fault" in printed


def test_a_store_with_thumbnails_stays_as_it_was(run_full, tmp_path):
    before = stage.make_store(tmp_path, images=40)
    (said, left), _ = run_full(STORE.format(pages=str(Path(stage.__file__).parent), folder=str(tmp_path)))
    assert said.startswith("StoreError The store ")
    assert said.endswith("A store that was there is as it was.")
    assert left == "['emoji']"
    assert verify_store(before.path) == ()
