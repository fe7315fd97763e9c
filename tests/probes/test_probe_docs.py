"""docs/probes.md is written from the probes, never by hand."""

import importlib.util
from pathlib import Path

from clipdash.probes import list_probes, parse_probe

ROOT = Path(__file__).parents[2]


def load_script():
    spec = importlib.util.spec_from_file_location("write_probe_docs", ROOT / "scripts" / "write_probe_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_document_is_as_the_script_writes_it():
    page = (ROOT / "docs" / "probes.md").read_text(encoding="utf-8")
    assert page == load_script().write_page()
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")][:-1] == [p.title for p in list_probes()]


def test_the_example_of_the_document_is_a_probe():
    page = (ROOT / "docs" / "probes.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    assert parse_probe(example.encode(), "mine.toml").runs[0].key == "rates"


def test_nothing_is_said_to_have_been_reproduced():
    files = [*ROOT.glob("clipdash/probes/*"), *ROOT.glob("clipdash/ui/probe*.py"), ROOT / "pages" / "probes.py"]
    files += [ROOT / "docs" / "probes.md", ROOT / "docs" / "reproduce-fairface.md", ROOT / "clipdash/cli/probes.py"]
    read = [path.read_text(encoding="utf-8").lower() for path in files if path.is_file()]
    assert len(read) > 20
    assert not any("reproduced" in text for text in read)
