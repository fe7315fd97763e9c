"""Walk a served app's main job over HTTP and in a real browser; `scripts/try-container.sh` calls it."""

import argparse
import json
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
#: None of these may give a picture or a store's file: another store, a way out of the folder, the folder itself.
CLOSED = (
    "/thumb/nowhere/0.webp",
    "/thumb/emoji/99999999.webp",
    "/thumb/..%2F..%2Fdata%2Fstores%2Femoji/0.webp",
    "/thumb/%2Fdata%2Fstores%2Femoji/0.webp",
    "/thumb/../../data/stores/emoji/thumbs.arrow",
    "/data/stores/emoji/thumbs.arrow",
    "/app/static/../../data/stores/emoji/thumbs.arrow",
    "/static/..%2f..%2f..%2f..%2f..%2f..%2fdata/stores/emoji/thumbs.arrow",
    "/embeddings_cache/emoji/thumbs.arrow",
)


def ask(url: str, path: str) -> tuple[int, dict[str, str], bytes]:
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname, place.port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def check_routes(url: str) -> None:
    status, _, body = ask(url, "/readyz")
    assert (status, json.loads(body)["ready"]) == (200, True), body
    assert ask(url, "/livez")[0] == 200
    status, headers, body = ask(url, "/thumb/emoji/0.webp")
    assert (status, body[8:12]) == (200, b"WEBP"), status
    told = {name.lower(): value for name, value in headers.items()}
    assert told["cache-control"].startswith("private"), told
    assert told["x-content-type-options"] == "nosniff", told
    print("ok   /livez and /readyz answer; a thumbnail of the store is sent, for private caches only")
    for path in CLOSED:
        status, _, body = ask(url, path)
        assert b"WEBP" not in body[:16], path
        assert b"ARROW1" not in body[:16], path
        assert status in {400, 403, 404} or b"<html" in body.lower(), (path, status)
    print(f"ok   {len(CLOSED)} ways round the thumbnails' route give no picture and no file")


def walk(url: str, title: str, *, save: bool) -> None:
    sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]
    import visits
    from playwright.sync_api import expect, sync_playwright

    if visits.CHROMIUM is None:
        raise SystemExit("There is no chromium: the browser's part cannot be walked.")
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=visits.CHROMIUM, args=visits.ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        asked, sockets = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: sockets.append(socket.url))
        (save_audit if save else find_audit)(page, url, title, visits, expect)
        browser.close()
    host = urlsplit(url).netloc
    elsewhere = [each for each in [*asked, *sockets] if urlsplit(each).netloc not in {host, ""}]
    assert not elsewhere, elsewhere
    assert sockets, "no websocket was opened"
    print(f"ok   {len(asked)} requests and {len(sockets)} websocket(s), all to the app itself")


def save_audit(page: Any, url: str, title: str, visits: Any, expect: Any) -> None:
    page.goto(f"{url}/shift")
    visits.settle(page)
    visits.add_word(page, "sailor")
    visits.settle(page)
    print(f"ok   a word was typed, and the finding is: {page.locator('h1').inner_text()}")
    page.get_by_role("button", name="Save audit").click()
    page.get_by_label("Title", exact=True).fill(title)
    page.keyboard.press("Tab")
    page.locator(".st-key-do-save-audit button").click()
    expect(page.get_by_text("The audit is saved as")).to_be_visible()
    print("ok   the audit was saved")


def find_audit(page: Any, url: str, title: str, visits: Any, expect: Any) -> None:
    page.goto(f"{url}/audits")
    visits.settle(page)
    expect(page.get_by_text(title).first).to_be_visible()
    print("ok   the saved audit is on the page Audits")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("title", help="of the audit that is saved, or looked for")
    parser.add_argument("--again", action="store_true", help="look for the audit in place of saving it")
    asked = parser.parse_args()
    check_routes(asked.url)
    walk(asked.url, asked.title, save=not asked.again)


if __name__ == "__main__":
    main()
