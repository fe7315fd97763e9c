"""Images found again by a text, a picture or an image: held against plain sums over the same store."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tiny_encoder import CONTEXT, DIM, save_tiny_encoder
from tiny_store import fake_spec, make_tiny_store, tiny_people, tiny_vectors

from clipdash.encoders import LabelBank, read_encoder
from clipdash.errors import EncoderError, LabelError, QueryError
from clipdash.store import ScoreTable, StoreWriter, open_store
from clipdash.zeroshot import USUAL_K, find_images

N = 200


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return read_encoder(f"local-dir:{save_tiny_encoder(tmp_path_factory.mktemp('encoder'))}")


@pytest.fixture(scope="module")
def store(tmp_path_factory, encoder):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("finding"), N, spec=encoder.spec))


@pytest.fixture
def look(store, encoder):
    return lambda **asked: find_images(store, read=lambda reference: encoder, **asked)


@pytest.fixture(scope="module")
def banked(tmp_path_factory):
    people, rows = tiny_people(N), tiny_vectors(N, DIM)
    bank = LabelBank("bank.npz", ["man", "woman"], rows[[5, 9]])
    scores = ScoreTable("S.csv", {"man": np.round(rows[:, 0].astype(float), 1), "dog": rows[:, 1].astype(float)})
    with StoreWriter(tmp_path_factory.mktemp("banked") / "banked", {"bank": bank, "scored": scores}) as writer:
        writer.add_vectors("bank", rows, list(people.index))
        writer.finish(people)
        return open_store(writer.path)


def rank(scores, allowed):
    return sorted(np.flatnonzero(allowed), key=lambda row: (-scores[row], row))


def agrees(found, scores, allowed, k):
    """Say whether these are the k best of the images allowed, as far as float32 can tell."""
    wanted = rank(scores, allowed)[:k]
    near = np.allclose(scores[list(found.rows)], scores[wanted], atol=1e-6)
    return near and len(set(found.rows)) == len(wanted) and all(allowed[row] for row in found.rows)


@pytest.mark.parametrize("where", [{}, {"gender": "Male"}, {"gender": ("Male",), "skin_tone": ("dark", "light")}])
def test_a_text_is_embedded_as_it_stands(look, store, encoder, where):
    found = look(text="a suspicious man", where=where, k=30)
    scores = store.vectors() @ encoder.encode_texts(["a suspicious man"])[0]
    people = tiny_people(N)
    allowed = np.array(
        [all(p[a] in ([v] if isinstance(v, str) else v) for a, v in where.items()) for _, p in people.iterrows()]
    )
    assert agrees(found, scores, allowed, 30)
    np.testing.assert_allclose(found.scores, scores[list(found.rows)], atol=1e-6)
    assert found.ids == tuple(people.index[list(found.rows)])
    assert [dict(a) for a in found.annotations] == [
        {name: value or None for name, value in people.iloc[row].items()} for row in found.rows
    ]
    assert (found.by, found.sought, found.k, found.images) == ("text", "a suspicious man", 30, allowed.sum())
    assert (found.store, found.variant) == (store.ref, "tiny")


def test_a_picture_is_embedded_like_those_of_a_build(look, store, encoder):
    picture = Image.linear_gradient("L").resize((40, 20)).convert("RGB")
    found = look(picture=picture)
    assert agrees(found, store.vectors() @ encoder.encode_images([picture])[0], np.ones(N, bool), USUAL_K)
    assert (found.by, found.sought, found.k) == ("image", "40 x 20 pixels", USUAL_K)
    other = look(picture=Image.new("RGB", (40, 20), "navy"))
    assert other.scores != found.scores


def test_an_image_finds_the_others_and_never_itself(look, store):
    found = look(like="people/00007.png", k=N)
    allowed = np.ones(N, bool)
    allowed[7] = False
    assert agrees(found, store.vectors() @ store.vectors()[7], allowed, N)
    assert (len(found.rows), found.images, found.by, found.sought) == (N - 1, N - 1, "like", "people/00007.png")


def test_a_filter_may_leave_fewer_than_were_asked_for(look):
    found = look(text="man", where={"age": "more than 70"}, k=50)
    assert len(found.rows) == found.images == 5
    none = look(text="man", where={"age": "more than 70", "gender": "Male", "skin_tone": "light"}, k=50)
    assert none.images == len(none.rows) == len(none.scores) < 5


def test_a_label_bank_looks_the_text_up_and_answers_by_image(banked):
    rows = banked.vectors("bank")
    found = find_images(banked, text=" woman ", k=20)
    assert found.rows[0] == 9
    assert agrees(found, rows @ rows[9], np.ones(N, bool), 20)
    assert 5 not in find_images(banked, like="people/00005.png", k=20).rows
    with pytest.raises(LabelError, match=r'does not have "wman"\. The nearest is "woman"'):
        find_images(banked, text="wman")
    with pytest.raises(QueryError, match="label bank and no encoder"):
        find_images(banked, picture=Image.new("RGB", (8, 8)))


def test_a_table_of_scores_ranks_by_the_labels_column(banked):
    scores = np.round(tiny_vectors(N, DIM)[:, 0].astype(float), 1)  # many are equal
    found = find_images(banked, text="man", variant="scored", k=60, where={"gender": "Female"})
    wanted = rank(scores, (tiny_people(N)["gender"] == "Female").to_numpy())[:60]
    assert list(found.rows) == wanted
    assert found.scores == tuple(scores[wanted])
    for asked in ({"picture": Image.new("RGB", (8, 8))}, {"like": "people/00005.png"}):
        with pytest.raises(QueryError, match="holds scores and no embeddings"):
            find_images(banked, variant="scored", **asked)
    with pytest.raises(LabelError, match='table of scores of this store does not have "cat"'):
        find_images(banked, text="cat", variant="scored")


@pytest.mark.parametrize(
    ("asked", "kind", "sentence"),
    [
        ({}, QueryError, "Nothing to look for was given"),
        ({"text": "man", "like": "people/00001.png"}, QueryError, "2 things to look for were given; name only one"),
        ({"text": "  "}, LabelError, "is blank"),
        ({"text": "word " * CONTEXT}, LabelError, f"reads at most {CONTEXT} tokens"),
        ({"like": "people/0007.png"}, QueryError, 'no image "people/0007.png". The nearest is "people/0'),
        ({"text": "man", "k": 0}, QueryError, "ask for 1 to 200"),
        ({"text": "man", "k": 201}, QueryError, "ask for 1 to 200"),
        ({"text": "man", "where": {"gender": "Mail"}}, QueryError, 'The nearest is "Male"'),
        ({"text": "man", "variant": "tiniest"}, QueryError, 'no variant "tiniest"'),
    ],
)
def test_what_cannot_be_looked_for_is_said(look, asked, kind, sentence):
    with pytest.raises(kind, match=sentence):
        look(**asked)


def test_another_encoder_than_that_of_the_images_is_refused(tmp_path, encoder):
    store = open_store(make_tiny_store(tmp_path, 40, spec=fake_spec(DIM)))
    with pytest.raises(EncoderError, match="What to look for was embedded by local-dir"):
        find_images(store, text="man", read=lambda reference: encoder)


def test_a_small_store_is_asked_for_all_it_has(tmp_path, encoder):
    store = open_store(make_tiny_store(tmp_path, 12, spec=encoder.spec))
    found = find_images(store, text="man", read=lambda reference: encoder)
    assert (found.k, len(found.rows)) == (12, 12)
    assert pd.Index(found.ids).is_unique
