import csv
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipdash.errors import FileError, QueryError
from clipdash.store import read_people

ODD = Path(__file__).parents[3] / "shared" / "data" / "odd_files" / "cp1252_ragged.csv"


def write(tmp_path, content):
    path = tmp_path / "M.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_columns_are_text_and_only_the_empty_cell_is_missing(tmp_path):
    people = read_people(write(tmp_path, 'age,image_id,note\n01,a/1.png,NA\n,a/2.png,"x, ""y"""\n 3,b.png,null\n'))
    assert people.index.tolist() == ["a/1.png", "a/2.png", "b.png"]
    assert people.index.name == "image_id"
    assert people["age"].tolist()[::2] == ["01", " 3"]
    assert people["age"].isna().tolist() == [False, True, False]
    assert people["note"].tolist() == ["NA", 'x, "y"', "null"]


def test_byte_order_mark_windows_line_ends_and_empty_lines(tmp_path):
    people = read_people(write(tmp_path, b"\xef\xbb\xbfimage_id,a\r\n\r\n1.png,x\r\n\r\n"))
    assert people["a"].tolist() == ["x"]


def test_values_are_in_natural_order(tmp_path):
    people = read_people(write(tmp_path, "image_id,age\n1,10-19\n2,3-9\n"))
    assert list(people["age"].cat.categories) == ["3-9", "10-19"]


def test_ids_alone_are_enough(tmp_path):
    assert read_people(write(tmp_path, "image_id\n1\n2\n")).shape == (2, 0)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=10))
def test_any_text_is_read_as_it_was_written(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("metadata") / "M.csv"
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows([("image_id", "a", "b"), *((f"{n}.png", *row) for n, row in enumerate(rows))])
    people = read_people(path)
    cells = [tuple("" if pd.isna(cell) else cell for cell in row) for row in people.itertuples(index=False)]
    assert cells == rows


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty; expected a head line with image_id"),
        ("\n", "is empty"),
        ("image_id,a\n", "has a head line and no row"),
        ("Image_ID,gender\n1,x\n", 'has no column image_id. The nearest is "Image_ID".'),
        ("image_id;gender\n1;x\n", 'has no column image_id. The nearest is "image_id;gender".'),
        (",image_id\n0,1\n", "column 1 of the head line has no name"),
        ("image_id,a,a\n1,x,y\n", 'the column "a" occurs more than once'),
        ("image_id,image_id\n1,x\n", 'the column "image_id" occurs more than once'),
        ("image_id,a\n1,x\n2,x,y\n", 'the row in line 3 (it begins with "2") has 3 cells where the head line has 2'),
        ("image_id,a\n1,x\n2\n", 'the row in line 3 (it begins with "2") has 1 cells'),
        ("image_id,a\n,x\n", "the row in line 2 has no image_id"),
        ("image_id\n1\n1\n2\n", '1 id occurs in more than one row: "1".'),
        ("image_id\n" + "0\n1\n2\n3\n4\n5\n6\n" * 3, '7 ids occur in more than one row: "0", "1", "2", "3", "4", ....'),
        (b"image_id,a\n1,x\n2,caf\xe9\n", "is not UTF-8 text (see line 3)"),
        (b"\xff\xfei\0m\0", "is not UTF-8 text (see line 1)"),
        ('image_id,a\n1,"x\n', "is not a CSV file that can be read"),
        ("image_id,a\n1," + "x" * 200_000 + "\n", "field larger than field limit"),
    ],
)  # fmt: skip
def test_bad_metadata_gets_a_sentence(tmp_path, content, sentence):
    path = write(tmp_path, content)
    with pytest.raises(FileError) as caught:
        read_people(path)
    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(FileError, match=re.escape("cannot be read (No such file or directory)")):
        read_people(tmp_path / "M.csv")


@pytest.mark.skipif(not ODD.is_file(), reason="the evaluation data of ../shared/data are not here")
def test_a_file_as_someone_left_it():
    with pytest.raises(FileError, match="is not UTF-8 text"):
        read_people(ODD)


def test_another_encoding_can_be_named(tmp_path):
    path = write(tmp_path, "image_id,a\n1,café\n".encode("cp1252"))
    assert read_people(path, "cp1252")["a"].tolist() == ["café"]
    assert read_people(write(tmp_path, "image_id,a\n1,x\n".encode("utf-16")), "utf-16")["a"].tolist() == ["x"]


@pytest.mark.parametrize(
    ("content", "guess"),
    [
        (b"image_id\ncaf\xe9\n", "cp1252"),
        ("image_id\n1\n".encode("utf-16"), "utf-16"),
        (b"image_id\n\x81\n", "latin-1"),
    ],
)
def test_the_likely_encoding_is_named(tmp_path, content, guess):
    with pytest.raises(FileError, match=f"it looks like {guess}"):
        read_people(write(tmp_path, content))


def test_a_wrong_encoding_is_said(tmp_path):
    path = write(tmp_path, b"image_id\n\x81\n")
    with pytest.raises(FileError, match="is not text in the encoding cp1252"):
        read_people(path, "cp1252")
    with pytest.raises(QueryError, match='There is no text encoding "klingon"'):
        read_people(path, "klingon")
