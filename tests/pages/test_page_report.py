"""The report of a page: the one that the command writes of the same question, to the last digit."""

import json
import re
import shlex
from urllib.parse import unquote

import pytest
from stage import StageEncoder, open_page

from clipdash.__main__ import main
from clipdash.cli.reading import keep_encoder
from clipdash.ui import actions

LISTS = {
    "before": "man | gender=man\nwoman | gender=woman\ngorilla | non-human",
    "after": "man | gender=man\nwoman | gender=woman\ngorilla | non-human\nchild\n<b>it's</b> | crime",
}
ASKED = {
    "v": "1",
    "store": "emoji",
    "by": ["skin_tone", "gender"],
    "where_kind": "person",
    "where_age": ["child", "adult"],
}
MORE = {"template": "a picture of a {}", "min_n": "20", "flagged": "crime"}


@pytest.fixture
def files(monkeypatch):
    """Return what the page offers to take away: name to what writes it."""
    found = {}

    def keep(label, file, write, **options):
        found[file] = write

    monkeypatch.setattr(actions, "offer_file", keep)
    return found


@pytest.fixture
def encoder(monkeypatch):
    """Let the command line, too, read the encoder that needs no weights."""
    monkeypatch.setattr("clipdash.encoders.read_encoder", lambda reference: StageEncoder())
    keep_encoder.cache_clear()
    yield
    keep_encoder.cache_clear()


def read_result(page):
    return json.loads(re.search(r'<script[^>]*id="result">(.*?)</script>', page, re.DOTALL)[1])


@pytest.mark.usefixtures("encoder")
@pytest.mark.parametrize("page", ["shift", "labels"])
def test_a_page_and_the_command_write_the_same_report(files, tmp_path, monkeypatch, capsys, page):
    app = open_page(page, **ASKED, **LISTS, **MORE)
    assert not app.exception
    (name,) = (name for name in files if name.endswith(".html"))
    report = files[name]()
    for file, text in re.findall(r'download="(\w+\.toml)" href="data:application/toml,([^"]*)"', report):
        assert files[file]() == unquote(text)
        (tmp_path / file).write_text(unquote(text), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = read_result(report)
    assert shown == json.loads(files[name.replace(".html", ".json")]())
    command = shlex.split(shown["command"])

    monkeypatch.setattr("sys.argv", [*command, "--json"])
    assert main() == 0
    found = json.loads(capsys.readouterr().out)
    assert found.pop("command") == f"{shown['command']} --json"
    assert {key: shown[key] for key in found} == found
    assert sum(group["withheld"] for group in found["groups"]) < len(found["groups"])

    monkeypatch.setattr("sys.argv", ["clipdash", "report", *command[2:], "--output", "report.html"])
    assert main() == 0
    written = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert shown["link"].endswith(read_result(written)["link"])
    assert strip_link(written) == strip_link(report)


def strip_link(page):
    return re.sub(r'<dt>Link</dt>.*|^ "link": .*', "", page, flags=re.MULTILINE)
