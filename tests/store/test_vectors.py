import gc

import faiss
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_store import tiny_vectors

from clipdash.errors import StoreError
from clipdash.store.manifest import DamageError
from clipdash.store.vectors import VectorFile, map_vectors, normalise_rows


def write(path, *blocks, dim=16):
    file = VectorFile(path, dim)
    for block in blocks:
        file.append(block)
    file.close()


def test_file_is_what_faiss_itself_writes(tmp_path):
    rows = tiny_vectors(50)
    index = faiss.IndexFlatIP(16)
    index.add(rows)
    faiss.write_index(index, str(tmp_path / "faiss"))
    write(tmp_path / "ours", rows[:20], rows[20:21], rows[21:])
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "faiss").read_bytes()


def test_faiss_searches_it(tmp_path):
    rows = tiny_vectors(50)
    write(tmp_path / "i", rows)
    scores, found = faiss.read_index(str(tmp_path / "i")).search(rows[:3], 1)
    assert found[:, 0].tolist() == [0, 1, 2]
    assert scores[:, 0] == pytest.approx(1, abs=1e-6)


def test_rows_are_read_in_place_and_cannot_be_written(tmp_path):
    rows = tiny_vectors(50)
    write(tmp_path / "i", rows)
    mapped = map_vectors(tmp_path / "i", "i", (50, 16))
    assert mapped.dtype == np.float32
    assert np.array_equal(mapped, rows)
    assert not mapped.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0] = 1


def test_a_view_keeps_the_file_mapped(tmp_path):
    rows = tiny_vectors(50)
    write(tmp_path / "i", rows)
    view = map_vectors(tmp_path / "i", "i", (50, 16))[10:20, 3:]
    (tmp_path / "i").unlink()
    gc.collect()
    assert np.array_equal(view, rows[10:20, 3:])


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_bytes(b""), "not an index that FAISS reads"),
        (lambda path: path.write_bytes(b"x" * 500), "not an index that FAISS reads"),
        (lambda path: faiss.write_index(faiss.IndexFlatL2(16), str(path)), "not a flat index of inner products"),
        (lambda path: faiss.write_index(faiss.IndexHNSWFlat(16, 4), str(path)), "not a flat index of inner products"),
        (lambda path: write(path, tiny_vectors(3)), "holds 3 x 16 numbers where the manifest says 2 x 16"),
    ],
)
def test_another_file_is_named(tmp_path, make, sentence):
    make(tmp_path / "i")
    with pytest.raises(DamageError) as caught:
        map_vectors(tmp_path / "i", "variants/x/images.faiss", (2, 16))
    assert str(caught.value).startswith("variants/x/images.faiss ")
    assert sentence in str(caught.value)


def test_truncated_index_is_named(tmp_path):
    write(tmp_path / "i", tiny_vectors(3))
    (tmp_path / "i").write_bytes((tmp_path / "i").read_bytes()[:-1])
    with pytest.raises(DamageError, match="not an index that FAISS reads"):
        map_vectors(tmp_path / "i", "i", (3, 16))


@given(st.integers(1, 5), st.sampled_from(["f2", "f4", "f8"]), st.floats(1e-3, 1e3))
def test_rows_are_scaled_to_one(n, dtype, scale):
    rows = (np.random.default_rng(n).standard_normal((n, 8)) * scale + scale / 10).astype(dtype)
    unit = normalise_rows(rows, "v", [str(row) for row in range(n)])
    assert unit.dtype == np.float32
    assert np.linalg.norm(unit, axis=1) == pytest.approx(1, abs=1e-6)


def test_rows_beyond_the_square_root_of_float32_are_scaled_too():
    assert normalise_rows(np.array([[3e30, 4e30]], dtype=np.float32), "v", ["a"]).tolist() == [
        pytest.approx([0.6, 0.8])
    ]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ([[1.0, 0], [0, 0]], '"b.png" in variant "v" is zero;'),
        ([[1.0, 0], [0, np.nan]], '"b.png" in variant "v" holds a value that is not a finite number;'),
        ([[np.inf, 0], [np.nan, 0]], '"a.png" in variant "v" holds a value that is not a finite number (2 such rows'),
    ],
)
def test_rows_without_a_direction_are_refused(bad, sentence):
    with pytest.raises(StoreError) as caught:
        normalise_rows(np.array(bad), "v", ["a.png", "b.png"])
    assert sentence in str(caught.value)
