"""Texts that need no encoder: shipped by a store, kept on this machine, or known to this process."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_encoder import CONTEXT, save_tiny_encoder
from tiny_store import fake_spec, make_tiny_store, tiny_vectors

from clipdash.encoders import LabelBank, forget_texts, read_encoder
from clipdash.errors import EncoderError, LabelError, StoreError
from clipdash.labels import list_presets, parse_labels, read_preset
from clipdash.store import (
    StoreExtension,
    hold_workplace,
    open_remote,
    open_store,
    ship_texts,
    verify_store,
    write_store,
)
from clipdash.zeroshot import embed_labels, fill_prompts, find_images, open_texts, predict, ship_prompts

ROOT = Path(__file__).parents[2]
SET = parse_labels("man\nwoman\nthief")
PROMPTS = ["a photo of a man", "a photo of a woman", "a photo of a thief"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return read_encoder(f"local-dir:{save_tiny_encoder(tmp_path_factory.mktemp('encoder') / 'tiny')}")


@pytest.fixture
def store(encoder, tmp_path):
    return open_store(make_tiny_store(tmp_path, n=40, spec=encoder.spec))


def refuse(reference):
    pytest.fail("the encoder was loaded")


def test_a_store_that_brings_its_prompts_needs_no_encoder(store, encoder):
    old = {name: (store.path / name).read_bytes() for name in store.manifest.files}
    shipped = ship_prompts(store, PROMPTS)
    assert verify_store(shipped.path) == ()
    assert {name: (store.path / name).read_bytes() for name in old} == old
    assert set(shipped.manifest.files) - set(old) == {"variants/tiny/texts.npz"}
    assert shipped.manifest.variants[0].texts == 3
    assert shipped.digest != store.digest
    assert shipped.texts().keys() == set(PROMPTS)
    assert not shipped.texts()[PROMPTS[0]].flags.writeable
    np.testing.assert_allclose(list(shipped.texts().values()), encoder.encode_texts(PROMPTS), atol=1e-7)
    assert store.texts() == {}
    forget_texts()
    assert np.array_equal(
        predict(shipped, SET, read=refuse).top, predict(store, SET, read=lambda reference: encoder).top
    )
    assert find_images(shipped, text=PROMPTS[1], read=refuse).ids
    with pytest.raises(pytest.fail.Exception):
        predict(shipped, parse_labels("man\njudge"), read=refuse)


def test_prompts_are_shipped_anew_in_the_place_of_old_ones(store):
    again = ship_prompts(ship_prompts(store, PROMPTS), ["a dog", "a dog ", "a cat"])
    assert again.texts().keys() == {"a dog", "a cat"}
    assert verify_store(again.path) == ()
    assert list(again.path.parent.iterdir()) == [again.path]


def test_a_store_elsewhere_brings_its_prompts_as_well(store, encoder):
    assert open_remote(f"file://{store.path}").texts() == {}
    shipped = ship_prompts(store, PROMPTS)
    remote = open_remote(f"file://{shipped.path}")
    assert embed_labels(remote, SET, read=refuse).weights.shape == (3, encoder.spec.dim)
    (shipped.path / "variants/tiny/texts.npz").write_bytes(b"other")
    with pytest.raises(StoreError, match=r"texts\.npz is not the file that the manifest names"):
        open_remote(f"file://{shipped.path}").texts()


def test_prompts_that_do_not_fit_are_refused(store, encoder):
    with pytest.raises(LabelError, match=f"at most {CONTEXT} tokens"):
        ship_prompts(store, ["man " * 50])
    with pytest.raises(StoreError, match=r"of shape \(1, 3\) are not of the encoder"):
        ship_texts(store, ["man"], np.ones((1, 3), np.float32))
    with pytest.raises(StoreError, match="There are 2 prompts and embeddings"):
        ship_texts(store, ["man", "woman"], encoder.encode_texts(["man"]))
    bank = LabelBank("bank", ["man"], np.ones((1, 16), np.float32))
    banked = write_store(
        store.path.parent / "banked", people=store.people, vectors={"bank": (bank, np.asarray(store.vectors()))}
    )
    with pytest.raises(StoreError, match='not of the encoder of variant "bank"'):
        ship_texts(banked, ["man"], np.ones((1, 16), np.float32))
    with pytest.raises(TypeError, match="has no encoder"):
        open_texts(banked, "The labels were")


def damage(shipped, **changes):
    """Write a manifest that agrees with the files but not with what is in them."""
    from clipdash.store.integrity import measure_file
    from clipdash.store.manifest import dump_manifest

    manifest, name = shipped.manifest, "variants/tiny/texts.npz"
    files = {**manifest.files, name: measure_file(shipped.path / name)}
    variants = tuple(one.model_copy(update=changes) for one in manifest.variants)
    richer = manifest.model_copy(update={"files": files, "variants": variants})
    (shipped.path / "manifest.json").write_bytes(dump_manifest(richer))


def test_damaged_prompts_are_refused(store):
    shipped = ship_prompts(store, PROMPTS)
    path = shipped.path / "variants/tiny/texts.npz"
    content = path.read_bytes()
    damage(shipped, texts=4)
    with pytest.raises(StoreError, match="does not hold as many embeddings"):
        open_store(shipped.path)
    path.write_bytes(content[:-1] + b"?")
    damage(shipped)
    open_store(shipped.path)
    path.write_bytes(b"?" * len(content))
    with pytest.raises(StoreError, match=r"texts\.npz has changed"):
        open_store(shipped.path)
    damage(shipped)
    with pytest.raises(StoreError, match="does not hold embeddings of prompts"):
        open_store(shipped.path)
    path.unlink()
    assert verify_store(shipped.path) == ("variants/tiny/texts.npz is missing",)


def test_another_encoder_is_refused_when_it_is_loaded(store, tmp_path):
    other = read_encoder(f"local-dir:{save_tiny_encoder(tmp_path / 'other', seed=1)}")
    with pytest.raises(EncoderError, match=r"^The labels were embedded by .* Use the encoder that the store names\.$"):
        predict(store, SET, read=lambda reference: other)
    with pytest.raises(EncoderError, match=r"^What to look for was embedded by"):
        find_images(store, text="man", read=lambda reference: other)
    assert open_texts(store, "The labels were", read=refuse).find_texts(PROMPTS) == {}


def test_a_label_that_is_too_long_is_told_beside_known_ones(store, encoder):
    predict(store, SET, read=lambda reference: encoder)
    long = parse_labels("man\n" + "very " * 40 + "long")
    for _ in range(2):
        with pytest.raises(LabelError, match="nothing is cut; too long") as caught:
            predict(store, long, read=lambda reference: encoder)
        assert caught.value.place == 1


def test_the_demonstration_store_brings_every_prompt_of_the_presets():
    store = open_store(ROOT / "embeddings_cache/emoji")
    wanted = {
        prompt
        for preset in list_presets()
        for text in preset.label_set.texts
        for prompt in fill_prompts(preset.label_set, text)
    }
    assert wanted <= store.texts().keys()
    encoder = read_encoder(store.encoder_reference())
    rows = np.stack([store.texts()[prompt] for prompt in sorted(wanted)])
    np.testing.assert_allclose(rows, encoder.encode_texts(sorted(wanted)), atol=1e-6)


def run(*arguments):
    """Run a command in a process of its own; return its JSON and which heavy packages it imported."""
    code = (
        "import sys\nfrom clipdash.__main__ import main\n"
        "code = main(sys.argv[1:])\n"
        "print(sorted({'torch', 'open_clip', 'streamlit', 'plotly'} & set(sys.modules)), file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr.strip()


def test_an_audit_with_presets_imports_no_torch():
    asked = ("emoji", "--by", "age", "--json")
    assert run("audit", *asked, "--labels", "denigration")[1] == "[]"
    assert run("compare", *asked, "--before", "denigration", "--after", "denigration-person")[1] == "[]"


def test_a_new_label_imports_torch_once_a_machine(tmp_path):
    path = tmp_path / "mine.toml"
    text = (ROOT / "clipdash/presets/gender.toml").read_text(encoding="utf-8")
    labels = read_preset("gender").label_set.texts
    path.write_text(text.replace(f'"{labels[0]}"', '"quite another label"', 1), encoding="utf-8")
    asked = ("audit", "emoji", "--labels", str(path), "--by", "age", "--json")
    first, imported = run(*asked)
    assert imported == "['open_clip', 'torch']"
    second, imported = run(*asked)
    assert imported == "[]"
    assert first == second


def test_extending_a_store_takes_its_prompts_along(store, encoder, tmp_path):

    shipped = ship_prompts(store, PROMPTS)
    with hold_workplace(shipped.path.resolve()) as work:
        extension = StoreExtension(
            shipped, {"other": fake_spec(8)}, precisions={"other": "fp32"}, index=None, workplace=work
        )
        with extension:
            extension.add_vectors("other", tiny_vectors(40, 8), list(shipped.people.index))
            richer = extension.finish()
    assert richer.texts().keys() == set(PROMPTS)
    assert richer.texts("other") == {}
    assert verify_store(richer.path) == ()
    moved = shutil.copytree(richer.path, tmp_path / "moved")
    assert open_store(moved).texts().keys() == set(PROMPTS)
