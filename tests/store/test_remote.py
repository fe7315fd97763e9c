"""Stores at a URL: the same rows as from the disk, and a sentence for whatever is not as the manifest says."""

import json
import shutil
import sys

import fsspec
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tiny_store import make_tiny_store

from clipdash.errors import QueryError, StoreError
from clipdash.store import is_url, open_anywhere, open_remote, open_store

N = 300
INDEX = "variants/tiny/images.faiss"


@pytest.fixture
def path(tmp_path):
    return make_tiny_store(tmp_path, n=N)


def copy_to_memory(path):
    files = fsspec.filesystem("memory")
    files.store.clear()
    for file in (file for file in path.rglob("*") if file.is_file()):
        files.pipe_file(f"/bucket/tiny/{file.relative_to(path)}", file.read_bytes())
    return "memory://bucket/tiny"


@pytest.fixture(params=["file", "memory"])
def url(path, request):
    yield f"file://{path}" if request.param == "file" else copy_to_memory(path)
    fsspec.filesystem("memory").store.clear()


@pytest.mark.parametrize("rows", [range(N), range(0), range(7, 8), range(100, 250), range(N - 1, N), range(N, N)])
def test_rows_are_those_of_the_disk(path, url, rows):
    store, remote = open_store(path), open_remote(url)
    assert (remote.name, remote.digest, remote.ref) == ("tiny", store.digest, store.ref)
    whole = store.people.iloc[rows.start : rows.stop]
    pd.testing.assert_frame_equal(remote.read_people(rows), whole)
    pd.testing.assert_frame_equal(store.read_people(rows), whole)
    wanted = store.vectors()[rows.start : rows.stop].tobytes()
    assert remote.read_vectors(rows).tobytes() == wanted
    assert remote.read_vectors(rows).shape == (len(rows), 16)
    assert store.read_vectors(rows).tobytes() == wanted


def test_only_the_row_groups_asked_for_are_read(path, monkeypatch):
    ids = open_store(path).people.index.tolist()
    pq.write_table(pq.read_table(path / "people.parquet"), path / "people.parquet", row_group_size=64)
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["files"]["people.parquet"]["bytes"] = (path / "people.parquet").stat().st_size
    del manifest["digest"]
    (path / "manifest.json").write_text(json.dumps(manifest))
    read, real = [], pq.ParquetFile.read_row_groups
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_groups", lambda self, groups: read.append(groups) or real(self, groups)
    )
    remote = open_remote(f"file://{path}")
    for rows, groups in ((range(60, 70), [0, 1]), (range(128, 192), [2]), (range(299, 300), [4]), (range(0), [])):
        frame = remote.read_people(rows)
        assert frame.index.tolist() == ids[rows.start : rows.stop]
        assert read.pop() == groups


def test_a_url_is_told_from_a_path_and_a_name(path):
    assert is_url("s3://bucket/store")
    assert not any(map(is_url, ("emoji", "/stores/emoji", "://x", "s3://", "C:/x")))
    assert open_anywhere(f"file://{path}/").name == "tiny"
    assert open_anywhere(str(path)).path == path


def test_the_variant_and_its_nearest_are_known_elsewhere_too(url):
    with pytest.raises(QueryError, match='The nearest is "tiny"'):
        open_remote(url).read_vectors(range(1), "tinny")


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(StoreError, match="There is no store at memory://nowhere"):
        open_remote("memory://nowhere")
    with pytest.raises(StoreError, match="no kind of address"):
        open_remote("nonsense://bucket/store")


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs"), ("abfs", "adlfs")])
def test_a_missing_package_is_named(scheme, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StoreError, match=f"pip install {package}"):
        open_remote(f"{scheme}://bucket/store")


def flip_head(path):
    with (path / INDEX).open("r+b") as file:
        file.seek(5)
        file.write(b"x")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda path: (path / INDEX).write_bytes((path / INDEX).read_bytes() + b"x"), "bytes where the manifest says"),
        (lambda path: (path / "people.parquet").write_bytes(b"PAR1"), "people.parquet has 4 bytes"),
        (lambda path: (path / INDEX).unlink(), "not all of it"),
        (lambda path: (path / "manifest.json").write_text("{"), "manifest.json is not JSON"),
        (flip_head, "is not the index that the manifest describes"),
    ],
)
def test_damage_is_said_on_opening(path, harm, said):
    result = harm(path)
    del result
    with pytest.raises(StoreError, match=said):
        open_remote(f"file://{path}")


def test_damage_after_opening_is_said_on_reading(path):
    remote = open_remote(f"file://{path}")
    content = (path / INDEX).read_bytes()
    (path / INDEX).write_bytes(content[: len(content) - 8])
    assert remote.read_vectors(range(N - 1)).shape == (N - 1, 16)
    with pytest.raises(StoreError, match=f"ends before row {N}"):
        remote.read_vectors(range(N))
    (path / "people.parquet").write_bytes(bytes(3000))
    with pytest.raises(StoreError, match="not a Parquet file"):
        remote.read_people(range(3))


def test_the_encoder_of_a_store_elsewhere_is_fetched_and_held_against_its_checksum(tmp_path):
    store = open_store("emoji")
    shutil.copytree(store.path, tmp_path / "emoji")
    remote = open_remote(f"file://{tmp_path / 'emoji'}")
    folder = remote.encoder_reference().removeprefix("local-dir:")
    for file in (store.path / "encoder").iterdir():
        assert (file.read_bytes()) == (fsspec.filesystem("file").cat_file(f"{folder}/{file.name}"))
    weights = tmp_path / "emoji" / "encoder" / "open_clip_config.json"
    weights.write_bytes(weights.read_bytes() + b" ")
    with pytest.raises(StoreError, match="is not the file that the manifest names"):
        remote.encoder_reference()
    assert np.isfinite(remote.read_vectors(range(4))).all()
