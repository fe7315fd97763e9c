"""From a figure to its images and back, by mouse and by keyboard, in one session."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from visits import asked, scrolls_sideways, settle

pytestmark = pytest.mark.browser
SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"


def test_a_count_of_the_table_opens_its_images_and_back_returns_to_it(open_page):
    page = open_page("/shift")
    settle(page)
    page.get_by_role("button", name="+ child").click()
    expect(page.locator("h1")).to_contain_text("child")
    settle(page)
    headline = page.locator("h1").inner_text()
    count = page.locator(".st-key-figures a").nth(1)
    number = count.inner_text()
    count.scroll_into_view_if_needed()
    left = page.evaluate(SCROLLED)
    count.click()
    page.wait_for_url(re.compile("/images"))
    expect(page.locator("h1")).to_have_text(re.compile(f"^{number} images? annotated as .* no longer counts? as"))
    assert asked(page, "drill.change") == ["no-longer"]
    assert asked(page, "after")[0].endswith("child")
    assert len(page.context.pages) == 1
    expect(page.locator(".cd-tile").first).to_be_visible()
    page.wait_for_function("() => document.querySelector('.cd-tile img').naturalWidth > 0")
    assert "/thumb/" in page.locator(".cd-tile img").first.evaluate("picture => picture.src")
    assert page.evaluate(SCROLLED) == 0

    link = page.url
    page.get_by_role("button", name="Back to Shift").click()
    page.wait_for_url(re.compile("/shift"))
    expect(page.locator("h1")).to_have_text(headline)
    expect(page.get_by_label("After", exact=True)).to_have_value(re.compile("child$"))
    page.wait_for_function(f"() => ({SCROLLED})() === {left}")

    other = open_page(link)
    settle(other)
    expect(other.locator("h1")).to_have_text(re.compile(f"^{number} images? annotated as"))


def test_a_flow_leads_to_an_image_by_the_keyboard_alone_and_the_browser_goes_back(open_page):
    page = open_page("/shift")
    settle(page)
    headline = page.locator("h1").inner_text()
    page.get_by_role("link", name="See the images that moved").focus()
    page.keyboard.press("Shift+Tab")  # the last number of the table above it
    row = page.evaluate("() => document.activeElement.closest('tr').innerText")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/images"))
    expect(page.locator("h1")).to_contain_text("image")
    assert asked(page, "drill.from") == [row.split("\t")[0].strip()]
    settle(page)
    page.go_back()
    page.wait_for_url(re.compile("/shift"))
    expect(page.locator("h1")).to_have_text(headline)
    page.go_forward()
    page.wait_for_url(re.compile("/images"))
    expect(page.locator(".cd-open")).not_to_have_count(0)
    settle(page)
    page.locator(".cd-open").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("The image ")
    expect(page.get_by_role("heading", name="Its score with every label")).to_be_visible()
    expect(page.locator(".cd-tile")).to_have_count(9)
    page.get_by_role("button", name="Back to the images").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Back to Shift")).to_be_visible()


def test_a_mark_of_a_chart_opens_the_images_behind_it_and_stays_as_it_was(open_page):
    page = open_page("/shift", height=2000)
    settle(page)
    mark = page.locator(".st-key-chart-outcomes .barlayer .point path").locator("visible=true").first
    mark.wait_for()
    box = mark.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(re.compile("/images"))
    expect(page.locator("h1")).to_contain_text(re.compile("carried a .* before"))
    assert asked(page, "drill.outcome_before")
    page.get_by_role("button", name="Back to Shift").click()
    page.wait_for_url(re.compile("/shift"))
    settle(page)
    expect(page.locator(".st-key-chart-outcomes .barlayer .point path").first).to_have_css("opacity", "1")


@pytest.mark.parametrize(
    ("width", "scheme", "one"),
    [(390, "dark", ""), (1440, "light", "&drill.image=twemoji/judge-dark-skin-tone.png")],
    ids=["images", "one image"],
)
def test_accessibility_rules_hold_where_a_figure_led(open_page, width, scheme, one):
    page = open_page(f"/images?drill.of=shift&drill.group.skin_tone=dark{one}", width=width, color_scheme=scheme)
    settle(page)
    expect(page.locator(".cd-tile").first).to_be_visible()
    assert not scrolls_sideways(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found] == []
