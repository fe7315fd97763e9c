import contextlib
import json
import subprocess
import sys
import threading

import numpy as np
import open_clip
import pytest
import torch
from open_clip import pretrained, transform
from PIL import Image
from safetensors.torch import load_file, save_file
from tiny_encoder import CONTEXT, DIM, RESNET, VIT, save_tiny_encoder

from clipdash.encoders import encoder as encoder_module
from clipdash.encoders import frame_picture, read_encoder
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
    shapes, embed = [], encoder._tower.embed
    monkeypatch.setattr(encoder_module, "_TEXTS_AT_ONCE", 2)
    monkeypatch.setattr(encoder._tower, "embed", lambda tokens: shapes.append(tokens.shape) or embed(tokens))
    texts = [f"{'word ' * n}{n}" for n in (4, 0, 3, 1, 2)]
    rows = encoder.encode_texts(texts)
    assert [count for count, _ in shapes] == [2, 2, 1]
    monkeypatch.setattr(encoder, "_cache", {})
    np.testing.assert_allclose(rows, np.concatenate([encoder.encode_texts([text]) for text in texts]), atol=1e-6)


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

    other = encoder_module.Encoder(encoder.spec, None, Outer())
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


def publish(folder, monkeypatch, name="tiny-vit", **facts):
    """Make open_clip know the model of a folder and, under the tag "mine", its weights."""
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, name, config)
    trained = {"file": str(folder / "open_clip_model.safetensors"), "mean": (0.4,) * 3, "std": (0.3,) * 3, **facts}
    monkeypatch.setitem(pretrained._PRETRAINED, name, {"mine": trained})


@pytest.mark.parametrize("quick", [True, False])
def test_tag_is_loaded_with_the_activation_and_preprocessing_it_was_trained_with(tmp_path, monkeypatch, quick):
    """OpenAI's ViT-B-32 weights need QuickGELU, which the plain model name does not say."""
    folder = save_tiny_encoder(tmp_path / "tiny")
    publish(folder, monkeypatch, quick_gelu=quick, interpolation="bilinear", resize_mode="longest")
    encoder = read_encoder("tiny-vit/mine")
    assert (encoder.spec.model, encoder.spec.weights) == ("tiny-vit", "mine")
    expected = {"mean": [0.4] * 3, "std": [0.3] * 3, "interpolation": "bilinear", "resize_mode": "longest"}
    assert encoder.spec.preprocess == {"size": [32, 32], "mode": "RGB", "fill_color": 0, **expected}
    model, preprocess = open_clip.create_model_from_pretrained("tiny-vit", "mine", force_quick_gelu=quick)
    with torch.no_grad():
        images = model.eval().encode_image(torch.stack([preprocess(p) for p in pictures()]), normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode_images(pictures()), images, atol=1e-6)


def embed(folder, batch):
    model, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{folder}")
    with torch.inference_mode():
        return model.eval().encode_image(torch.stack([preprocess(picture) for picture in batch])).numpy()


@pytest.mark.parametrize("count", [1, 3, 8])
def test_pixels_give_open_clips_own_embeddings_to_the_last_bit(encoder, folder, count):
    pixels = np.stack([frame_picture(picture, encoder.spec.preprocess) for picture in pictures(count)])
    rows = embed(folder, pictures(count))
    assert np.array_equal(encoder._run_pixels(pixels).numpy(), rows)
    assert np.array_equal(encoder.encode_pixels(pixels), encoder.encode_images(pictures(count)))
    pixels.flags.writeable = False  # as in memory that processes share
    np.testing.assert_allclose(encoder.encode_pixels(pixels[::-1])[::-1], encoder.encode_pixels(pixels), atol=1e-6)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 32, 32, 3), np.float32), np.zeros((32, 32, 3), np.uint8), np.zeros((2, 3, 32, 32), np.uint8)],
)
def test_pixels_of_another_shape_or_type_are_refused(encoder, pixels):
    with pytest.raises(EncoderError, match=r"expected uint8 of shape \(n, 32, 32, 3\)"):
        encoder.encode_pixels(pixels)


def test_no_pixels_are_no_rows(encoder):
    assert encoder.encode_pixels(np.zeros((0, 32, 32, 3), np.uint8)).shape == (0, DIM)


def test_half_precision_is_of_the_images_only(encoder, folder):
    half = read_encoder(f"local-dir:{folder}", precision="bf16")
    assert (half.device, half.precision) == ("cpu", "bf16")
    assert (encoder.device, encoder.precision) == ("cpu", "fp32")
    assert np.array_equal(half.encode_texts(TEXTS), encoder.encode_texts(TEXTS))
    rows, full = half.encode_images(pictures()), encoder.encode_images(pictures())
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(rows, full, atol=0.05)
    assert not np.array_equal(rows, full)


class Stub:
    """Stands for a model on a device whose memory holds `room` pictures."""

    def __init__(self, room, fault):
        self.room, self.fault, self.asked = room, fault, []

    def encode_image(self, batch):
        self.asked.append(len(batch))
        if len(batch) > self.room:
            raise self.fault
        return batch.flatten(1)[:, :DIM]


