"""From a question to a shared report, by eight clicks at most and by the keyboard alone."""

import json
import re
from html.parser import HTMLParser

import pytest
from playwright.sync_api import expect
from visits import settle

pytestmark = pytest.mark.browser
MOST_CLICKS = 8


class Embedded(HTMLParser):
    """The JSON that a report carries."""

    def __init__(self):
        super().__init__()
        self.inside, self.text = False, ""

    def handle_starttag(self, tag, attributes):
        self.inside = tag == "script" and dict(attributes).get("id") == "result"

    def handle_data(self, data):
        self.text += data if self.inside else ""


def read_report(download):
    parser = Embedded()
    parser.feed(download.value.path().read_text(encoding="utf-8"))
    return json.loads(parser.text)


def test_from_a_question_to_a_report_of_own_lists_by_skin_tone_in_eight_clicks(open_page):
    page = open_page("/", height=1400)
    settle(page)
    page.evaluate(
        """() => { window.clicks = 0; document.addEventListener('click', () => { window.clicks += 1; }, true); }"""
    )

    page.get_by_role("link", name="Write two lists").click()
    page.wait_for_url(re.compile("/shift"))
    settle(page)
    for name, lines in (("Before", "doctor\nnurse"), ("After", "doctor\nnurse\nperson")):
        page.get_by_label(name, exact=True).click()
        page.keyboard.press("Control+A")
        page.keyboard.type(lines)
    expect(page.locator("h1")).to_contain_text("person")
    settle(page)
    page.get_by_role("button", name=re.compile("^groups")).click()
    page.get_by_role("combobox", name=re.compile("Group by")).click()
    page.keyboard.press("Backspace")
    page.get_by_role("option", name="skin tone").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="groups skin tone")).to_be_visible()
    settle(page)
    with page.expect_download() as report:
        page.get_by_role("button", name="Report").click()

    assert page.evaluate("() => window.clicks") <= MOST_CLICKS
    found = read_report(report)
    assert found["by"] == ["skin_tone"]
    assert list(found["groups"][0]["after"]["labels"]) == ["doctor", "nurse", "person"]


FOCUSED = """() => {
  const one = document.activeElement;
  const stop = ['A', 'BUTTON', 'INPUT', 'TEXTAREA'].includes(one.tagName);
  return stop ? one.getAttribute('aria-label') || one.innerText : '';
}"""


def reach(page, name, most=120):
    """Press Tab until what is called so has the keyboard."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(FOCUSED)):
            return
    pytest.fail(f"nothing called {name} can be reached by Tab")


def test_the_same_by_the_keyboard_alone(open_page):
    page = open_page("/")
    settle(page)
    reach(page, "Write two lists")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/shift"))
    settle(page)
    reach(page, "^Before$")
    page.keyboard.press("Control+A")
    page.keyboard.type("doctor\nnurse")
    reach(page, "^After$")
    page.keyboard.press("Control+A")
    page.keyboard.type("doctor\nnurse\nperson")
    expect(page.locator("h1")).to_contain_text("person")
    settle(page)
    reach(page, "Report$")
    with page.expect_download() as report:
        page.keyboard.press("Enter")
    assert list(read_report(report)["groups"][0]["after"]["labels"]) == ["doctor", "nurse", "person"]
