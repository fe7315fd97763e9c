"""Hostile words on the pages: typed, in a link, and as the labels, attributes and values of a store."""

import pytest
from hostile import FIT, HOSTILE, STORE, UNFIT, make_hostile_store
from stage import open_page, texts

from clipdash.labels import Label, format_labels
from clipdash.ui.navigation import PAGES
from clipdash.ui.wording import escape_markdown

MAN = Label(text="man", claims={"gender": ("man",)})


def show(app):
    """Everything that is Markdown on a page."""
    found = [
        element
        for kind in ("title", "header", "subheader", "markdown", "caption", "warning")
        for element in app.get(kind)
    ]
    return [element.value for element in found]


def check_words(app):
    """No exception, and no word of Markdown that was not escaped."""
    assert not app.exception, app.exception
    for text in show(app):
        assert "<script" not in text.replace("\\<", "")
        assert "<img" not in text.replace("\\<", "")
        assert "](javascript" not in text.replace("\\](", "")
        assert ":red[" not in text
        assert "\u202e" not in text


def test_hostile_labels_bring_a_result_and_are_named_as_they_are_typed():
    kept = format_labels([MAN, Label(text="woman")])
    app = open_page("shift", v="1", store="emoji", by="skin_tone", where_kind="person", before=kept, after=kept)
    for text in FIT.values():
        typed = f"{kept}\n{format_labels([Label(text=text, category=text)])}"
        app.text_area(key="text-after").set_value(typed).run()
        check_words(app)
        assert not app.warning, app.warning[0].value
        assert any(f"[+ {escape_markdown(text)}]" in shown for shown in texts(app.markdown))
        assert app.query_params.get("after", typed) == typed


@pytest.mark.parametrize("name", HOSTILE)
def test_a_link_that_is_hostile_in_every_part_is_answered_with_sentences(name):
    text = HOSTILE[name]
    asked = {"store": text, "by": text, "where_" + text: text, "rule": f"label:{text}", "cluster": text}
    prompt = {"template": f"{text} {{}}", "flagged": text, "before": f"man\n{text}", "after": text}
    check_words(open_page("labels", v="1", **asked, **prompt))


@pytest.mark.parametrize("name", UNFIT)
def test_what_cannot_be_a_label_is_told_under_the_editor(name):
    app = open_page("labels")
    app.text_area(key="text-single").set_value(f"man\nwoman\n{HOSTILE[name]}").run()
    check_words(app)
    told = [text for text in texts(app.warning) if "holds a null character; write it on one line" in text]
    assert bool(told) is (name == "null byte")  # a line break parts two labels


@pytest.fixture
def hostile_store(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    return make_hostile_store(tmp_path)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_a_hostile_store(name, hostile_store):
    lines = format_labels([Label(text=text, category="crime") for text in FIT.values()])
    app = open_page(name, v="1", store=STORE, by=FIT["markdown"], before=lines, after=f"{lines}\nman")
    for button in app.button:
        if button.proto.is_form_submitter:
            button.click().run()
    if name == "images":
        app.text_input(key="images-text").set_value(FIT["sql"]).run()
    check_words(app)
    assert name in ("start", "method") or app.title
