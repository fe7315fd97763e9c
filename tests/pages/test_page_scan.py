"""Scan tries words on a list and keeps what it found; Shift puts neutral words beside added labels."""

import pytest
from stage import open_page, texts

from clipdash.labels import WordList

WORDS = "man | gender=man\nwoman | gender=woman\nthief | crime\ngorilla | non-human"


@pytest.fixture(autouse=True)
def few_words(monkeypatch):
    """The lists that come along are long, and every word of this stage is made when it is read."""
    short = WordList("neutral", ("child", "house", "<b>door</b>", *(f"thing {n}" for n in range(30))), "made up")
    monkeypatch.setattr("clipdash.ui.word_runs.read_words", lambda key: short)


def run(app):
    next(button for button in app.button if button.label == "Try every word").click()
    return app.run()


def test_scan_asks_tries_and_keeps_what_it_found():
    app = open_page("scan", before=WORDS, v="1", by="age", rule="not-supported")
    assert app.title[0].value == "Which one word would move the groups most?"
    run(app)
    assert not app.exception
    assert app.title[0].value.replace("\\", "").startswith("Of 33 words, one half of the images puts *child* first; ")
    assert any("which had no say" in text for text in texts(app.markdown))
    assert any("Confirmed to shift the groups differently" in text and "child" in text for text in texts(app.markdown))
    assert any("Images that take it" in text and "child" in text for text in texts(app.markdown))
    assert any("One dot a group" in text for text in texts(app.caption))
    app.run()
    assert app.title[0].value.startswith("Of 33 words")


def test_what_scan_shows_cannot_be_registered_any_more():
    run(open_page("scan", before=WORDS, v="1", by="age", rule="not-supported"))
    app = open_page("shift", before=WORDS, after=f"{WORDS}\nchild", v="1", by="skin_tone")
    app.toggle(key="register-first").set_value(True).run()
    assert any("shown on this store before" in text for text in texts(app.warning))


def test_scan_seeks_a_difference_with_a_category_on_the_other_list():
    app = open_page("scan", before=WORDS, after=f"{WORDS}\n<i>person</i>", v="1", by="age", rule="flagged")
    app.radio(key="scan-side").set_value("after")
    app.radio(key="scan-order").set_value("difference")
    app.selectbox(key="scan-category").set_value("crime")
    run(app)
    assert not app.exception
    assert "in the other half it shifts the groups " in app.title[0].value
    assert any("can only become more" in text for text in texts(app.markdown))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"before": WORDS, "min_n": "1000"}, "No group has 1,000"),
        ({"before": "man |"}, "Line 1"),
        ({"before": WORDS, "rule": "label:robber"}, "robber"),
    ],
)
def test_scan_says_what_cannot_be_tried(query, said):
    app = run(open_page("scan", v="1", by="age", **query))
    assert not app.exception
    assert app.title[0].value == "These words cannot be tried"
    assert any(said in text for text in texts(app.warning))


def test_shift_says_whether_any_word_would_have_done_it():
    app = open_page("shift", before=WORDS, after=f"{WORDS}\nchild", v="1", by="age", rule="not-supported")
    assert any("of 200 neutral words" in text for text in texts(app.markdown))
    assert any("Added label" in text and "more than" in text for text in texts(app.markdown))
    same = open_page("shift", before=f"{WORDS}\nchild", after=WORDS, v="1", by="age")
    assert not any("neutral words" in text for text in texts(same.markdown))
    assert "Would any word have done it?" in [header.value for header in app.header]
