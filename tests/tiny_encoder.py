"""A tiny CLIP for tests: seeded, saved as a folder that open_clip loads like any other checkpoint."""

import json

import open_clip
import torch
from safetensors.torch import save_file

VIT = {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
RESNET = {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}
DIM, CONTEXT = 16, 24


def save_tiny_encoder(folder, *, vision=VIT, seed=0, extra=None):
    """Write a folder with a configuration and random but fixed weights; return it."""
    text = {"context_length": CONTEXT, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2}
    model_cfg = {"embed_dim": DIM, "vision_cfg": dict(vision), "text_cfg": text, **(extra or {})}
    torch.manual_seed(seed)
    model = open_clip.CLIP(**json.loads(json.dumps(model_cfg)))
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name != "attn_mask"}
    save_file(state, folder / "open_clip_model.safetensors")
    preprocess = {"mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bicubic", "resize_mode": "shortest"}
    config = {"model_cfg": model_cfg, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
