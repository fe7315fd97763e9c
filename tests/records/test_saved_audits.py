"""Audits that are kept: with what was asked and came out, and with notes that two reviewers may edit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from threading import Barrier

import pytest
from hostile import FIT, HOSTILE
from results import make_shift

from clipdash.errors import EditConflict, RecordsError
from clipdash.records import (
    change_audit,
    delete_audit,
    duplicate_audit,
    find_audits,
    list_audits,
    read_audit,
    restore_audit,
    save_audit,
)
from clipdash.report import to_json
from clipdash.report.question import Question

pytestmark = pytest.mark.usefixtures("database")

RESULT = to_json(make_shift(), versions={"clipdash": "1"})
QUESTION = Question(store="emoji", before="man\nwoman", after="man\nwoman\nchild", by=("age",))


def save(title="An audit", notes="", digests=("store digest", "question digest"), question=QUESTION):
    asked = question.model_dump(mode="json")
    return save_audit(title, asked, RESULT, digests=digests, versions=RESULT["versions"], notes=notes)


def test_an_audit_comes_back_as_it_was():
    saved = save(notes="looked at twice")
    assert read_audit(saved.id) == saved
    assert Question.model_validate(saved.question) == QUESTION
    assert saved.result == RESULT
    assert saved.store == RESULT["store"]["name"]
    assert (saved.revision, saved.deleted, saved.versions) == (1, None, {"clipdash": "1"})
    assert saved.created.tzinfo is UTC
    assert len(saved.id) == 12
    assert saved.id.isalnum()


@pytest.mark.parametrize("text", [*FIT.values(), HOSTILE["newline"]], ids=[*FIT, "newline"])
def test_any_text_is_kept_exactly_and_found(text):
    saved = save(title=text, notes=text, question=QUESTION.change(after=text))
    assert read_audit(saved.id) == saved
    assert list_audits(text[:900]) == [saved]


def test_what_no_database_can_keep_is_refused_by_both():
    with pytest.raises(RecordsError, match="In the title stands a character"):
        save(title="a\0b")
    with pytest.raises(RecordsError, match="In the notes stands a character"):
        save(notes="half of a pair: \ud83d")
    with pytest.raises(RecordsError, match="The title is blank"):
        save(title=" \n")
    assert list_audits() == []
    saved = save(question=QUESTION.change(before="a\0b"))
    assert read_audit(saved.id).question["before"] == "a\0b"
    for name in ("a\0b", "nobody", "' or 1=1 --"):
        with pytest.raises(RecordsError, match="no saved audit of that name"):
            read_audit(name)


def test_the_list_is_newest_first_and_can_be_searched():
    first, second = save("First", notes="Gap"), save("Second")
    assert list_audits() == [second, first]
    assert list_audits("gap FIRST") == [first]
    assert list_audits("woman child") == [second, first]
    assert list_audits("nothing of it") == []
    assert find_audits("store digest", "question digest") == [second, first]
    assert find_audits("store digest", "another") == []


def test_title_and_notes_change_and_the_rest_stays():
    saved = save(notes="old")
    changed = change_audit(saved.id, 1, notes="new")
    assert (changed.title, changed.notes, changed.revision) == (saved.title, "new", 2)
    assert changed.changed > changed.created == saved.created
    assert change_audit(saved.id, 2, title="Another").title == "Another"
    assert [found.id for found in list_audits("another new")] == [saved.id]
    with pytest.raises(RecordsError, match="no saved audit"):
        change_audit("nobody", 1, title="x")


def test_the_second_of_two_reviewers_is_shown_both():
    saved = save()
    theirs = change_audit(saved.id, 1, notes="theirs")
    with pytest.raises(EditConflict, match="someone changed it") as caught:
        change_audit(saved.id, 1, notes="mine")
    assert (caught.value.mine, caught.value.theirs) == ({"notes": "mine"}, theirs)
    assert read_audit(saved.id) == theirs
    delete_audit(saved.id)
    with pytest.raises(EditConflict, match="someone deleted it"):
        change_audit(saved.id, 2, notes="mine")


def test_of_many_changes_at_once_one_counts():
    saved = save()
    start = Barrier(6)

    def change(number):
        start.wait()
        try:
            change_audit(saved.id, 1, notes=f"note {number}")
        except EditConflict as conflict:
            return conflict.theirs.notes
        return f"note {number}"

    with ThreadPoolExecutor(6) as pool:
        notes = set(pool.map(change, range(6)))
    assert notes == {read_audit(saved.id).notes}
    assert read_audit(saved.id).revision == 2


def test_a_copy_goes_its_own_way():
    saved = save(notes="mine")
    copy = duplicate_audit(saved.id)
    assert (copy.title, copy.notes, copy.result) == ("An audit (copy)", "mine", saved.result)
    change_audit(copy.id, 1, notes="another")
    assert read_audit(saved.id) == saved


def test_what_is_deleted_can_be_restored():
    saved = save()
    deleted = delete_audit(saved.id)
    assert deleted.deleted is not None
    assert (list_audits(), list_audits(deleted=True)) == ([], [deleted])
    assert find_audits("store digest", "question digest") == []
    restored = restore_audit(saved.id)
    assert (restored.deleted, restored.notes) == (None, saved.notes)
    assert list_audits() == [restored]
