from io import BytesIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clipdash.errors import FileError
from clipdash.store import Upload, read_list_column, read_people, write_rows


def save(path, **columns):
    pq.write_table(pa.table(columns), str(path))
    return path


def test_annotations_are_text(tmp_path):
    path = save(tmp_path / "M.parquet", image_id=["a", "b"], age=pa.array([3, None]), gender=["Male", ""])
    people = read_people(path)
    assert people.index.tolist() == ["a", "b"]
    assert people["age"].tolist()[0] == "3"
    assert people.isna().to_numpy().tolist() == [[False, False], [True, True]]
    assert isinstance(people["age"].dtype, pd.CategoricalDtype)


def test_annotations_held_in_memory_are_those_of_the_file(tmp_path):
    path = save(tmp_path / "M.parquet", image_id=["a", "b"], gender=["Male", ""])
    pd.testing.assert_frame_equal(read_people(Upload("M.parquet", path.read_bytes())), read_people(path))
    with pytest.raises(FileError, match=r"^M\.parquet is not a Parquet file"):
        read_people(Upload("M.parquet", b"PAR1"))


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"id": ["a"]}, "has no column image_id"),
        ({"image_id": ["a", None]}, "row 2 has no image_id"),
        ({"image_id": ["a", "a"]}, '1 id occurs in more than one row: "a"'),
        ({"image_id": ["a"], "nested": [{"x": 1}]}, 'the column "nested" cannot be read as text'),
    ],
)
def test_annotations_that_cannot_be_used_get_a_sentence(tmp_path, columns, sentence):
    with pytest.raises(FileError) as caught:
        read_people(save(tmp_path / "M.parquet", **columns))
    assert sentence in str(caught.value)


def test_lists_are_a_matrix(tmp_path):
    fixed = pa.FixedSizeListArray.from_arrays(pa.array([1.0, 2, 3, 4], pa.float32()), 2)
    for name, column in (("fixed", fixed), ("loose", [[1.0, 2.0], [3.0, 4.0]])):
        found = read_list_column(save(tmp_path / f"{name}.parquet", embedding=column, other=["x", "y"]))
        assert found.shape == (2, 2)
        np.testing.assert_array_equal(found, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": [1.0]}, "has 0 columns of lists"),
        ({"a": [[1.0]], "b": [[1.0]]}, "has 2 columns of lists"),
        ({"a": [[1.0, 2.0], [1.0]]}, "do not all have the same length"),
        ({"a": [[1.0], None]}, "do not all have the same length"),
    ],
)
def test_lists_that_are_no_matrix_get_a_sentence(tmp_path, columns, sentence):
    with pytest.raises(FileError, match=sentence):
        read_list_column(save(tmp_path / "E.parquet", **columns))


def test_a_file_that_is_missing_or_something_else_is_said(tmp_path):
    with pytest.raises(FileError, match="is not there"):
        read_list_column(tmp_path / "absent.parquet")
    (tmp_path / "E.parquet").write_bytes(b"nothing")
    with pytest.raises(FileError, match="is not a Parquet file"):
        read_list_column(tmp_path / "E.parquet")


def test_rows_keep_their_kinds():
    columns = ("text", "count", "rate", "truth", "nothing", "mixed")
    rows = [("=a", 1, 0.5, True, None, 1), (None, 2, None, None, None, 0.25)]
    table = pq.read_table(BytesIO(write_rows(columns, rows)))
    assert tuple(table.column_names) == columns
    assert [str(kind) for kind in table.schema.types] == ["string", "int64", "double", "bool", "string", "double"]
    assert [tuple(row.values()) for row in table.to_pylist()] == [("=a", 1, 0.5, True, None, 1.0), rows[1]]
    assert pq.read_table(BytesIO(write_rows(columns, []))).num_rows == 0


@pytest.mark.parametrize(("text", "rows"), [("x", 21_000_000), ("x" * 20_000, 60_000)], ids=["cells", "text"])
def test_an_upload_that_unfolds_to_more_than_memory_holds_is_refused(text, rows):
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))
    content = BytesIO()
    pq.write_table(pa.table({"image_id": column}), content, compression="zstd")
    assert len(content.getvalue()) < 100_000
    with pytest.raises(FileError, match=r"^a\.parquet unfolds to more than 20,000,000 cells or 1 GiB of text\. Send"):
        read_people(Upload("a.parquet", content.getvalue()))
