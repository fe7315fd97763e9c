"""A file of weights of one's own: which preparation of pictures and which activation it is read with."""

import json

import numpy as np
import open_clip
import pytest
import torch
from open_clip import pretrained
from PIL import Image
from tiny_encoder import save_tiny_encoder

from clipdash.encoders import read_encoder
from clipdash.errors import EncoderError

CLIP = {"mean": (0.48145466, 0.4578275, 0.40821073), "std": (0.26862954, 0.26130258, 0.27577711)}
PUBLISHED = {**CLIP, "interpolation": "bicubic", "resize_mode": "shortest", "url": "https://example.org/x.pt"}


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """The file of weights of a tiny model that open_clip knows as tiny, alone in its folder."""
    folder = save_tiny_encoder(tmp_path / "made")
    config = json.loads((folder / "open_clip_config.json").read_text())
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config["model_cfg"])
    (tmp_path / "runs").mkdir()
    return (folder / "open_clip_model.safetensors").rename(tmp_path / "runs" / "mine.safetensors")


def publish(monkeypatch, **tags):
    monkeypatch.setitem(pretrained._PRETRAINED, "tiny", {tag: {**PUBLISHED, **facts} for tag, facts in tags.items()})


def prepare(reference):
    preprocess = dict(read_encoder(reference).spec.preprocess)
    assert (preprocess.pop("mode"), preprocess.pop("fill_color"), preprocess.pop("size")) == ("RGB", 0, [32, 32])
    return preprocess


def listed(facts):
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in facts.items()
        if key not in {"url", "quick_gelu"}
    }


def test_without_published_weights_open_clips_defaults_hold(weights):
    assert prepare(f"weights:tiny:{weights}") == listed(PUBLISHED)


def test_published_weights_that_agree_are_followed(weights, monkeypatch):
    publish(monkeypatch, one={"mean": (0.1,) * 3}, two={"mean": (0.1,) * 3, "quick_gelu": True})
    assert prepare(f"weights:tiny:{weights}") == listed(PUBLISHED | {"mean": [0.1] * 3})


def test_published_weights_that_disagree_must_be_chosen_from(weights, monkeypatch):
    publish(monkeypatch, one={}, two={"resize_mode": "squash"})
    with pytest.raises(EncoderError, match=r"of tiny disagree.*weights:tiny/TAG:.*TAG is one, two\."):
        read_encoder(f"weights:tiny:{weights}")
    assert prepare(f"weights:tiny/two:{weights}") == listed(PUBLISHED | {"resize_mode": "squash"})


def test_a_real_model_whose_published_weights_disagree(tmp_path):
    (tmp_path / "mine.pt").write_bytes(b"")
    with pytest.raises(EncoderError, match=r"published weights of ViT-L-14 disagree.*TAG is openai, "):
        read_encoder(f"weights:ViT-L-14:{tmp_path / 'mine.pt'}")


def test_the_configuration_beside_the_file_comes_first(weights, monkeypatch):
    publish(monkeypatch, one={}, two={"resize_mode": "squash"})
    beside = {"mean": [0.3] * 3, "interpolation": "bilinear", "size": 99}
    config = {"model_cfg": {}, "preprocess_cfg": beside}
    (weights.parent / "open_clip_config.json").write_text(json.dumps(config))
    expected = listed(PUBLISHED | {"mean": [0.3] * 3, "interpolation": "bilinear"})
    assert prepare(f"weights:tiny:{weights}") == prepare(f"weights:tiny/two:{weights}") == expected
    (weights.parent / "open_clip_config.json").write_text("{")
    with pytest.raises(EncoderError, match=r"open_clip_config\.json is not JSON"):
        read_encoder(f"weights:tiny:{weights}")


def embed(**options):
    model, _, preprocess = open_clip.create_model_and_transforms("tiny", **options)
    with torch.no_grad():
        return model.eval().encode_image(preprocess(draw())[None], normalize=True).numpy()


def draw():
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8))


@pytest.mark.parametrize("quick", [True, False])
def test_activation_is_that_of_the_tag_or_of_the_configuration_beside(weights, monkeypatch, quick):
    publish(monkeypatch, mine={"quick_gelu": quick})
    expected = embed(pretrained=str(weights), force_quick_gelu=quick)
    rows = read_encoder(f"weights:tiny/mine:{weights}").encode_images([draw()])
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    (weights.parent / "open_clip_config.json").write_text(json.dumps({"model_cfg": {"quick_gelu": quick}}))
    beside = read_encoder(f"weights:tiny:{weights}").encode_images([draw()])
    np.testing.assert_allclose(beside, expected, atol=1e-6)
    other = embed(pretrained=str(weights), force_quick_gelu=not quick)
    assert np.abs(rows - other).max() > 1e-4


def test_spec_finds_the_file_again_from_another_folder(weights, monkeypatch, tmp_path):
    monkeypatch.chdir(weights.parent)
    spec = read_encoder("weights:tiny:mine.safetensors").spec
    assert (spec.reference, spec.model, spec.weights) == (f"weights:tiny:{weights}", "tiny", "mine.safetensors")
    monkeypatch.chdir(tmp_path)
    assert read_encoder(spec.reference).spec == spec


@pytest.mark.parametrize("content", [{}, {"text_projection": torch.zeros(3, 3)}, [1, 2], {"state_dict": {}}, None])
def test_a_file_that_does_not_fit_is_refused(weights, content):
    path = weights.with_suffix(".pt")
    torch.save(content, path)
    with pytest.raises(EncoderError, match=r"its weights are damaged or do not fit its configuration"):
        read_encoder(f"weights:tiny:{path}")


def test_a_file_that_would_run_code_is_refused(weights):
    path = weights.with_suffix(".pt")
    torch.save({"state_dict": print}, path)
    with pytest.raises(EncoderError, match="damaged or do not fit"):
        read_encoder(f"weights:tiny:{path}")


def test_weights_with_a_bias_that_the_model_lacks_are_refused(weights):
    from safetensors.torch import load_file, save_file

    save_file({**load_file(weights), "logit_bias": torch.tensor(-10.0)}, weights.with_name("biased.safetensors"))
    with pytest.raises(EncoderError, match="damaged or do not fit"):
        read_encoder(f"weights:tiny:{weights.with_name('biased.safetensors')}")
