"""Drafts: kept while they are typed, replaced in place, bounded, and dropped once they are old."""

from datetime import datetime, timedelta

import pytest
from hostile import HOSTILE

from clipdash.errors import RecordsError
from clipdash.records import drafts, keep_draft, read_draft

pytestmark = pytest.mark.usefixtures("database")


def test_a_draft_is_replaced_in_place():
    name = keep_draft({"before": "man"})
    assert keep_draft({"before": "man\nwoman"}, name) == name
    assert read_draft(name) == {"before": "man\nwoman"}
    assert keep_draft({}) != name


def test_every_text_is_kept_exactly():
    payload = {"texts": [*HOSTILE.values(), "half of a pair: \ud83d"]}
    assert read_draft(keep_draft(payload)) == payload


def test_a_draft_whose_name_was_dropped_or_never_given_begins_anew():
    assert keep_draft({"a": 1}, "gone") == "gone"
    assert read_draft("gone") == {"a": 1}
    assert keep_draft({"a": 2}, "../no name\0") != "../no name\0"
    assert read_draft("../no name\0") is None
    assert read_draft("nobody") is None


def test_a_draft_too_large_is_refused_and_the_one_before_it_stays():
    name = keep_draft({"a": 1})
    with pytest.raises(RecordsError, match="1,000,009 characters; at most 1,000,000 are kept"):
        keep_draft({"a": "x" * 1_000_000}, name)
    assert read_draft(name) == {"a": 1}


def test_an_old_draft_is_dropped_when_a_new_one_begins(monkeypatch):
    class Earlier(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) - timedelta(days=181)

    with monkeypatch.context() as then:
        then.setattr(drafts, "datetime", Earlier)
        old = keep_draft({"a": 1})
    assert read_draft(old) == {"a": 1}
    keep_draft({})
    assert read_draft(old) is None
