"""Decks: what they may hold, and the sentence for each way in which a file holds none."""

import re
import tomllib
from pathlib import Path

import pytest

import clipdash.ui
from clipdash.errors import FileError, InputError, LabelError, QueryError
from clipdash.report.deck import (
    Comparison,
    Published,
    list_decks,
    load_sets,
    parse_deck,
    pick_slide,
    read_deck,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "stage.md"
PRINTED = '[[slide]]\ntitle = "t"\nsource = "s"\nrows = [{group = "a", before = %s, after = 0.1}]'


def parse(text, name="own.toml", **more):
    return parse_deck(text.encode(), name, **more)


def test_the_deck_that_comes_along_has_three_slides_and_the_figures_of_start():
    deck = read_deck("demo")
    kinds = [type(slide) for slide in deck.slides]
    assert kinds == [Published, Comparison, Comparison]
    start = tomllib.loads((Path(clipdash.ui.__file__).parent / "published.toml").read_text(encoding="utf-8"))
    assert [row.model_dump() for row in deck.slides[0].rows] == start["published"]["rows"]
    for slide in deck.slides[1:]:
        before, after = load_sets(deck, slide)
        assert set(after.texts) - set(before.texts)
    assert not load_sets(deck, deck.slides[2])[0].flagged


def test_the_example_of_the_document_is_a_deck(tmp_path):
    text = next(re.finditer(r"^```toml\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))[1]
    deck = parse(text, folder=tmp_path)
    assert [type(slide) for slide in deck.slides] == [Comparison, Comparison, Published]
    assert deck.slides[0].where == {"kind": ("person",)}
    assert deck.slides[1].after is None
    assert load_sets(deck, deck.slides[0])[1].name == "Denigration, with child"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x =", "own.toml is malformed TOML"),
        ('name = "a"', "There is no slide"),
        ('[slide]\nbefore = "x"', '"slide" is a table'),
        ('slide = ["x"]', '"slide" is a list'),
        ('[[slide]]\nbefor = "x"', 'Slide 1: The key "befor" is unknown. The nearest is "before".'),
        ('[[slide]]\nafter = "x"', 'Slide 1: The key "before" is missing.'),
        (
            '[[slide]]\nbefore = "x"\n[[slide]]\nbefore = 3',
            'Slide 2: The key "before" holds a number (3); expected the key',
        ),
        ('[[slide]]\nbefore = "x"\nrule = "nope"', 'Slide 1: There is no rule "nope"'),
        ('[[slide]]\nbefore = "x"\ntitle = " "', "Slide 1: A text of the slide"),
        ('[[slide]]\nbefore = "x"\nnames = ["a"]', "expected two texts"),
        ('[[slide]]\nbefore = "x"\nwhere = {a = 3}', "expected a text or a list of texts"),
        ('[[slide]]\nbefore = "x"\nwhere = "a"', "expected a table"),
        ('[[slide]]\nbefore = "x"\nmin_n = 0', "expected a whole number, 1 or more"),
        ('version = "2"\n[[slide]]\nbefore = "x"', 'own.toml: The key "version" holds text ("2")'),
        ('folder = "/"\n[[slide]]\nbefore = "x"', 'The key "folder" is unknown'),
        (PRINTED % "3.0", "expected a rate from 0 to 1"),
        (PRINTED % '0.1, afer = 1, x = "', "malformed TOML"),
        ('[[slide]]\ntitle = "t"\nsource = "s"\nrows = []', "expected a list of rows"),
        ('[[slide]]\ntitle = "t"\nrows = []\nbefore = "x"', 'The key "before" is unknown'),
        (
            '[[slide]]\ntitle = "t"\nsource = "s"\nrows = [{group = "a", before = 0.1, after = 0.1, n = 3}]',
            '"n" is unknown',
        ),
    ],
)
def test_each_fault_is_told_with_its_file_key_and_what_was_expected(text, told):
    with pytest.raises(FileError) as fault:
        parse(text)
    assert str(fault.value).startswith("own.toml")
    assert told in str(fault.value)


def test_what_is_no_text_or_too_long_is_no_deck():
    with pytest.raises(FileError, match="not UTF-8"):
        parse_deck(b"\xff\xfe\x00", "own.toml")
    with pytest.raises(FileError, match="larger than 1 MiB"):
        parse_deck(b"#" * (1024 * 1024 + 1), "own.toml")


def test_own_decks_lie_in_a_folder_and_name_label_files_beside_them(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_DECKS", str(tmp_path))
    slide = '[[slide]]\nbefore = "gender"\nafter = "lists/%s.toml"'
    (tmp_path / "talk.toml").write_text(slide % "mine", encoding="utf-8")
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "mine.toml").write_text('[[label]]\ntext = "cat"\n[[label]]\ntext = "dog"', encoding="utf-8")
    assert set(list_decks()) == {"demo", "talk"}
    deck = read_deck("talk")
    assert load_sets(deck, pick_slide(deck, 1))[1].texts == ("cat", "dog")

    (tmp_path / "lists" / "bad.toml").write_text('[[label]]\ntxt = "cat"', encoding="utf-8")
    for name, told in (("none", 'no label file "lists/none.toml"'), ("bad", "lists/bad.toml: Label 1")):
        faulty = parse(slide % name, folder=tmp_path)
        with pytest.raises(LabelError, match=told) as fault:
            load_sets(faulty, faulty.slides[0])
        assert str(tmp_path) not in str(fault.value)  # the sentence stands on a screen that many see
    uploaded = parse(slide % "mine")
    with pytest.raises(LabelError, match="There is no preset"):
        load_sets(uploaded, uploaded.slides[0])


def test_decks_and_slides_that_are_not_there_are_told(tmp_path, monkeypatch):
    with pytest.raises(QueryError, match='There is no deck "dmo" here'):
        read_deck("dmo")
    for number in (0, 4):
        with pytest.raises(QueryError, match="This deck has 3 slides"):
            pick_slide(read_deck("demo"), number)
    (tmp_path / "folder.toml").mkdir()
    monkeypatch.setenv("CLIPDASH_DECKS", str(tmp_path))
    with pytest.raises(InputError, match=r"folder.toml cannot be read"):
        read_deck("folder")
