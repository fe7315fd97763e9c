"""A question and its address: every text comes back, and a bad link is told."""

from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clipdash.errors import QueryError
from clipdash.report.question import Question, measure_address, read_address, write_address

line = some.text(some.characters(blacklist_categories=("Cs",)), max_size=30)
word = line.filter(bool)
words = some.lists(word, min_size=1, max_size=4, unique=True).map(tuple)
questions = some.builds(
    Question,
    store=line,
    before=line,
    after=line,
    by=some.lists(word, max_size=3, unique=True).map(tuple),
    where=some.dictionaries(line, words, max_size=3),
    rule=some.sampled_from(["misclassified", "flagged", "not-supported", "label:a=b & c", "category:ü / %"]),
    min_n=some.integers(1, 1_000_000),
    templates=words,
    flagged=some.none() | some.lists(word, max_size=3, unique=True).map(tuple),
)


def travel(question):
    """Send a question through a real query string."""
    return parse_qs(urlencode(write_address(question), doseq=True), keep_blank_values=True, strict_parsing=True)


@given(questions, questions)
def test_every_question_comes_back_from_its_address_whatever_the_default(question, default):
    assert read_address(travel(question), default) == (question, None)


@pytest.mark.parametrize("flagged", [None, (), ("*",), ("\\*",), ("\\",), ("*", "crime")])
def test_every_category_and_no_category_are_told_apart(flagged):
    question = Question(flagged=flagged)
    assert read_address(travel(question), Question(flagged=("other",))) == (question, None)


def test_address_carries_version_and_defaults():
    assert set(write_address(Question())) == {
        "v", "store", "before", "after", "by", "rule", "min_n", "template", "flagged",
    }  # fmt: skip


def test_address_that_asks_nothing_gives_the_default():
    default = Question(store="a", min_n=7)
    assert read_address({"embed": ["true"]}, default) == (default, None)


def test_a_link_by_hand_takes_the_rest_from_the_default():
    default = Question(store="a", by=("age",), where={"kind": ("person",)})
    assert read_address({"store": ["b"]}, default) == (default.change(store="b"), None)
    assert read_address({"where.art": ["3D"]}, default)[0].where == {"art": ("3D",)}


def test_a_link_of_another_version_says_so():
    with pytest.raises(QueryError, match='of version "2"'):
        read_address({"v": ["2"]}, Question())


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({"min_n": ["0"]}, 'minimum n of "0"'),
        ({"min_n": ["1e3"]}, 'minimum n of "1e3"'),
        ({"min_n": ["1000001"]}, "from 1 to 1,000,000. 30 is used instead."),
        ({"rule": ["fair"]}, 'no rule "fair"'),
    ],
)
def test_one_bad_value_is_told_and_the_rest_of_a_link_is_followed(address, told):
    question, fault = read_address({"before": ["a"], **address}, Question())
    assert question == Question(before="a")
    assert told in fault


def test_length_of_an_address_is_that_of_its_query():
    question = Question(before="ü | a=b\n100%", by=("age", "art"))
    assert measure_address(write_address(question)) == len(urlencode(write_address(question), doseq=True))
