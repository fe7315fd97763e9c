import json

import numpy as np
import pytest
from results import make_shift
from worlds import POOL, VALUES, make_people, make_set, score

from clipdash.audit import compare_several, explain, judge_shifts
from clipdash.charts import format_points
from clipdash.report import cause_rows, explanation_json, say_verdicts, several_json, several_rows, verdicts_json

BEFORE, AFTER = make_set("man", "woman", "thief", name="b"), make_set("man", "woman", "thief", "person", name="a")


def test_an_explanation_is_plain_data_that_adds_up():
    rng = np.random.default_rng(3)
    genders = list(rng.choice(VALUES["gender"], 300))
    people = make_people(age=list(rng.choice([*VALUES["age"][:2]], 300)), gender=genders)
    scores = rng.random((300, len(POOL)))
    pair = [score(s, scores, comparable="x") for s in (BEFORE, AFTER)]
    result = explain(people, "age", *pair, predict=lambda s: score(s, scores, comparable="x"))
    data = explanation_json(result, command="clipdash explain toy")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert list(data) == ["schema", "causes", "groups", "overall", "total", "command"]
    assert data["causes"] == [{"label": cause.label, "change": cause.change} for cause in result.causes]
    for group, row in zip([data["overall"], *data["groups"]], [result.overall, *result.rows], strict=True):
        assert (group["n"], group["withheld"]) == (row.n, row.withheld)
        if not row.withheld:
            parts = sum(part["value"] for part in group["parts"])
            assert parts + group["interaction"] == pytest.approx(group["total"])
    rows = cause_rows(result)
    assert list(rows[0])[-2:] == [f"+ {result.causes[-1].label}", "Together"]
    assert [row["Shift"] for row in rows[1:]] == [row_shift(row) for row in result.rows]


def row_shift(row):
    return ("no images" if not row.n else "withheld") if row.total is None else format_points(row.total)


def test_several_sets_are_plain_data_that_adds_up():
    rng = np.random.default_rng(4)
    genders = list(rng.choice(VALUES["gender"], 300))
    people = make_people(age=list(rng.choice([*VALUES["age"][:2]], 300)), gender=genders)
    scores = rng.random((300, len(POOL)))
    sets = (BEFORE, AFTER, make_set("man", "woman", "photo"))
    result = compare_several(people, "age", [score(s, scores, comparable="x") for s in sets])
    data = several_json(result, command="clipdash compare toy")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert [entry["name"] for entry in data["sets"]] == ["b", "a", "set"]
    for group in [data["overall"], *data["groups"]]:
        if not group["withheld"]:
            assert [(pair["from"], pair["to"]) for pair in group["pairs"]] == [(0, 1), (0, 2), (1, 2)]
            for pair in group["pairs"]:
                first, second = (group["sets"][pair[end]]["misclassified"] for end in ("from", "to"))
                assert second - first == pair["broken"] - pair["fixed"]
    rows = several_rows(result)
    assert list(rows[0]) == ["Annotated age", "n", "1 b", "2 a", "3 set", "p, sets differ"]
    assert rows[-1]["1 b"] in {"withheld", "no images"}


def test_verdicts_are_plain_data_and_a_sentence():
    result = make_shift({"3-9": (10, 30, 2, 58), "10-19": (12, 2, 2, 284), "20-29": (1, 0, 0, 2)})
    verdicts = judge_shifts(result, 0.1)
    data = verdicts_json(verdicts, 0.1)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert [row["alone"] and row["alone"]["verdict"] for row in data["groups"]] == ["beyond", "within", None]
    said = say_verdicts(verdicts, 0.1)
    assert said.startswith("Tolerance of 10.0 points")
    assert "Beyond, allowing for 2 groups: " in said
    assert "All groups" not in said
    assert "All groups shown are within." in say_verdicts(judge_shifts(result, 0.9), 0.9)
