"""Hostile words stay words: through every form of a label list, a link, a table, a report and a chart."""

import csv
import io
import json
import re
import tomllib
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode

import pytest
from hostile import FIT, HOSTILE, UNFIT
from markdown_it import MarkdownIt
from worlds import make_people, make_set, predict

from clipdash import charts
from clipdash.audit import Rule, measure, shift, tabulate
from clipdash.charts import clean_text
from clipdash.errors import LabelError
from clipdash.labels import (
    Label,
    LabelSet,
    dump_labels,
    format_labels,
    label_rows,
    labels_from_rows,
    parse_labels,
    read_labels,
)
from clipdash.report import markdown_table, result_rows, to_csv, to_html, to_json
from clipdash.report.link import pack_address, read_address, unpack_address, write_address
from clipdash.report.phrase import escape_markdown
from clipdash.report.question import Question
from clipdash.report.words import describe
from clipdash.store import StoreRef

RENDER = MarkdownIt("gfm-like", {"linkify": False})
_JOINER = "\u2060"
#: What Streamlit adds to Markdown: directives, icons, emoji by name, formulas, arrows.
DIRECTIVES = re.compile(r"(?<!\\):[\w-]+\[|(?<!\\):material/|(?<!\\):\w+:|(?<!\\)\$|-->|(?i:www)\.")


