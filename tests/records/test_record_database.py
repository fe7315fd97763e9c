"""Where records lie, how tables come up to date, and what is said where no database can be used."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from results import make_shift
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from clipdash import records as room
from clipdash.errors import RecordsError
from clipdash.labels import parse_labels
from clipdash.records import (
    Tries,
    close_records,
    count_tries,
    find_database,
    keep_draft,
    list_audits,
    list_labels,
    migrations,
    read_draft,
    record_try,
    save_labels,
)
from clipdash.records import database as door
from clipdash.records.tables import HEAD, METADATA

TWO = parse_labels("man\nwoman")


def run_code(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_door_is_sorted_complete_and_documented():
    assert room.__all__ == sorted(room._MODULE_OF)
    for name in room.__all__:
        assert getattr(room, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'list_audit'"):
        _ = room.list_audit


def test_the_steps_lead_to_the_tables(database):
    with door.write_records() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == HEAD
    assert ScriptDirectory(Path(migrations.__file__).parent).get_current_head() == HEAD


def test_the_counter_of_an_earlier_clipdash_is_taken_over(records):
    records.mkdir()
    with closing(sqlite3.connect(records / "records.sqlite")) as old, old:
        old.execute("create table tries (store text, question text, groups integer, primary key (store, question))")
        old.execute("insert into tries values ('some store', 'some question', 7)")
    assert count_tries("some store") == Tries(1, 7)
    assert list_labels() == []
    assert count_tries("some store") == Tries(1, 7)


def test_the_file_is_written_ahead(records):
    keep_draft({})
    with closing(sqlite3.connect(records / "records.sqlite")) as found:
        assert found.execute("pragma journal_mode").fetchone() == ("wal",)


def test_the_files_are_their_owners_alone(records):
    with door.write_records():
        found = {path.name: path.stat().st_mode & 0o777 for path in records.iterdir()}
    assert found == dict.fromkeys(("records.sqlite", "records.sqlite-wal", "records.sqlite-shm"), 0o600)


def test_several_processes_open_an_empty_database_at_once(database):
    code = "from clipdash.records import keep_draft; print(len(keep_draft({'a': 1}).name))"
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(run_code, [code] * 3))
    assert [(run.stdout, run.stderr) for run in runs] == [("32\n", "")] * 3


def test_threads_open_an_empty_database_at_once(database):
    with ThreadPoolExecutor(6) as pool:
        drafts = list(pool.map(keep_draft, [{"n": n} for n in range(6)]))
    assert [read_draft(name) for name, _ in drafts] == [{"n": n} for n in range(6)]


def test_nothing_heavy_is_imported_before_it_is_used(database):
    keep_draft({})
    heavy = "{'sqlalchemy', 'alembic', 'psycopg'} & set(sys.modules)"
    code = f"import sys, clipdash.records as r; r.digest_question; print({heavy}); r.count_tries('x'); print({heavy})"
    before, after = run_code(code).stdout.splitlines()
    assert before == "set()"
    assert "sqlalchemy" in after
    assert "alembic" not in after


def test_the_records_of_a_later_clipdash_are_left_alone(database):
    keep_draft({})
    with door.write_records() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(RecordsError, match=r"of a later clipdash .*Update clipdash"):
        list_audits()
    assert record_try(make_shift()) is None


@pytest.mark.parametrize("block", ["file in the way", "no database", "locked"])
def test_a_file_that_cannot_be_used_is_named_and_nothing_crashes(records, block, monkeypatch):
    monkeypatch.setattr(door, "_WAIT", 0.1)
    path = records / "records.sqlite"
    if block == "file in the way":
        records.write_text("x")
    elif block == "no database":
        records.mkdir()
        path.write_text("no database " * 100)
    else:
        keep_draft({})
        close_records()
    with closing(sqlite3.connect(path if block == "locked" else ":memory:")) as other:
        other.execute("begin exclusive")
        with pytest.raises(RecordsError, match=r"(Nothing was saved|cannot be kept): the file .* cannot be used now"):
            save_labels(TWO)
        assert record_try(make_shift()) is None
    if block == "locked":
        assert save_labels(TWO).version == 1
    else:
        with pytest.raises(RecordsError, match="No restart is needed"):
            list_labels()


def test_a_server_that_stops_is_said_and_used_again_once_it_is_back(server, monkeypatch):
    monkeypatch.setenv("CLIPDASH_DATABASE", server.empty())
    saved = save_labels(TWO)
    server.stop()
    try:
        with pytest.raises(RecordsError, match=r"Nothing was saved: the database that CLIPDASH_DATABASE names"):
            save_labels(TWO)
        with pytest.raises(RecordsError, match=r"The records cannot be read: .* \(No such file or directory\)"):
            list_labels()
        assert count_tries("x") is None
    finally:
        server.start()
    assert [found.id for found in list_labels()] == [saved.id]


def test_a_role_that_may_not_write_is_told_so(server, monkeypatch):
    monkeypatch.setenv("CLIPDASH_DATABASE", server.empty())
    keep_draft({})
    with door.write_records() as connection:
        connection.exec_driver_sql("create role reader login")
        connection.exec_driver_sql("grant select on all tables in schema public to reader")
    monkeypatch.setenv("CLIPDASH_DATABASE", os.environ["CLIPDASH_DATABASE"].replace("clipdash@", "reader@"))
    assert list_audits() == []
    with pytest.raises(RecordsError, match=r"Nothing was saved: .*permission denied for table"):
        save_labels(TWO)


@pytest.mark.parametrize("address", ["mysql://me:secret@host/db", "records.db", "postgresql://me:secret@host:port/db"])
def test_an_address_that_names_no_postgresql_is_refused_without_repeating_it(address, monkeypatch):
    monkeypatch.setenv("CLIPDASH_DATABASE", address)
    with pytest.raises(RecordsError, match=r"Expected postgresql://USER:PASSWORD@HOST/NAME") as caught:
        list_audits()
    assert "secret" not in str(caught.value)
    assert count_tries("x") is None


def test_both_ways_to_write_the_address_mean_the_same(server, monkeypatch):
    monkeypatch.setenv("CLIPDASH_DATABASE", server.empty())
    name = keep_draft({"a": 1}).name
    named = os.environ["CLIPDASH_DATABASE"].replace("postgresql:", "postgresql+psycopg:")
    monkeypatch.setenv("CLIPDASH_DATABASE", named)
    assert read_draft(name) == {"a": 1}


def test_a_mistake_of_ours_is_no_sentence(database):
    with pytest.raises(DBAPIError, match="nowhere"), door.read_records() as connection:
        connection.exec_driver_sql("select nowhere.x from drafts")


def test_the_password_of_an_address_may_lie_in_a_file(tmp_path, monkeypatch):
    secret = tmp_path / "password"
    secret.write_text("p@ss:/%?#\n")
    monkeypatch.setenv("CLIPDASH_DATABASE_PASSWORD_FILE", str(secret))
    for address, user in {
        "postgresql://me@host:5432/db?a=b@c:d": "me",
        "postgresql://m%40e@/db?host=/x": "m@e",
    }.items():
        monkeypatch.setenv("CLIPDASH_DATABASE", address)
        url = make_url(find_database())
        assert (url.username, url.password, url.database) == (user, "p@ss:/%?#", "db")
    secret.write_text("changed")
    assert make_url(find_database()).password == "changed"
    monkeypatch.setenv("CLIPDASH_DATABASE", "postgresql://me:own@host/db")
    assert make_url(find_database()).password == "own"


@pytest.mark.parametrize(
    ("address", "file", "words"),
    [
        ("postgresql://me@host/db", "gone-hunter2", r"cannot be read \(No such file"),
        ("postgresql://me@host/db", "", r"cannot be read \(Is a directory"),
        ("postgresql://me@host/db", "blank", "is empty"),
        ("postgresql://me@host/db", "binary", r"cannot be read \(it is no text"),
        ("postgresql://host/db", "good", "names no user"),
    ],
)
def test_a_password_file_that_is_of_no_use_is_told_without_repeating_anything(
    address, file, words, tmp_path, monkeypatch
):
    (tmp_path / "good").write_text("hunter2")
    (tmp_path / "blank").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfa")
    monkeypatch.setenv("CLIPDASH_DATABASE", address)
    monkeypatch.setenv("CLIPDASH_DATABASE_PASSWORD_FILE", f"{tmp_path}/{file}")
    with pytest.raises(RecordsError, match=words) as caught:
        list_audits()
    assert "hunter2" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_server_that_hangs_is_given_up_and_used_again_once_it_answers(server, monkeypatch):
    monkeypatch.setenv("CLIPDASH_DATABASE", server.empty())
    monkeypatch.setattr(door, "_WAIT", 1)
    saved = save_labels(TWO)
    frozen = server.list_processes()
    for process in frozen:
        os.kill(process, signal.SIGSTOP)
    try:
        with pytest.raises(RecordsError, match="Nothing was saved: the database that CLIPDASH_DATABASE names"):
            save_labels(TWO)
    finally:
        for process in frozen:
            os.kill(process, signal.SIGCONT)
    assert [found.id for found in list_labels()] == [saved.id]
