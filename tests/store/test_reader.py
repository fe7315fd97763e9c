import dataclasses
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny_store import TONES, fake_spec, make_tiny_store, tiny_people, tiny_thumbnails, tiny_vectors

from clipdash.errors import QueryError, StoreError
from clipdash.store import StoreRef, open_store, reader, verify_store, write_store
from clipdash.store.manifest import SCHEMA


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_tiny_store(tmp_path_factory.mktemp("stores"), n=40)


@pytest.fixture
def store(path):
    return open_store(path)


def test_annotations_are_categories_in_the_order_of_the_manifest(store):
    people = store.people
    assert people.index.name == "image_id"
    assert people.index[0] == "people/00000.png"
    assert tuple(people["skin_tone"].cat.categories) == TONES
    assert list(people["age"].cat.categories) == ["0-2", "3-9", "10-19", "20-29", "more than 70"]
    assert people["gender"].isna().any()
    expected = tiny_people(40).astype(object)
    assert people.astype(object).where(people.notna(), "").equals(expected.astype(object))


def test_annotations_of_a_caller_are_the_caller_s(store):
    frame = store.people
    frame.loc[frame.index[0], "age"] = "3-9"
    frame["new"] = 1
    pd.testing.assert_frame_equal(store.people, open_store(store.path).people)


def test_vectors_and_thumbnails_are_those_that_were_written(store):
    assert np.allclose(store.vectors(), tiny_vectors(40), atol=1e-7)
    assert [store.thumbnail(row) for row in range(40)] == tiny_thumbnails(40)
    assert not store.vectors().flags.writeable


@pytest.mark.parametrize("row", [-1, 40])
def test_rows_that_do_not_exist(store, row):
    with pytest.raises(QueryError, match=f"has no row {row}: its rows are 0 to 39"):
        store.thumbnail(row)


def test_attributes_and_variants_are_found_by_name(store):
    assert store.attribute("age").groupable
    assert store.variant().name == store.variant("tiny").name == "tiny"
    with pytest.raises(QueryError, match=r'"tiny" has no attribute "skintone". The nearest is "skin_tone".'):
        store.attribute("skintone")
    for call in (store.variant, store.vectors, store.encoder_reference):
        with pytest.raises(QueryError, match=r'has no variant "tny". The nearest is "tiny".'):
            call("tny")


def test_an_open_store_is_immutable_and_names_its_state(store):
    assert store.ref == StoreRef("tiny", store.manifest.digest)
    with pytest.raises(dataclasses.FrozenInstanceError):
        store.name = "other"
    assert "_vectors" not in repr(store)


def test_a_store_without_thumbnails_has_none(tmp_path):
    store = write_store(tmp_path / "s", people=tiny_people(5), vectors={"v": (fake_spec(), tiny_vectors(5))})
    assert store.manifest.thumbnail_size is None
    assert store.thumbnail(4) is None
    assert not (store.path / "thumbs.arrow").exists()


def test_several_variants_share_one_set_of_people(tmp_path):
    vectors = {"b": (fake_spec(4), tiny_vectors(5, 4)), "a": (fake_spec(8), tiny_vectors(5, 8))}
    store = write_store(tmp_path / "s", people=tiny_people(5), vectors=vectors)
    assert store.variant().name == "b"
    assert store.vectors().shape == (5, 4)
    assert store.vectors("a").shape == (5, 8)
    assert store.encoder_reference("a") == "local-dir:nowhere"


def test_a_store_that_is_replaced_goes_on_giving_what_it_held(tmp_path):
    path = make_tiny_store(tmp_path, n=30, seed=1)
    old, untouched = open_store(path), open_store(path)
    half = old.vectors()[:15].copy()
    make_tiny_store(tmp_path, n=20, seed=2, replace=True)
    assert np.array_equal(old.vectors()[:15], half)
    assert len(untouched.people) == 30, "read for the first time after the files were gone"
    assert untouched.thumbnail(29)
    assert len(open_store(path).people) == 20
    assert [entry.name for entry in tmp_path.iterdir()] == ["tiny"]


