import json

import pytest
from open_clip import pretrained
from tiny_encoder import save_tiny_encoder

from clipdash.encoders import parse_reference
from clipdash.encoders.weights import find_weights, hash_file
from clipdash.errors import EncoderError


@pytest.mark.parametrize("text", ["local-dir:some/folder", "hf-hub:owner/name", "ViT-B-32/openai"])
def test_reference_round_trips(text):
    assert str(parse_reference(text)) == text


@pytest.mark.parametrize("text", ["", "ViT-B-32", "local-dir:", "local-dir:  ", "/openai", "ViT-B-32/", "s3:bucket/x"])
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


@pytest.mark.parametrize("reference", ["ViT-B-32/laion2b_s34b_b79k", "hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K"])
def test_weights_that_cannot_be_had_say_how_to_bring_them(reference, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("offline")

    monkeypatch.setattr(pretrained, "download_pretrained", fail)
    monkeypatch.setattr(pretrained, "download_pretrained_from_hf", fail)
    with pytest.raises(EncoderError, match=r"neither in this machine's cache nor to be downloaded.*Bring the weights"):
        find(reference)


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
