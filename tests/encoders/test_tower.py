"""Cut text towers: which towers of open_clip are cut, and that they embed as the full ones do."""

import json
from copy import deepcopy
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from open_clip.tokenizer import SimpleTokenizer
from tiny_encoder import VIT, save_tiny_encoder

from clipdash.encoders import read_encoder
from clipdash.encoders.tower import TextTower, describe_tower

CONTEXT, WIDTH = 20, 16
PROMPTS = ["a", "", "a photo of a judge", "50 % {0} <b>été</b> 人 👩🏿‍⚕️", "man " * 50, "a photo of a person"]
SMALL = {"context_length": CONTEXT, "vocab_size": 49408, "width": WIDTH, "heads": 2, "layers": 2}
#: (class, pooling, without a causal mask, class token, tower of the package transformers): whether it is cut.
KINDS = {
    ("CLIP", "argmax", False, False, False): True,
    ("CLIP", "eos", False, False, False): True,
    ("CustomTextCLIP", "argmax", False, False, False): True,
    ("CustomTextCLIP", "argmax", True, False, False): False,  # MobileCLIP sees both ways
    ("CustomTextCLIP", "last", True, False, False): False,  # SigLIP
    ("CLIP", "last", True, False, False): False,  # CLIPA
    ("CoCa", "argmax", False, True, False): False,
    ("CoCa", "argmax", False, False, True): False,
    ("CLIP", "argmax", False, False, True): False,
    ("CustomTextCLIP", "argmax", False, False, True): False,
}


def name_kind(config):
    text = config["text_cfg"]
    of_hub = "hf_model_name" in text
    custom = "CustomTextCLIP" if config.get("custom_text") else "CLIP"
    kind = "CoCa" if "multimodal_cfg" in config else custom
    flags = (bool(text.get(name)) for name in ("no_causal_mask", "embed_cls"))
    return (kind, text.get("pool_type", "argmax"), *flags, of_hub)


def list_kinds():
    """One configuration of open_clip for each kind of text tower that it knows, by kind."""
    folder = Path(open_clip.__file__).parent / "model_configs"
    configs = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    return {name_kind(config): config for config in configs}


def make_model(config, seed=0):
    """A tiny model with the text tower of a configuration."""
    config = deepcopy(config)
    text = {**config["text_cfg"], **SMALL}
    kind, *_ = name_kind(config)
    made = {"embed_dim": WIDTH, "vision_cfg": VIT, "text_cfg": text}
    if kind == "CoCa":
        made["multimodal_cfg"] = SMALL
        made["vision_cfg"] = {**VIT, "attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True}
    torch.manual_seed(seed)
    model = getattr(open_clip.model if kind != "CoCa" else open_clip.coca_model, kind)(**made)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    return model.eval()


def tokenizer_of(config):
    """A tokenizer as the configuration needs it: for `eos`, that token ends the prompt and is not the largest."""
    simple = SimpleTokenizer(context_length=CONTEXT)
    eos = config["text_cfg"].get("eos_id")

    def tokenize(texts):
        tokens = simple(texts)
        return tokens if eos is None else tokens.masked_fill(tokens == simple.eot_token_id, eos)

    return tokenize


def test_the_table_names_every_kind_of_text_tower_that_open_clip_has():
    assert set(list_kinds()) == set(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind[-1]], ids=str)
def test_towers_are_cut_where_that_changes_nothing(kind):
    config = list_kinds()[kind]
    model, tokenize = make_model(config), tokenizer_of(config)
    tower, tokens = TextTower(model, tokenize), tokenize(PROMPTS)
    assert tower.is_cut == KINDS[kind]
    before = {name: tensor.clone() for name, tensor in (*model.named_parameters(), *model.named_buffers())}
    with torch.inference_mode():
        full, cut = model.encode_text(tokens), tower.embed(tokens)
        alone = torch.cat([tower.embed(tokens[row : row + 1]) for row in range(len(tokens))])
    normalise = torch.nn.functional.normalize
    for rows in (cut, alone):
        assert float((normalise(rows) - normalise(full)).abs().max()) <= 1e-6
    filled = [int(count) for count in (tokens != 0).sum(dim=1)]
    assert filled[:3] == [3, 2, 7]
    assert tower.find_lengths(tokens) == (filled if tower.is_cut else [CONTEXT] * len(PROMPTS))
    after = dict((*model.named_parameters(), *model.named_buffers()))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("reduction", ["simple", "random", "shuffle"])
