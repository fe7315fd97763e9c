"""What is being typed outlives the server."""

import re

import pytest
from conftest import find_port, serve, settle
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_word_typed_as_the_server_ends_is_there_once_it_is_back(chromium, tmp_path):
    port, context = find_port(), chromium.new_context()
    page = context.new_page()
    with serve(tmp_path, port=port) as address:
        page.goto(f"{address}/shift")
        settle(page)
        box = page.get_by_label("After", exact=True)
        box.click()
        page.keyboard.press("Control+End")
        page.keyboard.type("\nastronaut")  # sent 0.4 s after the last key, when nobody listens any more
    expect(box).to_be_disabled(timeout=30_000)
    with serve(tmp_path, port=port):
        expect(page.locator("h1")).to_contain_text("astronaut", timeout=60_000)
        page.wait_for_url(re.compile("astronaut"))
        page.reload()
        settle(page)
        expect(page.get_by_label("After", exact=True)).to_have_value(re.compile("\nastronaut$"))
    context.close()
