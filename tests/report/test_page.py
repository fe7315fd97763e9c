import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from results import make_audit, make_shift
from worlds import make_people, predict

from clipdash.audit import Audit, Rule, shift, tabulate
from clipdash.labels import read_preset
from clipdash.report import Registration, list_label_files, say_question, to_html, to_json


class Outline(HTMLParser):
    """Collects tags, addresses and the text outside scripts and styles."""

    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.text, self.quiet = [], [], [], 0

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.quiet += tag in ("script", "style")
        self.addresses += [value for name, value in attributes if name in ("src", "href") and value]

    def handle_endtag(self, tag):
        self.quiet -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.quiet:
            self.text.append(data)


def outline(page):
    parser = Outline()
    parser.feed(page)
    return parser


@pytest.fixture(scope="module", params=[make_shift, make_audit], ids=["shift", "audit"])
def result(request):
    return request.param()


def test_page_stands_alone(result):
    found = outline(to_html(result))
    assert [address for address in found.addresses if not address.startswith(("#", "data:"))] == []
    assert {"h1", "table"} <= set(found.tags)


def test_page_holds_provenance_and_repeats_itself(result):
    command = "clipdash audit toy --labels a&b.toml --by age"
    data = to_json(result, command=command)
    page = to_html(result, command=command, json=data)
    assert page == to_html(result, command=command, json=data)
    text = " ".join(" ".join(outline(page).text).split())
    for words in (command, "toy", "a photo of a {}", "thief | crime"):
        assert words in text
    embedded = re.search(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert json.loads(embedded[1])["command"] == command


def test_page_holds_question_link_files_pictures_and_whether_it_was_registered(result):
    said = " ".join(" ".join(outline(to_html(result, tried=3, link="/shift?v=1&by=a")).text).split())
    assert say_question(result).plain in " ".join(said.split()).replace(" ,", ",").replace(" ?", "?").replace("  ", " ")
    assert "Not registered before it was seen. Comparisons tried on this store: 3." in said
    assert "/shift?v=1&by=a , after the address of the app" in said
    seal = Registration(datetime(2026, 11, 26, 7, 12, tzinfo=UTC), "3f9a" * 16)
    page = to_html(result, json=to_json(result), registered=seal, link="http://host/shift?v=1")
    found = outline(page)
    assert "sealed 2026-11-26 07:12 UTC, seal 3f9a3f9a3f9a…" in " ".join(found.text)
    assert found.addresses[-1].startswith("data:application/toml,") or "http://host/shift?v=1" in found.addresses
    files = dict(re.findall(r'download="(\w+\.toml)" href="data:application/toml,([^"]*)"', page))
    assert {name: unquote(text) for name, text in files.items()} == list_label_files(result)
    assert page.count('class="picture"><svg ') == page.count("<figure>") == len(re.findall('class="chart"', page))
    embedded = json.loads(re.search(r'<script[^>]*id="result">(.*?)</script>', page, re.DOTALL)[1])
    assert embedded["registered"]["digest"] == seal.digest
    assert embedded["link"] == "http://host/shift?v=1"


def test_the_page_says_where_the_command_finds_its_lists(result):
    def say(command):
        return " ".join(" ".join(outline(to_html(result, command=command)).text).split())

    side = "labels" if isinstance(result, Audit) else "after"
    told = f"The command reads {side}.toml from the folder where it is run. Each list is in this file"
    assert told in say(f"clipdash --{side} {side}.toml")
    assert "The command reads" not in say("clipdash audit-rates rates.csv")


def test_a_command_that_names_presets_reads_no_file():
    sets = [read_preset(key).label_set for key in ("age", "age-person")]
    people = make_people(age=["child"] * 40)
    same = [predict(one, [sets[0].texts[0]] * 40) for one in sets]
    result = shift(tabulate(people, ["age"], *same), Rule("flagged"), 20)
    page = to_html(result, command="clipdash compare toy --before age --after age-person --by age")
    assert "names the presets age and age-person, which come with clipdash." in page
    assert "from the folder where it is run" not in page


def test_page_has_the_title_that_was_asked_for(result):
    assert "<title>Mine &amp; yours</title>" in to_html(result, title="Mine & yours")
