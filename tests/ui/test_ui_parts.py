"""The parts of the glue that need no page."""

import json
import tomllib
from types import SimpleNamespace

import pytest
import streamlit as st

from clipdash.audit import Placebo, PlaceboGroup, Placebos, measure, shift, tabulate
from clipdash.charts import OUTCOME_KEY
from clipdash.errors import QueryError
from clipdash.labels import parse_labels, read_preset
from clipdash.report import word_command
from clipdash.ui import actions, boundary, grid, viewport
from clipdash.ui.cards import read_published
from clipdash.ui.catalogue import open_comparison
from clipdash.ui.lists import build_set
from clipdash.ui.wording import count_words, escape_html, italicise, list_words, order_words


def test_words_are_listed_counted_and_ordered():
    assert list_words(["a"]) == "a"
    assert list_words(["a", "b", "c"]) == "a, b and c"
    assert list_words(list("abcde"), most=2) == "a, b and 3 more"
    assert list_words([]) == ""
    assert count_words(1, "image") == "1 image"
    assert count_words(2000, "image") == "2,000 images"
    assert order_words(4) == "Fourth"


def test_typed_words_are_no_markup():
    assert escape_html('<b title="x">') == "&lt;b title=&quot;x&quot;&gt;"
    assert italicise("*a* $x$") == r"*\*a\* \$x\$*"


def test_published_figures_are_those_that_were_printed():
    published = read_published()
    assert [row.before for row in published.rows] == [0.303, 0.350, 0.295, 0.163, 0.139, 0.185, 0.191, 0.162, 0.104]
    assert [row.after for row in published.rows] == [0.023, 0.043, 0.147, 0.150, 0.134, 0.182, 0.186, 0.155, 0.094]
    assert published.points[1] == ("3-9", 0.35, 0.043)


@pytest.mark.parametrize("key", ["denigration-child", "denigration-person", "occupations-person"])
def test_a_preset_comparison_gives_back_the_sets_of_the_presets(key):
    question = open_comparison(key, "emoji")
    preset = read_preset(key)
    after, before = build_set(question, "after"), build_set(question, "before")
    assert after == preset.label_set
    assert before == read_preset(preset.before).label_set


def test_a_flag_of_one_list_only_leaves_the_other_alone():
    question = open_comparison("gender-person").change(flagged=("crime",), after="man\nthief | crime")
    assert build_set(question, "before").flagged == ()
    assert build_set(question, "after").flagged == ("crime",)


def test_changes_of_a_grid_are_laid_over_the_rows_it_was_opened_with():
    rows = [{"text": "man", "category": "", "claims": ""}, {"text": "thief", "category": "", "claims": ""}]
    changes = {
        "edited_rows": {1: {"category": "crime"}},
        "deleted_rows": [0],
        "added_rows": [{"text": "child"}],
    }
    assert grid.lay_changes(rows, changes) == [
        {"text": "thief", "category": "crime", "claims": ""},
        {"text": "child", "category": "", "claims": ""},
    ]
    assert grid.lay_changes(rows, {}) == rows


@pytest.fixture
def session(monkeypatch):
    state = {}
    for module in (st, grid.st):
        monkeypatch.setattr(module, "session_state", state)
    return state


def test_the_grid_keeps_its_rows_while_its_own_edits_become_text(session, monkeypatch):
    changed = []
    monkeypatch.setattr(grid, "change_question", lambda **fields: changed.append(fields))
    rows = [{"text": "man", "category": "", "claims": "gender=man"}, {"text": "cat", "category": "", "claims": ""}]
    session["grid_base"] = {
        "side": "before",
        "text": "man | gender=man\ncat",
        "rows": rows,
        "number": 1,
        "key": "grid-1",
    }
    session["grid-1"] = {"edited_rows": {"1": {"text": "dog", "category": "animal"}}}
    grid._take_rows("before")
    assert changed == [{"before": "man | gender=man\ndog | animal"}]
    assert session["grid_base"]["rows"] == rows
    assert session["grid_base"]["text"] == "man | gender=man\ndog | animal"
    session["grid-1"] = {"added_rows": [{"text": "man"}]}
    grid._take_rows("before")
    assert len(changed) == 1
    assert "only once" in session["grid_base"]["fault"]


