"""Label sets that are kept: exact, in versions, and never lost to a second reviewer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from hostile import FIT

from clipdash.errors import EditConflict, LabelError, RecordsError
from clipdash.labels import Label, LabelSet, parse_labels
from clipdash.records import (
    delete_labels,
    duplicate_labels,
    list_labels,
    list_versions,
    read_saved_labels,
    restore_labels,
    save_labels,
)

pytestmark = pytest.mark.usefixtures("database")

FULL = LabelSet(
    name="with child",
    templates=("a photo of a {}", "a drawing of a {}"),
    flagged=("crime",),
    labels=(Label(text="man", claims={"gender": ("Male",)}), Label(text="thief", category="crime")),
    source="made up",
)


def name_sets(saved):
    return [found.name for found in saved]


def make_labels(*texts, name="a set"):
    return LabelSet(name=name, labels=tuple(Label(text=text) for text in texts))


def test_a_set_comes_back_as_it_was():
    saved = save_labels(FULL, note="first try")
    assert read_saved_labels(saved.id) == saved
    assert (saved.label_set, saved.version, saved.note, saved.deleted) == (FULL, 1, "first try", None)
    assert (saved.name, saved.digest) == ("with child", FULL.digest)
    assert 'text = "thief"' in saved.toml
    assert saved.created.tzinfo is UTC
    assert datetime.now(UTC) - saved.created < timedelta(minutes=1)


@pytest.mark.parametrize("text", [*FIT.values(), "👩🏿‍⚕️" * 2_000], ids=[*FIT, "many emoji"])
def test_any_text_is_kept_exactly_and_found(text):
    saved = save_labels(make_labels("man", text, name=text), note=text)
    assert read_saved_labels(saved.id) == saved
    assert list_labels(text[:900]) == [saved]


def test_what_no_database_can_keep_is_refused_by_both():
    with pytest.raises(RecordsError, match="In the note stands a character that no database can keep"):
        save_labels(FULL, note="a\0b")
    assert list_labels() == []
    assert list_labels("a\0b") == []
    for name in ("a\0b", "x" * 100_000, "'; drop table label_sets; --", "nobody"):
        with pytest.raises(RecordsError, match="no saved label set of that name"):
            read_saved_labels(name)


def test_each_change_is_a_version_and_no_change_is_none():
    first = save_labels(parse_labels("man\nwoman"))
    assert save_labels(first.label_set, set_id=first.id) == first
    second = save_labels(parse_labels("man\nwoman\nchild"), note="and child", set_id=first.id, based_on=1)
    third = save_labels(second.label_set, note="another note", set_id=first.id, based_on=2)
    assert [found.version for found in list_versions(first.id)] == [3, 2, 1]
    assert list_versions(first.id) == [third, second, first]
    assert read_saved_labels(first.id, 2) == second
    assert list_labels() == [third]
    with pytest.raises(RecordsError, match="of that name in version 4"):
        read_saved_labels(first.id, 4)
    with pytest.raises(RecordsError, match="no saved label set"):
        save_labels(FULL, set_id="nobody")


def test_the_second_of_two_reviewers_is_shown_both():
    first = save_labels(parse_labels("man\nwoman"))
    theirs = save_labels(parse_labels("man\nwoman\nchild"), set_id=first.id, based_on=1)
    mine = parse_labels("man\nwoman\nperson")
    with pytest.raises(EditConflict, match="someone saved version 2 of it") as caught:
        save_labels(mine, set_id=first.id, based_on=1)
    assert (caught.value.mine, caught.value.theirs) == (mine, theirs)
    assert save_labels(theirs.label_set, set_id=first.id, based_on=1) == theirs  # both wanted the same
    assert save_labels(mine, set_id=first.id, based_on=2).version == 3


def test_of_many_saves_at_once_one_counts():
    first = save_labels(parse_labels("man\nwoman"))
    start = Barrier(6)

    def save(number):
        start.wait()
        try:
            return save_labels(make_labels("man", f"label {number}"), set_id=first.id, based_on=1).version
        except EditConflict as conflict:
            return conflict.theirs.version

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(save, range(6))) == [2] * 6
    assert len(list_versions(first.id)) == 2


def test_search_looks_into_names_notes_and_labels_of_the_newest_version():
    save_labels(make_labels("man", "woman", name="Old"), note="about ÄRZTE")
    other = save_labels(make_labels("Thief", "100% sure", name="New_set"))
    assert name_sets(list_labels()) == ["New_set", "Old"]
    assert name_sets(list_labels("thief new")) == ["New_set"]
    assert name_sets(list_labels("ärzte")) == ["Old"]
    assert name_sets(list_labels("0%")) == name_sets(list_labels("w_s")) == ["New_set"]
    assert list_labels("w%t") == list_labels("hief man") == []
    save_labels(make_labels("person", "saint"), set_id=other.id)
    assert list_labels("thief") == []
    assert len(list_labels(limit=1)) == 1


def test_a_copy_goes_its_own_way():
    first = save_labels(FULL, note="mine")
    copy = duplicate_labels(first.id, "another name")
    assert (copy.name, copy.digest, copy.note, copy.version) == ("another name", first.digest, "mine", 1)
    save_labels(parse_labels("a\nb"), set_id=copy.id)
    assert read_saved_labels(first.id) == first
    with pytest.raises(LabelError, match="blank"):
        duplicate_labels(first.id, " ")


def test_what_is_deleted_can_be_restored():
    saved = save_labels(FULL)
    deleted = delete_labels(saved.id)
    assert deleted.deleted is not None
    assert (list_labels(), list_labels(deleted=True)) == ([], [deleted])
    with pytest.raises(EditConflict, match="someone deleted it") as caught:
        save_labels(parse_labels("a\nb"), set_id=saved.id, based_on=1)
    assert caught.value.theirs == deleted
    assert restore_labels(saved.id) == saved
    assert list_labels() == [saved]
