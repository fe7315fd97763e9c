"""Readiness: a store and the database; one look for however many ask, and no waiting for a look that hangs."""

import asyncio
import threading

import pytest
from apart import run_apart
from tiny_store import make_tiny_store

from clipdash.errors import RecordsError
from clipdash.serve import readiness, stores
from clipdash.serve.readiness import Readiness, Watch


@pytest.fixture
def root(tmp_path, monkeypatch):
    make_tiny_store(tmp_path / "root", n=20)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "root"))
    stores._list_entries.cache.clear()
    return tmp_path / "root"


def test_a_database_that_does_not_answer_is_told(root, monkeypatch):
    def fail():
        raise RecordsError("The records cannot be read.")

    assert readiness.look() == Readiness("tiny", True)
    monkeypatch.setattr("clipdash.records.check_records", fail, raising=False)
    found = readiness.look()
    assert not found.ready
    assert found.tell() == {
        "ready": False,
        "store": "tiny",
        "records": False,
        "faults": {"records": "The records cannot be read."},
    }


def test_a_link_out_of_the_root_is_no_store(root, tmp_path):
    hidden = make_tiny_store(tmp_path / "elsewhere", n=20, name="hidden")
    (root / "linked").symlink_to(hidden)
    borrowed = make_tiny_store(root, n=20, name="borrowed") / "thumbs.arrow"
    borrowed.unlink()
    borrowed.symlink_to(hidden / "thumbs.arrow")
    (root / "around").symlink_to("around")
    stores._list_entries.cache.clear()
    assert [entry.name for entry in stores.list_entries()] == ["tiny"]


def test_many_who_ask_are_told_by_one_look():
    looks = []

    def look():
        looks.append(1)
        return Readiness("tiny", True)

    async def ask():
        watch = Watch(look)
        return await asyncio.gather(*(watch.ask() for _ in range(20)))

    assert {found.ready for found in run_apart(ask())} == {True}
    assert len(looks) == 1


def test_a_look_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(readiness, "_WAIT", 0.05)
    release = threading.Event()

    def look():
        release.wait(10)
        return Readiness("tiny", True)

    async def ask():
        watch = Watch(look)
        return [await watch.ask() for _ in range(3)]

    try:
        assert [found.ready for found in run_apart(ask())] == [False] * 3
    finally:
        release.set()