def test_bad_input_is_shown_as_its_sentence_and_a_bug_by_its_reference(monkeypatch, log_folder):
    shown = []
    monkeypatch.setattr(boundary.st, "warning", lambda text, **_: shown.append(("warning", text)))
    monkeypatch.setattr(boundary.st, "error", lambda text, **_: shown.append(("error", text)))
    assert boundary.show_fault(QueryError("No <b>such</b> thing.")) is True
    assert boundary.show_fault(ZeroDivisionError("secret detail")) is True
    assert shown[0] == ("warning", r"No \<b\>such\</b\> thing.")
    assert shown[1][0] == "error"
    assert "secret" not in shown[1][1]
    assert "ZeroDivisionError: secret detail" in (log_folder / "faults.log").read_text()


def test_a_phone_is_guessed_by_name_until_the_window_answers(session, monkeypatch):
    headers = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile"}
    context = SimpleNamespace(headers=headers, theme=SimpleNamespace(type="dark"))
    monkeypatch.setattr(viewport.st, "context", context)
    assert viewport.read_theme() == "dark"
    assert viewport.is_narrow()
    session["viewport"] = {"narrow": False}
    assert not viewport.is_narrow()
    assert viewport._ignore() is None


@pytest.fixture
def results():
    from tiny_store import tiny_people
    from worlds import predict

    people = tiny_people(300)
    people = people.astype(dict.fromkeys(people.columns, "category"))
    man = read_preset("fairface-gender").label_set
    more = parse_labels("man | gender=Male\nwoman | gender=Female\nit's", name="after")
    before = predict(man, [man.texts[row % 2] for row in range(300)])
    after = predict(more, [more.texts[row % 3] for row in range(300)])
    where = {"age": ("0-2", "3-9")}
    return (
        measure(tabulate(people, ["skin_tone"], before, where=where)),
        shift(tabulate(people, ["skin_tone", "gender"], before, after, where=where)),
    )


def test_files_hold_the_result_and_the_command_that_repeats_it(results):
    audit, comparison = results
    assert word_command(audit).endswith(
        "--labels fairface-gender --by skin_tone --where age=0-2 --where age=3-9 --rule misclassified --min-n 30"
    )
    assert "--before fairface-gender --after after.toml --by skin_tone --by gender" in word_command(comparison)
    written = json.loads(actions._write_json(comparison))
    assert written["command"] == word_command(comparison)
    assert written["by"] == ["skin_tone", "gender"]
    assert word_command(audit) in actions._write_report(audit).replace("&#39;", "'")


def test_files_say_where_added_labels_rank_among_neutral_words(results):
    _, comparison = results
    group = PlaceboGroup({"skin_tone": "dark"}, -0.1, 190)
    found = Placebos((Placebo("it's", 200, PlaceboGroup({}, -0.05, 180), (group,)),), ("house",))
    written = json.loads(actions._write_json(comparison, lambda: found))
    assert written["placebo"][0]["groups"] == [{"group": {"skin_tone": "dark"}, "shift": -0.1, "larger_than": 190}]
    assert "placebo" not in json.loads(actions._write_json(comparison))
    assert "more than 180 of 200 neutral words" in actions._write_report(comparison, lambda: found)
    note = json.loads(actions._write_json(comparison, lambda: Placebos(note="none here")))
    assert (note["placebo"], note["placebo_note"]) == ([], "none here")


def test_look_names_every_outcome_colour_of_the_palette():
    from pathlib import Path

    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())
    from clipdash.charts import read_palette

    for theme in ("light", "dark"):
        palette, colours = read_palette(theme), config["theme"][theme]
        assert colours["backgroundColor"] == palette.paper
        assert colours["secondaryBackgroundColor"] == palette.panel
        assert colours["textColor"] == palette.ink
        assert colours["primaryColor"] == palette.accent
        assert colours["borderColor"] == palette.border
        names = dict(zip(("violet", "orange"), OUTCOME_KEY, strict=False))
        for name, (outcome, _) in names.items():
            assert colours[f"{name}Color"] == palette.outcomes[outcome].colour
        assert colours["blueBackgroundColor"] == palette.outcomes["supported"].colour
