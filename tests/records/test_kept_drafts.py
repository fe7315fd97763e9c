"""Drafts: named by what they hold, never changed, bounded, and dropped once they are old or were only passed by."""

from datetime import UTC, datetime, timedelta

import pytest
from hostile import HOSTILE

from clipdash.errors import RecordsError
from clipdash.records import Draft, drafts, keep_draft, read_draft
from clipdash.records.database import read_records, write_records
from clipdash.records.tables import DRAFTS

pytestmark = pytest.mark.usefixtures("database")


def list_drafts():
    with read_records() as connection:
        return {row.id for row in connection.execute(DRAFTS.select())}


def test_a_draft_is_named_by_what_it_holds():
    first = keep_draft({"before": "man", "after": ""})
    assert keep_draft({"after": "", "before": "man"}) == Draft(first.name)
    other = keep_draft({"before": "man\nwoman", "after": ""})
    assert list_drafts() == {first.name, other.name}
    assert read_draft(first.name) == {"before": "man", "after": ""}


def test_every_text_is_kept_exactly():
    payload = {"texts": [*HOSTILE.values(), "half of a pair: \ud83d"]}
    assert read_draft(keep_draft(payload).name) == payload


def test_a_draft_that_stood_while_one_read_stays(monkeypatch):
    monkeypatch.setattr(drafts, "_PASSING", timedelta(0))
    first = keep_draft({"a": 1})
    second = keep_draft({"a": 2}, first)
    assert list_drafts() == {first.name, second.name}


def test_a_draft_that_stood_only_while_one_typed_is_dropped():
    last = keep_draft({"a": 0})
    for n in range(1, 4):
        last = keep_draft({"a": n}, last)
    assert list_drafts() == {last.name}


def test_what_somebody_else_kept_too_or_a_link_led_to_is_not_dropped():
    mine = keep_draft({"a": 1})
    keep_draft({"a": 1})
    keep_draft({"a": 2}, mine)
    keep_draft({"a": 3}, Draft(keep_draft({"a": 2}).name))
    assert len(list_drafts()) == 3


def test_a_draft_of_an_earlier_clipdash_is_read_as_it_is():
    with write_records() as connection:
        connection.execute(DRAFTS.insert().values(id="aZ09aZ09aZ09", payload={"a": 1}, changed=datetime.now(UTC)))
    assert read_draft("aZ09aZ09aZ09") == {"a": 1}
    assert read_draft("../no name\0") is None
    assert read_draft("nobody") is None


def test_a_draft_too_large_is_refused_and_the_one_before_it_stays():
    first = keep_draft({"a": 1})
    with pytest.raises(RecordsError, match="1,000,009 characters; at most 1,000,000 are kept"):
        keep_draft({"a": "x" * 1_000_000}, first)
    assert read_draft(first.name) == {"a": 1}


def test_an_old_draft_is_dropped_when_a_new_one_begins_unless_it_was_kept_again(monkeypatch):
    class Earlier(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) - timedelta(days=181)

    with monkeypatch.context() as then:
        then.setattr(drafts, "datetime", Earlier)
        old, again = keep_draft({"a": 1}), keep_draft({"a": 2})
    assert read_draft(old.name) == {"a": 1}
    keep_draft({"a": 2})
    keep_draft({})
    assert read_draft(old.name) is None
    assert read_draft(again.name) == {"a": 2}
