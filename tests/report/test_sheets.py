"""Sheets: every table as numbers, the same as its plain data."""

import csv
from io import BytesIO, StringIO

import numpy as np
import pyarrow.parquet as pq
import pytest
from results import make_audit, make_shift
from worlds import POOL, VALUES, make_people, make_set, score

from clipdash.audit import (
    Placebo,
    PlaceboGroup,
    Placebos,
    compare_several,
    explain,
    measure_accuracy,
    shift,
    tabulate,
)
from clipdash.report import (
    Sheet,
    accuracy_sheet,
    cause_sheet,
    confusion_sheet,
    doubt_sheet,
    explanation_json,
    gather_rows,
    placebo_sheet,
    result_sheet,
    several_json,
    several_sheet,
    specifications_json,
    specifications_sheet,
    sweep_json,
    sweep_sheet,
)
from clipdash.store import write_rows

BEFORE, AFTER = make_set("man", "woman", "thief", name="b"), make_set("man", "woman", "thief", "person", name="a")


@pytest.fixture(scope="module")
def world():
    """Annotations, a pair of predictions, and what scores any set."""
    rng = np.random.default_rng(3)
    genders, ages = (list(rng.choice(VALUES[name][:2], 300)) for name in ("gender", "age"))
    scores = rng.random((300, len(POOL)))
    people = make_people(age=ages, gender=genders)

    def ask(label_set):
        return score(label_set, scores, comparable="x")

    return people, ask


def listed(sheet):
    """Return the rows of a sheet as they come back from Parquet, which must agree with its CSV."""
    rows = pq.read_table(BytesIO(write_rows(sheet.columns, sheet.rows))).to_pylist()
    text = list(csv.DictReader(StringIO(sheet.csv, newline="")))
    assert [list(row) for row in text] == [list(row) for row in rows]
    for row, said in zip(rows, text, strict=True):
        for name, value in row.items():
            if isinstance(value, float):
                assert float(said[name]) == value
            elif value is None:
                assert said[name] == ""
    return rows


def test_a_sheet_keeps_formulas_from_running_and_texts_as_they_are():
    sheet = Sheet(("=name", "n"), (("=cmd()", 1), ("-x", None), (True, 0.1)))
    assert sheet.csv == "'=name,n\r\n'=cmd(),1\r\n'-x,\r\ntrue,0.1\r\n"
    assert sheet.rows[0][0] == "=cmd()"


def test_rows_are_gathered_under_all_their_columns():
    sheet = gather_rows([{"b": 1}, {"a": 2, "b": None}], ["c"])
    assert sheet == Sheet(("c", "b", "a"), ((None, 1, None), (None, None, 2)))


def test_a_result_has_a_row_a_group():
    rows = listed(result_sheet(make_shift()))
    assert [row["band"] for row in rows] == ["3-9", "10-19", "20-29", "over 70"]
    assert rows[0]["shift"] == pytest.approx(-0.28)
    assert rows[0]["before_misclassified"] == 40
    assert rows[3]["withheld"] is True
    assert rows[3]["shift"] is None
    assert [row["rate"] for row in listed(result_sheet(make_audit()))] == [0.3, 0.05, None]


def test_several_sets_have_a_row_a_group_and_set(world):
    people, ask = world
    result = compare_several(people, "age", [ask(BEFORE), ask(AFTER)], min_n=200)
    rows, data = listed(several_sheet(result)), several_json(result)
    shown = [row for row in rows if row["set"] is not None]
    assert [row["name"] for row in shown] == ["b", "a"]
    assert [row["rate"] for row in shown] == [side["rate"] for side in data["overall"]["sets"]]
    assert {row["differ_p"] for row in shown} == {data["overall"]["differ"]["p"]}
    assert sum(row["withheld"] for row in rows) == len(data["groups"])


def test_causes_have_a_row_a_group_and_label(world):
    people, ask = world
    result = explain(people, "age", ask(BEFORE), ask(AFTER), predict=ask)
    rows, data = listed(cause_sheet(result)), explanation_json(result)
    parts = [part["value"] for group in (*data["groups"], data["overall"]) for part in group.get("parts", ())]
    assert [row["value"] for row in rows if not row["withheld"]] == parts
    assert rows[-1]["annotated:age"] is None
    assert {row["label"] for row in rows if not row["withheld"]} == {"person"}


def test_accuracy_and_confusion_are_counts_and_rates(world):
    people, ask = world
    table = tabulate(people, "age", ask(BEFORE))
    found = measure_accuracy(table, "gender", 1)
    rows = listed(accuracy_sheet(found))
    assert rows[-1]["accuracy_rate"] == found.overall.accuracy.rate
    assert sum(row["images"] for row in listed(confusion_sheet(found))) == found.overall.n


def test_doubts_name_detectable_shifts_and_errors(world):
    people, ask = world
    result = shift(tabulate(people, "age", ask(BEFORE), ask(AFTER)))
    rows = listed(doubt_sheet(result))
    assert [row["annotated:age"] for row in rows] == [row.group["age"] for row in result.rows]
    assert {"detectable", "swapped_before", "swapped_after", "vanishes_at"} <= set(rows[0])
    assert "vanishes_at" not in listed(doubt_sheet(make_shift()))[0]


def test_neutral_words_have_a_row_a_label_and_group():
    group = PlaceboGroup({"age": "3-9"}, -0.1, 190)
    found = Placebos((Placebo("it's", 200, PlaceboGroup({}, -0.05, 180), (group,)),), ("house",))
    assert listed(placebo_sheet(found)) == [
        {"label": "it's", "annotated:age": "3-9", "shift": -0.1, "larger_than": 190, "of": 200},
        {"label": "it's", "annotated:age": None, "shift": -0.05, "larger_than": 180, "of": 200},
    ]


def test_curves_have_a_row_a_group_and_threshold():
    from made_curves import make_sweep

    result = make_sweep(min_n=60)
    rows, data = listed(sweep_sheet(result)), sweep_json(result)
    shown = [row for row in rows if not row["withheld"]]
    assert len(shown) == len(data["thresholds"]) * sum(not row.withheld for row in (*result.rows, result.overall))
    last = [row for row in rows if row["annotated:tone"] is None]
    assert [row["rate"] for row in last] == data["overall"]["rate"]
    assert [row["threshold"] for row in last] == data["thresholds"]


def test_combinations_name_what_they_chose():
    from made_curves import specified

    result = specified()
    rows, data = listed(specifications_sheet(result)), specifications_json(result)
    assert [row["value"] for row in rows] == [found["value"] for found in data["specifications"]]
    assert [row['choice:"man"'] for row in rows] == [found["choices"]['"man"'] for found in data["specifications"]]
