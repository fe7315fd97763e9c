import csv
import errno
import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image
from tiny_store import fake_spec

from clipdash.build import BuildOptions, build_store, request
from clipdash.build.request import name_variant
from clipdash.errors import BuildError, EncoderError, InputError, StoreError
from clipdash.store import ShardFile, Workplace, hold_workplace, open_store, resolve_store, verify_store


class Colours:
    """An encoder whose embedding of a picture is its mean colour; it keeps the sizes of its batches."""

    def __init__(self, reference, device, precision):
        self.spec = fake_spec(dim=4, reference=reference, preprocess={"size": 8})
        self.device, self.precision = device, precision
        self.batches = []

    def fit_batch(self):
        return 4

    def encode_pixels(self, pixels):
        self.batches.append(len(pixels))
        rows = np.c_[pixels.mean(axis=(1, 2)), np.full(len(pixels), 32)].astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def encoders(monkeypatch):
    """Every encoder that is read, by its reference."""
    read = {}

    def read_encoder(reference, *, device, precision):
        if reference == "RN50/missing":
            raise EncoderError("The weights RN50/missing are not on this machine.")
        return read.setdefault(reference, Colours(reference, device, precision))

    monkeypatch.setattr(request, "read_encoder", read_encoder)
    return read


@pytest.fixture
def world(tmp_path, monkeypatch):
    """Six good pictures and a table of them; also the arguments of a build."""
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "stores"))
    monkeypatch.chdir(tmp_path)
    for row in range(6):
        path = tmp_path / "images" / ("men" if row % 2 else "women") / f"{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40 + row, 30), (40 * row, 0, 200)).save(path)
    lines = [f"{'men' if row % 2 else 'women'}/{row}.png,{'Male' if row % 2 else ''},{3 * row}-x" for row in range(6)]
    write_metadata(tmp_path, "\n".join(["image_id,gender,age", *lines]))
    return {
        "images": tmp_path / "images",
        "metadata": tmp_path / "M.csv",
        "encoder": "ViT-B-32/tag",
        "options": BuildOptions(workers=0),
    }


def write_metadata(folder, text):
    (folder / "M.csv").write_text(text, encoding="utf-8")


def add_rows(folder, *rows):
    with (folder / "M.csv").open("a", encoding="utf-8", newline="") as text:
        text.write("\n")
        csv.writer(text).writerows(rows)


def test_a_folder_a_table_and_an_encoder_make_a_store(world, tmp_path):
    report = build_store("mine", **world)
    store = open_store("mine")
    assert report.store.digest == store.digest
    assert (report.built, report.skipped, report.duplicates, report.unmatched) == (6, (), (), ())
    assert store.path == tmp_path / "stores" / "mine"
    assert store.people.index.tolist()[:2] == ["women/0.png", "men/1.png"]
    assert store.attribute("age").values == ("0-x", "3-x", "6-x", "9-x", "12-x", "15-x")
    assert store.attribute("gender").values == ("Male",)
    assert [variant.name for variant in store.manifest.variants] == ["ViT-B-32-tag"]
    assert store.encoder_reference() == "ViT-B-32/tag"
    assert np.linalg.norm(store.vectors(), axis=1) == pytest.approx(1, abs=1e-6)
    assert store.vectors()[5] * 285.99 == pytest.approx([200, 0, 200, 32], rel=0.01)
    assert Image.open(io.BytesIO(store.thumbnail(5))).size == (45, 30)
    assert verify_store("mine") == ()


