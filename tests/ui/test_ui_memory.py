from clipdash.ui import memory
from clipdash.ui.memory import remember


class Result:
    """Anything that is kept between reruns."""


def test_what_follows_from_a_result_is_made_once_for_each_of_it(monkeypatch):
    monkeypatch.setattr(memory, "_kept", memory.LRUCache(8))
    one, other, made = Result(), Result(), []
    make = lambda: made.append(1) or len(made)  # noqa: E731
    assert [remember(one, "chart", make), remember(one, "chart", make), remember(one, "words", make)] == [1, 1, 2]
    assert [remember(other, "chart", make), remember(one, "chart", make)] == [3, 1]


def test_an_object_with_the_number_of_one_that_is_gone_is_another(monkeypatch):
    monkeypatch.setattr(memory, "_kept", memory.LRUCache(8))
    one, other = Result(), Result()
    memory._kept[id(one), "chart"] = (other, "of another")
    assert remember(one, "chart", lambda: "its own") == "its own"


def test_it_is_bounded(monkeypatch):
    monkeypatch.setattr(memory, "_kept", memory.LRUCache(2))
    results = [Result() for _ in range(5)]
    for result in results:
        remember(result, "chart", object)
    assert len(memory._kept) == 2
