"""What is taken away in a real browser: pictures of charts, tables with their kinds, and a report that stands alone."""

import json
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from PIL import Image
from playwright.sync_api import expect
from visits import settle

pytestmark = pytest.mark.browser


def take(page, button):
    with page.expect_download() as taken:
        button.click()
    return taken.value


def test_a_chart_is_taken_away_as_picture_and_as_data(open_page, audit_log):
    page = open_page("/shift?by=skin_tone", height=3000)
    settle(page)
    chart = page.locator(".st-key-chart-outcomes .main-svg").first
    chart.wait_for(state="attached")
    size = chart.bounding_box()
    buttons = page.locator(".cd-take", has=page.locator("button")).nth(1).locator("button")
    vector = take(page, buttons.nth(0))
    assert vector.suggested_filename == "clipdash-outcomes-skin_tone.svg"
    picture = ElementTree.parse(vector.path()).getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    words = ["".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "medium-dark" in words
    assert picture[0].text.startswith("Outcomes of each group")
    assert not [part for part in picture.iter() if "draglayer" in part.get("class", "")]
    settle(page)  # each file taken is noted, which draws the page anew
    points = take(page, buttons.nth(1))
    with Image.open(points.path()) as image:
        assert image.size == (round(2 * size["width"]), round(2 * size["height"]))
        assert len(image.convert("RGB").getcolors(1 << 24)) > 20
    settle(page)
    figure = json.loads(take(page, buttons.nth(2)).path().read_text(encoding="utf-8"))
    assert [trace["name"] for trace in figure["data"]][:4] == ["flagged", "contradicted", "unclaimed", "supported"]
    assert figure["layout"]["barmode"] == "stack"
    expect(page.get_by_text("Saved", exact=True).first).to_be_visible()
    settle(page)
    lines = [json.loads(line) for line in audit_log.read_text().splitlines()]
    noted = {line["id"] for line in lines if (line["verb"], line["kind"]) == ("exported", "chart")}
    assert noted >= {f"clipdash-outcomes-skin_tone.{kind}" for kind in ("svg", "png", "json")}


def test_a_table_is_taken_away_with_its_kinds_and_by_keyboard(open_page):
    page = open_page("/shift?by=skin_tone", height=3000)
    settle(page)
    button = page.locator(".st-key-actions").get_by_role("button", name="Parquet")
    button.focus()
    with page.expect_download() as taken:
        page.keyboard.press("Enter")
    assert taken.value.suggested_filename == "clipdash-shift-skin_tone.parquet"
    table = pq.read_table(str(taken.value.path()))
    assert [str(table.schema.field(name).type) for name in ("n", "shift", "withheld")] == ["int64", "double", "bool"]
    assert "medium-dark" in table.column("skin_tone").to_pylist()


def test_a_report_opens_offline_and_prints_its_pictures(open_page, chromium, tmp_path):
    page = open_page("/shift", height=3000)
    settle(page)
    report = tmp_path / "report.html"
    take(page, page.get_by_role("button", name="Report")).save_as(report)
    headline = page.locator("h1").inner_text()
    context = chromium.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    alone, asked, complaints = context.new_page(), [], []
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("console", lambda message: complaints.append(message.text))
    alone.on("pageerror", lambda error: complaints.append(str(error)))
    alone.goto(report.as_uri())
    alone.wait_for_selector("[data-drawn]")
    assert " ".join(alone.locator("h1").inner_text().split()) == " ".join(headline.split())
    expect(alone.locator(".chart .main-svg").first).to_be_visible()
    expect(alone.locator(".picture svg").first).to_be_hidden()
    assert (asked, complaints) == ([report.as_uri()], [])
    taken = take(alone, alone.get_by_role("link", name="after.toml"))
    assert taken.suggested_filename == "after.toml"
    assert 'text = "person"' in taken.path().read_text(encoding="utf-8")
    alone.emulate_media(media="print")
    alone.set_viewport_size({"width": 688, "height": 900})  # A4 less its margins
    for name in ("shift", "outcomes", "gap", "flows"):
        expect(alone.locator(f"#{name}")).to_be_hidden()
    pictures = alone.locator(".picture svg")
    expect(pictures).to_have_count(4)
    for place in range(4):
        expect(pictures.nth(place)).to_be_visible()
        assert pictures.nth(place).bounding_box()["width"] <= 688
    assert alone.pdf(format="A4").startswith(b"%PDF")
    context.close()


def test_a_report_without_script_shows_its_pictures(chromium, tmp_path):
    from results import make_audit

    from clipdash.report import to_html

    (tmp_path / "report.html").write_text(to_html(make_audit()), encoding="utf-8")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.locator(".picture svg").first).to_be_visible()
    context.close()