def test_what_cannot_be_used_is_left_out_and_said(world, tmp_path):
    (tmp_path / "images" / "broken.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "images" / "empty.png").write_bytes(b"")
    (tmp_path / "secret.png").write_bytes(b"")
    (tmp_path / "images" / "out.png").symlink_to("../secret.png")
    (tmp_path / "images" / "nobody.png").write_bytes(b"x")
    names = ["broken.png", "empty.png", "gone.png", "../secret.png", "out.png", "men/6 ü.png"]
    add_rows(tmp_path, *[(name, "Female", "0-x") for name in names])
    Image.new("RGB", (4, 4), "red").save(tmp_path / "images" / "men" / "6 ü.png")
    report = build_store("mine", **world)
    assert report.built == 7
    assert report.unmatched == ("nobody.png",)
    assert report.skipped == (
        ("broken.png", "not a picture that can be opened"),
        ("empty.png", "empty file"),
        ("gone.png", "no such file"),
        ("../secret.png", "not a path relative to the folder of images"),
        ("out.png", "a link that leaves the folder of images"),
    )
    assert report.store.people.index[-1] == "men/6 ü.png"
    with (report.store.path / "skipped.csv").open(encoding="utf-8", newline="") as text:
        assert tuple(map(tuple, csv.reader(text)))[1:] == report.skipped


def test_a_value_of_left_out_pictures_only_is_no_value_of_the_store(world, tmp_path):
    add_rows(tmp_path, ("gone.png", "Other", "0-x"))
    order = {"gender": ("Other", "Male")}
    assert build_store("mine", **world, order=order).store.attribute("gender").values == ("Male",)


def with_options(world, **options):
    return {**world, "options": BuildOptions(**{"workers": 0, **options})}


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_batches_follow_the_metadata_whatever_the_shards(world, encoders, tmp_path):
    """The same pictures go through the model together, so the same bytes come out."""
    add_rows(tmp_path, ("gone.png", "", ""))
    stores = []
    for place, (shards, workers) in enumerate([(1, 0), (2, 1), (4, 2)]):
        options = with_options(world, batch=2, shards=shards, workers=workers)
        store = build_store(tmp_path / str(place) / "one", **options).store
        stores.append(contents(store.path))
    assert encoders["ViT-B-32/tag"].batches == [2, 2, 2] * 3
    assert stores[0] == stores[1] == stores[2]


def test_the_same_file_twice_is_reported(world, tmp_path):
    same = (tmp_path / "images" / "men" / "1.png").read_bytes()
    for name in ("again.png", "and again.png"):
        (tmp_path / "images" / name).write_bytes(same)
        add_rows(tmp_path, (name, "", ""))
    report = build_store("mine", **world)
    assert report.duplicates == (("again.png", "men/1.png"), ("and again.png", "men/1.png"))
    assert report.store.read_notes() == ((), report.duplicates)
    assert verify_store("mine") == ()


def test_strict_stops_at_the_first_picture_that_cannot_be_used(world, tmp_path):
    add_rows(tmp_path, ("gone.png", "", ""))
    with pytest.raises(BuildError, match=r'"gone\.png" cannot be used: no such file\. Mend or remove it, or build'):
        build_store("mine", **with_options(world, strict=True))
    assert not (tmp_path / "stores").exists()


def stop_after(most):
    def stop(done, total):
        if done > most:
            raise KeyboardInterrupt

    assert most >= 2, "one shard must be there to go on with"

    return stop


def test_an_interrupted_build_goes_on_and_encodes_nothing_twice(world, encoders, tmp_path):
    add_rows(tmp_path, ("gone.png", "", ""))
    whole = build_store(tmp_path / "whole" / "mine", **with_options(world, batch=2, shards=4)).store
    encoders["ViT-B-32/tag"].batches.clear()
    with pytest.raises(KeyboardInterrupt):
        build_store("mine", **with_options(world, batch=2, shards=4), progress=stop_after(2))
    assert encoders["ViT-B-32/tag"].batches == [2, 2]
    assert [entry.name for entry in (tmp_path / "stores").iterdir()] == [".mine.build"]
    with pytest.raises(StoreError, match="was interrupted, and what it did is kept"):
        build_store("mine", **with_options(world, batch=2, shards=4))
    seen = []
    options = with_options(world, resume=True)
    report = build_store("mine", **options, progress=lambda done, total: seen.append(done))
    assert encoders["ViT-B-32/tag"].batches == [2, 2, 2, 2]
    assert seen == [2, 4, 6, 7]
    assert report.skipped == (("gone.png", "no such file"),)
    assert contents(report.store.path) == contents(whole.path)
    assert [entry.name for entry in (tmp_path / "stores").iterdir()] == ["mine"]


def test_a_damaged_shard_is_made_again(world, encoders, tmp_path):
    options = with_options(world, batch=2, shards=3)
    whole = contents(build_store(tmp_path / "whole" / "mine", **options).store.path)
    for damage in ("arrow", "json"):
        with pytest.raises(KeyboardInterrupt):
            build_store("mine", **options, progress=stop_after(4))
        path = next((tmp_path / "stores" / ".mine.build" / "shards").glob(f"*.{damage}"))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        made = build_store("mine", **with_options(world, batch=2, shards=3, resume=True)).store.path
        assert contents(made) == whole
        shutil.rmtree(made)


def test_another_build_does_not_go_on_with_it(world, encoders, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        build_store("mine", **with_options(world, batch=2, shards=3), progress=stop_after(2))
    for changes, sentence in (
        ({"batch": 3}, r"started otherwise: batch \(2, now 3\)"),
        ({"batch": 2, "shards": 2}, r"otherwise: number of shards \(3, now 2\)"),
        ({"batch": 2, "precision": "bf16"}, "otherwise: encoders .* fp32 on cpu.*; now .* bf16 on cpu"),
    ):
        encoders.clear()
        with pytest.raises(BuildError, match=sentence):
            build_store("mine", **with_options(world, resume=True, **changes))
    write_metadata(tmp_path, "image_id,gender\nmen/1.png,Male\n")
    encoders.clear()
    with pytest.raises(BuildError, match=r"otherwise: image ids in the metadata\. Give the same command"):
        build_store("mine", **with_options(world, resume=True))
    (tmp_path / "stores" / ".mine.build" / "plan.json").write_text("{}")
    with pytest.raises(BuildError, match=r"cannot be read, so nothing can go on with it\. Discard it"):
        build_store("mine", **with_options(world, resume=True))
    assert build_store("mine", **world, replace=True).built == 1
    assert [entry.name for entry in (tmp_path / "stores").iterdir()] == ["mine"]


def test_resume_on_a_finished_store_does_nothing(world, encoders, tmp_path):
    add_rows(tmp_path, ("gone.png", "", ""))
    first = build_store("mine", **with_options(world, resume=True))
    before = contents(first.store.path)
    encoders["ViT-B-32/tag"].batches.clear()
    again = build_store("mine", **with_options(world, resume=True))
    assert (again.note, again.skipped) == ("The store is finished; there is nothing to do.", first.skipped)
    assert (encoders["ViT-B-32/tag"].batches, contents(first.store.path)) == ([], before)
    write_metadata(tmp_path, "image_id,gender\nmen/1.png,Male\n")
    world["encoder"] = "ViT-L-14/tag"
    note = build_store("mine", **with_options(world, resume=True)).note
    assert 'no variant "ViT-L-14-tag"' in note
    assert "built from other metadata" in note


def test_a_build_stopped_after_the_store_was_in_place_is_finished(world, encoders, tmp_path, monkeypatch):
    clear = Workplace.clear

    def stop(self):
        if self.is_finished():
            raise KeyboardInterrupt
        clear(self)

    monkeypatch.setattr(Workplace, "clear", stop)
    with pytest.raises(KeyboardInterrupt):
        build_store("mine", **with_options(world, resume=True))
    monkeypatch.undo()
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "stores"))
    assert (tmp_path / "stores" / ".mine.build" / "plan.json").is_file()
    report = build_store("mine", **with_options(world, resume=True))
    assert report.note.startswith("The store is finished")
    assert [entry.name for entry in (tmp_path / "stores").iterdir()] == ["mine"]


