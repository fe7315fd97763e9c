import csv
import errno
import os
from pathlib import Path

import numpy as np
import pytest
from tiny_store import fake_spec, make_tiny_store, tiny_people, tiny_thumbnails, tiny_vectors

from clipdash.errors import StoreError
from clipdash.store import About, StoreWriter, open_store, verify_store, write_store, writer


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def parts(n=20, **changes):
    return {"people": tiny_people(n), "vectors": {"v": (fake_spec(), tiny_vectors(n))}, **changes}


def test_the_same_input_gives_the_same_bytes(tmp_path):
    assert contents(make_tiny_store(tmp_path / "a")) == contents(make_tiny_store(tmp_path / "b"))


def test_blocks_of_any_size_give_the_same_bytes(tmp_path):
    rows = tiny_vectors(20)
    whole = write_store(tmp_path / "a" / "s", **parts())
    blocks = iter([rows[:7], rows[7:7], rows[7:]])
    split = write_store(tmp_path / "b" / "s", **parts(vectors={"v": (fake_spec(), blocks)}))
    assert contents(whole.path) == contents(split.path)
    assert whole.digest == split.digest


def test_rows_are_normalised_from_any_float(tmp_path):
    rows = (tiny_vectors(20) * 3).astype(np.float16)
    store = write_store(tmp_path / "s", **parts(vectors={"v": (fake_spec(), rows)}))
    assert np.linalg.norm(store.vectors(), axis=1) == pytest.approx(1, abs=1e-6)


def test_manifest_says_what_was_given(tmp_path):
    about = About(title="T", licence="L", source="S", notice="N", cluster="age")
    manifest = write_store(tmp_path / "s", **parts(), about=about, thumbnails=tiny_thumbnails(20)).manifest
    assert (manifest.title, manifest.licence, manifest.source, manifest.notice) == ("T", "L", "S", "N")
    assert (manifest.name, manifest.images, manifest.cluster, manifest.thumbnail_size) == ("s", 20, "age", 96)
    assert write_store(tmp_path / "t", **parts()).manifest.title == "t"


def test_what_was_left_out_is_kept(tmp_path):
    skipped = [("ä, b.png", 'broken "x"'), ("c.png", "no such file")]
    store = write_store(tmp_path / "s", **parts(), skipped=iter(skipped))
    with (store.path / "skipped.csv").open(encoding="utf-8", newline="") as text:
        assert list(csv.reader(text)) == [["image_id", "reason"], *map(list, skipped)]


def test_names_of_any_script(tmp_path):
    people = tiny_people(20).rename(columns={"age": "年齢"}, index=lambda name: f"фото/{name}")
    store = write_store(tmp_path / "गाँव", **parts(people=people))
    assert open_store(tmp_path / "गाँव").people.index[3] == "фото/people/00003.png"
    assert store.attribute("年齢").values


def test_existing_store_is_kept_unless_told(tmp_path):
    path = make_tiny_store(tmp_path)
    before = contents(path)
    with pytest.raises(StoreError, match="Replace it with --replace"):
        make_tiny_store(tmp_path, seed=1)
    assert contents(path) == before


