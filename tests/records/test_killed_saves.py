"""A process killed while it saves: what it acknowledged is there, whole, and nothing else is in the way."""

import subprocess
import sys
from pathlib import Path

import pytest

from clipdash.records import list_audits, save_audit

ROOT = Path(__file__).parents[2]
RESULT = {"store": {"name": "emoji"}, "groups": [{"n": place} for place in range(2_000)]}
CODE = """
from clipdash.records import save_audit
for count in range(10_000):
    result = {"store": {"name": "emoji"}, "groups": [{"n": place} for place in range(2_000)]}
    print(save_audit(f"save {count}", {"after": "man"}, result, digests=("", ""), versions={}).title, flush=True)
"""


@pytest.mark.usefixtures("database")
def test_every_acknowledged_audit_is_there(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE, text=True) as process:
        acknowledged = [process.stdout.readline().strip() for _ in range(20)]
        process.kill()
        acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    kept = list_audits(limit=20_000)
    assert [audit.title for audit in kept][-len(acknowledged) :] == acknowledged[::-1]
    assert len(kept) <= len(acknowledged) + 1
    assert all(audit.result == RESULT for audit in kept)
    assert save_audit("after", {}, RESULT, digests=("", ""), versions={}).title == "after"
