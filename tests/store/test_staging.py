import errno
import os
from pathlib import Path

import pytest

from clipdash.errors import StoreError
from clipdash.store import staging
from clipdash.store.staging import check_place, explain_failure, swap_in


def fill(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(text)
    return folder


def read(folder):
    return (folder / "manifest.json").read_text()


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture(params=["exchange", "file system that cannot", "C library that cannot"])
def way(request, monkeypatch):
    """Swap in each of the ways that systems allow."""
    if request.param == "file system that cannot":
        monkeypatch.setattr(staging, "_exchange_at_once", lambda one, other: False)
    if request.param == "C library that cannot":
        monkeypatch.setattr(staging.ctypes, "CDLL", lambda name, use_errno: object())
    return request.param


def test_new_folder_takes_its_place(tmp_path, way):
    swap_in(fill(tmp_path / ".a.new", "new"), tmp_path / "a")
    assert names(tmp_path) == ["a"]
    assert read(tmp_path / "a") == "new"


def test_old_folder_gives_way_and_is_removed(tmp_path, way):
    fill(tmp_path / "a", "old")
    swap_in(fill(tmp_path / ".a.new", "new"), tmp_path / "a")
    assert names(tmp_path) == ["a"]
    assert read(tmp_path / "a") == "new"


def test_old_folder_comes_back_when_the_second_rename_fails(tmp_path, monkeypatch):
    fill(tmp_path / "a", "old")
    new = fill(tmp_path / ".a.new", "new")
    monkeypatch.setattr(staging, "_exchange_at_once", lambda one, other: False)
    rename = Path.rename

    def fail_for_new(path, target):
        if path == new:
            raise OSError(errno.EIO, "no luck")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(OSError, match=r"no luck"):
        swap_in(new, tmp_path / "a")
    assert read(tmp_path / "a") == "old"


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_systems_that_cannot_exchange_are_told_from_failures(tmp_path, monkeypatch, code):
    class Library:
        def renameat2(self, *arguments):
            return -1

    monkeypatch.setattr(staging.ctypes, "CDLL", lambda name, use_errno: Library())
    monkeypatch.setattr(staging.ctypes, "get_errno", lambda: code)
    fill(tmp_path / "a", "old")
    swap_in(fill(tmp_path / ".a.new", "new"), tmp_path / "a")
    assert read(tmp_path / "a") == "new"


def test_a_failed_exchange_leaves_the_old(tmp_path, monkeypatch):
    fill(tmp_path / "a", "old")
    with pytest.raises(OSError, match=r"No such file"):
        swap_in(tmp_path / "gone", tmp_path / "a")
    assert read(tmp_path / "a") == "old"


def test_a_free_place_and_an_empty_folder_are_places(tmp_path):
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "new", replace=False)
    check_place(tmp_path / "empty", replace=False)
    check_place(fill(tmp_path / "a", "old"), replace=True)


def test_a_place_that_is_taken_is_refused(tmp_path):
    fill(tmp_path / "a", "old")
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(StoreError, match=r"There is a store at .*/a already. Replace it with --replace"):
        check_place(tmp_path / "a", replace=False)
    for name in ("file", "link"):
        with pytest.raises(StoreError, match=r"is there already and is not a folder"):
            check_place(tmp_path / name, replace=True)
    with pytest.raises(StoreError, match=r"must not be empty or begin with a dot"):
        check_place(tmp_path / ".a", replace=True)


def test_what_is_no_store_is_never_replaced(tmp_path):
    fill(tmp_path / "a", "old")
    (tmp_path / "a" / "holiday.jpg").write_text("x")
    with pytest.raises(StoreError, match=r'holds "holiday.jpg", which is no part of a store, so it is left as it is'):
        check_place(tmp_path / "a", replace=True)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"), (OSError("odd"), "odd")],
)
def test_failures_of_the_disk_get_a_sentence(tmp_path, error, reason):
    sentence = rf"/a cannot be written: {reason}\. A store that was there is as it was\.$"
    with pytest.raises(StoreError, match=sentence), explain_failure(tmp_path / "a"):
        raise error
