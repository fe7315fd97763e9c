import pytest

from clipdash.errors import QueryError
from clipdash.labels import ARGMAX, Mode, read_mode


def test_what_is_asked_for_becomes_a_mode():
    assert read_mode() == ARGMAX == Mode()
    assert read_mode(threshold=0.2) == Mode("threshold", "probability", 0.2)
    assert read_mode(threshold=-0.2, score="cosine") == Mode("threshold", "cosine", -0.2)
    assert read_mode(top_k=3) == Mode("top-k", k=3)
    assert [str(read_mode(**asked)) for asked in ({}, {"threshold": 0.2}, {"top_k": 3})] == [
        "the best label",
        "probability of at least 0.2",
        "the 3 best labels",
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"threshold": 2.0}, "between 0 and 1"),
        ({"threshold": 0.0}, "between 0 and 1"),
        ({"threshold": float("nan")}, "must be a number"),
        ({"threshold": float("inf"), "score": "cosine"}, "must be a number"),
        ({"top_k": 0}, "at least 1"),
        ({"threshold": 0.5, "top_k": 1}, "choose one"),
        ({"score": "cosine"}, "without a threshold"),
        ({"threshold": 0.5, "score": "cosinus"}, 'no score "cosinus"'),
        ({"threshold": 0.5, "temperature": 0.0}, "above 0"),
        ({"threshold": 0.5, "score": "cosine", "temperature": 0.1}, "only a threshold on probabilities"),
        ({"temperature": 0.1}, "only a threshold on probabilities"),
    ],
)
def test_what_is_no_mode_is_said(asked, words):
    with pytest.raises(QueryError, match=words):
        read_mode(**asked)


def test_parts_of_two_kinds_are_no_mode():
    with pytest.raises(QueryError):
        Mode("argmax", k=2)
