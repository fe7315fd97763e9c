"""Files of results that are opened in a real browser: shown, downloaded with their command, and left again."""

import json
import shlex
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from visits import settle

pytestmark = pytest.mark.browser
LISTS = "man | gender=Male\nwoman | gender=Female\nthief | crime"


@pytest.fixture
def files(tmp_path):
    """Annotations, and what a classifier calls the same images before and after."""
    rows = [(f"{row}.png", ("Male", "Female")[row % 2]) for row in range(200)]
    called = {"before": ("man", "woman", "thief", "woman"), "after": ("man", "woman", "man", "woman")}
    texts = {"people": ["image_id,gender", *map(",".join, rows)]}
    for side, words in called.items():
        texts[side] = ["image_id,label", *(f"{name},{words[place % 4]}" for place, (name, _) in enumerate(rows))]
    for name, lines in texts.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    return [tmp_path / f"{name}.csv" for name in texts]


def test_files_are_shown_and_downloaded_with_their_command(open_page, files):
    page = open_page(f"/shift?{urlencode({'v': '1', 'before': LISTS, 'after': LISTS})}")
    page.get_by_role("button", name="Use files instead of the store").click()
    body = page.get_by_test_id("stPopoverBody")
    boxes = body.locator("input[type=file]")
    expect(boxes).to_have_count(3)
    top_bar = page.locator(".stAppHeader").bounding_box()
    assert body.bounding_box()["y"] >= top_bar["height"]
    assert body.evaluate("body => body.scrollHeight <= body.clientHeight")  # nothing waits below its fold
    for place, file in enumerate(files):
        boxes.nth(place).set_input_files(file)
    expect(page.get_by_text("after.csv")).to_be_visible()
    page.get_by_role("button", name="Show these").click()
    expect(page.locator("h1")).to_contain_text("0.0% of images count as misclassified, down from 25.0%")
    expect(page.get_by_text("Of the uploaded files people.csv, before.csv and after.csv")).to_be_visible()
    settle(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in serious] == []
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    written = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert shlex.split(written["command"])[:4] == ["clipdash", "compare-predictions", "--metadata", "people.csv"]
    assert [entry["file"] for entry in written["inputs"]] == [file.name for file in files]
    page.get_by_role("button", name="Back to the store").click()
    expect(page.get_by_text("Of the uploaded files")).to_have_count(0)
