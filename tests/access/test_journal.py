"""The audit log: a line an act, whole or not at all, without what was typed, and nobody is stopped by it."""

import fcntl
import json
import multiprocessing
import os
import re
import resource
import signal
from pathlib import Path

import pytest

from clipdash.access import (
    NOBODY,
    OWNER,
    Act,
    Role,
    Visitor,
    count_entries,
    find_log_fault,
    keep_answer_clean,
    note,
    require,
)
from clipdash.access.journal import Entry
from clipdash.errors import AccessError
from clipdash.labels import parse_labels
from clipdash.records import (
    change_audit,
    delete_audit,
    delete_labels,
    duplicate_audit,
    restore_audit,
    restore_labels,
    save_audit,
    save_labels,
    seal_question,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit-log.md"
ANNA = Visitor("anna@example.org", Role.REVIEWER)


@pytest.fixture
def log(tmp_path, monkeypatch):
    path = tmp_path / "audit.jsonl"
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(path))
    note("opened", "page", "clean slate")  # whatever was wrong with an earlier log is forgotten
    path.unlink()
    return path


def read(path):
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [Entry.model_validate_json(line) for line in text.splitlines()]


def test_nothing_is_written_without_a_log(tmp_path, monkeypatch):
    monkeypatch.delenv("CLIPDASH_AUDIT_LOG", raising=False)
    monkeypatch.chdir(tmp_path)
    before = count_entries()
    note("opened", "page", "shift")
    assert (list(tmp_path.iterdir()), count_entries()) == ([], before)


def test_a_line_says_who_did_what_and_when(log):
    note("saved", "audit", "k3f9", visitor=ANNA, store="emoji", revision=2, copy_of=None)
    (entry,) = read(log)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry.at)
    assert entry.model_dump(exclude={"at"}) == {
        "who": "anna@example.org",
        "sub": None,
        "role": Role.REVIEWER,
        "verb": "saved",
        "kind": "audit",
        "id": "k3f9",
        "facts": {"store": "emoji", "revision": 2},
        "texts": None,
    }
    assert log.stat().st_mode & 0o777 == 0o600


def test_without_sign_in_the_account_of_the_machine_is_named_and_a_person_of_that_name_is_not_taken_for_it(log):
    note("opened", "page", "shift", visitor=OWNER)
    note("opened", "page", "shift", visitor=Visitor("local", Role.ADMIN))
    note("refused", "page", "shift", visitor=NOBODY)
    assert [(e.who.partition(":")[0], ":" in e.who, e.role) for e in read(log)] == [
        ("local", True, Role.ADMIN),
        ("local", False, Role.ADMIN),
        ("", False, None),
    ]


@pytest.mark.parametrize(("name", "sub"), [("ada@example.org", "u1"), ("x" * 300, "u1"), ("u1", None)])
def test_a_line_leads_to_one_subject_whatever_a_name_looks_like(log, name, sub):
    note("opened", "page", "shift", visitor=Visitor(name, Role.VIEWER, "u1"))
    (entry,) = read(log)
    assert (entry.who, entry.sub) == (name[:200], sub)
    assert ('"sub"' in log.read_text()) == (sub is not None)


def test_who_acts_is_asked_for_and_a_rule_file_at_fault_makes_them_nobody(log, monkeypatch):
    def fail():
        raise AccessError("no")

    monkeypatch.setattr("clipdash.access.journal.find_visitor", lambda: ANNA)
    note("opened", "store", "emoji")
    monkeypatch.setattr("clipdash.access.journal.find_visitor", fail)
    note("opened", "store", "emoji")
    assert [entry.who for entry in read(log)] == ["anna@example.org", ""]


@pytest.mark.parametrize("text", ["a\nb\r\u2028c", '"}{', "\ud800\udfff x \udcff", "\0\x1b[31m", "語" * 500])
def test_a_hostile_name_stays_within_its_line(log, text):
    note("opened", "store", text, visitor=Visitor(text, Role.VIEWER), store=text)
    (entry,) = read(log)
    assert log.read_bytes().isascii()
    assert max(map(len, (entry.who, entry.id, entry.facts["store"]))) <= 200 * 6
    assert log.read_bytes().count(b"\n") == 1


def test_what_was_typed_is_logged_only_where_asked(log, monkeypatch):
    texts = {"title": "Wetterfrosch", "labels": ["Tausendsassa"]}
    note("saved", "label set", "x", texts=texts)
    assert b"Wetterfrosch" not in log.read_bytes()
    monkeypatch.setenv("CLIPDASH_AUDIT_LABELS", "1")
    note("saved", "label set", "x", texts=texts)
    assert read(log)[-1].texts == texts


def test_a_torn_line_is_left_behind(log):
    log.write_bytes(b'{"at": "2026-')
    note("opened", "page", "shift")
    torn, line = log.read_text().splitlines()
    assert torn == '{"at": "2026-'
    assert Entry.model_validate_json(line).id == "shift"