def test_a_swap_between_two_files_is_not_taken_for_damage(tmp_path, monkeypatch):
    path = make_tiny_store(tmp_path, n=30)
    check = reader.check_sizes
    swaps = iter([20, 10])

    def swap_after(folder):
        manifest = check(folder)
        for n in swaps:
            with monkeypatch.context() as undisturbed:
                undisturbed.setattr(reader, "check_sizes", check)
                make_tiny_store(tmp_path, n=n, replace=True)
            break
        return manifest

    monkeypatch.setattr(reader, "check_sizes", swap_after)
    assert len(open_store(path).people) == 10


def test_a_store_that_is_swapped_without_end_is_given_up(tmp_path, monkeypatch):
    path = make_tiny_store(tmp_path, n=30)
    stamps = iter(range(100))
    monkeypatch.setattr(reader, "_stamp", lambda folder: next(stamps))
    with pytest.raises(StoreError, match=r"is being replaced again and again"):
        open_store(path)


def test_a_store_that_goes_away_while_it_is_opened(tmp_path, monkeypatch):
    path = make_tiny_store(tmp_path, n=30)

    def remove(folder):
        shutil.rmtree(folder, ignore_errors=True)
        raise reader.DamageError("people.parquet is missing")

    monkeypatch.setattr(reader, "check_sizes", remove)
    with pytest.raises(StoreError, match=r"people.parquet is missing"):
        open_store(path)


def reseal(path, name, content):
    """Put other content in a file, under a manifest that says so."""
    from clipdash.store.integrity import measure_file
    from clipdash.store.manifest import dump_manifest, read_manifest

    (path / name).write_bytes(content)
    manifest = read_manifest(path)
    files = {**manifest.files, name: measure_file(path / name)}
    (path / "manifest.json").write_bytes(dump_manifest(manifest.model_copy(update={"files": files})))


@pytest.mark.parametrize("name", ["thumbs.arrow", "variants/tiny/images.faiss", "people.parquet"])
@pytest.mark.parametrize("content", [b"", b"something else"])
def test_damage_is_a_sentence_that_names_the_file(path, tmp_path, name, content):
    copy = shutil.copytree(path, tmp_path / "tiny")
    reseal(copy, name, content)
    with pytest.raises(StoreError) as caught:
        _ = open_store(copy).people
    assert f'Store "tiny" cannot be opened: {name} ' in str(caught.value)
    assert "`clipdash verify " in str(caught.value)


def test_a_newer_store_says_that_it_is_newer(path, tmp_path):
    copy = shutil.copytree(path, tmp_path / "tiny")
    manifest = (copy / "manifest.json").read_text()
    (copy / "manifest.json").write_text(manifest.replace(f'"schema": {SCHEMA}', f'"schema": {SCHEMA + 1}'))
    with pytest.raises(StoreError, match=r'^Store "tiny" cannot be opened: manifest.json has schema 5 .* wrote it.$'):
        open_store(copy)


@pytest.fixture
def closed_store(path):
    """A store in a folder that nobody may write in, looked at by a user who is not root."""
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(path, folder / "tiny")
    entries = [folder, *folder.rglob("*")]
    for entry in entries:
        entry.chmod(0o555 if entry.is_dir() else 0o444)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield folder / "tiny"
    os.seteuid(user)
    for entry in entries:
        entry.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_store_opens(closed_store):
    store = open_store(closed_store)
    assert len(store.people) == len(store.vectors()) == 40
    assert store.thumbnail(39)
    assert verify_store(closed_store) == ()


def test_a_file_that_may_not_be_read_is_named(closed_store):
    user = os.geteuid()
    os.seteuid(os.getuid())
    (closed_store / "people.parquet").chmod(0)
    os.seteuid(user)
    with pytest.raises(StoreError, match=r"cannot be opened: people\.parquet cannot be read\."):
        open_store(closed_store)
    assert verify_store(closed_store) == ("people.parquet cannot be read (Permission denied)",)


def test_a_read_only_place_is_refused_in_a_sentence(closed_store):
    with pytest.raises(StoreError, match=r"/new cannot be written: Permission denied"):
        make_tiny_store(closed_store.parent, name="new")
    with pytest.raises(
        StoreError, match=r"/tiny cannot be written: Permission denied. A store that was there is as it was"
    ):
        make_tiny_store(closed_store.parent, replace=True)


def test_threads_read_the_same(store):
    fresh = open_store(store.path)

    def look(row):
        return len(fresh.people), fresh.thumbnail(row), fresh.vectors()[row].tobytes()

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(look, [row % 40 for row in range(400)]))
    assert seen == [look(row % 40) for row in range(400)]
