import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from tiny_encoder import save_tiny_encoder

from clipdash.encoders import fetch_encoder, read_encoder
from clipdash.encoders import folder as folder_module
from clipdash.errors import EncoderError

TEXTS = ["a photo of a judge", "a photo of a thief"]


def draw():
    return [Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8))]


def same(one, other):
    assert np.array_equal(one.encode_texts(TEXTS), other.encode_texts(TEXTS))
    assert np.array_equal(one.encode_images(draw()), other.encode_images(draw()))
    assert one.spec.preprocess == other.spec.preprocess
    assert (one.spec.logit_scale, one.spec.logit_bias) == (other.spec.logit_scale, other.spec.logit_bias)


def change_config(folder, **text):
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"] |= text
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    return config["model_cfg"]


def test_a_folder_gives_the_same_embeddings_to_the_last_bit(tmp_path):
    made = save_tiny_encoder(tmp_path / "made", extra={"init_logit_bias": -10})
    written = fetch_encoder(f"local-dir:{made}", tmp_path / "deep" / "carried")
    assert written == tmp_path / "deep" / "carried"
    assert sorted(path.name for path in written.iterdir()) == ["open_clip_config.json", "open_clip_model.safetensors"]
    assert [path.name for path in written.parent.iterdir()] == ["carried"]
    same(read_encoder(f"local-dir:{written}"), read_encoder(f"local-dir:{made}"))


@pytest.mark.parametrize("quick", [True, False])
def test_what_a_tag_says_is_carried_along(tmp_path, monkeypatch, quick):
    made = save_tiny_encoder(tmp_path / "made")
    config = change_config(made, hf_model_pretrained=True) | {
        "vision_cfg": {**_vision(made), "timm_model_pretrained": True}
    }
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config)
    facts = {"mean": (0.4,) * 3, "std": (0.3,) * 3, "resize_mode": "longest", "quick_gelu": quick}
    trained = {"mine": {"file": str(made / "open_clip_model.safetensors"), **facts}}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny", trained)
    written = fetch_encoder("tiny/mine", tmp_path / "carried")
    found = json.loads((written / "open_clip_config.json").read_text())
    assert found["model_cfg"].get("quick_gelu", False) == quick
    assert "hf_model_pretrained" not in found["model_cfg"]["text_cfg"]
    assert "timm_model_pretrained" not in found["model_cfg"]["vision_cfg"]
    same(read_encoder(f"local-dir:{written}"), read_encoder("tiny/mine"))


def _vision(folder):
    return json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]["vision_cfg"]


class Tokenizer:
    """A tokenizer of words with a file of its own, in the place of one from the package "transformers"."""

    def __init__(self, words):
        self.words = words

    @classmethod
    def from_pretrained(cls, source, cache_dir=None):
        return cls(json.loads((Path(source) / "vocab.json").read_text()))

    def save_pretrained(self, target):
        (Path(target) / "vocab.json").write_text(json.dumps(self.words))

    def __call__(self, texts, return_tensors, max_length, padding, truncation):
        rows = [[self.words.index(word) + 3 if word in self.words else 2 for word in text.split()] for text in texts]
        filled = [[1, *row[: max_length - 2], 49407] + [0] * (max_length - 2 - len(row)) for row in rows]
        return type("Batch", (), {"input_ids": torch.tensor(filled)})


def test_files_of_the_tokenizer_are_carried_along(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", ModuleType("transformers"))
    sys.modules["transformers"].AutoTokenizer = Tokenizer
    made = save_tiny_encoder(tmp_path / "made")
    change_config(made, hf_tokenizer_name="someone/words")
    (made / "vocab.json").write_text(json.dumps(["a", "photo", "of", "judge"]))
    written = fetch_encoder(f"local-dir:{made}", tmp_path / "carried")
    assert (written / "vocab.json").read_bytes() == (made / "vocab.json").read_bytes()
    same(read_encoder(f"local-dir:{written}"), read_encoder(f"local-dir:{made}"))


def test_a_tokenizer_that_a_folder_would_not_give_again_is_refused(tmp_path, monkeypatch):
    made = save_tiny_encoder(tmp_path / "made")
    load = folder_module.load_tokenizer
    other = open_clip.SimpleTokenizer(context_length=24, clean="whitespace")
    monkeypatch.setattr(folder_module, "load_tokenizer", lambda r: load(r) if "." in Path(r.name).name else other)
    with pytest.raises(EncoderError, match=r"tokenizer of .* would be another one in a folder"):
        fetch_encoder(f"local-dir:{made}", tmp_path / "carried")
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_text_tower_of_a_hub_is_refused_before_it_is_loaded(tmp_path):
    made = save_tiny_encoder(tmp_path / "made")
    change_config(made, hf_model_name="roberta-base")
    with pytest.raises(EncoderError, match="built from a hub's own configuration, which a folder cannot carry"):
        fetch_encoder(f"local-dir:{made}", tmp_path / "carried")


def test_an_existing_folder_is_not_overwritten(tmp_path):
    with pytest.raises(EncoderError, match="exists and is not overwritten"):
        fetch_encoder("ViT-B-32/openai", tmp_path)


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    made = save_tiny_encoder(tmp_path / "made")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EncoderError, match="cannot be written"):
        fetch_encoder(f"local-dir:{made}", tmp_path / "file" / "carried")


def test_a_hub_without_a_configuration_is_refused(tmp_path, monkeypatch):
    weights = save_tiny_encoder(tmp_path / "made") / "open_clip_model.safetensors"

    def download(name, filename=None, cache_dir=None):
        if filename:
            raise FileNotFoundError(filename)
        return str(weights)

    monkeypatch.setattr(open_clip.pretrained, "download_pretrained_from_hf", download)
    monkeypatch.setattr(open_clip.factory, "download_pretrained_from_hf", download)
    with pytest.raises(EncoderError, match=r"open_clip_config.json of hf-hub:someone/x cannot be had from here"):
        fetch_encoder("hf-hub:someone/x", tmp_path / "carried")
