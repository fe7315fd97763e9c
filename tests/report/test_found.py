"""Images found, as rows, words and a table for spreadsheets."""

import csv
from io import StringIO

import pytest

from clipdash.charts import format_value
from clipdash.report import found_json, found_rows, found_sheet, say_found
from clipdash.store import StoreRef
from clipdash.zeroshot import Found


def make_found(*ids, **changes):
    fields = {
        "store": StoreRef("toy", "0" * 64),
        "variant": "rn",
        "by": "text",
        "sought": "a man",
        "measure": "cosine",
        "where": {},
        "k": 5,
        "images": 40,
        "rows": tuple(range(len(ids))),
        "ids": ids,
        "scores": tuple(0.5 - rank / 8 for rank in range(len(ids))),
        "annotations": tuple({"age": "3-9", "skin_tone": None if rank else "=dark"} for rank in range(len(ids))),
    }
    return Found(**(fields | changes))


def test_rows_keep_their_rank_on_a_later_page():
    found = make_found("a", "b", "c")
    assert [row["Rank"] for row in found_rows(found)] == ["1", "2", "3"]
    (row,) = found_rows(found, 1, 2)
    head, said = {"Rank": "2", "image_id": "b", "Score": "0.375"}, {"Annotated age": format_value("3-9")}
    assert row == head | said | {"Annotated skin tone": ""}
    assert found_rows(make_found()) == []


def test_a_spreadsheet_runs_no_name_and_keeps_numbers():
    text = found_sheet(make_found("=cmd()", 'b,"c')).csv
    rows = list(csv.reader(StringIO(text, newline="")))
    assert rows == [
        ["rank", "image_id", "score", "annotated:age", "annotated:skin_tone"],
        ["1", "'=cmd()", "0.5", "3-9", "'=dark"],
        ["2", 'b,"c', "0.375", "3-9", ""],
    ]
    assert text.count("\r\n") == 3
    assert found_sheet(make_found()).csv == "rank,image_id,score\r\n"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (make_found("a", "b"), "The nearest 2 of 40 images of the store are listed. Score: the cosine"),
        (make_found("a", where={"age": ("3-9",)}), "1 of 40 images that the filter leaves is listed"),
        (make_found("a", by="like", sought="x.png"), "1 of 40 images of the store other than x.png is listed"),
        (make_found("a", measure="score"), "Score: what the store's table says of this label."),
        (make_found(), "No image is annotated as the filter asks"),
    ],
)
def test_it_is_said_how_many_of_how_many(found, said):
    assert said in say_found(found)


def test_the_file_of_a_picture_can_be_named():
    found = make_found("a", by="image", sought="3 x 4 pixels")
    assert found_json(found)["query"] == {"image": "3 x 4 pixels"}
    assert found_json(found, sought="b.png")["query"] == {"image": "b.png"}
