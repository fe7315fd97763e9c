"""The page Associations: what is asked, what is found, what cannot be asked, and words that are hostile."""

import pytest
from hostile import FIT
from stage import make_store, open_page, texts
from tiny_store import tiny_people, tiny_vectors

from clipdash.encoders import LabelBank
from clipdash.store import StoreWriter

BUTTON = "Hold the words against the groups"


def send(app):
    next(button for button in app.button if button.label == BUTTON).click().run()
    assert not app.exception, app.exception
    return app


def upload(app, words, name="mine.txt"):
    app.file_uploader(key="words-upload").set_value((name, "\n".join(words).encode(), "text/plain"))
    return app


def test_an_empty_page_says_what_to_do():
    app = open_page("associations", v="1", by="gender")
    assert app.title[0].value == "Which words lie nearer to one group's images than to another's?"
    assert any("press the button" in text for text in texts(app.markdown))
    assert not app.get("download_button")


def test_words_are_held_against_two_groups_and_stay():
    app = send(upload(open_page("associations", v="1", by="gender"), ["man", "woman", *map(str, range(40))]))
    head = app.title[0].value.replace("\\", "")
    assert head.startswith("Of 42 words, ")
    assert "annotated as gender man (n " in head
    table = next(text for text in texts(app.markdown) if "| Word |" in text)
    assert table.splitlines()[2].startswith("| man | +")
    assert [found.label for found in app.get("download_button")] == ["CSV, every word", "Parquet", "JSON"]
    assert any("999 seeded permutations" in text for text in texts(app.caption))
    app.run()
    assert app.title[0].value.replace("\\", "") == head
    app.number_input(key="pick-min-n").set_value(40).run()
    assert app.title[0].value.startswith("Which words lie nearer")


def test_every_word_can_be_found_and_turned_to():
    app = send(open_page("associations", v="1", by="gender"))
    assert any("1 to 24 of 400 words" in text for text in texts(app.caption))
    next(button for button in app.button if button.label == "Next 24").click().run()
    assert any("25 to 48 of 400 words" in text for text in texts(app.caption))
    app.text_input(key="words-sought").set_value("tele").run()
    table = next(text for text in texts(app.markdown) if "| Word |" in text)
    assert all("tele" in line for line in table.splitlines()[2:])
    app.text_input(key="words-sought").set_value("<b>").run()
    assert any("No word of the list holds" in text and "<b>" not in text for text in texts(app.markdown))


def test_more_groups_are_chosen_from_and_two_are_ordered():
    app = send(upload(open_page("associations", v="1", by="skin_tone"), ["man", "woman"]))
    assert "skin tone dark" in app.title[0].value
    app.selectbox(key="words-of-3").set_value(2).run()
    assert "skin tone medium" in app.title[0].value
    app.multiselect(key="words-groups-emoji-skin_tone").set_value(["medium", "dark"])
    send(app)
    assert "skin tone medium (n" in app.title[0].value.replace("\\", "")
    assert any("images are in no group asked for" in text for text in texts(app.caption))


@pytest.mark.parametrize(
    ("template", "permutations", "words", "said"),
    [
        ("a photo", 99, ["man"], "needs exactly one {}"),
        ("{}", 7, ["man"], "7 permutations"),
        ("{}", 99, ["word " * 30], "longer than the 16 tokens"),
        ("{}", 99, [" "], "is empty"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(template, permutations, words, said):
    app = upload(open_page("associations", v="1", by="gender"), words)
    app.text_input(key="words-template").set_value(template)
    app.number_input(key="words-permutations").set_value(permutations)
    send(app)
    assert app.title[0].value == "These words cannot be held against these groups"
    assert any(said in text.replace("\\", "") for text in texts(app.warning))


def test_groups_that_are_too_small_are_a_sentence():
    app = send(open_page("associations", v="1", by="gender", min_n="500"))
    assert any("0 of 2 groups have at least 500 images" in text for text in texts(app.warning))


def test_hostile_words_are_shown_as_text():
    app = send(upload(open_page("associations", v="1", by="gender"), [*FIT.values()], "<i>x</i>.txt"))
    table = next(text for text in texts(app.markdown) if "| Word |" in text)
    assert "<script>" not in table
    assert len(table.splitlines()) > 10
    assert not any("<i>" in text for text in [*texts(app.caption), *texts(app.title), *texts(app.markdown)])


def test_another_store_is_asked_anew_and_a_bank_gives_its_words(stores, tmp_path, monkeypatch):
    app = send(upload(open_page("associations", v="1", by="gender"), ["man", "woman"]))
    assert app.title[0].value.startswith("Of 2 words")
    app.radio(key="pick-store").set_value("second").run()
    assert app.title[0].value.startswith("Which words lie nearer")
    make_store(tmp_path)
    bank = LabelBank("bank.npz", ["man", "woman"], tiny_vectors(2, 16, seed=3))
    people = tiny_people(200)
    with StoreWriter(tmp_path / "bank", {"bank": bank}) as writer:
        writer.add_vectors("bank", tiny_vectors(200), list(people.index))
        writer.finish(people)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    banked = open_page("associations", v="1", store="bank", by="gender")
    assert not [box for box in banked.text_input if box.key == "words-template"]
    send(upload(banked, ["man", "woman", "dog"]))
    assert any(
        "1 word is left out, first dog (not in the label bank)" in text.replace("\\", "")
        for text in texts(banked.caption)
    )


def test_a_run_can_be_cancelled(monkeypatch):
    """The button stands there while words are embedded; a press starts the page anew, and nothing is kept."""
    seen = []
    monkeypatch.setattr(
        "clipdash.ui.associations.associate", lambda *_, progress, **more: seen.append(progress) or 1 / 0
    )
    app = open_page("associations", v="1", by="gender")
    next(button for button in app.button if button.label == BUTTON).click().run()
    assert "Cancel" in [button.label for button in app.button]
    assert len(seen) == 1
    app.button(key="words-cancel").click().run()
    assert app.title[0].value.startswith("Which words lie nearer")
