import numpy as np
import pytest
from PIL import Image
from tiny_encoder import RESNET, save_tiny_encoder

from clipdash.build import BuildOptions, add_encoders, build_store
from clipdash.errors import BuildError, InputError, QueryError, StoreError
from clipdash.store import hold_workplace, open_store, verify_store
from clipdash.store.manifest import dump_manifest, parse_manifest

ONE = BuildOptions(workers=0, batch=4, shards=3)


@pytest.fixture
def world(tmp_path):
    """A store of ten pictures under one encoder, and another encoder."""
    one, other = save_tiny_encoder(tmp_path / "one"), save_tiny_encoder(tmp_path / "other", vision=RESNET, seed=1)
    shades = np.random.default_rng(0).integers(0, 256, (10, 6, 6, 3), dtype=np.uint8)
    (tmp_path / "images").mkdir()
    for place, pixels in enumerate(shades):
        Image.fromarray(pixels).resize((40, 30)).save(tmp_path / "images" / f"{place}.png")
    rows = [f"{place}.png,{'Male' if place % 2 else 'Female'}" for place in range(10)]
    (tmp_path / "M.csv").write_text("\n".join(["image_id,gender", *rows, "gone.png,Male"]), encoding="utf-8")
    build_store(
        tmp_path / "mine",
        images=tmp_path / "images",
        metadata=tmp_path / "M.csv",
        encoder=f"local-dir:{one}",
        options=ONE,
    )
    return {"path": tmp_path / "mine", "images": tmp_path / "images", "encoder": f"local-dir:{other}", "options": ONE}


def stamps(folder):
    """What tells whether a file was written: its place on the disk and when it changed."""
    return {
        path.relative_to(folder): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def test_an_added_encoder_is_as_one_that_was_there_from_the_start(world, tmp_path):
    before, digest = stamps(world["path"]), open_store(world["path"]).digest
    opened = open_store(world["path"])
    report = add_encoders(**world)
    store = report.store
    assert [variant.name for variant in store.manifest.variants] == ["one", "other"]
    assert (report.built, report.skipped) == (10, (("gone.png", "no such file"),))
    assert store.digest != digest
    assert verify_store(world["path"]) == ()
    after = stamps(world["path"])
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {type(tmp_path)("variants/other/images.faiss")}
    assert opened.vectors().shape == (10, 16), "who had the store open reads on"
    both = build_store(
        tmp_path / "both",
        images=world["images"],
        metadata=tmp_path / "M.csv",
        encoder=[f"local-dir:{tmp_path / 'one'}", world["encoder"]],
        options=ONE,
    ).store
    assert np.array_equal(both.vectors("other"), store.vectors("other"))
    assert [v.encoder.digest for v in both.manifest.variants] == [v.encoder.digest for v in store.manifest.variants]
    assert sorted(entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")) == []


def test_other_pictures_under_the_same_names_are_refused_and_go_on_when_they_are_back(world, tmp_path):
    digest, picture = open_store(world["path"]).digest, world["images"] / "7.png"
    content = picture.read_bytes()
    picture.write_bytes((world["images"] / "2.png").read_bytes())
    with pytest.raises(BuildError, match=r'"7.png" is not in .* as the store was built from it: the file has changed'):
        add_encoders(**world)
    assert open_store(world["path"]).digest == digest
    picture.write_bytes(content)
    done = add_encoders(**world | {"options": BuildOptions(workers=0, batch=4, shards=3, resume=True)})
    assert done.note == ""
    assert [variant.name for variant in done.store.manifest.variants] == ["one", "other"]
    assert verify_store(world["path"]) == ()


def test_a_store_without_checksums_of_its_pictures_is_extended_and_says_so(world):
    manifest = world["path"] / "manifest.json"
    (world["path"] / "checksums.bin").unlink()
    known = parse_manifest(manifest.read_bytes())
    files = {name: entry for name, entry in known.files.items() if name != "checksums.bin"}
    fields = {name: getattr(known, name) for name in type(known).model_fields if name != "schema_"}
    manifest.write_bytes(dump_manifest(type(known)(**fields | {"files": files})))
    assert open_store(world["path"]).read_checksums() is None
    assert "it was not checked that they are the same" in add_encoders(**world).note


def test_files_are_copied_where_they_cannot_be_linked(world, monkeypatch):
    def refuse(source, target):
        raise PermissionError

    monkeypatch.setattr("clipdash.store.extension.os.link", refuse)
    add_encoders(**world)
    assert verify_store(world["path"]) == ()


def test_an_index_is_of_the_new_variant_only(world):
    store = add_encoders(**{**world, "options": BuildOptions(workers=0, index="HNSW8")}).store
    assert [variant.search and variant.search.factory for variant in store.manifest.variants] == [None, "HNSW8"]
    assert verify_store(world["path"]) == ()
    with pytest.raises(QueryError, match="FAISS makes no index"):
        add_encoders(**{**world, "encoder": f"local-dir:{world['path'].parent / 'x'}", "options": _third(world)})


def _third(world):
    save_tiny_encoder(world["path"].parent / "x", seed=3)
    return BuildOptions(workers=0, index="Nonsense")


def test_a_variant_is_added_once(world):
    add_encoders(**world)
    before = stamps(world["path"])
    with pytest.raises(StoreError, match='has a variant "other" already'):
        add_encoders(**world)
    report = add_encoders(**{**world, "options": BuildOptions(resume=True)})
    assert report.note == "The store has these variants; there is nothing to do."
    assert stamps(world["path"]) == before


def test_every_image_of_the_store_is_needed(world):
    before = stamps(world["path"])
    (world["images"] / "7.png").write_bytes(b"broken")
    with pytest.raises(BuildError, match=r'"7\.png" cannot be used: not a picture .* A variant needs every image'):
        add_encoders(**{**world, "options": BuildOptions(workers=0)})
    assert stamps(world["path"]) == before


def test_an_interrupted_addition_goes_on(world):
    def stop(done, total):
        if done > 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_encoders(**world, progress=stop)
    assert open_store(world["path"]).manifest.variants[-1].name == "one"
    with pytest.raises(StoreError, match="was interrupted"):
        add_encoders(**world)
    seen = []
    options = BuildOptions(workers=0, resume=True)
    store = add_encoders(**{**world, "options": options}, progress=lambda done, total: seen.append(done)).store
    assert seen == [4, 8, 10]
    assert store.vectors("other").shape == (10, 16)


def test_what_cannot_be_added_is_a_sentence(world, tmp_path):
    for changes, sentence in (
        ({"path": tmp_path / "nowhere"}, "There is no store at"),
        ({"images": tmp_path / "nowhere"}, "does not exist or is not a folder"),
        ({"encoder": []}, "at least one encoder"),
        ({"encoder": "local-dir:nowhere"}, "is not there"),
    ):
        with pytest.raises(InputError, match=sentence):
            add_encoders(**{**world, **changes})
    with hold_workplace(world["path"]), pytest.raises(StoreError, match="by another process"):
        add_encoders(**world)
