"""Many words as vectors: held against the classifier of the same words as labels."""

import numpy as np
import pytest
from tiny_encoder import CONTEXT, DIM, save_tiny_encoder
from tiny_store import fake_spec, make_tiny_store, tiny_people, tiny_vectors

from clipdash.encoders import LabelBank, read_encoder
from clipdash.errors import EncoderError, LabelError, QueryError
from clipdash.labels import Label, LabelSet
from clipdash.store import ScoreTable, StoreWriter, open_store
from clipdash.zeroshot import build_classifier, embed_words

TEMPLATES = ("a photo of a {}", "a drawing of the {}")
WORDS = tuple(f"word{place}" for place in range(300))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return read_encoder(f"local-dir:{save_tiny_encoder(tmp_path_factory.mktemp('encoder'))}")


@pytest.fixture(scope="module")
def store(tmp_path_factory, encoder):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("wording"), 20, spec=encoder.spec))


@pytest.fixture(scope="module")
def banked(tmp_path_factory):
    people, rows = tiny_people(20), tiny_vectors(20, DIM)
    bank = LabelBank("bank.npz", ["man", "woman", "caf\u00e9"], rows[[5, 9, 11]])
    scores = ScoreTable("S.csv", {"man": rows[:, 0].astype(float)})
    with StoreWriter(tmp_path_factory.mktemp("banked") / "banked", {"bank": bank, "scored": scores}) as writer:
        writer.add_vectors("bank", rows, list(people.index))
        writer.finish(people)
        return open_store(writer.path)


@pytest.mark.parametrize("templates", [TEMPLATES, TEMPLATES[:1]])
def test_words_are_embedded_as_labels_are(store, encoder, templates):
    told = []
    found = embed_words(
        store, WORDS, templates=templates, read=lambda _: encoder, progress=lambda *done: told.append(done)
    )
    label_set = LabelSet(name="words", templates=templates, labels=tuple(Label(text=word) for word in WORDS))
    assert found.words == WORDS
    assert found.vectors.shape == (300, DIM)
    assert found.vectors.dtype == np.float32
    assert np.allclose(found.vectors, build_classifier(label_set, encoder).weights, atol=1e-6)
    assert np.allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-6)
    assert (found.left_out, found.prompted, found.encoder) == ((), True, encoder.spec)
    assert told == [(done, 300) for done in ([256, 300] if len(templates) == 1 else [128, 256, 300])]


def test_a_word_that_is_too_long_is_left_out_and_named(store, encoder):
    long = "very " * CONTEXT
    found = embed_words(store, ["man", long, "woman {}"], read=lambda _: encoder)
    assert found.words == ("man", "woman {}")
    ((word, reason),) = found.left_out
    assert word == long
    assert reason.endswith(f"tokens with the prompt, and the encoder reads {CONTEXT}")
    with pytest.raises(LabelError, match=f"The only word is longer than the {CONTEXT} tokens"):
        embed_words(store, [long], read=lambda _: encoder)
    with pytest.raises(LabelError, match="There is no word"):
        embed_words(store, [], read=lambda _: encoder)


def test_a_label_bank_gives_the_words_that_it_has(banked):
    told = []
    found = embed_words(
        banked, ["dog", "woman", "cafe\u0301"], templates=("{}",), progress=lambda *done: told.append(done)
    )
    assert found.words == ("woman", "cafe\u0301")
    assert np.array_equal(found.vectors, banked.bank().find_labels(["woman", "caf\u00e9"]))
    assert found.left_out == (("dog", "not in the label bank"),)
    assert not found.prompted
    assert told == [(2, 2)]
    with pytest.raises(LabelError, match="Every one of the 2 words is missing in the label bank, which has 3 labels"):
        embed_words(banked, ["dog", "cat"])


def test_what_cannot_embed_words_says_so(store, banked, encoder, tmp_path):
    with pytest.raises(QueryError, match="holds scores and no embeddings"):
        embed_words(banked, ["man"], variant="scored")
    with pytest.raises(LabelError, match="needs exactly one"):
        embed_words(store, ["man"], templates=("a photo",), read=lambda _: encoder)
    for nothing in ((), "a {}"):
        with pytest.raises(LabelError, match="need a template"):
            embed_words(store, ["man"], templates=nothing, read=lambda _: encoder)
    other = open_store(make_tiny_store(tmp_path, 20, spec=fake_spec(DIM)))
    with pytest.raises(EncoderError, match="The words were embedded by"):
        embed_words(other, ["man"], read=lambda _: encoder)
