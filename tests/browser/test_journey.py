"""The journey of a newcomer, in a real browser, on the store that comes with clipdash."""

import re

import pytest
from PIL import Image
from playwright.sync_api import expect
from visits import asked, check_accessibility, scrolls_sideways, settle

pytestmark = pytest.mark.browser


def test_from_the_card_to_a_link_that_another_browser_opens(open_page):
    page = open_page("/")
    settle(page)
    expect(page.get_by_text("Published: Radford et al. 2021, table 7")).to_be_visible()
    page.get_by_role("link", name="Try it yourself").click()
    page.wait_for_url(re.compile("/shift"))
    settle(page)
    expect(page.locator("h1")).to_contain_text("child")
    assert asked(page, "by") == ["age"]
    assert asked(page, "v") == ["1"]

    headline = page.locator("h1").inner_text()
    page.get_by_role("button", name="+ person").click()
    expect(page.locator("h1")).to_contain_text("person")
    settle(page)
    assert page.locator("h1").inner_text() != headline
    assert asked(page, "after")[0].splitlines()[-1] == "person"
    expect(page.get_by_text("Second pair of lists tried in this session")).to_be_visible()

    other = open_page(page.url)
    settle(other)
    assert other.locator("h1").inner_text() == page.locator("h1").inner_text()
    assert other.get_by_label("After", exact=True).input_value() == page.get_by_label("After", exact=True).input_value()


def test_results_follow_while_one_types_and_no_key_is_lost(open_page):
    page = open_page("/shift")
    settle(page)
    box = page.get_by_label("After", exact=True)
    before = box.input_value()
    box.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\npolice officer\nastronaut", delay=60)
    expect(page.locator("h1")).to_contain_text("astronaut", timeout=30_000)
    settle(page)
    assert box.input_value() == before + "\npolice officer\nastronaut"
    assert box.evaluate("box => document.activeElement === box")
    page.keyboard.type(" | gendre=x", delay=20)
    expect(page.get_by_text(re.compile("Line .*gendre"))).to_be_visible()
    expect(page.get_by_text("The results are of the last list that could be read.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(re.compile("Line .*gendre"))).to_have_count(0)


def test_lists_are_copied_swapped_and_kept_over_pages(open_page):
    page = open_page("/shift")
    settle(page)
    before, after = (page.get_by_label(name, exact=True).input_value() for name in ("Before", "After"))
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_label("Before", exact=True)).to_have_value(after)
    expect(page.get_by_label("After", exact=True)).to_have_value(before)
    page.get_by_role("button", name="Copy down").click()
    expect(page.get_by_label("After", exact=True)).to_have_value(after)
    expect(page.locator("h1")).to_contain_text("Both lists gave every image the same label")
    page.get_by_role("link", name="Labels").click()
    page.wait_for_url(re.compile("/labels"))
    settle(page)
    expect(page.get_by_label("Labels", exact=True)).to_have_value(after)
    assert asked(page, "before") == [after]


def test_a_list_stands_on_every_page_at_once_and_typing_keeps_it(open_page):
    page = open_page("/shift")
    settle(page)
    before = page.get_by_label("Before", exact=True).input_value()
    page.get_by_role("link", name="Labels").click()
    page.wait_for_url(re.compile("/labels"))
    settle(page)
    box = page.get_by_label("Labels", exact=True)
    expect(box).to_have_value(before)
    box.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nwizard", delay=40)
    expect(page.locator("h1")).to_contain_text("wizard", timeout=30_000)
    page.get_by_role("link", name="Shift").click()
    page.wait_for_url(re.compile("/shift"))
    settle(page)
    expect(page.get_by_label("Before", exact=True)).to_have_value(f"{before}\nwizard")


def test_the_keyboard_gets_into_a_popover_and_out_again(open_page):
    page = open_page("/shift")
    settle(page)
    opener = page.get_by_role("button", name=re.compile("^minimum n"))
    opener.focus()
    page.keyboard.press("Enter")
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stPopoverBody]')?.contains(document.activeElement)"
    )
    page.keyboard.press("Escape")
    expect(body).to_have_count(0)
    page.wait_for_function("() => document.activeElement.innerText.startsWith('minimum n')")


def test_images_are_found_by_a_text_by_one_another_and_by_a_picture(open_page, tmp_path):
    page = open_page("/images")
    settle(page)
    expect(page.locator("h1")).to_contain_text("Type what the images should show")
    page.get_by_role("textbox", name="Find images by a text").fill("a health worker")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Images nearest to a health worker")
    expect(page.locator(".cd-tile")).to_have_count(24)
    page.wait_for_function("() => document.querySelector('.cd-tile img').naturalWidth > 0")
    first = page.locator(".cd-tile img").first.get_attribute("alt")
    page.get_by_role("button", name="More like this").first.click()
    expect(page.locator("h1")).to_contain_text(first)
    settle(page)
    assert page.locator(".cd-tile img").first.get_attribute("alt") == first  # beside the boxes: what is looked for
    assert first not in [tile.get_attribute("alt") for tile in page.locator(".cd-tile img").all()[1:]]
    Image.new("RGB", (40, 40), "navy").save(tmp_path / "navy.png")
    page.locator("input[type=file]").set_input_files(tmp_path / "navy.png")
    expect(page.locator("h1")).to_contain_text("navy.png")
    settle(page)
    expect(page.locator(".cd-tile")).to_have_count(24)
    assert not scrolls_sideways(page)
    check_accessibility(page)


def test_every_combination_of_choices_is_run_from_the_form(open_page):
    page = open_page("/sensitivity")
    settle(page)
    page.get_by_label("Other words for a label, one label a line").fill("man / male person")
    page.get_by_role("button", name="Run every combination").click()
    expect(page.locator("h1")).to_contain_text("Over 2 combinations of choices")
    settle(page)
    check_accessibility(page)


def test_words_are_held_against_groups_and_found_while_one_types(open_page):
    page = open_page("/associations", width=390)
    settle(page)
    page.get_by_role("button", name="Hold the words against the groups").click()
    expect(page.get_by_role("heading", name="Every word")).to_be_visible()
    settle(page)
    expect(page.locator("h1")).to_contain_text("Of 400 words, ")
    page.get_by_label("Find a word").click()
    page.keyboard.type("tele", delay=60)
    expect(page.locator(".st-key-figures").get_by_role("cell", name="telephone", exact=True)).to_be_visible()
    expect(page.locator(".st-key-figures tbody tr").filter(has_not_text="tele")).to_have_count(0)
    assert page.get_by_label("Find a word").input_value() == "tele"
    settle(page)
    assert not scrolls_sideways(page)
    check_accessibility(page)
