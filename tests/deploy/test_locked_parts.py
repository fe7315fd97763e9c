"""requirements.lock holds what requirements.txt asks for, with digests; docs/licences.md names each licence."""

import re

import pytest

ENTRY = re.compile(r"(?m)^(?=[A-Za-z0-9])")


@pytest.fixture
def pins(script, root):
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    return dict(script("scripts/list_licences.py").read_pins(lock))


def normalise(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_holds_what_is_asked_for(pins, root):
    asked = re.findall(r"(?m)^([\w.-]+)(?:\[\w+\])?==([\w.]+)", (root / "requirements.txt").read_text(encoding="utf-8"))
    assert len(asked) > 20
    wrong = {name: version for name, version in asked if pins.get(normalise(name)) != version}
    assert wrong == {}, "run: make lock"


def test_every_entry_of_a_lock_has_digests_and_nothing_names_an_index(root):
    for path in (root / "requirements.lock", root / "deploy" / "image" / "tools.lock"):
        text = path.read_text(encoding="utf-8")
        entries = [entry for entry in ENTRY.split(text) if "==" in entry.partition("\n")[0]]
        assert entries
        assert [entry.partition("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
        assert not re.search(r"(?m)^--|://", text)
        assert "python_version" not in text
        assert "sys_platform" not in text


def test_every_package_has_its_licence_on_the_page(pins, root, script):
    licences = script("scripts/list_licences.py")
    page = (root / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    assert rows[0] == ["package", "version", "licence", "in the image"]
    assert {row[0]: row[1] for row in rows[1:]} == pins, "run: make lock"
    assert [row[0] for row in rows[1:] if row[2] in {"", "not stated"} or licences.FORBIDDEN.search(row[2])] == []
    left_out = {row[0] for row in rows[1:] if row[3] == "no"}
    assert {row[0] for row in rows[1:] if "NVIDIA" in row[2]} <= left_out


@pytest.mark.parametrize(
    "stated", ["GNU Affero General Public License v3", "AGPL-3.0-or-later", "CC-BY-NC-4.0", "SSPL"]
)
def test_a_licence_that_forbids_internal_use_is_known(stated, script):
    licences = script("scripts/list_licences.py")
    assert licences.FORBIDDEN.search(stated)
    assert not licences.FORBIDDEN.search("LGPL-3.0-only or MPL-2.0 or BSD-3-Clause")