def _write_many(path, name):
    os.environ["CLIPDASH_AUDIT_LOG"] = str(path)
    for place in range(200):
        note("opened", "page", f"{name}-{place}", visitor=ANNA, filler="x" * 150)


def test_processes_share_a_log(log):
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_write_many, args=(log, name)) for name in "abcd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    named = [entry.id for entry in read(log)]
    assert sorted(named) == sorted(f"{name}-{place}" for name in "abcd" for place in range(200))


def test_a_log_that_was_moved_away_begins_anew(log):
    note("opened", "page", "shift")
    log.rename(log.with_suffix(".1"))
    note("opened", "page", "labels")
    assert [entry.id for entry in read(log)] == ["labels"]


def _say_fault():
    sentence = find_log_fault()
    assert sentence is not None
    assert sentence.startswith("The audit log cannot be written now (")
    return sentence


def test_an_act_goes_on_without_its_line_and_the_next_one_is_logged_again(log, tmp_path, monkeypatch, capsys):
    written, lost = count_entries()
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(tmp_path / "gone" / "audit.jsonl"))
    note("opened", "page", "shift")
    assert "No such file" in _say_fault()
    assert "gone" not in _say_fault()
    assert count_entries() == (written, lost + 1)
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(log))
    note("opened", "page", "shift")
    assert find_log_fault() is None
    assert count_entries() == (written + 1, lost + 1)


def test_a_full_disk_leaves_no_half_line(log):
    note("opened", "page", "first")
    whole = log.read_bytes()
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 20, room[1]))  # the next write takes only 20 bytes
    try:
        note("opened", "page", "second")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)
        signal.signal(signal.SIGXFSZ, ignored)
    assert log.read_bytes() == whole
    assert "File too large" in _say_fault()


def test_nobody_waits_long_for_a_process_that_holds_the_log(log, monkeypatch):
    monkeypatch.setattr("clipdash.access.journal._WAIT", 0.05)
    with log.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        note("opened", "page", "shift")
    assert "another process" in _say_fault()


def test_a_dash_means_standard_output_but_not_for_a_command(log, monkeypatch, capfd):
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", "-")
    note("opened", "page", "shift")
    with keep_answer_clean():
        note("built", "store", "mine")
    out, err = capfd.readouterr()
    assert [json.loads(text)["id"] for text in (out, err)] == ["shift", "mine"]


def test_records_say_what_was_done_with_them_and_nothing_that_was_typed(log):
    audit = save_audit(
        "Sonntagskind", {"before": "Zwetschge"}, {"store": {"name": "emoji"}}, digests=("a", "b"), versions={}
    )
    change_audit(audit.id, 1, notes="Kuddelmuddel")
    copy = duplicate_audit(audit.id)
    delete_audit(audit.id)
    restore_audit(audit.id)
    saved = save_labels(parse_labels("Zwetschge\nman", name="Sonntagskind"), note="Kuddelmuddel")
    save_labels(saved.label_set, note="Kuddelmuddel", set_id=saved.id)  # nothing differs: nothing is done
    save_labels(parse_labels("Zwetschge\nwoman", name="Sonntagskind"), set_id=saved.id)
    delete_labels(saved.id)
    restore_labels(saved.id)
    facts = {"sets": ["c", "d"], "variants": [], "by": [], "where": {}, "rule": "misclassified", "mode": None}
    seal = seal_question("a", facts)
    seal_question("a", facts)
    done = [(entry.verb, entry.kind, entry.id) for entry in read(log)]
    assert done == [
        ("saved", "audit", audit.id),
        ("changed", "audit", audit.id),
        ("saved", "audit", copy.id),
        ("deleted", "audit", audit.id),
        ("restored", "audit", audit.id),
        ("saved", "label set", saved.id),
        ("saved", "label set", saved.id),
        ("deleted", "label set", saved.id),
        ("restored", "label set", saved.id),
        ("sealed", "comparison", seal.id),
    ]
    assert not re.search("Sonntagskind|Zwetschge|Kuddelmuddel", log.read_text())
    assert read(log)[6].facts == {"version": 2}
    assert read(log)[2].facts["copy_of"] == audit.id


def test_an_act_that_is_refused_is_noted(log, monkeypatch):
    monkeypatch.setattr("clipdash.access.permission.find_visitor", lambda: Visitor("eve", Role.VIEWER))
    assert require(Act.READ).name == "eve"
    with pytest.raises(AccessError):
        require(Act.BUILD)
    assert [(e.who, e.verb, e.kind, e.id) for e in read(log)] == [("eve", "refused", "act", Act.BUILD.value)]


def test_the_document_shows_a_line_and_the_schema_as_they_are():
    lines, schema = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    for line in lines.splitlines():
        entry = Entry.model_validate_json(line)
        assert line == entry.to_line()
    assert json.loads(schema) == Entry.model_json_schema()
