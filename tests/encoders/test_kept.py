import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pytest

from clipdash.encoders import kept
from clipdash.encoders.kept import find_kept, find_texts, keep_texts

DIM = 8


def vectors(count, seed=0):
    rows = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return {f"a photo of number {n}": row for n, row in enumerate(rows)}


def same(found, expected):
    assert found.keys() == expected.keys()
    for text, vector in expected.items():
        assert found[text].dtype == np.float32
        assert np.array_equal(found[text], vector)


def test_what_was_kept_is_found_to_the_last_bit_and_nothing_else():
    made = vectors(1200)
    keep_texts("one", made)
    same(find_kept("one", [*made, "a photo of nobody"], DIM), made)
    assert find_kept("another", list(made), DIM) == {}
    assert find_kept("one", [], DIM) == {}
    assert find_kept("one", list(made), DIM + 1) == {}


def test_the_file_names_no_text():
    keep_texts("one", vectors(3))
    assert b"photo" not in find_texts().read_bytes()


def test_looking_up_makes_no_file():
    assert find_kept("one", ["a"], DIM) == {}
    assert not find_texts().exists()


def test_a_damaged_vector_counts_as_missing():
    made = vectors(2)
    keep_texts("one", made)
    with sqlite3.connect(find_texts()) as file:
        (name, packed), (other, _) = file.execute("select name, vector from texts order by rowid").fetchall()
        file.execute("update texts set vector = ? where name = ?", (packed[:5] + b"?" + packed[6:], name))
        file.execute("update texts set vector = 'text' where name = ?", (other,))
    assert find_kept("one", list(made), DIM) == {}
    keep_texts("one", made)
    same(find_kept("one", list(made), DIM), made)


def test_the_oldest_go_where_there_is_no_more_room(monkeypatch):
    monkeypatch.setattr(kept, "_MOST_BYTES", 60_000)
    made = vectors(4000)
    texts = list(made)
    for start in range(0, len(texts), 200):
        keep_texts("one", {text: made[text] for text in texts[start : start + 200]})
    found = find_kept("one", texts, DIM)
    assert texts[-1] in found
    assert texts[0] not in found
    assert 0 < len(found) < 2000
    assert find_texts().stat().st_size < 300_000


@pytest.mark.parametrize("content", [b"not a database at all", b"SQLite format 3\0" + b"?" * 500])
def test_a_broken_file_is_done_without_and_the_next_one_is_sound(content):
    find_texts().write_bytes(content)
    assert find_kept("one", list(vectors(1)), DIM) == {}
    keep_texts("one", vectors(1))
    keep_texts("one", vectors(1))
    same(find_kept("one", list(vectors(1)), DIM), vectors(1))


def test_a_file_of_something_else_is_done_without():
    with sqlite3.connect(find_texts()) as file:
        file.execute("create table texts (other text)")
    keep_texts("one", vectors(1))
    assert find_kept("one", list(vectors(1)), DIM) == {}


def test_a_locked_file_is_done_without(monkeypatch):
    monkeypatch.setattr(kept, "_PATIENCE", 0.01)
    made = vectors(2)
    keep_texts("one", made)
    holder = sqlite3.connect(find_texts())
    holder.execute("begin exclusive")
    keep_texts("one", vectors(3, seed=1))
    holder.rollback()
    holder.close()
    same(find_kept("one", list(made), DIM), made)


def test_a_folder_that_cannot_be_written_is_done_without(log_folder, monkeypatch):
    (log_folder / "file").write_text("no folder")
    monkeypatch.setenv("CLIPDASH_RECORDS", str(log_folder / "file" / "below"))
    keep_texts("one", vectors(1))
    assert find_kept("one", list(vectors(1)), DIM) == {}


def test_a_full_disk_is_done_without(monkeypatch):
    def fail(*_):
        raise sqlite3.OperationalError("database or disk is full")

    keep_texts("one", vectors(1))
    monkeypatch.setattr(kept, "_insert", fail)
    keep_texts("one", vectors(2))
    assert len(find_kept("one", list(vectors(2)), DIM)) == 1


def test_threads_and_processes_share_the_file():
    code = (
        "import sys, numpy as np\nfrom clipdash.encoders.kept import keep_texts\n"
        f"[keep_texts('one', {{f'{{sys.argv[1]}} {{n}}': np.full({DIM}, n, np.float32)}}) for n in range(40)]"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, name]) for name in ("left", "right")]
    work = [
        threading.Thread(target=keep_texts, args=("one", {f"here {n}": np.ones(DIM, np.float32)})) for n in range(8)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert [other.wait(60) for other in others] == [0, 0]
    texts = [f"{name} {n}" for name in ("left", "right") for n in range(40)] + [f"here {n}" for n in range(8)]
    assert len(find_kept("one", texts, DIM)) == len(texts)


def test_the_file_is_its_owners_alone():
    keep_texts("one", vectors(1))
    assert find_texts().stat().st_mode & 0o777 == 0o600
