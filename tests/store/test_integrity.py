import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_store import make_tiny_store

from clipdash.errors import InputError
from clipdash.store import open_store, verify_store
from clipdash.store.integrity import list_files

FILES = ("manifest.json", "people.parquet", "skipped.csv", "thumbs.arrow", "variants/tiny/images.faiss")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return make_tiny_store(tmp_path_factory.mktemp("stores"), n=20)


@pytest.fixture
def store(sound, tmp_path):
    return shutil.copytree(sound, tmp_path / "tiny")


def test_a_sound_store_has_no_fault(sound):
    assert verify_store(sound) == ()
    assert tuple(list_files(sound)) == FILES


@settings(max_examples=150)
@given(name=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_flipped_byte_is_found_in_any_file_and_opening_it_is_safe(sound, tmp_path_factory, name, place, flip):
    store = shutil.copytree(sound, tmp_path_factory.mktemp("flipped") / "tiny")
    content = bytearray((store / name).read_bytes())
    content[int(place * len(content))] ^= flip
    (store / name).write_bytes(content)
    faults = verify_store(store)
    assert len(faults) >= 1
    assert all(fault.startswith(name) or name == "manifest.json" for fault in faults)
    try:
        opened = open_store(store)
        assert len(opened.people) == 20
        assert opened.vectors().sum() is not None
        assert [opened.thumbnail(row) for row in range(20)]
    except InputError:
        pass


def test_each_fault_is_named(store):
    (store / "people.parquet").unlink()
    with (store / "thumbs.arrow").open("ab") as file:
        file.write(b"x")
    (store / "variants" / "tiny" / "images.faiss").write_bytes(b"")
    (store / "notes.txt").write_text("x")
    (store / ".DS_Store").write_text("x")
    faults = verify_store(store)
    assert faults[0] == "people.parquet is missing"
    assert faults[1].startswith("thumbs.arrow is too long: ")
    assert faults[2].startswith("variants/tiny/images.faiss is cut short: 0 bytes")
    assert faults[3:] == ("notes.txt is not named in manifest.json",)


def test_a_manifest_edited_by_hand_is_found_though_it_opens(store):
    manifest = store / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"licence": "CC0"', '"licence": "CC BY"'))
    assert open_store(store).manifest.licence == "CC BY"
    assert verify_store(store) == ("manifest.json has changed: it is not as it was written",)


def test_a_manifest_that_cannot_be_read_is_the_fault(store):
    (store / "manifest.json").write_text("[]")
    assert verify_store(store) == ("manifest.json is not a JSON object",)
    (store / "manifest.json").unlink()
    assert verify_store(store) == ("manifest.json is missing",)


def test_a_file_that_is_a_folder_cannot_be_read(store):
    size = (store / "skipped.csv").stat().st_size
    (store / "skipped.csv").unlink()
    (store / "skipped.csv").mkdir()
    assert size != (store / "skipped.csv").stat().st_size
    assert verify_store(store)[0].startswith("skipped.csv is too long")


def test_files_that_may_not_be_read_are_named(store, monkeypatch):
    shutil.move(store / "variants" / "tiny", store / "variants" / "other")
    (store / "variants" / "tiny").write_text("no folder")
    assert verify_store(store)[0] == "variants/tiny/images.faiss cannot be read (Not a directory)"


def test_files_that_fail_while_they_are_read_are_named(store, monkeypatch):
    def fail(file, algorithm):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("clipdash.store.integrity.file_digest", fail)
    assert verify_store(store)[0] == "people.parquet cannot be read (Input/output error)"
