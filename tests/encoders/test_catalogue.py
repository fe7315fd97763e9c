import csv
import importlib.util
from pathlib import Path

import huggingface_hub
import open_clip
import pytest
from open_clip import pretrained

from clipdash.encoders import list_encoders
from clipdash.encoders.catalogue import read_sizes

SCRIPT = Path(__file__).parents[2] / "scripts" / "count_parameters.py"


@pytest.fixture
def caches(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def load_script():
    spec = importlib.util.spec_from_file_location("count_parameters", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_published_pair_is_listed_once_and_nothing_is_here(caches):
    entries = list_encoders()
    assert [(entry.model, entry.tag) for entry in entries] == open_clip.list_pretrained()
    assert {entry.weights for entry in entries} == {None}
    found = next(entry for entry in entries if entry.reference == "ViT-B-32/openai")
    assert (found.parameters, found.dim, found.context_length) == (151_277_313, 512, 77)
    assert next(entry for entry in entries if entry.model == "ViT-B-16-SigLIP").context_length == 64


def put_on_hub(folder, name):
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")
    path = folder / "snapshots" / "abc" / name
    path.write_bytes(b"weights")
    return path


def test_weights_on_this_machine_are_found_where_open_clip_keeps_them(caches, monkeypatch):
    default = put_on_hub(
        caches / "hub" / "models--timm--vit_base_patch32_clip_224.openai", "open_clip_model.safetensors"
    )
    named = put_on_hub(caches / "hub" / "models--jienengchen--ViTamin-S", "pytorch_model.bin")
    (caches / ".cache" / "clip").mkdir(parents=True)
    by_address = caches / ".cache" / "clip" / "RN50-mine.pt"
    by_address.write_bytes(b"weights")
    monkeypatch.setitem(pretrained._PRETRAINED["RN50"], "mine", {"url": "https://example.org/a/RN50-mine.pt"})
    monkeypatch.setitem(pretrained._PRETRAINED["RN50"], "file", {"file": str(by_address)})
    monkeypatch.setitem(pretrained._PRETRAINED["RN50"], "nowhere", {})
    here = {entry.reference: entry.weights for entry in list_encoders() if entry.weights}
    quick = {"ViT-B-32-quickgelu/openai": default}
    expected = {
        "ViT-B-32/openai": default,
        "ViTamin-S/datacomp1b": named,
        "RN50/mine": by_address,
        "RN50/file": by_address,
    }
    assert here == expected | quick


@pytest.mark.parametrize("model", ["RN50", "ViT-B-32", "ViT-B-16-SigLIP"])
def test_a_count_is_what_counting_again_gives(model):
    assert load_script().count_parameters(model) == read_sizes()[model]


def test_the_file_of_sizes_names_only_models_that_exist():
    sizes = read_sizes()
    assert set(sizes) <= set(open_clip.list_models())
    assert min(sizes.values()) > 1_000_000
    left_out = [name for name in open_clip.list_models() if name not in sizes]
    configs = [open_clip.get_model_config(name) for name in left_out]
    assert all("hf_model_name" in config["text_cfg"] for config in configs)
    with (SCRIPT.parents[1] / "clipdash" / "encoders" / "sizes.csv").open(encoding="utf-8") as file:
        assert [row["model"] for row in csv.DictReader(file)] == list(sizes)
