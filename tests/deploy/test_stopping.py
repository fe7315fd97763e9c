"""A stop signal ends the server at once, with someone's page open."""

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

import pytest
from websockets.sync.client import connect


@pytest.fixture
def served(root, tmp_path):
    """A server that `clipdash serve` started, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"CLIPDASH_LOGS": str(tmp_path), "CLIPDASH_RECORDS": str(tmp_path)}
    environment.pop("STREAMLIT_SERVER_ADDRESS", None)
    with (tmp_path / "server.log").open("w") as log:
        command = [sys.executable, "-m", "clipdash", "serve", "--port", str(port)]
        process = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None, (tmp_path / "server.log").read_text()
            assert time.monotonic() < until
            time.sleep(0.2)
        yield process, port
    finally:
        process.kill()
        process.wait()


def answers(port):
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_the_stop_signal_ends_the_server_while_a_page_is_open(served):
    process, port = served
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, origin=f"http://127.0.0.1:{port}", subprotocols=["streamlit"]):
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)
    # Cleared up, then ended by the very signal; as the first process of a container, which no signal ends, by 0.
    assert code in {0, -signal.SIGTERM}
