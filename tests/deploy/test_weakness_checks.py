"""The checks of `make secure` find what is planted, and do not pass what they could not try."""

import json
import subprocess
from types import SimpleNamespace

import pytest


@pytest.fixture
def checks(script, tmp_path, monkeypatch):
    """The script, looking at a folder of its own."""
    module = script("scripts/check_security.py")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "TARGETS", ("planted.py",))
    (tmp_path / "pyproject.toml").write_text("[tool.bandit]\nskips = []\n")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return module


def test_weak_code_is_found(checks, tmp_path):
    (tmp_path / "planted.py").write_text("import os\nos.system(input())\n")
    assert [line.split()[:2] for line in checks.check_code()] == [["./planted.py:2", "B605"]]


def test_a_key_among_the_files_is_found_and_a_made_up_address_is_not(checks, tmp_path):
    (tmp_path / "notes.md").write_text("postgresql://reviewer:secret@db.example.org/clipdash\n")
    (tmp_path / "settings.py").write_text(f'key = "AKIA{"Q3T5" * 4}"\n')
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    assert checks.check_secrets() == ["settings.py:1 AWS Access Key"]


def test_a_careless_dockerfile_is_found(checks, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM debian:latest\nRUN cd /tmp && sudo true\n")
    assert any("DL3007" in line for line in checks.check_dockerfile())
    assert any("DL3004" in line for line in checks.check_dockerfile())


def answers(checks, monkeypatch, *parts):
    told = SimpleNamespace(stdout=json.dumps({"dependencies": list(parts)}) if parts else "", stderr="", returncode=1)
    monkeypatch.setattr(checks, "find", lambda program: program)
    monkeypatch.setattr(checks, "run", lambda *command: told)


def test_a_known_weakness_is_told_unless_it_is_argued(checks, monkeypatch):
    weak = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    answers(checks, monkeypatch, {"name": "made-up", "version": "1.0", "vulns": [weak]})
    assert checks.check_dependencies() == ["made-up 1.0: PYSEC-1, mended in 2.0"]
    monkeypatch.setitem(checks.ARGUED, "PYSEC-1", "never called")
    assert checks.check_dependencies() == []


def test_a_database_that_does_not_answer_is_no_pass(checks, monkeypatch, capsys):
    answers(checks, monkeypatch, {"name": "made-up", "skip_reason": "not found"})
    with pytest.raises(checks.NotTried):
        checks.check_dependencies()
    answers(checks, monkeypatch)
    monkeypatch.setattr(checks, "CHECKS", {"dependencies": checks.check_dependencies})
    for options, code in ((["--strict"], 1), ([], 0)):
        monkeypatch.setattr("sys.argv", ["check_security.py", *options])
        assert checks.main() == code
        said = capsys.readouterr().out
        assert said.startswith("not tried  dependencies")
        assert "passed" not in said


def test_a_trial_without_a_daemon_says_so_in_one_line(root, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    told = subprocess.run([root / "scripts" / "try-container.sh"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, told.stderr) == (3, "Not tried: no Docker daemon answers here.\n", "")
