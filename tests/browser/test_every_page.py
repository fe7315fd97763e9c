"""Every page as it opens, on a desk in light and on a phone in the dark; `open_page` holds its requests and console."""

import pytest
from playwright.sync_api import expect
from visits import check_accessibility, scrolls_sideways, settle

from clipdash.ui.navigation import PAGES

pytestmark = pytest.mark.browser
DESK = {"width": 1440, "color_scheme": "light"}
PHONE = {"width": 390, "height": 844, "color_scheme": "dark", "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(open_page, name, window):
    page = open_page("/" if name == "start" else f"/{name}", **window)
    settle(page)
    assert not scrolls_sideways(page)
    check_accessibility(page)


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_the_help_of_a_figure_leads_to_its_term(open_page, window):
    page = open_page("/labels", **window)
    settle(page)
    opener = page.get_by_test_id("stHeading").get_by_role("button", name="Help").first
    told = page.get_by_test_id("stTooltipContent")
    with page.context.expect_page() as opened:
        if window is PHONE:
            opener.tap()
            told.get_by_role("link", name="interval").tap()
        else:  # by the keyboard: its first link
            opener.focus()
            page.keyboard.press("Shift+Tab")
            page.keyboard.press("Tab")
            expect(told).to_be_visible()
            page.keyboard.press("Enter")
    term = opened.value.locator("#interval" if window is PHONE else "#misclassified")
    expect(term).to_be_in_viewport()
    assert opened.value.url.endswith(f"/method#{term.get_attribute('id')}")
