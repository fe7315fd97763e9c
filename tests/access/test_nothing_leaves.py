"""What reviewers type stays on the machine, and out of every log.

A page's own requests are held to the app's address by `open_page` of the browser tests.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.request import urlopen

import main_job
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def secluded(tmp_path):
    """Return the environment of a process that can reach nobody, with every log in one folder."""
    path = os.pathsep.join([str(ROOT), str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    logs = {"CLIPDASH_AUDIT_LOG": "audit.jsonl", "METRICS": "metrics.txt", "SECLUDED": "tries.txt"}
    folders = dict.fromkeys(("CLIPDASH_LOGS", "CLIPDASH_RECORDS"), str(tmp_path))
    kept = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    more = {"PYTHONPATH": path, "CLIPDASH_LOG_FORMAT": "json", "CLIPDASH_FAULT_MESSAGES": "off"}
    return kept | folders | more | {name: str(tmp_path / file) for name, file in logs.items()}


def list_tries(folder):
    path = folder / "tries.txt"
    return path.read_text().splitlines() if path.exists() else []


def test_the_guard_sees_what_would_leave(secluded, tmp_path):
    code = tmp_path / "try.py"
    code.write_text(
        "import socket, urllib.request\n"
        "for act in (lambda: urllib.request.urlopen('http://192.0.2.1/'),\n"
        "            lambda: socket.getaddrinfo('h.invalid', 80),\n"
        "            lambda: socket.socket(type=socket.SOCK_DGRAM).connect(('8.8.8.8', 1))):\n"
        "    try:\n        act()\n    except OSError as error:\n        print(error)\n"
    )
    program = [sys.executable, "-m", "secluded", str(code)]
    run = subprocess.run(program, env=secluded, capture_output=True, text=True, check=True)
    assert run.stdout.count("was tried") == 3
    assert len(list_tries(tmp_path)) == 3


def test_the_main_job_reaches_nobody_and_no_log_repeats_what_was_typed(secluded, tmp_path):
    job = [sys.executable, "-m", "secluded", main_job.__file__]
    run = subprocess.run(job, cwd=ROOT, env=secluded, capture_output=True, text=True, timeout=300, check=False)
    assert run.stdout.strip().endswith("done"), run.stderr
    assert list_tries(tmp_path) == []
    logs = {name: (tmp_path / name).read_text() for name in ("audit.jsonl", "metrics.txt", "faults.log")}
    logs |= {"standard error": run.stderr, "standard output": run.stdout}
    typed = re.compile("|".join(main_job.WORDS), re.IGNORECASE)
    assert {name: typed.findall(text) for name, text in logs.items() if typed.search(text)} == {}
    done = [(line["verb"], line["kind"]) for line in map(json.loads, logs["audit.jsonl"].splitlines())]
    for act in (("opened", "page"), ("saved", "audit"), ("saved", "label set"), ("deleted", "audit")):
        assert act in done
    assert 'clipdash_rerun_seconds_count{page="shift"}' in logs["metrics.txt"]
    assert "KeyError (message left out)" in logs["faults.log"]
    assert [line for line in run.stderr.splitlines() if not line.startswith("{")] == []


@pytest.fixture
def address(secluded, tmp_path):
    """Serve the app as a container does, on every address of the machine, and yield its own one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = [sys.executable, "-m", "secluded", "streamlit", "run", "app.py", "--server.address", "0.0.0.0"]
    with (tmp_path / "said").open("w") as said, (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen(
            [*program, "--server.port", str(port)], cwd=ROOT, env=secluded, stdout=said, stderr=errors
        )
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(address, process):
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not become ready")


def test_the_server_reaches_nobody_and_logs_lines_of_json_without_queries(address, tmp_path):
    urlopen(f"{address}/shift?before=zwetschgenmus", timeout=10).close()
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==", "Origin": "http://elsewhere.invalid"}
    connection = HTTPConnection(address.removeprefix("http://"), timeout=20)
    connection.request("GET", "/_stcore/stream?before=zwetschgenmus", headers=headers)
    assert connection.getresponse().status == 403  # Streamlit would look for its own address before it refuses
    connection.close()
    assert list_tries(tmp_path) == []
    errors = (tmp_path / "errors").read_text()
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {"level", "logger", "message", "at"} <= set(lines[0])
    told = [line["message"] for line in lines if line["logger"].startswith("uvicorn")]
    assert any("GET /shift HTTP" in message for message in told)
    assert "zwetschgenmus" not in errors + (tmp_path / "said").read_text()
