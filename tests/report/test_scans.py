"""A scan, neutral words and labels left out in turn: as data, as tables, in words."""

import csv
import io
import json

import numpy as np
import pytest
from candidate_worlds import World
from hostile import FIT
from worlds import make_set

from clipdash.audit import Rule, ablate, place_nouns, scan_words
from clipdash.labels import WordList
from clipdash.report import (
    ablation_json,
    ablation_rows,
    placebo_json,
    placebo_rows,
    say_placebos,
    say_scan,
    say_scan_head,
    scan_json,
    scan_rows,
    scan_sheet,
)

BASE = make_set("man", "woman", "boy", "thief", "burglar", "animal")


def scan(**more):
    world = World(3, images=400, words=60)
    given = {"rule": Rule("flagged"), "min_n": 20, "words": world.words} | more
    return scan_words(world.people, "age", BASE, **given, **world.asked)


def test_the_json_is_what_the_scan_found_and_the_same_each_time():
    found = scan()
    data = scan_json(found, command="clipdash scan")
    assert json.dumps(data, allow_nan=False) == json.dumps(scan_json(scan(), command="clipdash scan"))
    keys = "schema store label_set words category rule by where n unjudged ungrouped rank one_way seed groups found"
    assert {*keys.split(), "survived", "command", "versions"} <= set(data)
    assert set(data["words"]) == {"name", "sha256", "count", "left_out", "source"}
    assert data["words"]["count"] + data["words"]["left_out"]["count"] == 63
    assert (data["rank"], data["one_way"], data["survived"]["k"]) == ("shift", "fixed", 20)
    assert data["survived"]["counts"] == list(found.survived)
    for listed, word in zip(data["found"], found.found, strict=True):
        assert set(listed) == {"word", "rank_shift", "rank_difference", "chosen", "confirmed", "moved"}
        assert [g["n"] for g in listed["chosen"]["groups"]] == [g.n for g in word.chosen]
        for group in listed["confirmed"]["groups"]:
            assert set(group) == {"group", "n", "fixed", "broken", "shift"}
            assert group["shift"]["value"] == (group["broken"] - group["fixed"]) / group["n"]
    ranks = [word["rank_shift"] for word in data["found"]]
    assert ranks == sorted(ranks)


def test_every_word_is_in_the_csv_and_none_is_a_formula():
    words = WordList("mine", ("=cmd()", *[*FIT.values()][:4], *(f"word {n}" for n in range(20))))
    found = scan(words=words)
    rows = list(csv.DictReader(io.StringIO(scan_sheet(found).csv)))
    assert [row["word"].lstrip("'") for row in rows] == list(found.candidates.words)
    assert rows[0]["word"] == "'=cmd()"
    for row, rank, moved in zip(rows, found.ranking.by_shift, found.ranking.moved, strict=True):
        assert row["rank_shift"] == (str(rank) if rank else "")
        assert int(row["changed_sides"]) == moved


def test_the_words_say_which_half_speaks():
    found = scan()
    head, first = say_scan_head(found), found.found[0]
    assert f"Of {len(found.candidates.words)} words, one half of the images puts {first.word} first; " in head.plain
    assert "in the other half it moves a group by " in head.plain
    assert ("typed" in {emphasis for _, emphasis in head.pieces}) is True
    said = " ".join(say_scan(found))
    for part in (
        "which had no say",
        "optimistic",
        "can only become fewer",
        "Over 20 ways to halve",
        "Words left out: ",
    ):
        assert part in said
    assert "Of none of the words chosen it is confirmed" in said or "Confirmed to shift" in said
    rows = scan_rows(found)
    assert len({tuple(row) for row in rows}) == 1
    assert [row["Word"] for row in rows] == [word.word for word in found.found]
    most = max((row.shift.value for row in first.confirmed.rows if row.shift), key=abs)
    assert rows[0]["Shift"].replace("−", "-") == f"{100 * most:+.1f}".replace("+0.0", "0.0")


def test_the_head_follows_the_order_and_says_when_there_is_nothing():
    assert "in the other half it shifts the groups " in say_scan_head(scan(order="difference")).plain
    world = World(3)
    empty = scan_words(world.people, "age", make_set("person", "photo"), world.words, **world.asked)
    assert say_scan_head(empty).plain.startswith("None of ")
    assert scan_rows(empty) == []
    assert any("Withheld, fewer than 120" in line for line in say_scan(scan(min_n=120, words=world.words)))
    assert any("unjudged" in line for line in say_scan(scan(rule=Rule())))
    one = scan_words(
        world.people, "tone", BASE, world.words, **world.asked, where={"tone": "dark"}, rule=Rule("flagged")
    )
    assert scan_json(one)["survived"]["counts"] is None
    assert {row["p, adjusted"] for row in scan_rows(one)} <= {"–"}


def place(after):
    world = World(4)
    given = world.asked | {"vectors": lambda: world.vectors}
    return place_nouns(world.people, "tone", make_set("man", "woman"), after, **given, rule=Rule("not-supported"))


def test_placebos_are_data_rows_and_sentences():
    found = place(make_set("man", "woman", "person"))
    data = placebo_json(found)
    assert set(data) == {"placebo", "placebo_words"}
    assert len({*data["placebo_words"]}) == 200
    (row,) = data["placebo"]
    assert {"label": "person", "of": 200, "seed": 0}.items() <= row.items()
    assert [group["group"] for group in row["groups"]] == [{"tone": "light"}, {"tone": "dark"}]
    (cells,) = placebo_rows(found)
    assert cells["All images"].endswith(f"(more than {row['larger_than']} of 200)")
    assert 'Added "person": ' in say_placebos(found)[0]
    assert f"more than {row['larger_than']} of 200 neutral words" in say_placebos(found)[0]


def test_a_note_stands_where_there_is_no_placebo():
    found = place(make_set("man", "woman"))
    assert placebo_json(found) == {"placebo": [], "placebo_note": "No label was added."}
    assert say_placebos(found) == ["Beside neutral words: No label was added."]
    assert placebo_rows(found) == []


@pytest.mark.parametrize("min_n", [10, 100])
def test_an_ablation_is_data_and_a_table(min_n):
    world = World(6)
    found = ablate(world.people, "age", world.predict(BASE), predict=world.predict, min_n=min_n)
    data, rows = ablation_json(found), ablation_rows(found)
    assert [row["label"] for row in data] == [row["Label"] for row in rows] == list(BASE.texts)
    for listed, cells in zip(data, rows, strict=True):
        assert set(listed) == {"label", "groups", "overall"}
        assert listed["overall"]["shift"]["value"] == pytest.approx(
            listed["overall"]["after"]["rate"] - listed["overall"]["before"]["rate"]
        )
        assert sum(group["n"] for group in listed["groups"]) <= listed["overall"]["n"]
        assert ("withheld" in cells.values()) is any(group["withheld"] for group in listed["groups"])
    assert np.all([len(row) == 5 for row in rows])
