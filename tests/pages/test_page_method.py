"""Every figure of every page says what it means, in a word of the glossary that the page Method shows."""

import re

import pytest
from stage import ROOT, open_page, texts

from clipdash.ui.documents import explain_term, name_anchor, read_document, read_terms
from clipdash.ui.navigation import PAGES

HEADINGS = {"title", "header", "subheader"}
LINK = re.compile(r"\]\(method#([\w-]+)\)")
TYPED = {"Find images by a text": "a man", "Other words for a label, one label a line": "man / guy"}
#: Elements whose help must lead to a term; that of a box or button may say how to use it.
FIGURES = {*HEADINGS, "markdown", "caption"}


@pytest.fixture(scope="module")
def anchors():
    """The addresses of all headings of the page, as Streamlit makes them."""
    documents = [read_document(name) for name in ("glossary", "method", "interpretation")]
    headings = [found for text in documents for found in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    assert all(re.fullmatch(r"[A-Za-z0-9 ,:-]+", heading) for heading in headings)  # any other has another address
    found = [name_anchor(heading) for heading in headings]
    assert sorted(found) == sorted(set(found))
    return set(found)


def test_the_page_shows_the_documents_with_links_that_lead_somewhere(anchors):
    shown = texts(open_page("method").markdown)
    assert [text.partition(" ")[0] for text in shown] == ["#", "##", "##"]
    links = re.findall(r"\]\(#([\w-]*)\)", "".join(shown))
    assert len(links) > 20
    assert {*links} - {""} <= anchors
    assert ".md)" not in "".join(shown)


def test_every_term_is_told_in_two_sentences(anchors):
    terms = read_terms()
    assert len(terms) >= 35
    for term in terms.values():
        assert term.anchor in anchors
        assert term.definition.endswith(".")
        assert term.definition.count(". ") == 1, term.name
    assert len(re.findall("^### ", read_document("glossary"), re.MULTILINE)) == len(terms)


def test_a_word_that_is_no_term_is_a_bug():
    assert explain_term("Gap").endswith("[More on the page Method](method#gap)")
    with pytest.raises(KeyError):
        explain_term("gpa")


def fill(app):
    """Send every form and look for something, so that each page shows what it can find."""
    for box in [*app.text_input, *app.text_area]:
        if box.label in TYPED:
            box.set_value(TYPED[box.label]).run()
    for button in app.button:
        if button.proto.is_form_submitter:
            button.click().run()
    assert not app.exception, app.exception


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_of_a_page_has_help_that_leads_to_a_term(name, anchors):
    app = open_page(name)
    fill(app)
    heading, headings = None, []
    for element in app.main:
        told = getattr(element.proto, "help", "")
        assert {*LINK.findall(told)} <= anchors
        if told and element.type in FIGURES:
            assert LINK.search(told), (element.type, told)
        if element.type in HEADINGS:
            heading = element
            headings.append(element.type)
        is_table = element.type == "markdown" and element.value.startswith("| ")
        if name != "method" and (element.type == "plotly_chart" or is_table):
            assert heading.proto.help, f'no help at "{heading.value}"'
    assert name == "method" or headings


@pytest.mark.parametrize("key", ["pick-store", "pick-by", "pick-cluster", "pick-together", "pick-rule", "pick-min-n"])
def test_every_setting_says_what_it_means(key):
    app = open_page("labels")
    (widget,) = [element for element in app.main if getattr(element, "key", None) == key]
    assert LINK.search(widget.proto.help)


def test_the_terms_that_pages_name_in_their_source_exist():
    """Also those of states that no test opens."""
    sources = [*(ROOT / "pages").glob("*.py"), *(ROOT / "clipdash/ui").glob("*.py")]
    calls = [found for path in sources for found in re.findall(r"explain_term\(([^)]*)\)", path.read_text())]
    named = {word.lower() for call in calls for word in re.findall(r'"([^"]+)"', call)}
    assert len(named) > 20
    assert named <= {*read_terms()}
