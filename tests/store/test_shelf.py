import shutil

import pytest
from tiny_store import make_tiny_store

from clipdash.errors import StoreError
from clipdash.store import find_root, list_stores, open_store, verify_store
from clipdash.store.manifest import SCHEMA
from clipdash.store.shelf import locate_store, resolve_store


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder of stores with one store, which is the root; the working directory is another."""
    folder = tmp_path / "stores"
    make_tiny_store(folder, n=20)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("CLIPDASH_STORES", str(folder))
    return folder


def test_root_is_named_by_the_environment_or_is_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLIPDASH_STORES", raising=False)
    assert find_root() == tmp_path / "embeddings_cache"
    monkeypatch.setenv("CLIPDASH_STORES", "")
    assert find_root() == tmp_path / "embeddings_cache"
    monkeypatch.setenv("CLIPDASH_STORES", "elsewhere")
    assert find_root() == tmp_path / "elsewhere"


def test_sound_stores_are_listed_with_their_manifest(root):
    (entry,) = list_stores()
    assert (entry.name, entry.path, entry.fault) == ("tiny", root / "tiny", None)
    assert entry.manifest.images == 20
    assert list_stores(root) == (entry,)


def test_no_root_no_stores(tmp_path):
    assert list_stores(tmp_path / "nowhere") == ()


def test_what_is_no_store_is_not_listed(root):
    (root / "pictures").mkdir()
    (root / "pictures" / "a.png").write_text("x")
    (root / "notes.txt").write_text("x")
    shutil.copytree(root / "tiny", root / ".tiny.123.partial")
    assert [entry.name for entry in list_stores()] == ["tiny"]


def test_broken_stores_are_listed_with_their_fault(root):
    (root / "begun" / "encoder").mkdir(parents=True)
    for name in ("cut", "future", "garbled", "lost"):
        shutil.copytree(root / "tiny", root / name)
    (root / "cut" / "people.parquet").write_bytes(b"PAR1")
    (root / "lost" / "thumbs.arrow").unlink()
    (root / "garbled" / "manifest.json").write_text("{")
    manifest = (root / "future" / "manifest.json").read_text()
    (root / "future" / "manifest.json").write_text(manifest.replace(f'"schema": {SCHEMA}', f'"schema": {SCHEMA + 1}'))
    faults = {entry.name: entry.fault for entry in list_stores()}
    assert faults["begun"] == "manifest.json is missing"
    assert faults["cut"].startswith("people.parquet is cut short: 4 bytes where the manifest says ")
    assert faults["future"].startswith(f"manifest.json has schema {SCHEMA + 1}")
    with pytest.raises(StoreError, match=r'Store "future" cannot be opened: .* a newer clipdash wrote it'):
        verify_store("future")
    assert faults["garbled"] == "manifest.json is not JSON"
    assert faults["lost"] == "thumbs.arrow is missing"
    assert faults["tiny"] is None
    assert [entry.manifest is None for entry in list_stores()] == [True] * 5 + [False]


def test_a_name_is_a_name_and_a_path_is_a_path(root, tmp_path, monkeypatch):
    work = tmp_path / "work"
    assert resolve_store("new") == root / "new"
    assert resolve_store("sub/new") == work / "sub" / "new"
    assert resolve_store(work / "new") == work / "new"
    (work / "pictures").mkdir()
    assert resolve_store("pictures") == work / "pictures"
    (work / "tiny").mkdir()
    assert resolve_store("tiny") == root / "tiny", "a store that can be named wins over a folder of that name"
    assert resolve_store(".") == work


def test_a_store_opens_by_name_by_path_and_from_inside(root, monkeypatch):
    for reference in ("tiny", str(root / "tiny"), root / "tiny", "../stores/tiny/"):
        assert open_store(reference).name == "tiny"
    monkeypatch.chdir(root / "tiny")
    assert open_store(".").name == "tiny"


@pytest.mark.parametrize("reference", ["", "a\0b"])
def test_names_that_no_folder_can_have(root, reference):
    with pytest.raises(StoreError, match=r"is empty or holds a character that no file name can hold"):
        resolve_store(reference)


def test_unknown_stores_are_refused_with_the_nearest(root, tmp_path):
    with pytest.raises(StoreError, match=r'^There is no store "tinny" in .*/stores. The nearest is "tiny".$'):
        locate_store("tinny")
    with pytest.raises(StoreError, match=r'^There is no store at .*/stores/tinny. The nearest is "tiny".$'):
        locate_store(root / "tinny")
    with pytest.raises(StoreError, match=r"^There is no store at .*/elsewhere/x. There is none.$"):
        locate_store("../elsewhere/x")
    with pytest.raises(StoreError, match=r"work is not a store: it has no manifest.json.$"):
        locate_store(tmp_path / "work")
    with pytest.raises(StoreError, match=r"There is no store"):
        verify_store("tinny")


def test_damage_says_how_to_hear_more(root, tmp_path):
    (root / "tiny" / "thumbs.arrow").unlink()
    with pytest.raises(
        StoreError, match=r'"tiny" cannot be opened: thumbs.arrow is missing. `clipdash verify tiny` lists'
    ):
        open_store("tiny")
    moved = shutil.move(root / "tiny", tmp_path / "moved")
    with pytest.raises(StoreError, match=r"`clipdash verify .*/moved` lists"):
        open_store(moved)


def test_an_address_is_no_place_on_this_machine(root):
    with pytest.raises(StoreError, match='"s3://bucket/store" is the address of a store elsewhere'):
        open_store("s3://bucket/store")
    with pytest.raises(StoreError, match="Copy the store to this machine"):
        verify_store("file:///tmp/store")
