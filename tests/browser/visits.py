"""What the browser tests share: a server, a page that has settled, and what is held of every page."""

import shutil
from urllib.parse import parse_qs, urlsplit

from served import ROOT, find_port, serve, start, wait_for

__all__ = [
    "ARGUMENTS",
    "CHROMIUM",
    "ROOT",
    "add_word",
    "asked",
    "check_accessibility",
    "find_port",
    "is_bad",
    "scrolls_sideways",
    "serve",
    "settle",
    "start",
    "wait_for",
]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",  # it reaches this machine only
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


def add_word(page, word):
    """Type a word below the second list, and wait until the finding names it; return the list's box."""
    from playwright.sync_api import expect

    box = page.get_by_label("After", exact=True)
    box.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(f"\n{word}")
    expect(page.locator("h1")).to_contain_text(word)
    return box


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


def is_bad(answer):
    """Say whether an answer is a failure other than Streamlit's own two look-ups below a deep link."""
    own = answer.url.endswith(("/_stcore/health", "/_stcore/host-config"))
    return answer.status >= 400 and not own
