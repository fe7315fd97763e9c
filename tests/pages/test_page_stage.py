"""Stage by its address: the session's own question, a deck, and every slide that cannot be shown."""

import pytest
from stage import open_page, texts

LISTS = {"v": "1", "store": "emoji", "by": "skin_tone", "where_kind": "person", "template": "a picture of a {}"}
SLIDE = '[[slide]]\nbefore = "gender"\nafter = "gender-person"\n'


def find_html(app):
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.fixture
def decks(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_DECKS", str(tmp_path))
    return tmp_path


def test_the_own_comparison_is_a_deck_of_one_slide():
    app = open_page("shift", stage="1")
    html = find_html(app)
    assert '<em dir="auto">person</em> added' in html
    assert "Made-up people" in html
    assert "1 of 1" not in html
    assert not app.title
    assert not [found for found in app.caption if "tried" in found.value]
    assert app.query_params["stage"] == "1"
    assert "deck" not in app.query_params
    assert app.query_params["before"]


def test_labels_shows_one_list():
    assert 'class="cd-stage-after"' not in find_html(open_page("labels", stage="1"))


def test_the_button_of_a_page_leads_there():
    app = open_page("shift")
    next(button for button in app.button if button.label == "Stage").click().run()
    assert "cd-stage-title" in find_html(app)
    assert app.query_params["stage"] == "1"


def test_a_deck_is_shown_at_its_slide_and_computed_on_its_store(decks):
    app = open_page("shift", stage="1", deck="demo", slide="1")
    assert "1 of 3" in find_html(app)
    assert "Radford" in find_html(app)
    (decks / "talk.toml").write_text(
        f'{SLIDE}store = "second"\nby = ["age"]\nwhere = {{age = "adult"}}\n[[slide]]\nbefore = "gender"',
        encoding="utf-8",
    )
    app = open_page("shift", stage="1", deck="talk")
    assert "Fewer people" in find_html(app)
    assert "(age adult only)" in find_html(app)
    assert "by annotated age" in find_html(app)
    app = open_page("shift", stage="1", deck="talk", slide="2")
    assert "2 of 2" in find_html(app)
    assert "by annotated gender" in find_html(app)  # as the preset suggests
    assert app.query_params["slide"] == "2"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"deck": "dmo"}, 'There is no deck "dmo" here. The nearest is'),
        ({"deck": "demo", "slide": "7"}, "This deck has 3 slides"),
        ({"deck": "demo", "slide": "x"}, "slides are numbered from 1 to 3"),
        ({"deck": "bad"}, 'bad.toml: Slide 1: The key "befor" is unknown'),
        ({"deck": "lost"}, 'There is no store "emojy" here. The nearest is "emoji".'),
        ({"deck": "group"}, "shoe_size"),
        ({**LISTS, "before": "man", "after": "man\nwoman"}, "only one label"),
    ],
)
def test_a_slide_that_cannot_be_shown_says_why_and_shows_no_path(decks, query, told):
    (decks / "bad.toml").write_text('[[slide]]\nbefor = "gender"', encoding="utf-8")
    (decks / "lost.toml").write_text(f'{SLIDE}store = "emojy"', encoding="utf-8")
    (decks / "group.toml").write_text(f'{SLIDE}by = ["shoe_size"]', encoding="utf-8")
    app = open_page("shift", stage="1", **query)
    assert texts(app.title) == ["This slide cannot be shown"]
    assert told in app.warning[0].value.replace("\\", "").replace("\u2060", "")
    assert str(decks) not in app.warning[0].value


def test_an_empty_list_says_what_to_do():
    app = open_page("shift")
    next(box for box in app.text_area if box.label == "After").set_value("").run()
    app.query_params["stage"] = "1"
    app.run()
    assert "Leave the stage and type one label a line" in app.warning[0].value


def test_a_comparison_that_is_to_be_registered_first_is_not_shown():
    app = open_page("shift")
    app.toggle(key="register-first").set_value(True).run()
    app.query_params["stage"] = "1"
    app.run()
    assert "hidden until it is registered" in app.warning[0].value


@pytest.mark.parametrize(("query", "seen"), [({}, 1), ({"deck": "demo", "slide": "3"}, 1), ({"deck": "demo"}, 0)])
def test_a_comparison_that_a_room_saw_is_no_longer_unseen(query, seen, monkeypatch):
    recorded = []
    app = open_page("method")
    monkeypatch.setattr("clipdash.ui.results.record_try", recorded.append)
    for name, value in {"stage": "1", **query}.items():
        app.query_params[name] = value
    app.run()
    assert len(recorded) == seen


def test_a_deck_is_picked_and_uploaded():
    app = open_page("shift", stage="1")
    app.selectbox(key="stage-deck").select("demo").run()
    assert "1 of 3" in find_html(app)
    app.file_uploader[0].set_value(("own.toml", b"x =", "application/toml")).run()
    assert "own.toml is malformed TOML" in app.warning[0].value.replace("\\", "")
    app.file_uploader[0].set_value(("own.toml", SLIDE.encode() * 2, "application/toml")).run()
    assert "1 of 2" in find_html(app)
    assert not app.warning
    assert app.query_params["deck"] == "own"
