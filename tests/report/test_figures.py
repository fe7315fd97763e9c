import csv
import io
import json
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from results import make_shift
from worlds import TOY, VALUES, make_people, make_set, predict, worlds

from clipdash.audit import Rule, measure, shift, tabulate
from clipdash.labels import Label
from clipdash.report import read_versions, to_csv, to_json
from clipdash.stats import detectable

BEFORE, AFTER = make_set("man", "woman", "thief", name="b"), make_set("man", "woman", "thief", "person", name="a")
QUESTION = ["rule", "by", "where", "n", "unjudged", "ungrouped"]
SIDE = ["misclassified", "rate", "low", "high", "outcomes", "labels"]


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(7)
    ages = rng.choice(VALUES["age"], 500, p=[0.5, 0.48, 0.02])
    people = make_people(gender=rng.choice(VALUES["gender"], 500), age=ages)
    first, second = (predict(labels, rng.choice(labels.texts, 500)) for labels in (BEFORE, AFTER))
    where = {"gender": ["Male", "Female"]}
    before = measure(tabulate(people, ["age", "gender"], first, where=where))
    return before, shift(tabulate(people, ["age", "gender"], first, second, where=where))


def test_an_audit_has_the_published_keys_in_order(pair):
    data = to_json(pair[0], command="clipdash audit toy", versions={"clipdash": "1"})
    published = [
        "schema",
        "store",
        "label_set",
        "rule",
        "by",
        "where",
        "n",
        "unjudged",
        "ungrouped",
        "groups",
        "gap",
        "command",
        "versions",
    ]
    assert list(data)[: len(published)] == published
    assert list(data)[len(published) :] == [
        "min_n",
        "variants",
        "templates_apply",
        "mode",
        "level",
        "cluster",
        "overall",
        "gap_at",
    ]
    assert data["store"] == {"name": TOY.name, "digest": TOY.digest}
    assert data["label_set"] == {"name": "b", "digest": BEFORE.digest}
    assert (data["schema"], data["rule"], data["by"]) == (1, "misclassified", ["age", "gender"])
    assert data["where"] == {"gender": ["Male", "Female"]}
    assert (data["command"], data["versions"]) == ("clipdash audit toy", {"clipdash": "1"})
    shown, withheld = data["groups"][0], data["groups"][-1]
    assert list(shown) == ["group", "n", "withheld", *SIDE]
    assert list(shown["outcomes"]) == ["supported", "contradicted", "flagged", "unclaimed"]
    assert list(shown["labels"]) == ["man", "woman", "thief"]
    assert list(shown["group"]) == ["age", "gender"]
    assert withheld == {"group": {"age": "older adult", "gender": "Female"}, "n": withheld["n"], "withheld": True}
    assert list(data["gap"]) == ["value", "low", "high", "largest", "smallest"]
    assert list(data["gap"]["largest"]) == ["age", "gender"]


def test_a_comparison_has_the_published_keys_in_order(pair):
    data = to_json(pair[1], command="clipdash compare toy")
    published = (
        "schema store before after rule by where n unjudged ungrouped groups flows homogeneity gap command versions"
    )
    assert list(data) == [
        *published.split(),
        *[
            "min_n",
            "variants",
            "templates_apply",
            "mode",
            "level",
            "cluster",
            "overall",
            "gap_at",
            "spread",
            "trend",
            "annotation_error",
        ],
    ]
    assert data["after"] == {"name": "a", "digest": AFTER.digest}
    shown, withheld = data["groups"][0], data["groups"][-1]
    keys = "group n withheld before after fixed broken shift p p_adjusted one_way detectable"
    assert list(shown) == keys.split()
    assert list(shown["before"]) == list(shown["after"]) == SIDE
    assert list(shown["shift"]) == ["value", "low", "high"]
    assert list(withheld) == ["group", "n", "withheld"]
    assert all(list(flow) == ["from", "to", "count"] for flow in data["flows"])
    assert list(data["homogeneity"]) == ["q", "df", "p"]
    assert list(data["gap"]) == ["before", "after", "change"]
    assert list(data["gap"]["before"]) == ["value", "low", "high", "largest", "smallest"]
    assert list(data["gap"]["change"]) == ["value", "low", "high", "p"]
    assert (data["min_n"], data["variants"], data["overall"]["group"]) == (30, ["rn", "rn"], {})


@given(worlds(), st.sampled_from(["tone", "age"]), st.sampled_from([1, 30]))
def test_figures_are_plain_and_repeatable(world, by, min_n):
    people, (before, after) = world
    results = [
        measure(tabulate(people, by, before), min_n=min_n),
        shift(tabulate(people, by, before, after), min_n=min_n),
    ]
    for result in results:
        data = to_json(result)
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert json.dumps(data) == json.dumps(to_json(result))
        for group in [*data["groups"], data["overall"]]:
            sides = [] if group["withheld"] else [group] if "outcomes" in group else [group["before"], group["after"]]
            assert {sum(s["labels"].values()) for s in sides} | {sum(s["outcomes"].values()) for s in sides} <= {
                group["n"]
            }


