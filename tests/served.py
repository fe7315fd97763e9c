"""A real server of the app on a free port, as `make run` serves it."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[1]


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(folder, path="readyz", **more):
    """Serve the app with these environment variables; what it logs and keeps goes to a folder."""
    port = find_port()
    process = start(folder, port, path, **more)
    try:
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def start(folder, port, path="readyz", **more):
    """Start a server, and return its process once it is ready."""
    log = folder / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    environment = os.environ | {"CLIPDASH_LOGS": str(folder), "CLIPDASH_RECORDS": str(folder)} | more
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(f"http://localhost:{port}/{path}", process, log)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def wait_for(address, process, log):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:  # nobody listens yet, or answers too slowly while the app warms up
            time.sleep(0.2)
    pytest.fail(f"the server did not become ready:\n{log.read_text()[-3000:]}")
