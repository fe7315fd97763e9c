"""Associations as data, tables and words."""

import csv
import json
from io import StringIO

import numpy as np
import pytest
from hostile import FIT
from made_associations import make_association

from clipdash.report import (
    associations_json,
    associations_rows,
    associations_sheet,
    markdown_table,
    pick_words,
    say_associations,
    say_words,
)
from clipdash.report.sheet import guard_cell


def test_the_json_has_every_word_with_its_n_and_where_it_is_from():
    found = make_association(40)
    data = json.loads(json.dumps(associations_json(found, command="clipdash x"), allow_nan=False))
    assert (data["schema"], data["store"]["digest"], data["command"]) == (1, "0" * 64, "clipdash x")
    assert data["words"] | {"sha256": ""} == {
        "name": "mine.txt",
        "sha256": "",
        "source": "",
        "asked": 41,
        "used": 40,
        "repeated": 2,
        "left_out": {"count": 1, "first": [{"word": "left", "reason": "too long"}]},
    }
    assert data["words"]["sha256"] == found.word_list.sha256
    assert [group["n"] for group in data["groups"]] == [100, 101, 3]
    (contrast,) = data["contrasts"]
    assert (contrast["n"], contrast["n_against"], contrast["against"]) == (100, 101, {"age": "group 1"})
    assert contrast["called"] == {"higher": 2, "lower": 2}
    assert [row["effect"] for row in data["rows"]] == sorted(found.effects[0].tolist(), reverse=True)
    first = data["rows"][0]
    assert (first["word"], first["mean"], first["mean_against"]) == ("word0", pytest.approx(0.3), pytest.approx(0.2))
    assert data["permutations"] == {"draws": 999, "seed": 3}
    assert data["adjust"] == {"method": "bh", "tests": 40, "fewest_called": 1}
    assert {"clipdash", "numpy"} <= data["versions"].keys()


def test_more_groups_are_held_against_all_others():
    data = associations_json(make_association(10, 3), top=2)
    assert [contrast["against"] for contrast in data["contrasts"]] == [None] * 3
    assert [contrast["n_against"] for contrast in data["contrasts"]] == [203, 202, 201]
    assert [(row["word"], row["contrast"]) for row in data["rows"][:5]] == [
        ("word0", 0),
        ("word1", 0),
        ("word8", 0),
        ("word9", 0),
        ("word0", 1),
    ]


def test_words_are_picked_by_their_letters_and_from_either_end():
    found = make_association(names=["Nurse", "doctor", "nursery", "man", "ox"])
    assert pick_words(found, containing=" NURSE ") == [0, 2]
    assert pick_words(found, top=1) == [0, 4]
    assert pick_words(found, top=9) == [0, 1, 3, 4]  # the one in the middle has no direction
    assert pick_words(found, containing="zebra") == []


def test_a_table_shows_signs_means_and_p():
    (row,) = associations_rows(make_association(40), 0, [39])
    assert row == {
        "Word": "word39",
        "Effect": "−1.00",
        "Difference": "−0.1000",
        "Mean, group 0": "0.1000",
        "Mean, group 1": "0.2000",
        "p": "0.001",
        "p, BH": "0.010",
    }
    plain = make_association(3, tested=False, effects=np.array([[np.nan, 0.5, 0.1]]))
    rows = associations_rows(plain, 0, [0, 1])
    assert [row["Effect"] for row in rows] == ["–", "+0.50"]
    assert "p" not in rows[0]
    assert next(row for row in associations_json(plain)["rows"] if row["word"] == "word0")["effect"] is None


def test_hostile_words_stay_text():
    words = tuple(FIT.values())
    found = make_association(names=words)
    lines = markdown_table(associations_rows(found, 0, pick_words(found))).splitlines()
    assert len(lines) == 2 + len(words)
    assert "<script>" not in "".join(lines)
    table = list(csv.reader(StringIO(associations_sheet(found).csv)))
    assert len(table) == 1 + len(words)
    assert {row[0] for row in table[1:]} == {guard_cell(word) for word in words}


def test_the_csv_has_every_contrast_with_n():
    table = list(csv.DictReader(StringIO(associations_sheet(make_association(4, 3)).csv)))
    assert len(table) == 12
    assert (table[0]["group"], table[0]["n"], table[0]["against"], table[0]["n_against"]) == (
        "group 0",
        "100",
        "all other groups",
        "203",
    )
    assert float(table[0]["effect"]) == 1
    assert {
        row["p"] for row in csv.DictReader(StringIO(associations_sheet(make_association(4, tested=False)).csv))
    } == {""}


def test_what_is_said_has_n_and_counts():
    assert say_associations(make_association(40)) == (
        "Of 40 words, 2 have a higher and 2 a lower mean cosine with images annotated as age group 0 (n 100) than with "
        "those annotated as age group 1 (n 101), at a false discovery rate of 5%."
    )
    none = make_association(40, 3, p_adjusted=np.ones((3, 40)))
    assert say_associations(none, 1).startswith("No word of 40 can be told to have another mean cosine with images")
    assert "than with all other groups (n 202)" in say_associations(none, 1)
    assert say_associations(make_association(tested=False)).endswith("nothing was tested.")


def test_the_notes_say_what_the_test_can_do_and_what_is_left_out():
    said = " ".join(say_words(make_association(10_000)))
    assert "999 seeded permutations" in said
    assert "over all 10,000 tests. A word can count only where at least 201 reach that smallest p" in said
    assert "Several images share one same person" in said
    assert "Withheld, fewer than 30 images: annotated as age few (3)." in said
    assert "7 images are ungrouped" in said
    assert "5 images are in no group asked for." in said
    assert "1 word is left out, first left (too long)." in said
    assert "2 lines of the list repeat a word" in said
    assert not any("permutations" in sentence for sentence in say_words(make_association(tested=False)))
