import csv
import io

import numpy as np
import pytest
from PIL import Image
from tiny_store import fake_spec

from clipdash.build import build_store, job
from clipdash.build.job import name_variant
from clipdash.errors import BuildError, EncoderError, InputError, StoreError
from clipdash.store import open_store, verify_store


class Colours:
    """An encoder whose embedding of a picture is its mean colour; it keeps the sizes of its batches."""

    def __init__(self, reference):
        self.spec = fake_spec(dim=4, reference=reference)
        self.batches = []

    def encode_images(self, pictures):
        self.batches.append(len(pictures))
        rows = np.array([[*np.asarray(picture).mean(axis=(0, 1)), 32] for picture in pictures], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def encoders(monkeypatch):
    """Every encoder that is read, by its reference."""
    read = {}

    def read_encoder(reference):
        if reference == "RN50/missing":
            raise EncoderError("The weights RN50/missing are not on this machine.")
        return read.setdefault(reference, Colours(reference))

    monkeypatch.setattr(job, "read_encoder", read_encoder)
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
    return {"images": tmp_path / "images", "metadata": tmp_path / "M.csv", "encoder": "ViT-B-32/tag"}


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
    assert (report.built, report.skipped, report.unmatched) == (6, (), 0)
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
    assert report.unmatched == 1
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


def test_batches_do_not_matter(world, encoders, tmp_path):
    add_rows(tmp_path, ("gone.png", "", ""))
    one = build_store("one", **world, batch=4).store
    assert encoders["ViT-B-32/tag"].batches == [4, 2]
    other = build_store("other", **world, batch=1).store
    assert (one.path / "variants/ViT-B-32-tag/images.faiss").read_bytes() == (
        other.path / "variants/ViT-B-32-tag/images.faiss"
    ).read_bytes()
    assert one.manifest.files["people.parquet"] == other.manifest.files["people.parquet"]


def test_large_pictures_come_in_small_batches(world, encoders, monkeypatch):
    monkeypatch.setattr(job, "_PIXELS_AT_ONCE", 3000)
    build_store("mine", **world)
    assert encoders["ViT-B-32/tag"].batches == [3, 3] or max(encoders["ViT-B-32/tag"].batches) <= 3


def test_progress_counts_every_row(world, tmp_path):
    add_rows(tmp_path, ("gone.png", "", ""))
    seen = []
    build_store("mine", **world, batch=2, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 7), (4, 7), (6, 7), (7, 7)]


def test_progress_may_end_the_build(world, tmp_path):
    class CancelledError(Exception):
        pass

    def cancel(done, total):
        raise CancelledError

    with pytest.raises(CancelledError):
        build_store("mine", **world, progress=cancel)
    assert list((tmp_path / "stores").iterdir()) == []


def test_several_encoders_make_several_variants(world, encoders):
    world["encoder"] = ["ViT-B-32/tag", "hf-hub:someone/model"]
    store = build_store("mine", **world).store
    assert [variant.name for variant in store.manifest.variants] == ["ViT-B-32-tag", "someone-model"]
    assert np.array_equal(store.vectors("ViT-B-32-tag"), store.vectors("someone-model"))


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("ViT-B-32/laion2b_s34b_b79k", "ViT-B-32-laion2b_s34b_b79k"),
        ("local-dir:models/mine/", "mine"),
        ("local-dir:/", "encoder"),
        ("local-dir:.hidden", "hidden"),
        ("hf-hub:org/name", "org-name"),
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

    def fail(pictures):
        return np.full((len(pictures), 4), np.nan, dtype=np.float32)

    encoders["ViT-B-32/tag"].encode_images = fail
    with pytest.raises(StoreError, match=r'"women/0\.png" in variant "ViT-B-32-tag" holds a value that is not'):
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
        ({"batch": 0}, "A batch of 0 pictures"),
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
    assert list((tmp_path / "stores").iterdir()) == []


def test_attributes_with_too_many_values_are_refused_but_as_clusters(world, tmp_path, monkeypatch):
    monkeypatch.setattr(job, "MOST_VALUES", 5)
    with pytest.raises(BuildError, match='"age" has 6 different values; at most 5 can be kept'):
        build_store("mine", **world)
    (tmp_path / "about.toml").write_text('cluster = "age"')
    assert build_store("mine", **world, about=tmp_path / "about.toml").store.manifest.cluster == "age"
