import json
import subprocess
import sys
import threading

import numpy as np
import open_clip
import pytest
import torch
from open_clip import pretrained
from PIL import Image
from tiny_encoder import CONTEXT, DIM, RESNET, VIT, save_tiny_encoder

from clipdash.encoders import encoder as encoder_module
from clipdash.encoders import read_encoder
from clipdash.errors import EncoderError

TEXTS = ["a photo of a man", "a photo of a thief", "50 % {0} <b>été</b> 人 👩🏿‍⚕️", ""]


@pytest.fixture(scope="module", params=[VIT, RESNET], ids=["vit", "resnet"])
def folder(request, tmp_path_factory):
    return save_tiny_encoder(tmp_path_factory.mktemp("encoder") / "tiny", vision=request.param)


@pytest.fixture(scope="module")
def encoder(folder):
    return read_encoder(f"local-dir:{folder}")


def pictures(count=3):
    pixels = np.random.default_rng(0).integers(0, 255, (count, 40, 50, 3), dtype=np.uint8)
    return [Image.fromarray(picture) for picture in pixels]


def test_embeddings_are_open_clips_own(encoder, folder):
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    model.eval()
    with torch.no_grad():
        texts = model.encode_text(open_clip.get_tokenizer(f"local-dir:{folder}")(TEXTS), normalize=True).numpy()
        images = model.encode_image(torch.stack([preprocess(p) for p in pictures()]), normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), texts, atol=1e-6)
    np.testing.assert_allclose(encoder.encode_images(pictures()), images, atol=1e-6)


def test_shapes_dtypes_and_unit_rows(encoder):
    for rows, count in ((encoder.encode_texts(TEXTS), 4), (encoder.encode_images(pictures()), 3)):
        assert rows.shape == (count, DIM)
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert encoder.encode_texts([]).shape == (0, DIM)
    assert encoder.encode_images([]).shape == (0, DIM)


def test_a_text_is_the_same_to_the_last_bit_whatever_it_comes_with(encoder):
    alone = encoder.encode_texts(["a photo of a judge"])
    among = encoder.encode_texts(["a photo of a nurse", "a photo of a judge", *TEXTS, "a photo of a judge"])
    assert np.array_equal(among[1], alone[0])
    assert np.array_equal(among[-1], alone[0])


def test_a_known_text_does_not_run_the_model_again(encoder, monkeypatch):
    encoder.encode_texts(["once"])
    monkeypatch.setattr(encoder, "_run_texts", lambda texts: pytest.fail("ran"))
    assert encoder.encode_texts(["once"]).shape == (1, DIM)


def test_many_texts_run_in_bounded_batches(encoder, monkeypatch):
    sizes, run = [], encoder._run_texts
    monkeypatch.setattr(encoder_module, "_TEXTS_AT_ONCE", 2)
    monkeypatch.setattr(encoder, "_run_texts", lambda texts: sizes.append(len(texts)) or run(texts))
    assert encoder.encode_texts([f"word {n}" for n in range(5)]).shape == (5, DIM)
    assert sizes == [2, 2, 1]