def test_without_a_store_the_inputs_are_named():
    people = make_people(tone=["dark"] * 3)
    audit = measure(tabulate(people, "tone", predict(make_set("person", "photo"), ["person"] * 3, store=None)))
    inputs = [{"file": "p.csv", "sha256": "ab"}]
    assert to_json(audit)["store"] is None
    assert to_json(audit)["inputs"] == []
    assert to_json(audit, inputs=inputs)["inputs"] == inputs


def test_undefined_figures_are_null():
    people = make_people(tone=["dark"] * 3)
    predictions = predict(make_set("person", "photo"), ["person"] * 3)
    data = to_json(shift(tabulate(people, "tone", predictions, predictions), min_n=1))
    nothing = {"value": None, "low": None, "high": None}
    assert data["homogeneity"] == {"q": None, "df": None, "p": None}
    assert data["gap"]["before"] == nothing | {"largest": None, "smallest": None}
    assert data["gap"]["change"] == nothing | {"p": None}


def test_versions_name_what_can_change_a_figure(monkeypatch):
    read_versions.cache_clear()
    monkeypatch.setattr("clipdash.report.figures.PACKAGES", ("numpy", "no-such-package"))
    assert read_versions() == {"numpy": version("numpy")}
    read_versions.cache_clear()
    monkeypatch.undo()
    assert {"clipdash", "numpy", "scipy"} <= set(to_json_versions())


def to_json_versions():
    people = make_people(tone=["dark"])
    return to_json(measure(tabulate(people, "tone", predict(make_set("person", "photo"), ["person"]))))["versions"]


def read(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_csv_of_an_audit_has_a_row_a_group(pair):
    text = to_csv(pair[0])
    rows = read(text)
    assert text.count("\r\n") == len(rows) + 1 == len(pair[0].rows) + 1
    assert list(rows[0])[:9] == ["age", "gender", "n", "withheld", "misclassified", "rate", "low", "high", "flagged"]
    assert list(rows[0])[-3:] == ["label:man", "label:woman", "label:thief"]
    first = pair[0].rows[0]
    assert (rows[0]["age"], int(rows[0]["n"]), rows[0]["withheld"]) == ("child", first.n, "false")
    assert float(rows[0]["rate"]) == first.side.rate
    assert int(rows[0]["supported"]) == first.side.outcomes["supported"]
    assert rows[-1]["withheld"] == "true"
    assert {value for name, value in rows[-1].items() if name not in ("age", "gender", "n", "withheld")} == {""}


def test_the_csv_of_a_comparison_keeps_signs_and_both_sides(pair):
    rows = read(to_csv(pair[1]))
    for row, known in zip(rows, pair[1].rows, strict=True):
        if not known.withheld:
            assert float(row["shift"]) == known.shift.value
            assert float(row["shift_low"]) == known.shift.low
            assert int(row["after_label:person"]) == known.after.labels["person"]
            assert int(row["before_unclaimed"]) == known.before.outcomes["unclaimed"]
            assert (float(row["p"]), float(row["p_adjusted"]), row["one_way"]) == (known.p, known.p_adjusted, "")
    assert any(row["shift"].startswith("-") for row in rows)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_of_a_csv_can_run_as_a_formula(start):
    name, value = f"{start}name", f'{start}cmd("x"),1'
    people = make_people(**{name: [value, value], "n": ["a", "b"]})
    label = Label(text="=SUM(A1)")
    audit = measure(tabulate(people, [name, "n"], predict(make_set(label, "photo"), ["photo"] * 2)), min_n=1)
    header, first, _ = csv.reader(io.StringIO(to_csv(audit), newline=""))
    assert header[:3] == [f"'{name}", "n (attribute)", "n"]
    assert first[:3] == [f"'{value}", "a", "1"]
    assert not any(cell.startswith(start) for row in (header, first) for cell in row)


def test_the_one_way_of_a_shift_is_written():
    people = make_people(tone=["dark"] * 30)
    sets = make_set("thief", "photo"), make_set("thief", "photo", "person")
    result = shift(
        tabulate(people, "tone", *(predict(s, ["thief"] * 30, comparable="x") for s in sets)), Rule("flagged")
    )
    row = read(to_csv(result))[1]
    assert (row["one_way"], row["p"], row["p_adjusted"]) == ("fixed", "", "")
    assert to_json(result)["groups"][1]["one_way"] == "fixed"


def test_what_could_be_detected_is_at_the_level_of_the_family():
    data = to_json(make_shift(after=("thief", "photo", "person")))
    shown = [group for group in data["groups"] if not group["withheld"]]
    tested = sum(group["p"] is not None for group in shown)
    for group in shown:
        moved = (group["fixed"] + group["broken"]) / group["n"]
        expected = None if group["one_way"] else detectable(group["n"], moved, 0.05 / tested)
        assert group["detectable"] == expected
    assert tested > 1
