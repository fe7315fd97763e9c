"""A store that is replaced while a session has it open: the session goes on with the one before, and says so."""

import pytest
import stage
import streamlit as st

from clipdash.store import Store, list_stores
from clipdash.ui import catalogue, pinned, results

SAID = "has been replaced since you opened it. What you see is still of the one before."


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The folder of stores, with one of them."""
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    monkeypatch.setattr("clipdash.ui.results.read_encoder", lambda reference: stage.StageEncoder())
    st.cache_resource.clear()
    stage.make_store(tmp_path)
    return tmp_path


def replace(place, images=120):
    """Put another store in its place, as `clipdash import --replace` does, and let the list of stores run out."""
    made = stage.make_store(place, images=images, title="Other people")
    catalogue._list_entries.cache_clear()
    return made


def edit(app, text):
    next(box for box in app.text_area if box.label == "After").set_value(text)
    return app.run()


def read_counts(app):
    """Return the n of every group in the table of figures."""
    table = next(one.value for one in app.markdown if one.value.startswith("| Annotated gender |"))
    rows = [line.split(" | ") for line in table.splitlines()[2:]]
    return [int(row[1].split("]")[0].strip("[").replace(",", "")) for row in rows]


def is_told(app):
    return any(SAID in stage.texts(app.warning)[place].replace("\\", "") for place in range(len(app.warning)))


def test_a_session_goes_on_with_the_store_that_it_opened_until_it_takes_the_new_one(place):
    app = stage.open_page("shift", by="gender")
    assert sum(read_counts(app)) == 240
    assert not is_told(app)
    replace(place)
    edit(app, "man | gender=man\nwoman | gender=woman\nchild")
    assert not app.exception
    assert sum(read_counts(app)) == 240
    assert is_told(app)
    assert sum(read_counts(stage.open_page("shift", by="gender"))) == 120  # who comes now gets the new one
    assert not app.button(key="store-take").click().run().exception
    assert sum(read_counts(app)) == 120
    assert not is_told(app)


def test_a_store_that_is_gone_is_nobodys(place):
    stage.make_store(place, name="second", images=60)
    app = stage.open_page("shift", store="second", by="gender")
    assert sum(read_counts(app)) == 60
    (place / "second").rename(place.parent / "second")
    catalogue._list_entries.cache_clear()
    edit(app, "man | gender=man\nwoman | gender=woman\nchild")
    assert not app.exception
    assert sum(read_counts(app)) == 240


def test_what_was_read_of_a_store_before_it_was_replaced_is_not_taken_for_the_new_one(place, monkeypatch):
    """The list of stores may be two seconds old: then the digest of one store stands beside the files of another."""
    first = catalogue.find_entry("emoji")
    monkeypatch.setattr(catalogue, "list_stores", lambda root: listed.pop() if listed else list_stores(root))
    listed = [(first,)]
    made = replace(place)
    opened = results.load_store("emoji")
    assert isinstance(opened, Store)
    assert (opened.digest, listed) == (made.digest, [])


def test_a_list_of_stores_in_which_nothing_changed_is_the_one_of_before(place):
    first = catalogue.list_entries()
    catalogue._list_entries.cache_clear()
    second = catalogue.list_entries()
    assert second is not first
    assert second[0] is first[0]
    assert not pinned.is_replaced("emoji", {"emoji": second[0]})  # outside of a session nothing is pinned
