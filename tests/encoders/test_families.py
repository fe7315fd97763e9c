"""Tiny models of several families, in every layout that an encoder can be read from, against open_clip itself."""

import json
from types import SimpleNamespace

import huggingface_hub
import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from clipdash.encoders import read_encoder
from clipdash.errors import EncoderError

TEXT = {"context_length": 20, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
VISION = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
TIMM = {"timm_model_name": "test_vit", "timm_model_pretrained": False, "timm_proj": "linear", "image_size": 48}
OWN_TOKENIZER = {"clean": "canonicalize", "reduction_mask": "simple"}
SIGLIP_TEXT = {"no_causal_mask": True, "proj_bias": True, "pool_type": "last", "tokenizer_kwargs": OWN_TOKENIZER}
FAMILIES = {
    "vit": {"embed_dim": 16, "vision_cfg": VISION, "text_cfg": TEXT},
    "resnet": {"embed_dim": 16, "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8}, "text_cfg": TEXT},
    "timm": {"embed_dim": 16, "vision_cfg": {**TIMM, "timm_pool": ""}, "text_cfg": TEXT, "quick_gelu": True},
    "sigmoid": {
        "embed_dim": 16,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {**TIMM, "timm_pool": "map", "timm_proj": "none"},
        "text_cfg": {**TEXT, **SIGLIP_TEXT},
    },
}
FAMILIES["sigmoid"]["embed_dim"] = FAMILIES["sigmoid"]["text_cfg"]["width"] = 64  # of test_vit, without a projection
PREPROCESS = {"mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bilinear", "resize_mode": "squash"}
CLASSES = ["judge", "Thief!", "person of 50 %", "İstanbul'da bir été"]
TEMPLATES = ["a photo of a {}", "{}"]
LAYOUTS = ["weights", "local-dir", "hf-hub"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Each family's configuration, known to open_clip as well, and its seeded weights."""
    folder = tmp_path_factory.mktemp("families")
    factory = open_clip.factory
    paths, known = [*factory._MODEL_CONFIG_PATHS], dict(factory._MODEL_CONFIGS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # such small models lose more by waiting for another than they gain
    states = {}
    for name, config in FAMILIES.items():
        (folder / f"tiny-{name}.json").write_text(json.dumps(config), encoding="utf-8")
    open_clip.add_model_config(folder)
    for name in FAMILIES:
        torch.manual_seed(7)
        model = open_clip.create_model(f"tiny-{name}")
        with torch.no_grad():  # no tensor is left as it would be initialised
            for tensor in model.state_dict().values():
                if tensor.is_floating_point():
                    tensor.add_(torch.rand_like(tensor) * 0.02)
        states[name] = {key: tensor.contiguous() for key, tensor in model.state_dict().items()}
    yield SimpleNamespace(states=states)
    torch.set_num_threads(threads)
    factory._MODEL_CONFIG_PATHS[:], factory._MODEL_CONFIGS = paths, known


def lay_out(layout, family, state, folder, monkeypatch):
    """Write a model in a layout; return its reference, what open_clip is asked for, and the file of weights."""
    if layout == "weights":
        weights = folder / "epoch_3.pt"
        torch.save({"epoch": 3, "state_dict": {f"module.{key}": tensor for key, tensor in state.items()}}, weights)
        return f"weights:tiny-{family}:{weights}", (f"tiny-{family}", str(weights)), weights
    home = folder
    if layout == "hf-hub":
        repository = folder / f"models--someone--{family}"
        home = repository / "snapshots" / "abc"
        home.mkdir(parents=True)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text("abc")
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folder))
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    config = {"model_cfg": FAMILIES[family], "preprocess_cfg": PREPROCESS}
    (home / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(state, home / "open_clip_model.safetensors")
    reference = f"hf-hub:someone/{family}" if layout == "hf-hub" else f"local-dir:{home}"
    return reference, (reference, None), home / "open_clip_model.safetensors"


def run_recipe(source, pretrained, pictures):
    """Open_clip's own zero-shot recipe."""
    model, _, preprocess = open_clip.create_model_and_transforms(source, pretrained)
    model.eval()
    tokenizer = open_clip.get_tokenizer(source)
    with torch.no_grad():
        classes = open_clip.build_zero_shot_classifier(model, tokenizer, CLASSES, TEMPLATES, use_tqdm=False)
        images = model.encode_image(torch.stack([preprocess(picture) for picture in pictures]), normalize=True)
    return images.numpy(), classes.T.numpy(), model


def draw_pictures():
    random = np.random.default_rng(3)
    return [
        Image.fromarray(random.integers(0, 256, (*size, 3), dtype=np.uint8)) for size in [(70, 51), (48, 48), (9, 31)]
    ]


def embed_classes(encoder):
    rows = encoder.encode_texts([template.format(name) for name in CLASSES for template in TEMPLATES])
    means = rows.reshape(len(CLASSES), len(TEMPLATES), -1).mean(axis=1)
    return means / np.linalg.norm(means, axis=1, keepdims=True)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("family", FAMILIES)
def test_embeddings_are_those_of_open_clips_recipe(family, layout, world, tmp_path, monkeypatch):
    reference, asked, _ = lay_out(layout, family, world.states[family], tmp_path, monkeypatch)
    encoder = read_encoder(reference)
    images, classes, model = run_recipe(*asked, draw_pictures())
    np.testing.assert_allclose(encoder.encode_images(draw_pictures()), images, atol=1e-6)
    np.testing.assert_allclose(embed_classes(encoder), classes, atol=1e-6)
    assert encoder.spec.reference == reference
    assert encoder.spec.context_length == 20
    assert encoder.spec.logit_scale == pytest.approx(float(model.logit_scale.detach().exp()))
    bias = None if model.logit_bias is None else pytest.approx(float(model.logit_bias.detach()))
    assert encoder.spec.logit_bias == bias
    assert encoder.spec.preprocess["resize_mode"] == ("shortest" if layout == "weights" else "squash")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_missing_weights_are_refused(layout, world, tmp_path, monkeypatch):
    reference, _, weights = lay_out(layout, "vit", world.states["vit"], tmp_path, monkeypatch)
    weights.unlink()
    with pytest.raises(EncoderError, match=r"is not there|has no weights|are not in .* and cannot be downloaded"):
        read_encoder(reference)


LOST = [
    *(("vit", "ln_final.bias"), ("resnet", "visual.bn1.running_var"), ("timm", "visual.trunk.norm.weight")),
    *(("sigmoid", "text.text_projection.bias"), ("sigmoid", "logit_bias")),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("lost", LOST, ids=lambda lost: lost[1])
def test_weights_that_lack_one_tensor_are_refused(lost, layout, world, tmp_path, monkeypatch):
    family, name = lost
    state = {key: tensor for key, tensor in world.states[family].items() if key != name}
    assert len(state) == len(world.states[family]) - 1
    reference, _, _ = lay_out(layout, family, state, tmp_path, monkeypatch)
    with pytest.raises(EncoderError, match=r"damaged or do not fit|leaves logit_bias without numbers"):
        read_encoder(reference)
