import numpy as np
import pytest

from clipdash.errors import FileError
from clipdash.store.arrow import map_file
from clipdash.store.manifest import DamageError
from clipdash.store.scores import ScoreTable, map_scores, read_scores, write_scores


@pytest.fixture
def write(tmp_path):
    def put(content):
        path = tmp_path / "S.csv"
        path.write_text(content, encoding="utf-8")
        return path

    return put


def test_scores_keep_their_precision(write):
    file = read_scores(write("his,image_id,her\n0.33986,b,-1e-3\n0.1,a,2\n"))
    assert file.ids == ("b", "a")
    assert file.columns["his"].tolist() == [0.33986, 0.1]
    table = file.pick_rows(["a", "b"])
    assert table.columns["her"].tolist() == [2.0, -0.001]
    assert table.columns["her"].dtype == np.float64
    assert table.spec.labels == ("his", "her")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("image_id,his\na,x\n", 'line 2 has "x" under "his"; expected a finite number'),
        ("image_id,his\na,1\nb,nan\n", 'line 3 has "nan" under "his"'),
        ("image_id,his\na,inf\n", 'has "inf"'),
        ("image_id,his\na,\n", 'has "" under "his"'),
        ("image_id\na\n", "has no column of a label beside image_id"),
        ("image_id,his, his\na,1,2\n", 'the label " his" occurs more than once'),
        ("image_id,his\na,1\na,2\n", '1 id occurs in more than one row: "a"'),
        ("id,his\na,1\n", "has no column image_id"),
        ("image_id,his\n", "has a head line and no row"),
        ("", "expected a head line with image_id and one column a label"),
    ],
)
def test_a_table_that_cannot_be_used_gets_a_sentence(write, content, sentence):
    with pytest.raises(FileError) as caught:
        read_scores(write(content))
    assert sentence in str(caught.value)


TABLE = ScoreTable("S.csv", {"his": np.array([0.1, 0.2]), "a/b\n": np.array([0.3, 0.4])})


def test_written_and_mapped_it_is_the_same(tmp_path):
    for name in ("a", "b"):
        write_scores(tmp_path / name, TABLE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    found = map_scores(map_file(tmp_path, "a"), "a", tuple(TABLE.columns), 2)
    assert {label: column.tolist() for label, column in found.items()} == {"his": [0.1, 0.2], "a/b\n": [0.3, 0.4]}
    assert found["his"].shape == (2,)


def test_damage_is_said(tmp_path):
    write_scores(tmp_path / "a", TABLE)
    with pytest.raises(DamageError, match="does not hold 2 scores for each of the 3 images"):
        map_scores(map_file(tmp_path, "a"), "a", ("x", "y"), 3)
    (tmp_path / "b").write_bytes(b"nothing")
    with pytest.raises(DamageError, match="b is not an Arrow file"):
        map_scores(map_file(tmp_path, "b"), "b", ("x",), 3)


def test_the_digest_follows_labels_and_scores():
    turned = ScoreTable("S.csv", dict(reversed(TABLE.columns.items())))
    assert turned.spec.digest != TABLE.spec.digest == ScoreTable("T.csv", TABLE.columns).spec.digest
