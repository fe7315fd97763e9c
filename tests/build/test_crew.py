import os
import threading

import pytest
from PIL import Image

from clipdash.build import crew
from clipdash.build.crew import count_workers, hire_crew
from clipdash.build.opening import Opened, Task, open_picture

WISHES = [{"size": 8}, {"size": [4, 6], "resize_mode": "squash"}]


@pytest.fixture
def task(tmp_path):
    for place in range(12):
        Image.new("RGB", (20 + place, 20), (place, 0, 0)).save(tmp_path / f"{place}.png")
    (tmp_path / "bad.png").write_bytes(b"bad")
    return Task(tmp_path, 16, WISHES)


def test_a_picture_is_opened_for_every_encoder(task):
    opened = open_picture(task, "3.png")
    assert [pixels.shape for pixels in opened.pixels] == [(8, 8, 3), (4, 6, 3)]
    assert {pixels.dtype.name for pixels in opened.pixels} == {"uint8"}
    assert len(opened.checksum) == 16
    assert opened.thumbnail[:4] == b"RIFF"
    assert open_picture(Task(task.folder, None, ()), "3.png").thumbnail is None
    assert open_picture(task, "bad.png") == "not a picture that can be opened"


def test_a_picture_that_vanishes_while_it_is_opened(task, monkeypatch):
    from clipdash.build import opening

    read = opening.read_picture

    def read_and_remove(path):
        picture = read(path)
        path.unlink()
        return picture

    monkeypatch.setattr(opening, "read_picture", read_and_remove)
    assert open_picture(task, "3.png") == "cannot be read (No such file or directory)"


def test_a_picture_too_narrow_for_an_encoder(tmp_path):
    Image.new("RGB", (1, 500)).save(tmp_path / "narrow.png")
    task = Task(tmp_path, None, [{"size": 8, "resize_mode": "longest"}])
    assert open_picture(task, "narrow.png") == "too narrow to be resized (1 x 500 pixels)"


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_answers_come_in_order_whoever_opens(task, workers):
    ids = [*(f"{place}.png" for place in range(12)), "bad.png", "gone.png"]
    with hire_crew(task, workers, ahead=5) as open_pictures:
        answers = list(open_pictures(ids))
        assert [type(answer) for answer in answers] == [Opened] * 12 + [str] * 2
        assert answers[13] == "no such file"
        for image_id, answer in zip(ids[:12], answers, strict=False):
            alone = open_picture(task, image_id)
            assert (answer.checksum, answer.thumbnail) == (alone.checksum, alone.thumbnail)
            assert all((a == b).all() for a, b in zip(answer.pixels, alone.pixels, strict=True))


def test_no_more_are_opened_ahead_than_said(task):
    taken = []

    def ids():
        for place in range(12):
            taken.append(place)
            yield f"{place}.png"

    with hire_crew(task, 2, ahead=4) as open_pictures:
        answers = open_pictures(ids())
        assert taken == []
        next(answers)
        assert len(taken) == 5
        for _ in answers:
            assert len(taken) <= 12


def test_a_picture_that_kills_its_process_is_left_out_and_the_rest_goes_on(task, monkeypatch):
    """A worker that is told to open this one dies, as one does whose library crashes or that runs out of memory."""
    ask = crew._ask

    def kill(process, request):
        if request == "5.png":
            process.kill()
        return ask(process, request)

    monkeypatch.setattr(crew, "_ask", kill)
    with hire_crew(task, 1, ahead=3) as open_pictures:
        answers = list(open_pictures([f"{place}.png" for place in range(8)]))
    assert answers[5] == "broken (the process that opened it ended with signal 9)"
    assert [type(answer) for answer in answers[:5] + answers[6:]] == [Opened] * 7


def test_a_crew_that_cannot_start_is_no_fault_of_the_pictures(task, monkeypatch):
    monkeypatch.setattr(crew, "_read", lambda process: "nonsense")
    with hire_crew(task, 1, ahead=1) as open_pictures, pytest.raises(RuntimeError, match="does not answer"):
        list(open_pictures(["1.png"]))


def test_nothing_is_left_running(task):
    with hire_crew(task, 2, ahead=4) as open_pictures:
        next(open_pictures(f"{place}.png" for place in range(12)))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("open-pictures")]


def test_workers_are_counted(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(40)))
    assert (count_workers(), count_workers(3), count_workers(0)) == (16, 3, 0)
