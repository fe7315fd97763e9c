"""The flows of a comparison as a table."""

import csv
from io import StringIO

from worlds import make_people, make_set, predict

from clipdash.audit import shift, tabulate
from clipdash.labels import Label
from clipdash.report import flow_rows, flows_sheet, order_flows

PEOPLE = make_people(tone=["dark"] * 10)
BEFORE = make_set("photo", "person", Label(text="=sum"))
AFTER = make_set("photo", "person", "thief")
RESULT = shift(
    tabulate(
        PEOPLE,
        "tone",
        predict(BEFORE, ["photo"] * 6 + ["person"] * 3 + ["=sum"]),
        predict(AFTER, ["photo"] * 5 + ["person"] + ["thief"] * 3 + ["photo"]),
    ),
    min_n=1,
)


def test_those_that_moved_come_first_and_the_largest_on_top():
    assert flow_rows(order_flows(RESULT), RESULT.n) == [
        {"From": "person", "To": "thief", "Images": "3", "Share": "30.0%"},
        {"From": "photo", "To": "person", "Images": "1", "Share": "10.0%"},
        {"From": "=sum", "To": "photo", "Images": "1", "Share": "10.0%"},
        {"From": "photo", "To": "the same", "Images": "5", "Share": "50.0%"},
    ]


def test_the_file_has_every_flow_and_runs_no_formula():
    rows = list(csv.DictReader(StringIO(flows_sheet(RESULT).csv, newline="")))
    assert [(row["before"], row["after"], row["count"]) for row in rows] == [
        ("person", "thief", "3"),
        ("photo", "person", "1"),
        ("'=sum", "photo", "1"),
        ("photo", "photo", "5"),
    ]
    assert rows[0]["n"] == "10"
    assert float(rows[0]["share"]) == 0.3
