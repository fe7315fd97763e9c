"""Exact search against plain sums, with filters, ties and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_store import fake_spec, make_tiny_store, tiny_people, tiny_vectors

from clipdash.errors import QueryError
from clipdash.store import open_store, search_rows, write_store

N, DIM = 300, 16


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("search"), N))


def look_slowly(rows, vector, k, allowed):
    """The plain way: all sums in float64, then a sort by score and row."""
    scores = rows.astype(np.float64) @ vector.astype(np.float64)
    places = [place for place in range(len(rows)) if allowed[place]]
    return sorted(places, key=lambda place: (-scores[place], place))[:k], scores


@given(seed=st.integers(0, 2**32 - 1), k=st.integers(1, N), share=st.sampled_from([0.0, 0.02, 0.3, 1.0]))
def test_search_finds_what_plain_sums_find(store, seed, k, share):
    random = np.random.default_rng(seed)
    allowed = random.random(N) < share
    queries = tiny_vectors(3, DIM, seed)
    rows, scores = search_rows(store, queries, k=k, allowed=allowed)
    assert rows.shape == scores.shape == (3, min(k, allowed.sum()))
    assert (rows.dtype, scores.dtype) == (np.int64, np.float32)
    for found, told, query in zip(rows, scores, queries, strict=True):
        wanted, sums = look_slowly(store.vectors(), query, k, allowed)
        assert allowed[found].all()
        assert len(set(found)) == len(found)
        np.testing.assert_allclose(sums[found], sums[wanted], atol=1e-6)  # two may be as near as float32 can tell
        np.testing.assert_allclose(told, sums[found], atol=1e-6)


def test_without_a_filter_every_image_may_be_found_and_many_vectors_are_as_one(store):
    queries = tiny_vectors(200, DIM, 9)
    rows, scores = search_rows(store, queries, k=5)
    for found, query in zip(rows, queries, strict=True):
        wanted, sums = look_slowly(store.vectors(), query, 5, np.ones(N))
        np.testing.assert_allclose(sums[found], sums[wanted], atol=1e-6)
    one = search_rows(store, queries[7:8], k=5)
    assert np.array_equal(one[0][0], rows[7])
    assert np.array_equal(one[1][0], scores[7])


@pytest.mark.parametrize("k", [1, 7, 150, 299])
def test_of_equal_scores_the_smaller_row_comes_first_also_at_the_end(tmp_path, k):
    vectors = np.tile(tiny_vectors(3, DIM), (100, 1))
    store = write_store(tmp_path / "same", people=tiny_people(N), vectors={"tiny": (fake_spec(DIM), vectors)})
    allowed = np.ones(N, bool)
    allowed[[0, 4]] = False
    rows, scores = search_rows(store, vectors[:1], k=k, allowed=allowed)
    classes = sorted(range(3), key=lambda place: -float(vectors[place] @ vectors[0]))
    wanted = [row for kind in classes for row in range(kind, N, 3) if allowed[row]][:k]
    assert rows[0].tolist() == wanted
    assert np.all(np.diff(scores[0]) <= 0)


def test_no_image_allowed_and_no_vector_give_empty_arrays(store):
    assert search_rows(store, tiny_vectors(2, DIM), k=4, allowed=np.zeros(N, bool))[0].shape == (2, 0)
    assert search_rows(store, np.empty((0, DIM), np.float32), k=4)[1].shape == (0, 4)


@pytest.mark.parametrize(
    ("vectors", "options", "sentence"),
    [
        (tiny_vectors(1, DIM), {"k": 0}, "ask for 1 to 300"),
        (tiny_vectors(1, DIM), {"k": 301}, "ask for 1 to 300"),
        (tiny_vectors(1, 8), {"k": 1}, "rows of 16 numbers"),
        (tiny_vectors(1, DIM)[0], {"k": 1}, "rows of 16 numbers"),
        (np.full((1, DIM), np.nan, np.float32), {"k": 1}, "not a finite number"),
        (tiny_vectors(1, DIM), {"k": 1, "allowed": np.ones(4, bool)}, "one value for each of 300 images"),
        (tiny_vectors(1, DIM), {"k": 1, "variant": "tny"}, 'The nearest is "tiny"'),
    ],
)
def test_what_cannot_be_searched_is_said(store, vectors, options, sentence):
    with pytest.raises(QueryError, match=sentence):
        search_rows(store, vectors, **options)