def test_a_store_behind_a_link_is_replaced_where_it_lies(tmp_path):
    real = make_tiny_store(tmp_path / "disk")
    (tmp_path / "link").symlink_to(real)
    write_store(tmp_path / "link", **parts(), replace=True)
    assert (tmp_path / "link").is_symlink()
    assert open_store(real).manifest.images == 20


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"people": tiny_people(21)}, 'annotations of 21 images, and 20 rows of variant "v"'),
        ({"people": tiny_people(19)}, "and 19 images came with an array of shape (20, 16)"),
        ({"thumbnails": tiny_thumbnails(3)}, "annotations of 20 images, and 3 rows of the thumbnails"),
        ({"thumbnails": [], "thumbnail_size": 0}, "Thumbnails of 0 pixels"),
        ({"vectors": {}}, "at least one variant"),
        ({"vectors": {"a/b": (fake_spec(), tiny_vectors(20))}}, "A variant cannot be named so"),
        ({"vectors": {"v": (fake_spec(8), tiny_vectors(20))}}, 'Variant "v" takes 8 numbers an image'),
        ({"vectors": {"v": (fake_spec(), tiny_vectors(21))}}, "takes 16 numbers an image, and 20 images came"),
        ({"vectors": {"v": (fake_spec(), np.ones(20))}}, "of shape (20,)"),
        ({"vectors": {"v": (fake_spec(), np.zeros((20, 16)))}}, '"people/00000.png" in variant "v" is zero'),
        ({"order": {"gender": ("Male",)}}, 'The order of "gender" leaves out 1'),
        ({"about": About(cluster="person")}, 'The cluster "person"'),
        ({"encoder_folder": Path("elsewhere")}, "No variant of the store was made with the encoder in elsewhere"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_leave_nothing_and_the_old_store(tmp_path, changes, sentence):
    path = make_tiny_store(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(StoreError) as caught:
        write_store(path, **parts(**changes), replace=True)
    assert sentence in str(caught.value)
    assert contents(tmp_path) == before


STEPS = (
    "write_people",
    "measure_file",
    "dump_manifest",
    "swap_in",
    "list_files",
    "check_place",
    "ThumbnailFile",
    "VectorFile",
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("error", "expected"),
    [(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), StoreError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_a_failure_at_any_step_leaves_the_old_store(tmp_path, monkeypatch, step, error, expected):
    path = make_tiny_store(tmp_path)
    before = contents(tmp_path)
    calls = {"check_place": 1}  # the first check is before anything is written

    def fail(*arguments, **options):
        if calls.get(step, 0):
            calls[step] -= 1
            return
        raise error

    monkeypatch.setattr(writer, step, fail)
    with pytest.raises(expected):
        make_tiny_store(tmp_path, seed=1, replace=True)
    monkeypatch.undo()
    assert contents(tmp_path) == before
    assert open_store(path).manifest.images == 200


@pytest.mark.parametrize("part", ["VectorFile", "ThumbnailFile"])
@pytest.mark.parametrize("method", ["append", "close"])
def test_a_full_disk_ends_with_a_sentence(tmp_path, monkeypatch, part, method):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = make_tiny_store(tmp_path)
    file = getattr(writer, part)
    discard = file.discard
    monkeypatch.setattr(file, method, fail)
    monkeypatch.setattr(file, "discard", lambda self: fail(discard(self)))
    with pytest.raises(
        StoreError, match=r"tiny cannot be written: No space left on device. A store that was there is as it was."
    ):
        make_tiny_store(tmp_path, seed=1, replace=True)
    assert verify_store(path) == ()
    assert [entry.name for entry in tmp_path.iterdir()] == ["tiny"]


def test_a_folder_that_cannot_be_made_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be written: "):
        write_store(tmp_path / "file" / "s", **parts())


def test_a_store_brings_its_encoder_along(tmp_path):
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    (folder / "open_clip_config.json").write_text("{}")
    (folder / "deep" / "weights.safetensors").write_bytes(b"abc")
    (folder / "deep" / "weights.safetensors").chmod(0o600)
    (folder / ".cache").write_text("x")
    spec = fake_spec(reference=f"local-dir:{folder}")
    vectors = {"own": (spec, tiny_vectors(20)), "other": (fake_spec(), tiny_vectors(20))}
    store = write_store(tmp_path / "s", **parts(vectors=vectors), encoder_folder=folder)
    assert store.encoder_reference() == f"local-dir:{store.path / 'encoder'}"
    assert store.encoder_reference("other") == "local-dir:nowhere"
    assert sorted(contents(store.path / "encoder")) == ["deep/weights.safetensors", "open_clip_config.json"]
    assert (store.path / "encoder" / "deep" / "weights.safetensors").stat().st_mode & 0o044 == 0o044 & ~_umask()
    assert str(tmp_path) not in (store.path / "manifest.json").read_text()
    assert verify_store(store.path) == ()


def test_the_encoder_of_a_store_survives_its_replacement(tmp_path):
    folder = tmp_path / "s" / "encoder"
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text("{}")
    vectors = {"v": (fake_spec(reference=f"local-dir:{folder}"), tiny_vectors(20))}
    store = write_store(tmp_path / "s", **parts(vectors=vectors), encoder_folder=folder, replace=True)
    assert contents(store.path / "encoder") == {"open_clip_config.json": b"{}"}


def test_an_encoder_folder_without_an_encoder_is_refused(tmp_path):
    vectors = {"v": (fake_spec(reference=f"local-dir:{tmp_path}"), tiny_vectors(20))}
    with pytest.raises(StoreError, match=r"has no open_clip_config.json, so it is not the folder of an encoder"):
        write_store(tmp_path / "s", **parts(vectors=vectors), encoder_folder=tmp_path)


def test_a_writer_left_without_finish_leaves_nothing(tmp_path):
    with StoreWriter(tmp_path / "root" / "s", {"v": fake_spec()}) as one:
        one.add_vectors("v", tiny_vectors(2), ["a", "b"])
    assert not (tmp_path / "root").exists()


def test_thumbnails_for_a_store_without_are_a_bug(tmp_path):
    with StoreWriter(tmp_path / "s", {"v": fake_spec()}) as one, pytest.raises(ValueError, match="without thumbnails"):
        one.add_thumbnails([b"x"])


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
