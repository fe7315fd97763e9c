"""What is being typed outlives a server that is killed."""

import re

import pytest
from playwright.sync_api import expect
from visits import add_word, find_port, settle, start

pytestmark = pytest.mark.browser


@pytest.fixture
def servers(tmp_path):
    """Return a function that kills the server that runs, and starts it anew on the same port."""
    port, running = find_port(), []

    def renew(then=lambda: None):
        while running:
            process = running.pop()
            process.kill()
            process.wait()
        then()
        running.append(start(tmp_path, port))
        return f"http://localhost:{port}"

    yield renew
    for process in running:
        process.kill()
        process.wait()


def test_a_word_typed_as_the_server_is_killed_is_there_once_it_is_back(chromium, servers):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{servers()}/shift")
    settle(page)
    box = add_word(page, "sailor")
    page.keyboard.type("\nastronaut")  # sent 0.4 s after the last key, when nobody listens any more
    servers(then=lambda: expect(box).to_be_disabled(timeout=30_000))
    expect(page.locator("h1")).to_contain_text("astronaut", timeout=60_000)
    page.wait_for_url(re.compile("astronaut"))
    page.reload()
    settle(page)
    expect(page.get_by_label("After", exact=True)).to_have_value(re.compile("\nastronaut$"))
    context.close()