def test_a_second_build_is_refused(world):
    with hold_workplace(resolve_store("mine")), pytest.raises(StoreError, match="by another process"):
        build_store("mine", **world)


@pytest.mark.parametrize("part", ["append", "finish"])
def test_a_full_disk_keeps_what_was_done(world, encoders, tmp_path, monkeypatch, part):
    old = build_store("mine", **world).store.digest
    whole = getattr(ShardFile, part)

    def fail(self, *arguments):
        if "000001" in str(self._path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        whole(self, *arguments)

    monkeypatch.setattr(ShardFile, part, fail)
    with pytest.raises(StoreError, match=r"No space left on device\. What was done is kept: mend that, and go on with"):
        build_store("mine", **with_options(world, batch=2, shards=3), replace=True)
    monkeypatch.setattr(ShardFile, part, whole)
    assert open_store("mine").digest == old
    encoders["ViT-B-32/tag"].batches.clear()
    build_store("mine", **with_options(world, batch=2, shards=3, resume=True), replace=True)
    assert encoders["ViT-B-32/tag"].batches == [2, 2]
    assert verify_store("mine") == ()


def test_progress_counts_every_row(world, tmp_path):
    add_rows(tmp_path, ("gone.png", "", ""))
    seen = []
    options = with_options(world, batch=2)
    build_store("mine", **options, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 7), (2, 7), (4, 7), (6, 7), (7, 7)]


