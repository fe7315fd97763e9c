"""Hostile words in a real browser: typed and loaded, in charts and tables, on a store that is made of them."""

from urllib.parse import urlencode

import pytest
from hostile import FIT, STORE, make_hostile_store
from playwright.sync_api import expect
from visits import serve

from clipdash.charts import clean_text
from clipdash.labels import Label, format_labels

pytestmark = pytest.mark.browser
WORDS = [text for name, text in FIT.items() if name != "ten thousand"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "stores").mkdir()
    make_hostile_store(folder / "stores")
    with serve(folder, CLIPDASH_STORES=str(folder / "stores")) as address:
        yield address


def read(place):
    """What a reader sees at a place: without the joiners that keep Streamlit from reading marks."""
    return " ".join(place.inner_text().replace("\u2060", "").split())


def test_hostile_words_are_words_and_no_script_of_theirs_runs(open_page):
    page = open_page(f"/labels?{urlencode({'v': 1, 'store': STORE, 'min_n': 5})}", height=3000)
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    page.get_by_label("Labels", exact=True).fill(format_labels([Label(text=text, category=text) for text in WORDS]))
    expect(page.locator("h1")).to_contain_text(f"With {len(WORDS)} labels", timeout=60_000)
    page.get_by_role("button", name="Change prompt and flags").click()
    pills = page.locator("[data-testid=stPopoverBody] [data-testid=stButtonGroup] button:not([aria-label^=Help])")
    expect(pills).to_have_count(len(WORDS))
    assert [read(pill) for pill in pills.all()] == [clean_text(word) for word in WORDS]
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Shift").click()
    after = page.get_by_label("After", exact=True)
    after.fill(format_labels([Label(text=text, category="crime") for text in [*WORDS, "man"]]))
    expect(page.locator("h1")).to_contain_text("man", timeout=60_000)
    page.locator(".js-plotly-plot").nth(2).wait_for()
    seen = read(page.get_by_test_id("stMain"))
    for text in WORDS:
        assert clean_text(text) in seen, text
    page.locator(".js-plotly-plot .point").first.hover(force=True)
    expect(page.locator(".hovertext").first).to_contain_text(FIT["percent"])
    assert page.locator(".stMain :is(script, img[src=x])").count() == 0
    assert page.evaluate("() => window.__hit") is None
    assert dialogs == []
