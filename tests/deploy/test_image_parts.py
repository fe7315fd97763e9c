"""What goes into the image, and the check of its health."""

import json
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

LOCK = """\
# written by make lock
nvidia-cublas==13.1 \\
    --hash=sha256:aa
    # via torch
torch==2.14.1 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via
    #   -r requirements.txt
    #   timm
triton==3.8 \\
    --hash=sha256:dd
    # via torch
"""


def test_a_lock_loses_what_only_a_gpu_uses_and_nothing_else(script):
    without = script("deploy/image/without_gpu.py")
    kept = without.shorten_lock(LOCK)
    assert re.findall(r"(?m)^\S+==\S+", kept) == ["torch==2.14.1"]
    assert kept.startswith("# written by make lock\n")
    assert kept.count("--hash") == 2
    assert without.shorten_lock(kept) == kept


def test_the_lock_of_the_image_names_nothing_of_cuda(script, root):
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    names = set(re.findall(r"(?m)^([\w.-]+)==", lock))
    kept = set(re.findall(r"(?m)^([\w.-]+)==", script("deploy/image/without_gpu.py").shorten_lock(lock)))
    assert {name.partition("-")[0] for name in names - kept} <= {"nvidia", "cuda", "triton"}
    assert {"torch", "torchvision", "streamlit", "psycopg-binary"} <= kept


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, json.dumps({"ready": True, "store": "emoji"}), 0),
        (503, json.dumps({"ready": False, "faults": {"": "There is no store here."}}), 1),
        (503, json.dumps({"ready": True}), 1),
        (200, "<!doctype html><html></html>", 1),
        (200, json.dumps(["ready"]), 1),
    ],
)
def test_health_is_what_the_app_says_of_itself(status, body, code, root):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.handle_request).start()
        told = ask(root, server.server_port)
    assert told.returncode == code, told
    assert told.stderr == ""


def test_an_app_that_does_not_answer_is_not_healthy(root):
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    told = ask(root, port)
    assert told.returncode == 1
    assert "refused" in told.stdout


def ask(root, port):
    command = [sys.executable, "-S", str(root / "deploy" / "image" / "health.py")]
    return subprocess.run(
        command, env={"STREAMLIT_SERVER_PORT": str(port)}, capture_output=True, text=True, check=False, timeout=30
    )


def test_the_context_of_the_build_is_a_list_of_what_may_enter(root):
    lines = [line for line in (root / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    stores = [line for line in lines if line.startswith("!embeddings_cache")]
    assert stores == ["!embeddings_cache/emoji"], "stores of real people's pictures must not enter an image"
    assert not [line for line in lines if re.match(r"!\**/?(deploy|deploy/secrets.*|\.git|tests)/?$", line)]


def test_the_last_stage_is_locked_down(root):
    text = (root / "Dockerfile").read_text(encoding="utf-8")
    first, last = text.split("\nFROM ", 2)[1:]
    assert "--require-hashes" in first
    assert "--editable" not in text
    assert "pip install" not in last
    assert re.search(r"(?m)^USER \d+:\d+$", last)
    assert "STOPSIGNAL SIGTERM" in last
    assert re.search(r'HEALTHCHECK .*CMD \["python3", "/app/health.py"\]', last)
    for label in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{label}=" in last
