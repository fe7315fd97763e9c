"""Approximate indices: the same bytes each time, and a recall that plain sums confirm."""

import shutil

import faiss
import numpy as np
import pytest
from tiny_store import fake_spec, make_tiny_store, tiny_people, tiny_vectors

from clipdash.errors import QueryError
from clipdash.store import (
    StoreWriter,
    build_search_index,
    measure_recall,
    open_store,
    read_search_index,
    search_rows,
    verify_store,
    write_store,
)
from clipdash.store.manifest import DamageError

N, DIM = 2000, 16
FACTORIES = ["Flat", "HNSW8", "IVF16,Flat", "IVF16,PQ8x4", "SQ8"]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("indexed"), N, dim=DIM)).vectors()


@pytest.mark.parametrize("factory", FACTORIES)
def test_the_same_vectors_give_the_same_bytes_whatever_the_threads(vectors, tmp_path, factory):
    threads = faiss.omp_get_max_threads()
    try:
        for count in (1, 4):
            faiss.omp_set_num_threads(count)
            build_search_index(vectors, factory, tmp_path / f"{count}.faiss")
            assert faiss.omp_get_max_threads() == count
    finally:
        faiss.omp_set_num_threads(threads)
    assert (tmp_path / "1.faiss").read_bytes() == (tmp_path / "4.faiss").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.faiss", "4.faiss"]


@pytest.mark.parametrize("factory", FACTORIES)
def test_recall_is_the_share_that_plain_sums_find_too(vectors, tmp_path, factory):
    build_search_index(vectors, factory, tmp_path / "a.faiss")
    index = read_search_index(tmp_path / "a.faiss", "a.faiss", (N, DIM))
    queries = tiny_vectors(40, DIM, 5)
    nearest = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    found = index.search(queries, 10)[1]
    wanted = sum(len(set(a) & set(b)) for a, b in zip(nearest, found, strict=True)) / 400
    recall = measure_recall(vectors, index, queries)
    assert recall == pytest.approx(wanted, abs=0.003)  # two may be as near as float32 can tell
    assert recall == 1 if factory == "Flat" else 0.2 < recall <= 1


def test_what_an_index_does_not_find_counts_as_missed(vectors, tmp_path):
    build_search_index(vectors, "IVF64,Flat", tmp_path / "a.faiss")
    index = read_search_index(tmp_path / "a.faiss", "a.faiss", (N, DIM))
    assert index.nprobe == 8
    index.nprobe = 1
    assert measure_recall(vectors, index, tiny_vectors(20, DIM, 5), k=500) < 0.3  # one list of 64 has no 500 images
    index.nprobe = 64
    assert measure_recall(vectors, index, tiny_vectors(20, DIM, 5), k=500) == 1


class Twin:
    """An index that always answers with the rows that it was given."""

    def __init__(self, *rows):
        self.rows = rows

    def search(self, queries, k):
        return None, np.tile(self.rows[:k], (len(queries), 1))


def test_an_image_with_the_same_score_is_as_right(tmp_path):
    rows = tiny_vectors(40, DIM)
    rows[20:] = rows[:20]
    people = tiny_people(40)
    vectors = write_store(tmp_path / "twins", people=people, vectors={"tiny": (fake_spec(DIM), rows)}).vectors()
    assert measure_recall(vectors, Twin(27), vectors[7:8], k=1) == 1  # the exact search names row 7
    assert measure_recall(vectors, Twin(8), vectors[7:8], k=1) == 0
    assert measure_recall(vectors, Twin(-1), vectors[7:8], k=1) == 0
    assert measure_recall(vectors, Twin(27, 8), vectors[7:8], k=2) == 0.5


