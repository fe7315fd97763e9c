import pytest
from hypothesis import given

from clipdash.errors import LabelError
from clipdash.labels import Label, label_rows, labels_from_rows

from .strategies import at_leisure, label_lists


def test_labels_become_rows():
    labels = [Label(text="a|b", category="x=y", claims={"gender": "Female", "age": ("0-2", "3-9")}), Label(text="b")]
    assert label_rows(labels) == [
        {"text": "a|b", "category": "x=y", "claims": "gender=Female, age=0-2/3-9"},
        {"text": "b", "category": "", "claims": ""},
    ]


@at_leisure
@given(label_lists)
def test_rows_lose_nothing(labels):
    assert labels_from_rows(label_rows(labels)) == tuple(labels)


def test_empty_cells_and_rows_as_a_grid_leaves_them():
    rows = [
        {"text": " man ", "category": None, "claims": float("nan")},
        {"text": None, "category": None, "claims": None},
        {},
        {"text": "2024", "category": " ", "claims": "  "},
        {"text": 7, "index": 3},
    ]
    assert labels_from_rows(rows) == (Label(text="man"), Label(text="2024"), Label(text="7"))


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"category": "crime"}, 'Row 3: The label "" is blank'),
        ({"text": "x", "claims": "gender"}, 'Row 3: "gender" is no claim'),
        ({"text": "x\0"}, "Row 3: The label"),
        ({"text": "man"}, 'Rows 1 and 3 are both "man"'),
    ],
)
def test_a_row_at_fault_is_named(row, sentence):
    with pytest.raises(LabelError) as caught:
        labels_from_rows([{"text": "man"}, {"text": ""}, row])
    assert sentence in str(caught.value)
    assert caught.value.line == 3