def on_device(encoder, monkeypatch, room, fault):
    model = Stub(room, fault)
    monkeypatch.setattr(encoder_module, "cast_images", lambda device, precision: contextlib.nullcontext())
    monkeypatch.setattr(encoder_module, "scale_pixels", lambda pixels, *_: torch.zeros(len(pixels), 3, 32, 32))
    return model, encoder_module.Encoder(encoder.spec, model, None, device="cuda", precision="fp16")


@pytest.mark.parametrize("fault", [torch.OutOfMemoryError("full"), RuntimeError("MPS backend out of memory")])
def test_batch_is_the_largest_that_the_memory_holds(encoder, monkeypatch, fault):
    model, there = on_device(encoder, monkeypatch, 100, fault)
    assert there.fit_batch() == 64
    assert model.asked == [512, 256, 128, 64]
    assert on_device(encoder, monkeypatch, 4000, fault)[1].fit_batch() == 512
    with pytest.raises(EncoderError, match="memory of cuda does not hold one picture"):
        on_device(encoder, monkeypatch, 0, fault)[1].fit_batch()


def test_batch_on_the_cpu_is_fixed_and_other_faults_are_not_hidden(encoder, monkeypatch):
    assert encoder.fit_batch() == 32
    with pytest.raises(RuntimeError, match="illegal"):
        on_device(encoder, monkeypatch, 1, RuntimeError("an illegal access"))[1].fit_batch()


def save_without(folder, *names, add=None):
    path = folder / "open_clip_model.safetensors"
    state = {name: tensor for name, tensor in load_file(path).items() if name not in names}
    save_file({**state, **(add or {})}, path)


@pytest.mark.parametrize("name", ["token_embedding.weight", "visual.proj", "logit_scale", "visual.ln_post.bias"])
def test_weights_that_lack_a_tensor_are_refused(tmp_path, name):
    folder = save_tiny_encoder(tmp_path / "tiny")
    save_without(folder, name)
    with pytest.raises(EncoderError, match="damaged or do not fit"):
        read_encoder(f"local-dir:{folder}")


def test_weights_without_a_bias_that_the_model_has_are_refused(tmp_path):
    """open_clip would put a zero in its place."""
    folder = save_tiny_encoder(tmp_path / "siglip", extra={"init_logit_bias": -10})
    save_without(folder, "logit_bias")
    with pytest.raises(EncoderError, match="leaves logit_bias without numbers"):
        read_encoder(f"local-dir:{folder}")
    save_without(folder, add={"logit_bias": torch.tensor(0.0)})
    assert read_encoder(f"local-dir:{folder}").spec.logit_bias == 0


def test_weights_that_are_not_numbers_are_refused(tmp_path):
    folder = save_tiny_encoder(tmp_path / "tiny")
    add = {"visual.ln_post.bias": torch.full((32,), torch.nan), "logit_scale": torch.tensor(torch.nan)}
    save_without(folder, add=add)
    with pytest.raises(EncoderError, match=r"leaves \S+ and 1 more without numbers.*partly random"):
        read_encoder(f"local-dir:{folder}")


def test_a_parameter_that_loading_passes_over_is_refused(tmp_path, monkeypatch):
    folder = save_tiny_encoder(tmp_path / "tiny")
    load = open_clip.load_checkpoint

    def load_half(model, path, strict):
        proj = model.visual.proj
        del model.visual.proj
        state = load_file(path)
        model.load_state_dict({name: tensor for name, tensor in state.items() if name != "visual.proj"}, strict=strict)
        model.visual.proj = proj

    monkeypatch.setattr(open_clip, "load_checkpoint", load_half)
    with pytest.raises(EncoderError, match=r"leaves visual\.proj without numbers"):
        read_encoder(f"local-dir:{folder}")
    monkeypatch.setattr(open_clip, "load_checkpoint", load)
    assert read_encoder(f"local-dir:{folder}")


def test_an_open_clip_that_prepares_pictures_otherwise_is_refused(folder, monkeypatch):
    real = transform.image_transform_v2

    def changed(config, is_train):
        return lambda picture: real(config, is_train=is_train)(picture) + 1e-6

    monkeypatch.setattr(transform, "image_transform_v2", changed)
    with pytest.raises(EncoderError, match=r"prepares pictures for .* in another way"):
        read_encoder(f"local-dir:{folder}")


def test_reading_says_nothing(folder, capfd):
    read_encoder(f"local-dir:{folder}")
    assert capfd.readouterr() == ("", "")


def test_a_text_tower_that_needs_another_package_says_so(tmp_path):
    folder = save_tiny_encoder(tmp_path / "tiny")
    config = json.loads((folder / "open_clip_config.json").read_text())
    config["model_cfg"]["text_cfg"] = {"hf_model_name": "roberta-base", "hf_tokenizer_name": "roberta-base"}
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    with pytest.raises(EncoderError, match='needs the package "transformers"'):
        read_encoder(f"local-dir:{folder}")


def test_importing_the_room_loads_no_torch():
    code = "import sys, clipdash.encoders; print({'torch', 'open_clip'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
