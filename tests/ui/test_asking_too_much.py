"""A question brought in line with the store, however much it asks for."""

import pytest

from clipdash.report.question import Question
from clipdash.ui.catalogue import settle_question

MANY = tuple(f"a{number}" for number in range(100_000))


@pytest.fixture(autouse=True)
def stores(monkeypatch):
    monkeypatch.delenv("CLIPDASH_STORES", raising=False)


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"by": MANY}, 9), ({"by": ("gender", *MANY)}, 9), ({"where": {"gender": (*MANY, "man")}}, 8)],
    ids=["groups", "groups and one that is here", "values"],
)
def test_a_hundred_thousand_names_that_are_not_here_are_told_by_a_few(asked, said):
    """As many fit into one message of a browser; a look at each for each took hours."""
    question, faults = settle_question(Question(store="emoji", **asked))
    assert len(faults) == said
    assert not {*MANY} & {*question.by, *question.where.get("gender", ())}


def test_a_long_name_is_cut():
    _, faults = settle_question(Question(store="emoji", by=("x" * 1_000_000,)))
    assert [len(fault) < 500 for fault in faults] == [True]
