import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_store import fake_spec

from clipdash.errors import StoreError
from clipdash.store.manifest import (
    Attribute,
    DamageError,
    FileEntry,
    Manifest,
    Variant,
    dump_manifest,
    is_as_written,
    parse_manifest,
    read_manifest,
)

ENTRY = FileEntry(sha256="a" * 64, bytes=3)
FILES = {"people.parquet": ENTRY, "thumbs.arrow": ENTRY, "variants/tiny/images.faiss": ENTRY}


def make_manifest(**changes):
    fields = {
        "name": "tiny",
        "title": "Tiny “people”",
        "images": 3,
        "attributes": (Attribute(name="gender", values=("Female", "NA")), Attribute(name="drawing", values=("01",))),
        "variants": (Variant(name="tiny", encoder=fake_spec()),),
        "thumbnail_size": 96,
        "files": FILES,
    }
    return Manifest(**{**fields, **changes})


def edit(**changes):
    return json.dumps({**json.loads(dump_manifest(make_manifest())), **changes}).encode()


def test_what_is_written_is_read():
    manifest = make_manifest(cluster="drawing", licence="CC0", depicts="drawings")
    assert parse_manifest(dump_manifest(manifest)) == manifest


def test_file_has_schema_and_its_own_digest():
    manifest = make_manifest()
    content = json.loads(dump_manifest(manifest))
    assert content["schema"] == 4
    assert content["digest"] == manifest.digest


def test_digest_names_the_content():
    one = make_manifest()
    assert one.digest == make_manifest().digest
    assert one.digest != make_manifest(title="Other").digest
    assert len(one.digest) == 64


def write_older(schema):
    """The content of a manifest as an older schema had it, with a digest over what there was."""
    data = json.loads(dump_manifest(make_manifest()))
    del data["digest"], data["depicts"]
    if schema < 3:
        del data["variants"][0]["texts"]
    if schema == 1:
        del data["variants"][0]["precision"], data["variants"][0]["search"]
    data["schema"] = schema
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    data["digest"] = hashlib.sha256(canonical.encode()).hexdigest()
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_an_older_schema_is_migrated_and_keeps_its_digest(schema):
    content = write_older(schema)
    manifest = parse_manifest(content)
    assert manifest.schema_ == 4
    assert manifest.depicts is None
    assert manifest.variants[0].precision is None
    assert manifest.variants[0].texts is None
    assert manifest.digest == json.loads(content)["digest"] != make_manifest().digest
    assert is_as_written(content)
    assert is_as_written(dump_manifest(make_manifest()))


def test_a_manifest_of_any_schema_shows_that_it_was_changed():
    for content in (write_older(1), dump_manifest(make_manifest())):
        assert not is_as_written(content.replace(b'"Tiny', b'"tiny'))
        assert not is_as_written(content + b"\n")
        digest = json.loads(content)["digest"].encode()
        assert not is_as_written(content.replace(digest, digest[::-1]))


def test_newer_schema_is_refused_as_newer():
    with pytest.raises(
        StoreError, match=r"has schema 5 and this clipdash reads up to 4; a newer clipdash wrote it"
    ) as caught:
        parse_manifest(edit(schema=5, surprise=True))
    assert not isinstance(caught.value, DamageError)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b'{"images": NaN}', "is not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "is not a JSON object"),
        (b"{}", '"name": Field required'),
        (edit(schema="one"), '"schema": Input should be 4'),
        (edit(surprise=True), '"surprise": Extra inputs are not permitted'),
        (edit(images=0), '"images"'),
        (edit(variants=[]), '"variants"'),
        (edit(cluster="person"), 'the cluster "person" is not an attribute'),
        (edit(attributes=[{"name": "image_id", "values": []}]), "cannot be named"),
        (edit(attributes=[{"name": "a", "values": []}] * 2), "two entries of attributes have the same name"),
        (edit(variants=[json.loads(make_manifest().variants[0].model_dump_json())] * 2), "variants have the same name"),
        (edit(files={}), 'the file "people.parquet" has no checksum'),
        (edit(files={**json.loads(dump_manifest(make_manifest()))["files"], "../x": ENTRY.model_dump()}), "not inside"),
        (edit(files={**json.loads(dump_manifest(make_manifest()))["files"], "/x": ENTRY.model_dump()}), "not inside"),
        (edit(files={**json.loads(dump_manifest(make_manifest()))["files"], "x\0": ENTRY.model_dump()}), "not inside"),
    ],
)
def test_damage_is_named(content, sentence):
    with pytest.raises(DamageError) as caught:
        parse_manifest(content)
    assert str(caught.value).startswith("manifest.json ")
    assert sentence in str(caught.value)


@given(
    st.binary(max_size=40)
    | st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)).map(
        lambda x: json.dumps(x).encode()
    )
)
def test_nothing_but_a_manifest_is_read(content):
    with pytest.raises(StoreError):
        parse_manifest(content)


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a\\b", "a\0"])
def test_variant_name_is_a_folder_name(name):
    with pytest.raises(ValueError, match=r"name"):
        Variant(name=name, encoder=fake_spec())


def test_thumbnails_need_no_checksum_where_there_are_none():
    files = {name: entry for name, entry in FILES.items() if name != "thumbs.arrow"}
    assert make_manifest(thumbnail_size=None, files=files).thumbnail_size is None


@pytest.mark.parametrize(("count", "groupable"), [(0, False), (1, True), (200, True), (201, False)])
def test_attribute_is_groupable_up_to_two_hundred_values(count, groupable):
    assert Attribute(name="a", values=tuple(map(str, range(count)))).groupable is groupable


def test_missing_and_unreadable_files_are_told_apart(tmp_path):
    with pytest.raises(DamageError, match=r"^manifest.json is missing$"):
        read_manifest(tmp_path)
    (tmp_path / "manifest.json").mkdir()
    with pytest.raises(DamageError, match=r"^manifest.json cannot be read \(Is a directory\)$"):
        read_manifest(tmp_path)