def test_tokenizers_that_drop_tokens_end_a_prompt_as_well(reduction):
    """No published configuration drops words by their part of speech, which needs another package."""
    config = list_kinds()[("CLIP", "argmax", False, False, False)]
    tokenize = SimpleTokenizer(context_length=CONTEXT, reduction_mask=reduction)
    model = make_model(config)
    tower, tokens = TextTower(model, tokenize), tokenize(PROMPTS)
    assert tower.is_cut
    with torch.inference_mode():
        np.testing.assert_allclose(tower.embed(tokens), model.encode_text(tokens), atol=1e-5)


def test_a_tower_from_elsewhere_keeps_its_length():
    model = make_model(list_kinds()[("CustomTextCLIP", "argmax", False, False, False)])
    model.text = torch.nn.Identity()
    assert describe_tower(model) is None
    assert describe_tower(torch.nn.Identity()) is None


@pytest.mark.parametrize("pooling", ["first", "last", "none"])
def test_pooling_elsewhere_keeps_the_length(pooling):
    model = make_model(list_kinds()[("CLIP", "argmax", False, False, False)])
    model.text_pool_type = pooling
    assert describe_tower(model) is None


def test_a_mask_that_is_not_strictly_causal_keeps_the_length():
    model = make_model(list_kinds()[("CLIP", "argmax", False, False, False)])
    model.attn_mask[3, 4] = 0
    assert describe_tower(model) is None


@pytest.mark.parametrize("name", ["output_tokens", "use_pad_mask", "cls_emb"])
def test_a_tower_with_more_parts_keeps_its_length(name):
    model = make_model(list_kinds()[("CustomTextCLIP", "argmax", False, False, False)])
    assert describe_tower(model)
    setattr(model.text, name, torch.nn.Parameter(torch.zeros(1)) if name == "cls_emb" else True)
    assert describe_tower(model) is None


class Backwards(torch.nn.Module):
    """A block that mixes all positions, as no mask says."""

    def forward(self, x, attn_mask=None):
        return x + x.mean(dim=1, keepdim=True)

    def get_cast_dtype(self):
        return torch.float32


class Stiff(Backwards):
    def forward(self, x, attn_mask=None):
        return x.reshape(-1, CONTEXT, WIDTH)


@pytest.mark.parametrize("block", [Backwards, Stiff])
def test_the_probe_keeps_the_length_of_a_tower_that_differs(block):
    """Its parts say that it could be cut; only running it says otherwise."""
    config = list_kinds()[("CLIP", "argmax", False, False, False)]
    model, tokenize = make_model(config), tokenizer_of(config)
    model.transformer = block()
    tower = TextTower(model, tokenize)
    assert describe_tower(model)
    assert not tower.is_cut
    with torch.inference_mode():
        assert torch.equal(tower.embed(tokenize(PROMPTS)), model.encode_text(tokenize(PROMPTS)))


def test_an_encoder_runs_the_cut_tower(tmp_path, monkeypatch):
    encoder = read_encoder(f"local-dir:{save_tiny_encoder(tmp_path / 'tiny')}")
    lengths, attend = [], encoder._model.transformer.forward
    monkeypatch.setattr(
        encoder._model.transformer, "forward", lambda x, attn_mask: lengths.append(x.shape[1]) or attend(x, attn_mask)
    )
    assert encoder._tower.is_cut
    lengths.clear()
    encoder.encode_texts(["a photo of a nurse", "nurse"])
    assert lengths == [7]
