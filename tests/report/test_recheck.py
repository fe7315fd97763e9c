"""A result that was kept beside one of today: the same to the last digit, or what differs."""

import copy
import json

import pytest
from results import make_audit, make_shift

from clipdash.report import recheck_rows, say_recheck, to_json


@pytest.fixture
def saved():
    return json.loads(json.dumps(to_json(make_shift(), versions={"numpy": "2.0", "old": "1"})))


def test_the_figures_that_were_kept_stand_by_themselves(saved):
    first, *_, last = recheck_rows(saved)
    assert first["Annotated band"] == "all images"
    assert (first["n"], first["Rates saved"]) == ("312", "28.2% → 22.8%")
    assert first["Shift saved"].startswith("−5.4 (−")
    assert last == {"Annotated band": "over 70", "n": "12", "Rates saved": "withheld", "Shift saved": "withheld"}


def test_the_same_result_is_the_same_to_the_last_digit(saved):
    assert say_recheck(saved, copy.deepcopy(saved)) == (
        "Every figure is the same to the last digit.",
        "The store is the same, toy (000000000000…).",
        "The versions of all packages are the same.",
    )
    assert {row["Figures"] for row in recheck_rows(saved, saved)} == {"the same"}


def test_what_differs_is_named(saved):
    now = copy.deepcopy(saved)
    now["groups"][0]["shift"]["value"] += 1e-12
    now["groups"][1]["n"] += 1
    now["store"]["digest"] = "f" * 64
    now["versions"] = {"numpy": "2.1"}
    rows = recheck_rows(saved, now)
    assert [row["Figures"] for row in rows] == ["the same", "differ", "differ", "the same", "the same"]
    assert rows[2]["n"] == "100, now 101"
    figures, store, versions = say_recheck(saved, now)
    assert figures == "Figures differ in 2 of 5 rows."
    assert "The store has changed: it was" in store
    assert "ffffffffffff…" in store
    assert versions == "Versions differ: numpy was 2.0 and is 2.1; old was 1 and is absent."


def test_groups_and_figures_that_only_one_day_has(saved):
    now = copy.deepcopy(saved)
    now["groups"].pop()
    now["groups"][0]["new figure"] = 1  # a later version may add to what is kept
    rows = recheck_rows(saved, now)
    assert rows[-1]["n"] == "12, now –"
    assert (rows[-1]["Shift today"], rows[-1]["Figures"]) == ("no images", "differ")
    assert rows[1]["Figures"] == "the same"


def test_a_gap_alone_may_differ_and_no_store_may_have_been_read(saved):
    now = copy.deepcopy(saved)
    now["gap"]["change"]["p"] = 0.5
    assert say_recheck(saved, now)[0] == "Every rate is the same; gap or flows differ."
    assert say_recheck(saved | {"store": None}, now)[1] == "No store was read."


def test_an_audit_of_one_list_has_rates_only():
    data = to_json(make_audit())
    first, second, *_ = recheck_rows(data, data)
    assert list(first) == ["Annotated band", "n", "Rate saved", "Rate today", "Figures"]
    assert second["Rate saved"] == second["Rate today"] == "30.0% (21.9% to 39.6%)"
