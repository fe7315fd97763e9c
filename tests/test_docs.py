"""The examples of the documentation run, and its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from clipdash.__main__ import main

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language):
    return [
        pytest.param(body, id=f"{path.name}-{number}")
        for path in DOCUMENTS
        for number, (kind, body) in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")))
        if kind == language
    ]


@pytest.mark.parametrize("code", blocks("python"))
def test_python_example_runs(code, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(code, "example", "exec"), {"__name__": "__example__"})


@pytest.mark.parametrize("text", blocks("console"))
def test_console_example_runs(text, monkeypatch, capsys):
    """Each line that starts with ``$ clipdash`` ends with exit code 0; lines of output are illustration.

    All in this process, which has loaded the encoder; tests/test_main.py starts the program as a shell does.
    """
    monkeypatch.chdir(ROOT)
    commands = [line[2:] for line in text.splitlines() if line.startswith("$ clipdash")]
    assert commands
    for command in commands:
        monkeypatch.setattr("sys.argv", shlex.split(command))
        code = main()
        out, err = capsys.readouterr()
        assert code == 0, err
        assert out


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(path):
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []
