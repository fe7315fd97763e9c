"""The counter of what was tried: distinct comparisons by store, on disk, and never in the way."""

import sqlite3
from contextlib import closing

import pytest
from results import make_shift

from clipdash.audit import Rule
from clipdash.records import Tries, count_tries, digest_question, find_records, forget_try, record_try, tries, was_tried


def test_the_same_comparison_counts_once_and_another_again(database):
    first = make_shift()
    shown = sum(not row.withheld for row in first.rows)
    assert shown > 0
    assert record_try(first) == record_try(make_shift()) == Tries(1, shown)
    assert record_try(make_shift(rule=Rule("not-supported"))).comparisons == 2
    assert record_try(make_shift(min_n=31)).comparisons == 2  # the least n is no other question
    assert count_tries(first.store.digest).comparisons == 2
    assert count_tries("another store") == Tries(0, 0)
    assert find_records().is_file() == (database == "sqlite")


def test_what_was_only_typed_through_can_be_taken_back(database):
    result = make_shift()
    record_try(result)
    assert was_tried(result.store.digest, digest_question(result))
    forget_try(result.store.digest, digest_question(result))
    assert count_tries(result.store.digest) == Tries(0, 0)


def test_no_label_of_a_try_is_kept(records):
    record_try(make_shift(before=("thief", "person")))
    content = (records / "records.sqlite").read_bytes()
    assert b"thief" not in content
    with closing(sqlite3.connect(records / "records.sqlite")) as found:
        ((store, question, _),) = found.execute("select * from tries").fetchall()
    assert len(question) == 64
    assert store == make_shift().store.digest


def test_a_database_that_lets_a_page_wait_is_not_asked_at_every_run(records, monkeypatch):
    monkeypatch.setattr(tries, "_PATIENCE", -1.0)
    records.write_text("x")
    assert count_tries("x") is None
    records.unlink()
    assert count_tries("x") is None
    monkeypatch.setattr(tries, "_resting", {})
    assert count_tries("x") == Tries(0, 0)


@pytest.mark.parametrize("block", ["file in the way", "no database"])
def test_where_no_records_can_be_kept_there_is_no_count(records, block):
    if block == "file in the way":
        records.write_text("x")
    else:
        records.mkdir()
        (records / "records.sqlite").write_text("no database " * 100)
    result = make_shift()
    assert record_try(result) is None
    assert count_tries(result.store.digest) is None
    forget_try(result.store.digest, "x")