def test_threads_share_an_encoder(encoder):
    expected, seen = encoder.encode_texts(["shared", "by", "threads"]), []
    work = [
        threading.Thread(target=lambda: seen.append(encoder.encode_texts(["shared", "by", "threads"])))
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert all(np.array_equal(rows, expected) for rows in seen)
    assert len(seen) == 4


def test_tokens_are_counted_not_cut(encoder):
    assert encoder.count_tokens("man") == 3
    assert encoder.count_tokens("a photo of a man") == 7
    assert encoder.count_tokens("man " * 50) == 52
    assert encoder.spec.context_length == CONTEXT


def test_tokens_of_another_family_are_counted_by_its_tokenizer(encoder):
    class Inner:
        def __call__(self, text):
            return {"input_ids": [1, *range(len(text.split())), 2]}

    class Outer:
        tokenizer = Inner()
        context_length = 64

        def clean_fn(self, text):
            return text.strip()

    other = encoder_module.Encoder(encoder.spec, None, None, Outer())
    assert other.count_tokens(" one two three ") == 5


def test_spec_names_weights_and_preprocessing(encoder, folder):
    spec = encoder.spec
    assert spec.reference == f"local-dir:{folder}"
    assert (spec.dim, spec.weights, spec.model) == (DIM, "open_clip_model.safetensors", "tiny")
    assert spec.logit_scale == pytest.approx(1 / 0.07, rel=1e-4)
    assert spec.logit_bias is None
    assert spec.preprocess["mean"] == [0.5, 0.5, 0.5]
    assert len(spec.weights_sha256) == 64


def test_digest_is_of_the_weights_not_of_the_place(folder, encoder, tmp_path):
    config = json.loads((folder / "open_clip_config.json").read_text())
    moved = save_tiny_encoder(tmp_path / "elsewhere", vision=config["model_cfg"]["vision_cfg"])
    assert read_encoder(f"local-dir:{moved}").spec.digest == encoder.spec.digest
    other = save_tiny_encoder(tmp_path / "other", seed=1)
    assert read_encoder(f"local-dir:{other}").spec.digest != encoder.spec.digest


def test_logit_bias_of_siglip_is_kept(tmp_path):
    folder = save_tiny_encoder(tmp_path / "siglip", extra={"init_logit_bias": -10})
    assert read_encoder(f"local-dir:{folder}").spec.logit_bias == pytest.approx(-10)


def test_model_is_in_evaluation_mode(encoder):
    assert not encoder._model.training


def test_weights_that_do_not_fit_are_refused(tmp_path):
    folder = save_tiny_encoder(tmp_path / "tiny")
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["embed_dim"] = 24
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(EncoderError, match="damaged or do not fit its configuration"):
        read_encoder(f"local-dir:{folder}")


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"\x10\0\0\0\0\0\0\0{"])
def test_damaged_weights_are_refused(tmp_path, content):
    folder = save_tiny_encoder(tmp_path / "tiny")
    (folder / "open_clip_model.safetensors").write_bytes(content)
    with pytest.raises(EncoderError, match="damaged or do not fit"):
        read_encoder(f"local-dir:{folder}")


def test_weights_of_nothing_but_zeros_are_refused_when_used(tmp_path):
    folder = save_tiny_encoder(tmp_path / "tiny")
    encoder = read_encoder(f"local-dir:{folder}")
    torch.nn.init.zeros_(encoder._model.text_projection)
    with pytest.raises(EncoderError, match="vector without direction"):
        encoder.encode_texts(["anything"])


def test_a_tokenizer_that_needs_another_package_says_so(tmp_path, monkeypatch):
    folder = save_tiny_encoder(tmp_path / "tiny")

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(open_clip, "get_tokenizer", missing)
    with pytest.raises(EncoderError, match='needs the package "transformers"'):
        read_encoder(f"local-dir:{folder}")

    def absent(name):
        raise OSError(name)

    monkeypatch.setattr(open_clip, "get_tokenizer", absent)
    with pytest.raises(EncoderError, match=r"tokenizer of .* is not on this machine"):
        read_encoder(f"local-dir:{folder}")


def test_tag_is_loaded_with_the_activation_it_was_trained_with(tmp_path, monkeypatch):
    """OpenAI's ViT-B-32 weights need QuickGELU, which the plain model name does not say."""
    folder = save_tiny_encoder(tmp_path / "tiny")
    asked = {}

    def create(name, **options):
        asked.update(options, name=name)
        return create_real(f"local-dir:{folder}")

    create_real = open_clip.create_model_from_pretrained
    monkeypatch.setattr(open_clip, "create_model_from_pretrained", create)
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    monkeypatch.setattr(open_clip, "get_tokenizer", lambda name: tokenizer)
    monkeypatch.setattr(pretrained, "download_pretrained", lambda config: str(folder / "open_clip_model.safetensors"))
    encoder = read_encoder("ViT-B-32/openai")
    assert asked == {"name": "ViT-B-32", "pretrained": "openai", "force_quick_gelu": True}
    assert (encoder.spec.model, encoder.spec.weights) == ("ViT-B-32", "openai")


def test_importing_the_room_loads_no_torch():
    code = "import sys, clipdash.encoders; print({'torch', 'open_clip'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
