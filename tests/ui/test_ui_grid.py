"""The grid's memory: what was typed stays, also where it could not become a list yet, and when the grid was left."""

import pytest

from clipdash.report.question import Question
from clipdash.ui import grid


@pytest.fixture
def session(monkeypatch):
    """A session whose list has two lines, and whose grid has been opened."""
    state = {"question": Question(before="man | gender=man\nwoman")}
    monkeypatch.setattr(grid.st, "session_state", state)
    grid._open_base("before")
    return state


def change(session, **changes):
    base = session["grid_base"]
    session[base["key"]] = {"edited_rows": {}, "added_rows": [], "deleted_rows": [], **changes}
    grid._take_rows("before")


def test_a_row_added_becomes_a_line(session):
    change(session, added_rows=[{"text": "queen"}])
    assert session["question"].before == "man | gender=man\nwoman\nqueen"
    rows = session["grid_base"]["rows"]
    assert grid._open_base("before")["rows"] == rows  # the editor is not fed its own changes
    assert len(rows) == 2


def test_after_the_grid_was_left_it_opens_on_what_it_had_become(session):
    change(session, added_rows=[{"text": "queen"}])
    del session[session["grid_base"]["key"]]  # as Streamlit does when the grid is not drawn
    base = grid._open_base("before")
    assert [row["text"] for row in base["rows"]] == ["man", "woman", "queen"]
    change(session, edited_rows={0: {"text": "king"}})
    assert session["question"].before == "king | gender=man\nwoman\nqueen"


def test_rows_that_cannot_be_read_are_kept_with_their_fault(session):
    change(session, edited_rows={1: {"text": "lady", "claims": "garbage"}})
    assert session["question"].before == "man | gender=man\nwoman"
    assert grid.is_grid_faulty()
    del session[session["grid_base"]["key"]]
    base = grid._open_base("before")
    assert base["rows"][1] == {"text": "lady", "category": "", "claims": "garbage"}
    assert "garbage" in base["fault"]
    change(session, edited_rows={1: {"claims": ""}})
    assert not grid.is_grid_faulty()
    assert session["question"].before == "man | gender=man\nlady"


def test_a_text_changed_elsewhere_opens_the_grid_anew(session):
    change(session, edited_rows={1: {"claims": "garbage"}})
    session["question"] = Question(before="cat\ndog")
    base = grid._open_base("before")
    assert [row["text"] for row in base["rows"]] == ["cat", "dog"]
    assert not grid.is_grid_faulty()
