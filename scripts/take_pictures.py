"""Take a picture of every page of the app, light and dark, for docs/pictures/: `python scripts/take_pictures.py`.

Serves the app on a free port with logs and records in a temporary folder, and drives Debian's Chromium.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from clipdash.ui.navigation import PAGES  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
WIDTH, LEAST, MOST = 1440, 900, 2400  # pixels
COLOURS = 128
READY = """() => {
  const still = document.querySelector('.stApp')?.dataset.testScriptState === 'notRunning';
  const charts = [...document.querySelectorAll('[data-testid=stPlotlyChart]')];
  const drawn = charts.every((chart) => chart.querySelector('.main-svg'));
  const whole = [...document.images].every((image) => image.complete || image.loading === 'lazy');
  return still && drawn && whole && !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]');
}"""


@contextmanager
def serve() -> Iterator[str]:
    """Serve the app and yield its address once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        kept = {"CLIPDASH_LOGS": folder, "CLIPDASH_RECORDS": folder, "CLIPDASH_STORES": str(ROOT / "embeddings_cache")}
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | kept, **quiet)
        try:
            wait_for(f"http://localhost:{port}/readyz", process)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the app answers."""
    end = time.monotonic() + 180
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:  # nosec B310  # the server that was started above
                if answer.status == 200:
                    return
        except OSError:  # nobody listens yet
            time.sleep(0.3)
    raise SystemExit("the app did not become ready; `make run` says why")


def take(browser: Browser, address: str, name: str, scheme: str) -> Image.Image:
    """Return a page as PNG: as high as it is, within limits, in few colours."""
    context = browser.new_context(viewport={"width": WIDTH, "height": LEAST}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{address}/{'' if name == next(iter(PAGES)) else name}")
    expect(page.locator("h1")).to_have_count(1)
    page.wait_for_function(READY)
    high = page.evaluate("() => document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight + 64")
    page.set_viewport_size({"width": WIDTH, "height": max(LEAST, min(high, MOST))})
    page.wait_for_timeout(1500)  # what comes into view is fetched and drawn
    page.wait_for_function(READY)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return picture.quantize(COLOURS, dither=Image.Dither.NONE)


def write_index() -> None:
    """Write the document that shows the pictures."""
    lines = ["# The pages", "", "The embedded store, as each page opens; taken by `python scripts/take_pictures.py`."]
    for name, title in PAGES.items():
        shown = [f"![{title}, {scheme}](pictures/{name}-{scheme}.png)" for scheme in ("light", "dark")]
        lines += ["", f"## {title}", "", *shown]
    (ROOT / "docs" / "pictures.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Take what is asked for; all of it into the usual place renews docs/pictures.md too."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PAGES, action="append", help="a page; may be given more than once")
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder that the pictures go to")
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or sys.exit("there is no chromium: install the package 'chromium'")
    expect.set_options(timeout=90_000)
    with serve() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        for name in asked.only or PAGES:
            for scheme in ("light", "dark"):
                path = asked.to / f"{name}-{scheme}.png"
                take(browser, address, name, scheme).save(path, optimize=True)
                print(f"{path}: {path.stat().st_size / 1000:,.0f} kB")
        browser.close()
    if not asked.only and asked.to == FOLDER:
        write_index()


if __name__ == "__main__":
    main()
