"""How long the Shift page takes in a real browser: with nothing changed, and from a typed key to the drawn chart.

    python benchmarks/rerun.py [--times 15]

Serves the app on the embedded store (8,603 images) and drives Debian's Chromium. A label is edited to words whose
embeddings are kept, as they are the second time anyone types them. The app waits 0.4 s after the last key before it
answers; figures are given with and without that pause. On an idle machine only.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from clock import Row, name_machine
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
PAUSE = 0.4
WORDS = ("boy", "girl", "baby", "kid")
# Notes when the script began and ended, and when something of a chart was last drawn.
WATCH = """() => {
  window.seen = {ended: 0, drawn: 0};
  const app = document.querySelector('[data-test-script-state]');
  new MutationObserver(() => {
    if (app.dataset.testScriptState === 'notRunning') window.seen.ended = performance.now();
  }).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']});
  new MutationObserver((records) => {
    if (records.some((one) => one.target.closest && one.target.closest('.stPlotlyChart, h1'))) {
      window.seen.drawn = performance.now();
    }
  }).observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
}"""


@contextmanager
def serve():  # noqa: ANN201
    with socket.socket() as probe, TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environ = os.environ | {"CLIPDASH_RECORDS": folder, "CLIPDASH_LOGS": folder}
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        try:
            yield f"http://localhost:{port}", wait_until_ready(f"http://localhost:{port}/readyz")
        finally:
            process.terminate()
            process.wait()


def wait_until_ready(address: str) -> float:
    start = time.perf_counter()
    while True:
        try:
            with urlopen(address, timeout=5):  # noqa: S310  (our own server)
                return time.perf_counter() - start
        except OSError:
            time.sleep(0.05)


def settle(page: Page, field: str, since: float, quiet: float = 700) -> float:
    """Return when the field was last noted, once nothing more came for a while."""
    while True:
        seen, now = page.evaluate(f"[window.seen.{field}, performance.now()]")
        if seen > since and now - seen > quiet:
            return float(seen)
        page.wait_for_timeout(50)


def measure(times: int = 15) -> list[Row]:
    with serve() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        start = time.perf_counter()
        page.goto(address)
        page.locator("h1").first.wait_for()
        page.locator(".stPlotlyChart svg").first.wait_for()
        first = time.perf_counter() - start
        page.goto(f"{address}/shift")
        page.locator(".stPlotlyChart svg").first.wait_for()
        page.wait_for_timeout(8000)
        page.evaluate(WATCH)
        nothing = [rerun(page) for _ in range(times)]
        box = page.get_by_label("After", exact=True)
        typed = box.input_value()
        edits = [edit(page, f"{typed}\n{WORDS[n % len(WORDS)]}") for n in range(times + len(WORDS))][len(WORDS) :]
        browser.close()
    some, edited = 1000 * median(nothing), 1000 * median(edits)
    return [
        Row("first screen, from its address to its first chart", first, "s", "<= 3", first <= 3),
        Row("rerun of Shift with nothing changed", some, "ms", "< 150", some < 150),
        Row("one label edited: from the end of the pause to the drawn chart", edited - 400, "ms", "", None),
        Row("the same from the last key", edited, "ms", "< 500", edited < 500),
    ]


def rerun(page: Page) -> float:
    """Press R, which runs the script again, and wait for its end."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    since = page.evaluate("performance.now()")
    page.keyboard.press("r")
    return (settle(page, "ended", since) - since) / 1000


def edit(page: Page, text: str) -> float:
    """Write a list but for its last key, wait, type that key, and wait for the chart."""
    box = page.get_by_label("After", exact=True)
    box.fill(text[:-1])
    page.wait_for_timeout(6000)
    box.press("Control+End")
    since = page.evaluate("performance.now()")
    page.keyboard.type(text[-1])
    return (settle(page, "drawn", since + 300) - since) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=15)
    print(name_machine())
    for row in measure(parser.parse_args().times):
        print(row.say(), flush=True)


if __name__ == "__main__":
    main()
