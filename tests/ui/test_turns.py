"""Turns: so many runs at once, first come first served, and nobody waits for one that takes long."""

import threading
import time

import pytest

from clipdash.ui.turns import Turns

LONG = 10.0  # seconds; no test waits for it unless it fails


class Run:
    """A run of a page in a thread, which lasts until it is told to end."""

    def __init__(self, turns):
        self._turns, self.begun, self._end = turns, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        with self._turns.wait():
            self.begun.set()
            self._end.wait(LONG)

    def end(self):
        self._end.set()
        self._thread.join(LONG)


def test_two_run_and_the_others_follow_in_their_order():
    turns = Turns(at_once=2, moment=LONG)
    runs = [Run(turns), Run(turns)]
    assert all(run.begun.wait(LONG) for run in runs)
    for place in (1, 2):
        runs.append(Run(turns))
        while turns.count_waiting() < place:
            time.sleep(0.001)
    assert [run.begun.is_set() for run in runs] == [True, True, False, False]
    runs[0].end()
    assert runs[2].begun.wait(LONG)
    assert not runs[3].begun.is_set()
    runs[2].end()
    assert runs[3].begun.wait(LONG)
    runs[1].end()
    runs[3].end()
    assert turns.count_waiting() == 0


def test_nobody_waits_for_a_run_that_takes_long():
    turns = Turns(at_once=1, moment=0.05)
    slow = Run(turns)
    assert slow.begun.wait(LONG)
    quick = Run(turns)
    assert quick.begun.wait(LONG)
    quick.end()
    slow.end()


def test_a_run_that_fails_gives_its_place_back():
    turns = Turns(at_once=1, moment=LONG)
    with pytest.raises(ZeroDivisionError), turns.wait():
        raise ZeroDivisionError
    after = Run(turns)
    assert after.begun.wait(LONG)
    after.end()