def test_progress_may_end_the_build(world, tmp_path):
    class CancelledError(Exception):
        pass

    def cancel(done, total):
        raise CancelledError

    with pytest.raises(CancelledError):
        build_store("mine", **world, progress=cancel)
    assert not (tmp_path / "stores").exists()


def test_several_encoders_make_several_variants(world, encoders):
    world["encoder"] = ["ViT-B-32/tag", "hf-hub:someone/model"]
    store = build_store("mine", **world).store
    assert [variant.name for variant in store.manifest.variants] == ["ViT-B-32-tag", "someone-model"]
    assert np.array_equal(store.vectors("ViT-B-32-tag"), store.vectors("someone-model"))
    assert [variant.precision for variant in store.manifest.variants] == ["fp32", "fp32"]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("ViT-B-32/laion2b_s34b_b79k", "ViT-B-32-laion2b_s34b_b79k"),
        ("local-dir:models/mine/", "mine"),
        ("local-dir:/", "encoder"),
        ("local-dir:.hidden", "hidden"),
        ("hf-hub:org/name", "org-name"),
        ("weights:ViT-B-32/openai:/models/mine.pt", "ViT-B-32-openai-mine"),
    ],
)
def test_variants_are_named_by_their_encoder(reference, name):
    assert name_variant(reference) == name


def test_without_thumbnails(world):
    store = build_store("mine", **world, thumbnail_size=None).store
    assert store.manifest.thumbnail_size is None
    assert store.thumbnail(0) is None


def test_about_file_and_order(world, tmp_path):
    (tmp_path / "about.toml").write_text(
        'title = "Mine"\nlicence = "CC0"\ncluster = "age"\n[attributes.gender]\nderived = "as said"\n'
        '[attributes.age]\norder = ["0-x", "3-x", "6-x", "9-x", "12-x", "15-x"]\n'
    )
    order = {"age": ("15-x", "12-x", "9-x", "6-x", "3-x", "0-x")}
    manifest = build_store("mine", **world, about=tmp_path / "about.toml", order=order).store.manifest
    assert (manifest.title, manifest.licence, manifest.cluster) == ("Mine", "CC0", "age")
    assert manifest.attributes[0].derived == "as said"
    assert manifest.attributes[1].values[0] == "15-x"
    assert manifest.attributes[1].ordered


