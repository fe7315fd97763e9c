"""Write the encoder as a folder that open_clip loads by `local-dir:`."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from demo_encoder.text_tower import CONTEXT, MODEL_CFG, tokenize

PREPROCESS_CFG = {
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


def seen_tokens(texts: list[str], batch: int = 4096) -> Tensor:
    """Return which of CLIP's byte pairs occur in the texts."""
    seen = torch.zeros(MODEL_CFG["text_cfg"]["vocab_size"], dtype=torch.bool)
    for start in range(0, len(texts), batch):
        seen[tokenize(texts[start : start + batch]).long().unique()] = True
    return seen


def export(model: torch.nn.Module, seen: Tensor, target: Path) -> None:
    """Write configuration and half-precision weights; rows of unseen tokens become zero, so that they compress."""
    target.mkdir(parents=True, exist_ok=True)
    state = {name: tensor.detach().clone() for name, tensor in model.state_dict().items() if name != "attn_mask"}
    state["token_embedding.weight"][~seen] = 0
    halved = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    weights = target / "open_clip_model.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in halved.items()}, weights)
    weights.chmod(0o644)
    config = {
        "model_cfg": {**MODEL_CFG, "text_cfg": {**MODEL_CFG["text_cfg"], "context_length": CONTEXT}},
        "preprocess_cfg": PREPROCESS_CFG,
    }
    (target / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")
