"""The command report on the embedded store: a file that repeats itself, and each way of getting it wrong."""

import json
import re
import shlex
from pathlib import Path
from urllib.parse import unquote

import pytest

from clipdash.__main__ import main
from clipdash.labels import Label, dump_labels, load_labels

ROOT = Path(__file__).parents[2]
LISTS = ("--before", "old.toml", "--after", "new.toml")
ASKED = ("report", "emoji", "--by", "skin_tone", "--by", "gender", "--where", "art=Twemoji", "--min-n", "20")


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run a command in a folder with two label files of one's own."""
    base = load_labels("denigration").replace(name="mine", version=3)
    more = base.replace(name="mine and more", labels=(*base.labels, Label(text="wizard's cat"), Label(text="=child")))
    for name, label_set in (("old", base), ("new", more)):
        (tmp_path / f"{name}.toml").write_text(dump_labels(label_set), encoding="utf-8")
    monkeypatch.setenv("CLIPDASH_STORES", str(ROOT / "embeddings_cache"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["clipdash", *arguments])
        code = main()
        return code, *capsys.readouterr()

    return call


def take_files(page, folder):
    """Save the label files of a report, and return the command that it prints."""
    for name, text in re.findall(r'download="(\w+\.toml)" href="data:application/toml,([^"]*)"', page):
        (folder / name).write_text(unquote(text), encoding="utf-8")
    embedded = json.loads(re.search(r'<script[^>]*id="result">(.*?)</script>', page, re.DOTALL)[1])
    return shlex.split(embedded["command"])[1:], embedded


@pytest.mark.parametrize(
    "more", [(), ("--threshold", "0.3", "--rule", "flagged"), ("--simultaneous", "--cluster", "concept")]
)
def test_the_printed_command_repeats_every_figure(run, tmp_path, monkeypatch, more):
    code, out, err = run(*ASKED, *LISTS, *more, "--output", "report.html")
    assert (code, err) == (0, "")
    assert "report.html; it opens in any browser" in out
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    monkeypatch.chdir(empty)
    command, embedded = take_files(page, empty)
    code, out, err = run(*command, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found.pop("command") == embedded["command"] + " --json"
    assert {name: embedded[name] for name in found} == found
    assert bool(embedded["link"]) is not bool(more and more[0] == "--threshold")


def test_json_is_what_the_file_holds(run, tmp_path):
    code, out, err = run(*ASKED, *LISTS, "--output", "report.html", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    _, embedded = take_files((tmp_path / "report.html").read_text(encoding="utf-8"), tmp_path)
    assert found == embedded
    assert found["registered"] is None
    assert "wizard's cat and =child join the 9 labels" in found["question"]
    assert found["link"].startswith("/shift?v=1&sum=")
    assert "&store=emoji&" in found["link"]


def test_what_was_registered_is_said_to_be(run):
    command = (*ASKED[1:], *LISTS)
    assert run("register", *command)[0] == 0
    found = json.loads(run("report", *command, "--json")[1])
    assert found["registered"]["sealed"].endswith("+00:00")
    changed = json.loads(run("report", *command, "--rule", "flagged", "--json")[1])
    assert changed["registered"] is None


def test_one_set_is_reported_by_itself(run, tmp_path):
    code, _, err = run("report", "emoji", "--by", "age", "--labels", "old.toml", "--output", "one.html")
    assert (code, err) == (0, "")
    command, embedded = take_files((tmp_path / "one.html").read_text(encoding="utf-8"), tmp_path)
    assert command[:4] == ["audit", "emoji", "--labels", "labels.toml"]
    assert list(embedded["label_files"]) == ["labels.toml"]
    assert embedded["link"].startswith("/labels?")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (LISTS, "--output FILE.html, or --json"),
        (("--before", "old.toml", "--json"), "--before SET and --after SET, or of one set, --labels SET"),
        (("--labels", "old.toml", "--after", "new.toml", "--json"), "leave out --before, --after"),
        ((*LISTS, "--output", "old.toml"), "There is a file old.toml already"),
        ((*LISTS, "--output", "nowhere/report.html"), "name a file in a folder that is there"),
        ((*LISTS, "--output", "."), "name a file in a folder that is there"),
    ],
)
def test_what_cannot_be_done_gets_a_sentence(run, tmp_path, arguments, told):
    code, out, err = run(*ASKED, *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.toml", "old.toml"]


def test_a_file_is_replaced_only_where_that_is_asked_for(run, tmp_path):
    (tmp_path / "report.html").write_text("old", encoding="utf-8")
    asked = (*ASKED, *LISTS, "--output", "report.html")
    assert run(*asked)[0] == 2
    assert run(*asked, "--replace")[0] == 0
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_is_written_is_in_the_audit_log_and_what_is_printed_is_not(run, tmp_path, monkeypatch):
    log = tmp_path / "audit.jsonl"
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(log))
    assert run(*ASKED, *LISTS, "--json")[0] == 0
    assert not log.exists()
    assert run(*ASKED, *LISTS, "--output", "report.html")[0] == 0
    assert run("compare", *ASKED[1:], *LISTS, "--export-table", "counts.csv")[0] == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["verb"], line["kind"], line["id"], line["facts"]) for line in lines] == [
        ("exported", "report", "report.html", {"store": "emoji"}),
        ("exported", "table", "counts.csv", {"store": "emoji"}),
    ]
    assert {line["who"].partition(":")[0] for line in lines} == {"local"}