def test_the_store_brings_its_encoder(world, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text("{}")
    world["encoder"] = f"local-dir:{folder}"
    store = build_store("mine", **world, embed_encoder=True).store
    assert store.encoder_reference() == f"local-dir:{store.path / 'encoder'}"
    assert verify_store("mine") == ()


def test_a_store_is_replaced_only_when_told(world, tmp_path):
    first = build_store("mine", **world).store
    with pytest.raises(StoreError, match="Replace it with --replace"):
        build_store("mine", **world)
    write_metadata(tmp_path, "image_id,gender\nmen/1.png,Male\n")
    second = build_store("mine", **world, replace=True).store
    assert (len(second.people), len(first.people)) == (1, 6)


def test_a_build_that_fails_leaves_the_old_store(world, encoders, tmp_path):
    digest = build_store("mine", **world).store.digest

    def fail(pixels):
        raise EncoderError("The encoder returned a vector without direction.")

    encoders["ViT-B-32/tag"].encode_pixels = fail
    with pytest.raises(EncoderError, match="without direction"):
        build_store("mine", **world, replace=True)
    assert open_store("mine").digest == digest
    assert [entry.name for entry in (tmp_path / "stores").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"images": "nowhere"}, "The folder of images nowhere does not exist or is not a folder."),
        ({"images": "M.csv"}, "The folder of images M.csv does not exist or is not a folder."),
        ({"metadata": "nowhere.csv"}, "nowhere.csv cannot be read"),
        ({"about": "nowhere.toml"}, "nowhere.toml cannot be read"),
        ({"options": BuildOptions(batch=0)}, "A batch of 0 pictures was asked for; expected at least 1."),
        ({"options": BuildOptions(shards=0)}, "0 shards were asked for; expected at least 1."),
        ({"options": BuildOptions(workers=-1)}, "-1 workers were asked for; expected at least 0."),
        ({"options": BuildOptions(device="gpu")}, '"gpu" is no device'),
        ({"thumbnail_size": 0}, "Thumbnails of 0 pixels were asked for; they can have 1 to 1,024."),
        ({"thumbnail_size": 5000}, "Thumbnails of 5000 pixels"),
        ({"encoder": []}, "at least one encoder"),
        ({"encoder": ["A/b", "A-b"]}, 'Two encoders would make the variant "A-b"'),
        ({"encoder": "RN50/missing"}, "are not on this machine"),
        ({"embed_encoder": True}, "can bring along one encoder that is a local-dir: folder; 0 were named"),
        ({"order": {"gendr": ("Male",)}}, 'The nearest is "gender"'),
        ({"order": {"gender": ("male",)}}, 'leaves out 1 of the values that occur, first "Male"'),
    ],
)
def test_bad_input_gets_a_sentence_and_leaves_nothing(world, tmp_path, changes, sentence):
    for name in ("images", "metadata", "about"):
        if name in changes:
            changes = {**changes, name: type(tmp_path)(changes[name])}
    with pytest.raises(InputError) as caught:
        build_store("mine", **{**world, **changes})
    assert sentence in str(caught.value)
    assert not (tmp_path / "stores").exists()


def test_no_picture_at_all_is_an_error(world, tmp_path):
    write_metadata(tmp_path, "image_id\na.png\nb.png\n")
    with pytest.raises(BuildError, match=r'None of the 2 rows .* can be used; the first, "a\.png": no such file\.$'):
        build_store("mine", **world)
    assert not (tmp_path / "stores").exists()


def test_attributes_with_too_many_values_are_refused_but_as_clusters(world, tmp_path, monkeypatch):
    monkeypatch.setattr(request, "MOST_VALUES", 5)
    with pytest.raises(BuildError, match='"age" has 6 different values; at most 5 can be kept'):
        build_store("mine", **world)
    (tmp_path / "about.toml").write_text('cluster = "age"')
    assert build_store("mine", **world, about=tmp_path / "about.toml").store.manifest.cluster == "age"
