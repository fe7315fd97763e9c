"""Columns of scores are computed once, bounded, and the same to the last bit however they are computed."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_zeroshot import Rows, classifier, unit, world
from tiny_store import make_tiny_store

from clipdash.errors import QueryError
from clipdash.store import multiply_rows, open_store
from clipdash.zeroshot import Classifier, blocks, classify, columns, predictions, scores
from clipdash.zeroshot.blocks import for_each_block, split_rows
from clipdash.zeroshot.columns import ColumnCache
from clipdash.zeroshot.predictions import pick_top

IMAGES, DIM = 40_000, 16


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("columns"), n=IMAGES))


@pytest.fixture
def kept(monkeypatch):
    """An empty cache for as many columns as anyone wants."""
    cache = ColumnCache(1 << 30)
    monkeypatch.setattr(scores, "share_columns", lambda: cache)
    return cache


def labels(store, count, seed=0):
    found = classifier(unit(np.random.default_rng(seed).standard_normal((count, DIM))))
    return Classifier(found.label_set, store.variant().encoder, found.weights)


def pick(store, found, places):
    """The labels at some places as a set of their own."""
    chosen = found.label_set.replace(labels=tuple(found.label_set.labels[place] for place in places))
    return Classifier(chosen, found.encoder, np.ascontiguousarray(found.weights[places]))


@given(
    seed=st.integers(0, 999),
    dim=st.sampled_from([1, 2, 3, 4, 7, 8, 12, 15, 16, 17, 64, 100, 512]),
    images=st.integers(1, 700),
    labels=st.integers(1, 5),
    cut=st.integers(0, 700),
)
def test_a_product_is_the_same_to_the_last_bit_in_any_block_and_company(seed, dim, images, labels, cut):
    random = np.random.default_rng(seed)
    rows, weights = (random.standard_normal((count, dim)).astype(np.float32) for count in (images, labels))
    whole = np.empty((labels, images), np.float32)
    multiply_rows(rows, weights, list(whole))
    np.testing.assert_allclose(whole, weights @ rows.T.astype(np.float64), atol=1e-5 * dim)
    cut = min(cut, images)
    for part in (slice(0, cut), slice(cut, images)):
        alone = np.empty(len(rows[part]), np.float32)
        for weight, column in zip(weights, whole, strict=True):
            multiply_rows(rows[part], weight[None], [alone])
            assert np.array_equal(alone, column[part])
    turned = np.empty((labels, images), np.float32)
    multiply_rows(np.asfortranarray(rows), weights[::-1].copy(), list(turned))
    assert np.array_equal(turned[::-1], whole)


def test_mapped_rows_are_multiplied_where_they_lie(store):
    weights = labels(store, 3).weights
    found, copied = np.empty((3, IMAGES), np.float32), np.empty((3, IMAGES), np.float32)
    assert not store.vectors().flags.aligned
    multiply_rows(store.vectors(), weights, list(found))
    multiply_rows(np.array(store.vectors()), weights, list(copied))
    assert np.array_equal(found, copied)


@given(
    seed=st.integers(0, 999),
    count=st.sampled_from([1, 2, 3, 20, 255, 256, 257, 300]),
    images=st.integers(0, 60),
    levels=st.sampled_from([2, 5, 1000]),
    kind=st.sampled_from([np.float32, np.float64]),
)
def test_the_largest_score_wins_and_of_equal_ones_the_first(seed, count, images, levels, kind):
    held = np.random.default_rng(seed).integers(-levels, levels, (count, images)).astype(kind)
    before = held.copy()
    top, margin = pick_top(list(held))
    assert (top.shape, top.dtype, margin.shape, margin.dtype) == ((images,), np.int32, (images,), np.float32)
    assert np.array_equal(top, held.argmax(axis=0))
    ranked = np.sort(held, axis=0)
    assert np.array_equal(margin, ranked[-1] - ranked[-2] if count > 1 else np.full(images, np.inf))
    assert np.array_equal(held, before), "kept columns are not the caller's to change"


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99), images=st.integers(1, 300), block=st.integers(1, 200), threads=st.integers(1, 4))
def test_blocks_and_threads_change_nothing(seed, images, block, threads):
    rows, weights = world(seed, images, 6)
    rows[::3] = rows[0]  # ties between images and, below, between labels
    asked = classifier(np.concatenate([weights, weights[:2]]))
    whole = classify(Rows(rows), asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "ROWS_A_BLOCK", block)
        patch.setenv("OMP_NUM_THREADS", str(threads))
        other = classify(Rows(rows), asked)
    assert np.array_equal(whole.top, other.top)
    assert whole.margin.tobytes() == other.margin.tobytes()


def test_kept_columns_give_what_a_plain_pass_gives(store, kept, monkeypatch):
    asked = labels(store, 6)
    found = classify(store, asked)
    monkeypatch.setattr(scores, "share_columns", lambda: ColumnCache(0))
    plain = classify(store, asked)
    assert np.array_equal(found.top, plain.top)
    assert found.margin.tobytes() == plain.margin.tobytes()
    exact = store.vectors().astype(np.float64) @ asked.weights.T.astype(np.float64)
    np.testing.assert_allclose(exact[np.arange(IMAGES), found.top], exact.max(axis=1), atol=1e-6)


def test_an_edited_label_costs_one_column_and_a_removed_one_none(store, kept):
    all_labels = labels(store, 21)
    classify(store, pick(store, all_labels, range(20)))
    assert kept.computed == 20
    edited = classify(store, pick(store, all_labels, [*range(7), 20, *range(8, 20)]))
    assert kept.computed == 21
    classify(store, pick(store, all_labels, range(1, 20)))
    assert kept.computed == 21
    assert kept.bytes == 21 * 4 * IMAGES
    assert (edited.top == 7).any()


def test_labels_with_one_embedding_share_a_column_and_the_first_wins(store, kept):
    asked = labels(store, 3)
    classify(store, asked)
    texts = labels(store, 5).label_set
    doubled = classify(store, Classifier(texts, asked.encoder, asked.weights[[0, 1, 2, 1, 0]].copy()))
    assert kept.computed == 3
    assert doubled.top.max() <= 2


def test_the_cache_keeps_what_was_used_last_within_its_bytes(store):
    cache, asked = ColumnCache(3 * 4 * IMAGES), labels(store, 4)
    cache.fetch(store, "tiny", asked.weights[:3])
    cache.fetch(store, "tiny", asked.weights[:1])
    cache.fetch(store, "tiny", asked.weights[3:])
    assert (cache.computed, cache.bytes) == (4, 3 * 4 * IMAGES)
    cache.fetch(store, "tiny", asked.weights[:1])
    assert cache.computed == 4
    cache.fetch(store, "tiny", asked.weights[1:2])
    assert cache.computed == 5, "the one that was not used for longest is gone"
    assert cache.fetch(store, "tiny", asked.weights) is None, "so many do not fit"
    (column,) = cache.fetch(store, "tiny", asked.weights[:1])
    assert (column.shape, column.dtype, column.flags.writeable) == ((IMAGES,), np.float32, False)


def test_two_at_once_compute_a_column_once(store, kept):
    asked, found = labels(store, 8), []
    hands = [threading.Thread(target=lambda: found.append(classify(store, asked))) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert kept.computed == 8
    assert len(found) == 4
    assert all(np.array_equal(one.top, found[0].top) for one in found)


def test_the_number_of_threads_is_what_the_environment_says(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert blocks.count_threads() == 3
    for nonsense in ("", "0", "many", "²"):
        monkeypatch.setenv("OMP_NUM_THREADS", nonsense)
        assert blocks.count_threads() >= 1
    assert predictions.for_each_block is for_each_block


def test_what_goes_wrong_in_a_block_is_raised():
    def fail(rows):
        if rows.start:
            raise ValueError("not this one")

    with pytest.raises(ValueError, match="not this one"):
        for_each_block(fail, range(100_000))
    assert split_rows(range(0)) == ()


def test_the_budget_is_a_quarter_of_the_memory_or_what_is_named(monkeypatch, tmp_path):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(columns, "_LIMITS", (str(limit),))
    whole = columns.find_budget()
    assert whole > 1 << 26
    limit.write_text("400000000\n")
    assert columns.find_budget() == 100_000_000
    limit.write_text("max\n")
    assert columns.find_budget() == whole
    monkeypatch.setenv("CLIPDASH_COLUMNS_MB", "5")
    assert columns.find_budget() == 5 << 20
    monkeypatch.setenv("CLIPDASH_COLUMNS_MB", "-5")
    with pytest.raises(QueryError, match='CLIPDASH_COLUMNS_MB is "-5"; expected a whole number'):
        columns.find_budget()
