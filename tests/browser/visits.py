"""What the browser tests share: a server, a page that has settled, and what is held of every page."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
STREAMLITS_OWN = {"presentation-role-conflict"}  # its uploader is a section without a role that can take the focus
STILL = """(wanted) => {
  const still = document.querySelector('.stApp').dataset.testScriptState === 'notRunning';
  window.stillSince = still ? window.stillSince ?? performance.now() : undefined;
  return still && performance.now() - window.stillSince >= wanted;
}"""


def settle(page):
    """Wait until the script has run and the finding stands."""
    from playwright.sync_api import expect

    expect(page.locator("h1")).to_have_count(1)  # while a page is drawn again its old headline stands beside it
    expect(page.locator("h1").first).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    # A narrow window is known only after the first run, and another run follows: wait until none does.
    page.wait_for_function(STILL, arg=800 if page.viewport_size["width"] <= 640 else 0)


def asked(page, name):
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)[name]


def scrolls_sideways(page):
    return page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth > window.innerWidth")


def check_accessibility(page):
    """Hold a page against every rule of axe-core, whatever its impact."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    broken = {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found}
    assert {rule: nodes for rule, nodes in broken.items() if rule not in STREAMLITS_OWN} == {}


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


def is_bad(answer):
    """Say whether an answer is a failure other than Streamlit's own two look-ups below a deep link."""
    own = answer.url.endswith(("/_stcore/health", "/_stcore/host-config"))
    return answer.status >= 400 and not own