class Page(HTMLParser):
    """The elements of a page and its text; of the scripts those that are data."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.handlers, self.text, self.open = [], [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.handlers += [name for name, _ in attributes if name.startswith("on")]
        self.open = tag

    def handle_data(self, data):
        if self.open not in ("script", "style"):
            self.text.append(data)


def make_label_set(text, name=None):
    label = Label(text=text, category=text, claims={text: (text,)})
    other = Label(text="man", claims={text: ("x",)})
    return LabelSet(
        name=name or text, flagged=(text,), templates=(f"{text.replace('{}', '')} {{}}",), labels=(label, other)
    )


def make_results(text):
    """One list, and two of which the second adds a label, by an attribute of that name in a store of that name."""
    people = make_people(**{text: [text, "x"] * 40})
    store = StoreRef(text, "0" * 64)
    before = make_label_set(text)
    after = before.replace(name="after", labels=(*before.labels, Label(text=f"{text} too")))
    first = predict(before, [text, "man"] * 40, store=store)
    second = predict(after, [text, "man", f"{text} too", "man"] * 20, store=store)
    where = {text: [text, "x"]}
    rule = Rule("category", text)
    one = measure(tabulate(people, [text], first, where=where), rule)
    return one, shift(tabulate(people, [text], first, second, where=where), rule)


@pytest.fixture(scope="module", params=FIT)
def typed(request):
    """One hostile string and what comes of it."""
    return FIT[request.param], make_results(FIT[request.param])


def test_a_hostile_list_reads_back_as_it_was_from_text_file_and_grid(typed, tmp_path):
    label_set = make_label_set(typed[0])
    lines = format_labels(label_set.labels)
    assert parse_labels(lines, name=typed[0], templates=label_set.templates) == label_set
    (tmp_path / "set.toml").write_text(dump_labels(label_set), encoding="utf-8")
    assert read_labels(tmp_path / "set.toml") == label_set
    assert labels_from_rows(label_rows(label_set.labels)) == label_set.labels


def test_a_hostile_question_reads_back_from_its_link(typed):
    text = typed[0]
    asked = Question(
        store=text,
        before=format_labels(make_label_set(text).labels),
        after=text,
        by=(text,),
        where={text: (text,)},
        rule=f"label:{text}",
        templates=(f"{text} {{}}",),
        flagged=(text,),
        cluster=text,
    )
    packed = pack_address(write_address(asked))
    assert packed is not None
    link = parse_qs(urlencode(packed, doseq=True), keep_blank_values=True)
    assert read_address(unpack_address(link), Question()) == (asked, ())


def test_hostile_words_stand_in_the_json_and_the_csv(typed):
    text, (one, two) = typed
    for result in (one, two):
        read = json.loads(json.dumps(to_json(result, command=f"clipdash audit {text}")))
        assert read["groups"][0]["group"] == {text: text}
        assert read["store"]["name"] == text
        rows = list(csv.reader(io.StringIO(to_csv(result))))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert [row[0].lstrip("'") for row in rows] == [cell.lstrip("'") for cell in (text, text, "x")]
        assert any(cell.endswith(f"label:{text}") for cell in rows[0])
        numbers = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
        assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell and not numbers.fullmatch(cell)]


def test_a_hostile_report_has_the_elements_of_any_other_and_shows_the_words(typed, monkeypatch):
    text, results = typed
    monkeypatch.setattr("clipdash.report.page.read_plotly", str)  # megabytes that are nobody's words
    for result, plain in zip(results, make_results("word"), strict=True):
        data = to_json(result, command=f"clipdash {text}")
        written = to_html(result, command=f"clipdash {text}", json=data, title=text, notes=[text])
        page, other = Page(written), Page(to_html(plain, command="x", json=to_json(plain), title="x", notes=["x"]))
        assert page.elements == other.elements
        assert page.handlers == []
        shown = " ".join("".join(page.text).split())
        assert " ".join(text.split()) in shown
        assert " ".join(format_labels(make_label_set(text).labels).split()) in shown
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', written)
        assert policy[1].startswith("default-src 'none';")
        (embedded,) = re.findall(r'<script type="application/json" id="result">(.*?)</script>', written, re.DOTALL)
        found, told = json.loads(embedded), json.loads(json.dumps(data))
        assert {name: found[name] for name in told} == told


def read_markdown(text):
    """Render Markdown as a browser is shown it, and return its elements and its words."""
    assert not DIRECTIVES.search(text)
    page = Page(RENDER.render(text))
    return page.elements, "".join(page.text).replace(_JOINER, "").strip()


def test_hostile_words_read_as_they_stand_in_markdown(typed):
    text, (one, two) = typed
    assert read_markdown(escape_markdown(text)) == (["p"], clean_text(text))
    for result in (one, two):
        elements, words = read_markdown(markdown_table(result_rows(result)))
        assert {*elements} == {"table", "thead", "tr", "th", "tbody", "td"}
        assert clean_text(text) in words
        finding = describe(result)
        phrases = [finding.headline, *finding.sentences, *finding.notes, *finding.captions.values(), finding.gap]
        for phrase in filter(None, phrases):
            elements, words = read_markdown(phrase.markdown)
            assert {*elements} <= {"p", "em", "strong"}
            assert words.split() == clean_text(phrase.plain.replace(_JOINER, "")).split()
        assert any(clean_text(text)[:40] in phrase.plain for phrase in filter(None, phrases))


def list_strings(value):
    """Every text that a figure shows, at any depth; its data for a click are none."""
    if isinstance(value, dict):
        value = [part for key, part in value.items() if key not in ("template", "customdata")]
    if isinstance(value, list | tuple):
        return [text for part in value for text in list_strings(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("narrow", [False, True])
def test_hostile_words_bring_no_tag_into_a_chart_or_its_hover(typed, narrow):
    _, (one, two) = typed
    drawings = [(charts.rate_chart, one), (charts.outcome_chart, one), (charts.gap_chart, one)]
    drawings += [
        (draw, two) for draw in (charts.shift_chart, charts.outcome_chart, charts.gap_chart, charts.flow_chart)
    ]
    for draw, result in drawings:
        texts = list_strings(draw(result, narrow=narrow).to_plotly_json())
        tags = {tag for found in texts for tag in re.findall(r"<\s*/?\s*(\w+)", found)}
        assert tags <= {"b", "br", "span", "extra", "i"}
        assert not [found for found in texts if "$" in found or "\u202e" in found or "<b>bold" in found]
        # An ampersand begins one of plotly's entities or what stands for one that was typed.
        assert not [found for found in texts if re.search(r"&(?!amp;|lt;|gt;|#36;|nbsp;)", found)]


def test_hostile_words_stand_in_the_words_for_readers_who_do_not_see_a_chart(typed):
    text, (one, two) = typed
    for said in (charts.describe_rate_chart(one), charts.describe_shift_chart(two), charts.describe_flow_chart(two)):
        assert clean_text(text)[:20] in said


@pytest.mark.parametrize("name", UNFIT)
def test_what_cannot_stand_on_a_line_is_refused_in_one_sentence_everywhere(name, tmp_path):
    text = HOSTILE[name]
    told = f"holds {UNFIT[name]}; write it on one line."
    written = json.dumps(text)  # a TOML text has the same escapes
    for key, entry in {
        "label": f"text = {written}",
        "category": f'text = "x"\ncategory = {written}',
        "attribute": f'text = "x"\nclaims = {{{written} = "y"}}',
        "value": f'text = "x"\nclaims = {{y = {written}}}',
    }.items():
        (tmp_path / "set.toml").write_text(f'[[label]]\n{entry}\n[[label]]\ntext = "man"\n', encoding="utf-8")
        assert tomllib.loads((tmp_path / "set.toml").read_text(encoding="utf-8"))["label"]
        with pytest.raises(LabelError, match=re.escape(told)) as caught:
            read_labels(tmp_path / "set.toml")
        assert str(caught.value).count(". ") <= 1, key
    for row in ({"text": text}, {"text": "x", "category": text}, {"text": "x", "claims": f"y={text}"}):
        with pytest.raises(LabelError, match=re.escape(told)):
            labels_from_rows([row])
    for make in (lambda: Label(text=text), lambda: make_set("man", "woman", name=text)):
        with pytest.raises(LabelError, match=re.escape(told)):
            make()


def test_in_lines_and_links_a_null_byte_is_refused_and_a_line_break_parts_two_labels():
    assert [label.text for label in parse_labels(HOSTILE["newline"]).labels] == ["two", "lines"]
    link = {"v": ["1"], "before": [f"man\n{HOSTILE['null byte']}"]}
    question, _ = read_address(link, Question())
    with pytest.raises(LabelError, match=r"Line 2: The label .* holds a null character; write it on one line\."):
        parse_labels(question.before)
