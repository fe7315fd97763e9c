import numpy as np
import pytest
from tiny_encoder import save_tiny_encoder
from tiny_store import fake_spec

from clipdash.encoders import KnownTexts, forget_texts, name_texts, read_encoder
from clipdash.errors import EncoderError

DIM = 16


class CountingEncoder:
    """An encoder that counts what it is asked for."""

    spec = fake_spec(DIM)

    def __init__(self):
        self.asked = []

    def encode_texts(self, texts):
        self.asked.append(list(texts))
        rows = np.stack([np.random.default_rng(len(text)).standard_normal(DIM) for text in texts]).astype(np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def count_tokens(self, text):
        return len(text.split()) + 2


def refuse():
    pytest.fail("the encoder was loaded")


def test_a_text_costs_the_encoder_once_a_machine():
    encoder = CountingEncoder()
    first = KnownTexts(encoder.spec, lambda: encoder).encode_texts(["a", "bb", "a"])
    assert encoder.asked == [["a", "bb"]]
    assert first.shape == (3, DIM)
    assert first.dtype == np.float32
    again = KnownTexts(encoder.spec, refuse)
    assert np.array_equal(again.encode_texts(["bb", "a"]), first[1:])
    forget_texts()  # as another process would
    assert np.array_equal(again.encode_texts(["a", "bb", "a"]), first)
    assert again.encode_texts([]).shape == (0, DIM)
    assert again.find_texts(["a", "ccc"]).keys() == {"a"}


def test_the_encoder_is_loaded_once():
    encoder, loaded = CountingEncoder(), []
    texts = KnownTexts(encoder.spec, lambda: loaded.append(1) or encoder)
    texts.encode_texts(["a"])
    texts.encode_texts(["bb"])
    assert texts.count_tokens("one two") == 4
    assert loaded == [1]


def test_what_a_store_brings_is_taken_as_it_is():
    row = np.eye(DIM, dtype=np.float32)[3]
    texts = KnownTexts(fake_spec(DIM), refuse, shipped={"shipped": row})
    assert np.array_equal(texts.encode_texts(["shipped"])[0], row)
    with pytest.raises(pytest.fail.Exception):
        texts.encode_texts(["Shipped"])


def test_memory_goes_before_what_a_store_brings():
    """So that a text has one embedding in a process."""
    encoder = CountingEncoder()
    made = KnownTexts(encoder.spec, lambda: encoder).encode_texts(["a"])
    other = KnownTexts(encoder.spec, refuse, shipped={"a": np.eye(DIM, dtype=np.float32)[0]})
    assert np.array_equal(other.encode_texts(["a"]), made)


def test_a_prompt_that_was_cut_is_not_kept():
    encoder = CountingEncoder()
    long = "word " * 40
    KnownTexts(encoder.spec, lambda: encoder).encode_texts(["a", long])
    forget_texts()
    assert KnownTexts(encoder.spec, refuse).find_texts(["a", long]).keys() == {"a"}


def test_without_a_disk_the_memory_is_enough(log_folder, monkeypatch):
    (log_folder / "file").write_text("")
    monkeypatch.setenv("CLIPDASH_RECORDS", str(log_folder / "file"))
    encoder = CountingEncoder()
    made = KnownTexts(encoder.spec, lambda: encoder).encode_texts(["a"])
    assert np.array_equal(KnownTexts(encoder.spec, refuse).encode_texts(["a"]), made)
    forget_texts()
    assert KnownTexts(encoder.spec, refuse).find_texts(["a"]) == {}


def test_an_error_of_loading_is_told():
    def fail():
        raise EncoderError("It is not here.")

    with pytest.raises(EncoderError, match="not here"):
        KnownTexts(fake_spec(DIM), fail).encode_texts(["a"])


def test_encoders_that_embed_otherwise_have_other_names(tmp_path):
    """A digest says nothing of the activation, which the name of the weights or a configuration decides."""
    folder = save_tiny_encoder(tmp_path / "one")
    spec = read_encoder(f"local-dir:{folder}").spec
    other = {
        "weights:ViT-B-32:x.pt",
        "weights:ViT-B-32/openai:x.pt",
        "ViT-B-32/openai",
        "ViT-B-32-quickgelu/openai",
        "hf-hub:me/mine",
        "no reference",
        spec.reference,
    }
    named = {name_texts(spec.model_copy(update={"reference": reference})) for reference in other}
    assert len(named) == len(other)
    elsewhere = f"local-dir:{save_tiny_encoder(tmp_path / 'two')}"
    assert name_texts(spec.model_copy(update={"reference": elsewhere})) == name_texts(spec)
    config = folder / "open_clip_config.json"
    before = name_texts(spec)
    config.write_text(config.read_text().replace("{", '{"quick_gelu": true, ', 1))
    assert name_texts(spec) != before
    assert name_texts(spec, "a" * 64) != name_texts(spec, "b" * 64)


def test_embeddings_are_those_of_the_encoder(tmp_path):
    reference = f"local-dir:{save_tiny_encoder(tmp_path / 'one')}"
    encoder = read_encoder(reference)
    texts = ["a photo of a judge", "", "50 % été"]
    known = KnownTexts(encoder.spec, lambda: read_encoder(reference))
    np.testing.assert_allclose(known.encode_texts(texts), encoder.encode_texts(texts), atol=1e-6)
