import numpy as np
import pytest

from clipdash.encoders import LabelBank, dump_bank, read_bank
from clipdash.errors import FileError, LabelError

LABELS = ["man", "woman", "caf\u00e9"]
ROWS = np.array([[3, 4], [0, 2], [1, 0]], dtype=np.float16)


@pytest.fixture
def bank():
    return LabelBank("B.npz", LABELS, ROWS)


def test_rows_are_unit_and_looked_up_by_text(bank):
    found = bank.find_labels(["woman", " man", "cafe\u0301"])
    assert (found.shape, found.dtype) == ((3, 2), np.float32)
    np.testing.assert_allclose(found, [[0, 1], [0.6, 0.8], [1, 0]], atol=1e-7)
    assert (bank.spec.labels, bank.spec.dim) == (tuple(LABELS), 2)


def test_an_unknown_label_names_the_nearest(bank):
    with pytest.raises(LabelError) as caught:
        bank.find_labels(["womn", "man"])
    assert str(caught.value) == 'The label bank of this store does not have "womn". The nearest is "woman".'
    with pytest.raises(LabelError, match=r'"womn", "b", "c" and 1 more\. For "womn": the nearest is "woman"\.'):
        bank.find_labels(["womn", "b", "c", "d"])


def test_written_and_read_back_it_is_the_same(bank, tmp_path):
    path = tmp_path / "B.npz"
    path.write_bytes(dump_bank(bank))
    assert dump_bank(bank) == path.read_bytes()
    again = read_bank(path)
    assert again.spec == bank.spec
    assert np.array_equal(again.vectors, bank.vectors)


def test_the_digest_follows_labels_and_rows(bank):
    assert LabelBank("other.npz", LABELS, ROWS * 2).spec.digest == bank.spec.digest
    assert LabelBank("B.npz", LABELS[::-1], ROWS).spec.digest != bank.spec.digest
    assert LabelBank("B.npz", LABELS, ROWS[::-1]).spec.digest != bank.spec.digest


@pytest.mark.parametrize(
    ("labels", "rows", "sentence"),
    [
        (["man", " man"], ROWS[:2], 'the label " man" occurs more than once'),
        (["man", " "], ROWS[:2], "label 2 is blank"),
        (["man"], ROWS, r"holds 1 labels and embeddings of shape \(3, 2\)"),
        (["man"], ROWS[0], r"shape \(2,\)"),
        ([], ROWS[:0], "holds no label"),
        (["man", "woman"], np.array([[1, 0], [0, 0.0]]), 'the embedding of "woman" is zero or not finite'),
        (["man", "woman"], np.array([[np.nan, 0], [0, 1]]), 'the embedding of "man" is zero or not finite'),
    ],
)
def test_parts_that_do_not_fit_are_said(labels, rows, sentence):
    with pytest.raises(FileError, match=sentence):
        LabelBank("B.npz", labels, rows)


def save(path, **arrays):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"labels": np.array(LABELS)}, 'has no array "embeddings"'),
        ({"labels": np.arange(3), "embeddings": ROWS}, "labels are int64"),
        ({"labels": np.array(LABELS), "embeddings": np.ones((3, 2), int)}, "embeddings are int64; expected floats"),
        ({"labels": np.array(LABELS, dtype=object), "embeddings": ROWS}, "is not a label bank that can be read"),
    ],
)
def test_a_file_that_is_no_bank_is_said(tmp_path, arrays, sentence):
    with pytest.raises(FileError, match=sentence):
        read_bank(save(tmp_path / "B.npz", **arrays))


def test_a_file_that_is_missing_or_something_else_is_said(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        read_bank(tmp_path / "absent.npz")
    other = tmp_path / "B.npz"
    for content in (b"", b"text", b"PK\x03\x04 broken"):
        other.write_bytes(content)
        with pytest.raises(FileError, match="label bank"):
            read_bank(other)
