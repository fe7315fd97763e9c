import json
import re

import huggingface_hub
import pytest
from open_clip import pretrained
from tiny_encoder import save_tiny_encoder

from clipdash.encoders import parse_reference, weights
from clipdash.encoders.weights import find_weights, hash_file
from clipdash.errors import EncoderError

REFERENCES = [
    "local-dir:some/folder",
    "hf-hub:owner/name",
    "ViT-B-32/openai",
    "weights:ViT-B-32:runs/epoch_3.pt",
    "weights:ViT-B-32/openai:/runs/epoch:3.pt",
]
BLANK = ["", "ViT-B-32", "local-dir:", "local-dir:  ", "/openai", "ViT-B-32/", "s3:bucket/x"]
BLANK += ["weights:", "weights:ViT-B-32", "weights:ViT-B-32:", "weights:ViT-B-32/: x", "weights::x", "weights:/a:x"]


@pytest.mark.parametrize("text", REFERENCES)
def test_reference_round_trips(text):
    assert str(parse_reference(text)) == text


def test_reference_is_kept_as_typed_until_it_is_located(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    located = [str(parse_reference(text).locate()) for text in REFERENCES]
    assert located == [
        f"local-dir:{tmp_path}/some/folder",
        *REFERENCES[1:3],
        f"weights:ViT-B-32:{tmp_path}/runs/epoch_3.pt",
        "weights:ViT-B-32/openai:/runs/epoch:3.pt",
    ]


@pytest.mark.parametrize("text", BLANK)
def test_reference_of_no_known_form_is_refused(text):
    with pytest.raises(EncoderError, match=r"does not name an encoder\. Expected MODEL/TAG"):
        parse_reference(text)


def find(text):
    return find_weights(parse_reference(text))


def test_missing_folder_says_what_was_expected(tmp_path):
    with pytest.raises(EncoderError, match=r"gone is not there\. Expected a folder with open_clip_config.json"):
        find(f"local-dir:{tmp_path / 'gone'}")


def test_folder_without_configuration(tmp_path):
    with pytest.raises(EncoderError, match=r"has no open_clip_config\.json"):
        find(f"local-dir:{tmp_path}")


@pytest.mark.parametrize(
    ("content", "message"), [("{", "is not JSON"), ("[]", 'no table "model_cfg"'), ("{}", "no table")]
)
def test_folder_with_a_bad_configuration(tmp_path, content, message):
    (tmp_path / "open_clip_config.json").write_text(content)
    with pytest.raises(EncoderError, match=message):
        find(f"local-dir:{tmp_path}")


def test_folder_without_weights_never_becomes_a_random_model(tmp_path):
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": {}}))
    with pytest.raises(EncoderError, match="a random model is never used"):
        find(f"local-dir:{tmp_path}")


def test_one_file_of_weights_may_have_any_name_but_two_must_be_told_apart(tmp_path):
    folder = save_tiny_encoder(tmp_path / "tiny")
    (folder / "open_clip_model.safetensors").rename(folder / "mine.safetensors")
    assert find(f"local-dir:{folder}").name == "mine.safetensors"
    (folder / "other.safetensors").write_bytes(b"")
    with pytest.raises(EncoderError, match="several files of weights"):
        find(f"local-dir:{folder}")


def test_unknown_model_and_tag_name_the_nearest():
    with pytest.raises(EncoderError, match=r'no model "ViT-B32"\. The nearest is "ViT-B-32"'):
        find("ViT-B32/openai")
    with pytest.raises(EncoderError, match=r'no weights "opnai"\. The nearest is "openai"'):
        find("ViT-B-32/opnai")


@pytest.fixture
def no_network(tmp_path, monkeypatch):
    """Make every download fail, and let the caches be empty folders."""

    def fail(*arguments, **options):
        raise RuntimeError("offline")

    monkeypatch.setattr(pretrained, "download_pretrained", fail)
    monkeypatch.setattr(pretrained, "download_pretrained_from_hf", fail)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("ViT-B-32/laion2b_s34b_b79k", "hub"),
        ("hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "hub"),
        ("RN50/yfcc15m", "hub"),
        ("ViT-H-14/metaclip_fullcc", "hub"),
    ],
)
def test_weights_that_cannot_be_had_say_where_they_were_sought_and_how_to_bring_them(reference, place, no_network):
    sought = re.escape(f"The weights of {reference} are not in {no_network / place} and cannot be downloaded from here")
    bring = re.escape(f"Bring them: run `clipdash encoders fetch {reference} --to FOLDER` on a machine with a network")
    with pytest.raises(EncoderError, match=rf"{sought} \(RuntimeError\)\. {bring}"):
        find(reference)


def test_weights_by_address_are_sought_in_open_clips_own_cache(no_network, monkeypatch):
    monkeypatch.setitem(pretrained._PRETRAINED["RN50"], "mine", {"url": "https://example.org/a/RN50-mine.pt"})
    with pytest.raises(EncoderError, match=re.escape(f"are not in {no_network / '.cache' / 'clip'} and")):
        find("RN50/mine")


def test_cached_weights_of_a_hub_need_no_network(no_network):
    folder = no_network / "hub" / "models--timm--vit_base_patch32_clip_224.openai"
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")
    for name in ("open_clip_pytorch_model.bin", "open_clip_model.safetensors"):
        (folder / "snapshots" / "abc" / name).write_bytes(b"weights")
        assert find("ViT-B-32/openai") == folder / "snapshots" / "abc" / name


def test_a_file_of_weights_is_checked_before_anything_is_loaded(tmp_path):
    path = tmp_path / "epoch_3.pt"
    with pytest.raises(EncoderError, match=r"epoch_3\.pt is not there\. Expected a checkpoint"):
        find(f"weights:ViT-B-32:{path}")
    path.write_bytes(b"")
    assert find(f"weights:ViT-B-32:{path}") == find(f"weights:ViT-B-32/openai:{path}") == path
    with pytest.raises(EncoderError, match=r'no model "ViT-B32"\. The nearest is "ViT-B-32"'):
        find(f"weights:ViT-B32:{path}")
    with pytest.raises(EncoderError, match=r'no weights "opnai"\. The nearest is "openai"'):
        find(f"weights:ViT-B-32/opnai:{path}")


def test_weights_from_a_hub_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(pretrained, "download_pretrained_from_hf", lambda name: str(tmp_path / name))
    assert find("hf-hub:model") == tmp_path / "model"


def test_hash_follows_the_content(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    first = hash_file(path)
    path.write_bytes(b"another")
    assert hash_file(path) != first
    assert first == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"


def test_a_hub_that_cannot_be_reached_is_said_at_once(no_network, monkeypatch):
    reached = []
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(weights, "getproxies", dict)
    monkeypatch.setattr(pretrained, "download_pretrained_from_hf", reached.append)
    with pytest.raises(EncoderError, match=r"cannot be downloaded from here \(ConnectionRefusedError\)"):
        find("hf-hub:someone/x")
    assert not reached