def test_a_file_that_is_open_is_replaced_under_its_readers(vectors, tmp_path):
    path = tmp_path / "a.faiss"
    build_search_index(vectors, "Flat", path)
    index = read_search_index(path, "a.faiss", (N, DIM))
    before = index.search(tiny_vectors(3, DIM), 5)[1]
    build_search_index(vectors[:900], "HNSW8", path)
    assert np.array_equal(index.search(tiny_vectors(3, DIM), 5)[1], before)
    assert read_search_index(path, "a.faiss", (900, DIM)).ntotal == 900


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [
        ("HNSV32", "FAISS makes no index"),
        ("LSH", "of inner products of 16 numbers"),
        ("IVF4000,Flat", "cannot be trained on 2,000 vectors"),
    ],
)
def test_an_index_that_cannot_be_is_refused_and_leaves_no_file(vectors, tmp_path, factory, sentence):
    with pytest.raises(QueryError, match=sentence):
        build_search_index(vectors, factory, tmp_path / "a.faiss")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_or_foreign_file_is_said(vectors, tmp_path):
    path = tmp_path / "a.faiss"
    build_search_index(vectors, "HNSW8", path)
    with pytest.raises(DamageError, match="holds 2000 x 16 numbers where 2001 x 16 are expected"):
        read_search_index(path, "a.faiss", (N + 1, DIM))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DamageError, match=r"a\.faiss is not an index that FAISS reads"):
        read_search_index(path, "a.faiss", (N, DIM))
    faiss.write_index(faiss.IndexFlatL2(DIM), str(path))
    with pytest.raises(DamageError, match="not an index of inner products"):
        read_search_index(path, "a.faiss", (0, DIM))


def test_recall_needs_something_to_look_for(vectors, tmp_path):
    with pytest.raises(QueryError, match="give at least one vector"):
        measure_recall(vectors, faiss.IndexFlatIP(DIM), np.empty((0, DIM), np.float32))
    with pytest.raises(QueryError, match="ask for 1 to 2,000"):
        measure_recall(vectors, faiss.IndexFlatIP(DIM), tiny_vectors(1, DIM), k=N + 1)


KINDS = ["HNSW16", "IVF16,Flat", "SQ8", "PQ4", "OPQ4,IVF4,PQ4"]


@pytest.fixture(scope="module", params=KINDS)
def indexed(request, tmp_path_factory):
    """A store whose variant has an approximate index."""
    path = tmp_path_factory.mktemp("kinds") / "indexed"
    with StoreWriter(path, {"tiny": fake_spec(DIM)}, index=request.param) as writer:
        writer.add_vectors("tiny", tiny_vectors(N, DIM), list(tiny_people(N).index))
        return writer.finish(tiny_people(N))


def test_a_store_says_what_its_index_is_worth(indexed):
    (variant,) = indexed.manifest.variants
    index = indexed.proposer()
    chosen = np.sort(np.random.default_rng(7).choice(N, 200, replace=False))
    recall = measure_recall(indexed.vectors(), index, np.asarray(indexed.vectors()[chosen]))
    assert (variant.search.recall, variant.search.queries) == (pytest.approx(recall, abs=1e-4), 200)
    assert 0.2 < variant.search.recall <= 1
    assert verify_store(indexed.path) == ()


@pytest.mark.parametrize("share", [1.0, 0.3, 0.02])
def test_what_is_proposed_has_exact_scores_and_keeps_to_the_filter(indexed, share):
    mask = np.random.default_rng(0).random(N) < share
    for query in tiny_vectors(5, DIM, 3):
        rows, scores = search_rows(indexed, query[None], k=10, allowed=None if share == 1 else mask)
        assert rows.shape == (1, 10)
        assert share == 1 or mask[rows[0]].all()
        np.testing.assert_allclose(scores[0], indexed.vectors()[rows[0]] @ query, atol=1e-6)
        assert (np.diff(scores[0]) <= 0).all()


def test_an_exact_search_looks_past_the_index(indexed):
    sums = indexed.vectors() @ tiny_vectors(1, DIM, 3)[0]
    _, scores = search_rows(indexed, tiny_vectors(1, DIM, 3), k=10, exact=True)
    np.testing.assert_allclose(scores[0], np.sort(sums)[::-1][:10], atol=1e-6)


def test_a_flipped_byte_of_the_index_is_found(indexed, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(indexed.path, copy)
    path = copy / "variants/tiny/search.faiss"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert verify_store(copy) == (
        "variants/tiny/search.faiss has changed: its checksum is not the one in manifest.json",
    )


@pytest.mark.parametrize(
    ("factory", "sentence"),
    [("Nonsense", "FAISS makes no index"), ("IVF9999,Flat", "trained on"), ("IDMap,Flat", "block by block")],
)
def test_an_index_that_cannot_be_had_is_a_sentence_and_leaves_nothing(tmp_path, factory, sentence):
    with pytest.raises(QueryError, match=sentence):  # noqa: PT012, SIM117
        with StoreWriter(tmp_path / "s", {"tiny": fake_spec(DIM)}, index=factory) as writer:
            writer.add_vectors("tiny", tiny_vectors(N, DIM), list(tiny_people(N).index))
            writer.finish(tiny_people(N))
    assert list(tmp_path.iterdir()) == []
