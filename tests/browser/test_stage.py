"""Stage in a real browser: the presenter's keys, what they move without a run of the script, what is on the screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from visits import STILL

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)

DECK = "/shift?stage=1&deck=demo&slide="
MARKS = """() => {
  const trace = document.querySelector('.st-key-stage-chart .js-plotly-plot')?.data?.find(t => t.name === 'after');
  return trace ? [[...trace.x], [...trace.marker.opacity]] : null;
}"""
DRAWN = """() => [...document.querySelectorAll('.st-key-stage-chart .trace.scatter')].at(-1)
  ?.querySelector('.point')?.getAttribute('transform')"""
VALUES = """() => [...[...document.querySelectorAll('.st-key-stage-chart .trace.scatter')].at(-1)
  .querySelectorAll('.textpoint')].map(value => value.textContent.trim()).filter(Boolean).join(' ')"""
SMALLEST = """() => {
  const visible = {opacityProperty: true, visibilityProperty: true};
  const written = element => [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  const seen = [...document.querySelectorAll('.stApp *')].filter(element => written(element)
    && element.checkVisibility(visible) && element.getBoundingClientRect().width > 2
    && element.getBoundingClientRect().bottom > 0 && !['STYLE', 'SCRIPT'].includes(element.tagName));
  const sizes = seen.map(e => [parseFloat(getComputedStyle(e).fontSize), e.textContent.trim().slice(0, 30)]);
  return sizes.sort((a, b) => a[0] - b[0])[0];
}"""


def settle(page, count):
    expect(page.locator(".cd-stage-count")).to_have_text(count)
    page.wait_for_function(f"() => ({MARKS})() !== null")
    page.wait_for_function("() => document.querySelector('.st-key-stage-chart .updatemenu-button')")
    page.wait_for_function(STILL, arg=200)  # a key that comes while a run ends may be lost


def test_the_keys_of_a_presenter(open_page):
    page = open_page(DECK + "1", 1920, 1080)
    settle(page, "1 of 3")
    assert page.evaluate(SMALLEST)[0] >= 24, page.evaluate(SMALLEST)
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight") <= 1080
    expect(page.locator(".stAppHeader")).to_be_hidden()
    before, drawn = page.evaluate(MARKS), page.evaluate(DRAWN)
    assert set(before[1]) == {0}

    page.keyboard.press("Space")
    page.wait_for_function(f"() => ({MARKS})()[0][0] < 0.03")
    first, later = page.evaluate(MARKS)[1][0], page.evaluate(MARKS)[1][-1]
    assert (first, later) == (1, 0)  # group by group
    page.wait_for_function(f"() => ({MARKS})()[1].every(shown => shown === 1)")
    assert page.evaluate(MARKS)[0] == [0.023, 0.043, 0.147, 0.15, 0.134, 0.182, 0.186, 0.155, 0.094]
    page.wait_for_function(f"drawn => ({DRAWN})() !== drawn", arg=drawn)
    page.keyboard.press("ArrowDown")
    page.wait_for_function(f"() => ({MARKS})()[1].every(shown => shown === 0)")
    assert page.evaluate(MARKS) == before

    page.keyboard.press("h")
    assert page.locator("h1").inner_text() == "A published comparison of two lists of labels"
    expect(page.get_by_text("child", exact=True).first).to_be_hidden()
    page.keyboard.press("ArrowRight")
    settle(page, "2 of 3")
    assert "child" not in page.locator("h1").inner_text()
    page.keyboard.press("H")
    assert page.locator("h1").inner_text() == "With child added: what changes for images by annotated age?"
    page.keyboard.press("Space")  # the finding comes with its figures, and goes with them
    assert page.locator("h1").inner_text().startswith("With child added, 16.2% of images")
    page.keyboard.press("h")
    assert page.locator("h1").inner_text() == "Two lists of labels, the same images"
    page.keyboard.press("h")
    assert "deck=demo&slide=2" in page.url

    page.keyboard.press("PageDown")
    settle(page, "3 of 3")
    assert page.locator("h1").inner_text().endswith("by annotated skin tone?")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    settle(page, "2 of 3")
    page.get_by_role("button", name="Previous slide").click()
    settle(page, "1 of 3")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    expect(page.get_by_label("Before", exact=True)).to_be_visible()
    assert "stage" not in page.url
    page.get_by_label("Before", exact=True).press("Space")
    page.get_by_role("button", name="Stage").click()
    expect(page.locator(".cd-stage-title")).to_be_visible()
    expect(page.get_by_role("button", name="Next slide")).to_have_count(0)


def test_stage_is_clean_for_readers_who_do_not_see_it_and_jumps_where_motion_is_unwanted(open_page):
    for scheme in ("light", "dark"):
        page = open_page(DECK + "2", 1440, 900, color_scheme=scheme, reduced_motion="reduce")
        settle(page, "2 of 3")
        page.keyboard.press("Enter")
        page.wait_for_function(f"() => ({MARKS})()[1].every(shown => shown === 1)", timeout=1000)
        for values in ("", "2.8 16.7", "", "2.8 16.7"):  # each time it is shown and taken away again
            page.keyboard.press("Enter")
            page.wait_for_function(f"values => ({VALUES})() === values", arg=values)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        page.set_viewport_size({"width": 1280, "height": 720})  # drawn anew, and after stays
        page.wait_for_function(
            "() => document.querySelector('.st-key-stage-chart .js-plotly-plot')?._fullLayout?.height === 432"
        )
        page.wait_for_function(f"() => ({MARKS})()[1].every(shown => shown === 1)")
        assert "what changes" not in page.locator("h1").inner_text()


def test_no_key_works_while_a_text_field_has_the_focus(open_page):
    page = open_page(DECK + "1", 1440, 900)
    settle(page, "1 of 3")
    page.get_by_role("button", name="Decks").click()
    page.get_by_role("combobox").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("h")
    expect(page.locator(".cd-stage-count")).to_have_text("1 of 3")
    assert "child" in page.locator("h1").inner_text()


def test_stage_fits_a_phone(open_page):
    page = open_page("/shift?stage=1", 390, 844)
    expect(page.locator(".cd-stage-title")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.st-key-stage-chart .updatemenu-button')")
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth <= window.innerWidth")
