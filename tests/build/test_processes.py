"""Processes that build: what the audit log says of them, for whoever started them."""

import json
import time

import pytest

from clipdash.access import Role, Visitor
from clipdash.build.processes import is_awaited, start_process


@pytest.mark.parametrize(("command", "verb"), [("import", "imported"), ("build", "built")])
def test_the_start_and_the_end_are_logged_once_for_whoever_started_it(command, verb, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    monkeypatch.setattr("clipdash.build.processes.find_visitor", lambda: Visitor("anna", Role.ADMIN))
    files = (tmp_path / "said", tmp_path / "fault", tmp_path / "ended")
    process = start_process([command, "mine", "--nonsense"], "mine", files)
    until = time.monotonic() + 60
    while is_awaited(process) and time.monotonic() < until:
        time.sleep(0.05)
    assert files[2].read_text() == "2"
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(line["who"], line["verb"], line["id"], line["facts"]) for line in lines] == [
        ("anna", verb, "mine", {"step": "begun"}),
        ("anna", verb, "mine", {"step": "ended", "code": 2}),
    ]
