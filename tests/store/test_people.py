import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipdash.errors import StoreError
from clipdash.store import About, AttributeAbout, order_people, sort_values
from clipdash.store.manifest import Attribute, DamageError
from clipdash.store.people import list_attributes, read_buffered_people, write_people


def frame(**columns):
    length = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"{row}.png" for row in range(length)], dtype=object)


def round_trip(path, people):
    attributes = list_attributes(people, About())
    write_people(path, people)
    return read_buffered_people(pa.py_buffer(path.read_bytes()), attributes, len(people))


def test_natural_order():
    assert sort_values(["20-29", "3-9", "0-2", "10-19"]) == ("0-2", "3-9", "10-19", "20-29")
    assert sort_values(["b", "A", "a", "B", "10", "9"]) == ("9", "10", "A", "a", "B", "b")
    assert sort_values(["a1b", "a", "a1", "a01"]) == ("a", "a01", "a1", "a1b")


@given(st.lists(st.text(), unique=True))
def test_sorting_keeps_values_and_does_not_depend_on_their_order(values):
    assert sorted(sort_values(values)) == sorted(values)
    assert sort_values(values[::-1]) == sort_values(values)


@given(st.lists(st.integers(min_value=0, max_value=10**30), unique=True))
def test_numbers_sort_as_numbers(numbers):
    assert sort_values([f"x{n}" for n in numbers]) == tuple(f"x{n}" for n in sorted(numbers))


def test_values_beyond_any_machine_number_sort():
    assert sort_values(["9" * 6000, "1"]) == ("1", "9" * 6000)


def test_missing_is_the_empty_cell_only():
    people = order_people(frame(a=["NA", "", None, "01", np.nan, " "]), About(), {})
    assert people["a"].isna().tolist() == [False, True, True, False, True, False]
    assert people["a"].cat.categories.tolist() == ["01", " ", "NA"]
    assert not people["a"].cat.ordered


def test_order_of_the_call_wins_over_that_of_the_about_file_and_both_over_nature():
    people = frame(a=["x", "y"], b=["x", "y"], c=["y", "x"])
    said = About(attributes={"a": AttributeAbout(order=("y", "x")), "b": AttributeAbout(order=("x", "y"))})
    ordered = order_people(people, said, {"b": ("y", "x", "z")})
    assert [list(ordered[name].cat.categories) for name in "abc"] == [["y", "x"], ["y", "x"], ["x", "y"]]
    assert [ordered[name].cat.ordered for name in "abc"] == [True, True, False]
    assert ordered["a"].tolist() == ["x", "y"]


def test_categories_that_do_not_occur_are_dropped():
    people = pd.DataFrame({"a": pd.Categorical(["x"], categories=["x", "unused"], ordered=True)}, index=["1"])
    assert list(order_people(people, About(), {})["a"].cat.categories) == ["x"]


@pytest.mark.parametrize(
    ("people", "about", "order", "sentence"),
    [
        (frame(a=[]), About(), {}, "no image"),
        (pd.DataFrame({"a": ["x", "y"]}), About(), {}, "needs an image_id that is text"),
        (pd.DataFrame({"a": ["x"]}, index=[""]), About(), {}, "needs an image_id"),
        (pd.DataFrame({"a": ["x", "y"]}, index=["1", "1"]), About(), {}, '"1" occurs more than once'),
        (frame(image_id=["x"]), About(), {}, '"image_id" is the name of the column of ids'),
        (pd.DataFrame([["x", "y"]], columns=["a", "a"], index=["1"]), About(), {}, '"a" occurs more than once'),
        (pd.DataFrame({" ": ["x"]}, index=["1"]), About(), {}, "needs a name"),
        (pd.DataFrame({3: ["x"]}, index=["1"]), About(), {}, "needs a name"),
        (frame(a=[1]), About(), {}, '"a" holds values that are not text'),
        (frame(a=["x"]), About(), {"b": ("x",)}, 'attribute "b" is not among the columns'),
        (frame(age=["x"]), About(attributes={"agee": AttributeAbout()}), {}, 'The nearest is "age"'),
        (frame(person=["x"]), About(cluster="persn"), {}, 'The cluster "persn" is not among'),
        (frame(a=["x", "y"]), About(), {"a": ("x", "x", "y")}, 'names "x" twice'),
        (frame(a=["x", "adult", "z"]), About(), {"a": ("adults",)}, 'leaves out 3 of the values'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(people, about, order, sentence):
    with pytest.raises(StoreError) as caught:
        order_people(people, about, order)
    assert sentence in str(caught.value)


def test_an_order_that_misses_a_value_names_the_nearest():
    with pytest.raises(StoreError, match=r'first "adult"\. The nearest is "adults"\.$'):
        order_people(frame(a=["x", "adult"]), About(), {"a": ("adults", "x")})


def test_attributes_say_what_the_manifest_needs():
    people = order_people(frame(a=["x", "y"], b=["", ""]), About(), {"a": ("y", "x")})
    said = About(attributes={"a": AttributeAbout(derived="as drawn")})
    assert list_attributes(people, said) == (
        Attribute(name="a", values=("y", "x"), ordered=True, derived="as drawn"),
        Attribute(name="b", values=()),
    )


CELLS = st.text(st.characters(codec="utf-8"), max_size=4)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20))
def test_annotations_survive_the_disk(tmp_path_factory, rows):
    people = order_people(frame(a=[row[0] for row in rows], b=[row[1] for row in rows]), About(), {})
    read = round_trip(tmp_path_factory.mktemp("people") / "people.parquet", people)
    pd.testing.assert_frame_equal(read, people)
    assert read["b"].astype(object).where(read["b"].notna(), "").tolist() == [row[1] for row in rows]


def test_order_survives_the_disk(tmp_path):
    people = order_people(frame(a=["x", "y"]), About(), {"a": ("y", "x")})
    pd.testing.assert_frame_equal(round_trip(tmp_path / "p", people), people)


def write_table(columns):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("buffer", "sentence"),
    [
        (pa.py_buffer(b"PAR1 not really"), "is not a Parquet file"),
        (write_table({"image_id": ["1"], "a": pa.array(["x"]).dictionary_encode()}), "does not hold the 2 rows"),
        (write_table({"image_id": ["1", "2"]}), "does not hold the 2 rows and the columns"),
        (write_table({"image_id": ["1", "2"], "a": ["x", "y"]}), "the columns that the manifest names"),
        (
            write_table({"image_id": ["1", "2"], "a": pa.array(["x", "?"]).dictionary_encode()}),
            "the manifest does not name",
        ),
    ],
)
def test_a_file_that_is_not_what_the_manifest_says(buffer, sentence):
    with pytest.raises(DamageError) as caught:
        read_buffered_people(buffer, (Attribute(name="a", values=("x", "y")),), 2)
    assert str(caught.value).startswith("people.parquet ")
    assert sentence in str(caught.value)


def test_row_groups_with_vocabularies_of_their_own_are_joined():
    sink = pa.BufferOutputStream()
    one = pa.table({"image_id": ["1"], "a": pa.array(["y"]).dictionary_encode()})
    other = pa.table({"image_id": ["2"], "a": pa.array(["x"]).dictionary_encode()})
    with pq.ParquetWriter(sink, one.schema) as writer:
        writer.write_table(one)
        writer.write_table(other)
    people = read_buffered_people(sink.getvalue(), (Attribute(name="a", values=("x", "y")),), 2)
    assert people["a"].tolist() == ["y", "x"]
