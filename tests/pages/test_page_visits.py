"""What of a visit reaches the audit log, by every page the same, and what is said where it cannot be written."""

import json
from types import SimpleNamespace

import pytest
import streamlit as st
from stage import ROOT, open_page, texts

from clipdash.access import NOBODY, Role, Visitor, visitor
from clipdash.report.drill import Drill, write_drill
from clipdash.serve import metrics
from clipdash.ui import takeaway, visits

LISTS = {"before": "man\nwoman", "after": "man\nzwetschge"}


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    return tmp_path / "audit.jsonl"


def read(log):
    assert "zwetschge" not in log.read_text()
    return [
        (line["verb"], line["kind"], line["id"], line["facts"])
        for line in map(json.loads, log.read_text().splitlines())
    ]


def test_a_page_is_noted_once_a_session_and_store(log):
    app = open_page("shift", store="emoji", **LISTS)
    app.run()
    app.text_area[1].set_value("man\nperson").run()
    app.switch_page(str(ROOT / "pages/labels.py")).run()
    app.switch_page(str(ROOT / "pages/shift.py")).run()
    app.query_params["store"] = "second"
    app.run()
    assert [(*entry[:3], entry[3]["store"]) for entry in read(log)] == [
        ("opened", "page", "shift", "emoji"),
        ("opened", "page", "labels", "emoji"),
        ("opened", "page", "shift", "second"),
    ]


def test_a_session_under_a_sign_in_says_so_once_and_again_with_another_role(log, monkeypatch):
    anna = {"role": Role.REVIEWER}
    monkeypatch.setattr("clipdash.ui.visits.find_visitor", lambda: Visitor("anna", anna["role"]))
    app = open_page("labels", store="emoji")
    anna["role"] = Role.VIEWER
    app.run()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["who"], line["role"]) for line in lines if line["verb"] == "signed in"] == [
        ("anna", "reviewer"),
        ("anna", "viewer"),
    ]


def test_who_is_not_let_in_and_who_leaves_is_noted(log, monkeypatch):
    monkeypatch.setattr("clipdash.ui.door.find_claims", lambda: {"is_logged_in": True, "sub": "eve"})
    monkeypatch.setattr(visitor, "_finders", [lambda: NOBODY])
    open_page("shift").run()
    assert [entry[:3] for entry in read(log)] == [("refused", "sign-in", "eve")]
    monkeypatch.setattr(st, "logout", lambda: None)
    monkeypatch.setattr(visitor, "_finders", [lambda: Visitor("anna", Role.VIEWER)])
    app = open_page("images")
    app.button(key="sign-out").click().run()
    done = [entry[:3] for entry in read(log)]
    assert ("refused", "page", "images") in done
    assert ("signed out", "sign-in", "") in done
    assert "images" not in [kind for _, kind, _ in done]
    assert ("opened", "page", "images") not in done


def test_pictures_are_noted_once_and_a_single_one_by_its_id(log):
    lists = LISTS | {"v": "1", "store": "emoji"}
    shown = {name: value[0] for name, value in write_drill(Drill(of="shift", outcome="unclaimed")).items()}
    app = open_page("images", **lists, **shown)
    app.run()
    app.query_params["drill.image"] = "p003.png"
    app.run()
    seen = [(identity, facts) for verb, kind, identity, facts in read(log) if kind == "images"]
    assert seen == [("emoji", {}), ("emoji", {"image": "p003.png"})]


def test_pictures_that_a_text_found_are_noted_without_it(log):
    app = open_page("images", store="emoji")
    app.text_input(key="images-text").set_value("zwetschge").run()
    app.run()
    assert [entry for entry in read(log) if entry[1] == "images"] == [("opened", "images", "emoji", {})]


def test_every_file_is_noted_as_it_is_taken(log, monkeypatch):
    offered = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, file_name, **_: offered.update({file_name: data}))
    app = open_page("shift", store="emoji", by="gender", **LISTS)
    assert len(offered) >= 6
    assert not any(entry[0] == "exported" for entry in read(log))
    for write in offered.values():
        write()
    taken = [entry[1:3] for entry in read(log) if entry[0] == "exported"]
    assert [entry[3] for entry in read(log) if entry[0] == "exported"] == [{"store": "emoji"}] * len(offered)
    assert {name for _, name in taken} == set(offered)
    kinds = {"html": "report", "toml": "label set"}
    assert {kind == kinds.get(name.rpartition(".")[2], "table") for kind, name in taken} == {True}
    assert not app.exception


def test_a_saved_audit_is_noted_with_its_own_store(log, monkeypatch):
    app = open_page("shift", store="emoji", by="gender", **LISTS)
    next(found for found in app.button if found.label == "Save audit").click().run()
    offered = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, file_name, **_: offered.update({file_name: data}))
    open_page("audits", store="second")
    (write,) = offered.values()
    write()
    assert [entry[3] for entry in read(log) if entry[0] == "exported"] == [{"store": "emoji"}]


@pytest.mark.parametrize(("page", "store"), [("shift", "emoji"), ("labels", None), ("audits", None), ("method", None)])
def test_a_file_is_of_the_store_that_the_page_shows_unless_it_is_of_uploads_or_of_none(page, store, monkeypatch):
    question = SimpleNamespace(store="emoji")
    state = {"visits_page": page, "given_files": {"labels": object()}, "question": question}
    monkeypatch.setattr(st, "session_state", state)
    assert visits.find_shown_store() == store


@pytest.mark.parametrize(("told", "noted"), [("svg", ["clipdash-shift.svg"]), ("exe", []), (None, [])])
def test_a_chart_is_noted_as_the_browser_says(told, noted, log, monkeypatch):
    log.touch()
    monkeypatch.setattr(st, "session_state", {"take-chart": SimpleNamespace(taken=told)})
    takeaway._note_chart("take-chart", "clipdash-shift", "emoji")
    assert [entry[2:] for entry in read(log)] == [(name, {"store": "emoji"}) for name in noted]


def test_where_the_log_cannot_be_written_the_page_says_so_and_goes_on(log, monkeypatch):
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(log.parent / "gone" / "audit.jsonl"))
    app = open_page("shift", store="emoji", **LISTS)
    said = [text.replace("\\", "") for text in texts(app.warning) if "audit log" in text]
    assert said == [
        "The audit log cannot be written now (No such file or directory). What you do goes on, but is not logged: "
        "tell whoever runs clipdash."
    ]
    assert "misclassified" in app.title[0].value
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(log))
    app.switch_page(str(ROOT / "pages/labels.py")).run()
    assert not any("audit log" in text for text in texts(app.warning))


def test_without_a_log_nothing_is_kept_in_the_session_and_runs_are_timed_all_the_same(monkeypatch):
    monkeypatch.delenv("CLIPDASH_AUDIT_LOG", raising=False)
    before = metrics.REGISTRY.get_sample_value("clipdash_rerun_seconds_count", {"page": "method"}) or 0
    app = open_page("method")
    assert "visits_noted" not in app.session_state
    assert metrics.REGISTRY.get_sample_value("clipdash_rerun_seconds_count", {"page": "method"}) == before + 1
