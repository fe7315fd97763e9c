import os
import signal
import socket
import subprocess
import sys

import pytest

from clipdash.errors import StoreError
from clipdash.store.workplace import claim_workplace, hold_workplace, name_workplace, read_holder

HOLD = """
import sys, time
from pathlib import Path
from clipdash.store.workplace import hold_workplace
with hold_workplace(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "root" / "a"


@pytest.fixture
def other(place):
    """Another process that holds the workplace."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(place)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_is_hidden_beside_the_store_and_leaves_nothing(place):
    before = os.umask(0o022)
    try:
        with hold_workplace(place) as work:
            assert work.folder == name_workplace(place) == place.parent / ".a.build"
            staging = work.make_staging()
            (staging / "manifest.json").write_text("half")
            assert staging.stat().st_mode & 0o777 == 0o755
            assert not work.occupied
    finally:
        os.umask(before)
    assert not place.parent.exists()


def test_staging_is_made_empty_again(place):
    with hold_workplace(place) as work:
        (work.make_staging() / "old").write_text("old")
        assert list(work.make_staging().iterdir()) == []


def test_work_is_kept_and_claimed_only_when_told(place):
    with hold_workplace(place) as work:
        (work.folder / "shards").mkdir()
        (work.folder / "plan.json").write_text("{}")
    with hold_workplace(place) as work:
        assert work.occupied
    with pytest.raises(StoreError, match=r"was interrupted, and what it did is kept\. Go on with it by --resume"):  # noqa: SIM117
        with claim_workplace(place, replace=False):
            pass
    assert (name_workplace(place) / "shards").is_dir()
    with claim_workplace(place, replace=True) as work:
        assert not work.occupied
    assert list(place.parent.iterdir()) == []


def test_a_second_holder_is_refused_with_who_holds_it(place, other):
    with pytest.raises(StoreError) as caught, hold_workplace(place):
        pass
    assert f"another process (process {other.pid} on {socket.gethostname()}, since 20" in str(caught.value)
    assert read_holder(place)["process"] == other.pid


def test_the_lock_dies_with_its_process(place, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert read_holder(place) is None
    with hold_workplace(place) as work:
        assert not work.occupied


def test_a_holder_that_did_not_say_who_it_is(place, other):
    (name_workplace(place) / "lock").write_text("")
    with pytest.raises(StoreError, match="it did not say which"), hold_workplace(place):
        pass
    assert read_holder(place) == {}


def test_nobody_holds_what_is_not_there(place):
    assert read_holder(place) is None


def test_a_lock_that_was_removed_in_between_is_not_taken_for_held(place, monkeypatch):
    """Its last holder removes the file: a lock on a file without a name would exclude nobody."""
    from clipdash.store import workplace

    taken = []
    flock = workplace.fcntl.flock

    def lose_first(file, flags):
        flock(file, flags)
        if not taken:
            (name_workplace(place) / "lock").unlink()
        taken.append(file.fileno())

    monkeypatch.setattr(workplace.fcntl, "flock", lose_first)
    with hold_workplace(place) as work:
        assert (work.folder / "lock").is_file()
    assert len(taken) == 2
