"""A question and its address: every text comes back, and a bad link is told."""

import json
import random
import string
import zlib
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clipdash.errors import QueryError
from clipdash.report.link import (
    LONGEST_ADDRESS,
    pack_address,
    read_address,
    read_state,
    say_faults,
    sign_address,
    unpack_address,
    write_address,
)
from clipdash.report.question import Question

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
    assert read_address(travel(question), default) == (question, ())


@pytest.mark.parametrize("flagged", [None, (), ("*",), ("\\*",), ("\\",), ("*", "crime")])
def test_every_category_and_no_category_are_told_apart(flagged):
    question = Question(flagged=flagged)
    assert read_address(travel(question), Question(flagged=("other",))) == (question, ())


def test_address_carries_version_and_defaults():
    assert [*write_address(Question())] == [
        "v", "sum", "store", "before", "after", "by", "rule", "min_n", "template", "flagged",
    ]  # fmt: skip


def test_address_that_asks_nothing_gives_the_default():
    default = Question(store="a", min_n=7)
    assert read_address({"embed": ["true"]}, default) == (default, ())


def test_a_link_by_hand_takes_the_rest_from_the_default():
    default = Question(store="a", by=("age",), where={"kind": ("person",)})
    assert read_address({"store": ["b"]}, default) == (default.change(store="b"), ())
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
    question, (fault,) = read_address({"before": ["a"], **address}, Question())
    assert question == Question(before="a")
    assert told in fault


@given(questions, questions, some.data())
def test_a_link_cut_short_anywhere_after_its_sum_says_so_and_takes_the_rest_from_the_default(question, default, data):
    whole = urlencode(write_address(question, "ab" * 32), doseq=True)
    end = data.draw(some.integers(whole.index("&store"), len(whole) - 1))
    address = parse_qs(whole[:end].removesuffix("%"), keep_blank_values=True, errors="replace")
    found, faults = read_address(address, default)
    assert "cut short or edited" in faults[0]
    assert "where." in whole[:end] or found.where == default.where
    assert "store" in address or found.store == default.store


def test_a_link_knows_itself_in_any_order_and_beside_what_a_page_adds():
    address = write_address(Question(store="a", where={"kind": ("person",)}), "ab" * 32)
    beside = {"stage": ["1"], "deck": ["demo"], "slide": ["2"], "drill.change": ["fixed"], "embed": ["true"]}
    assert read_address(dict(reversed(address.items())) | beside, Question())[1] == ()
    edited = address | {"min_n": ["31"]}
    assert len(read_address(edited, Question())[1]) == 1
    assert read_address(sign_address(edited), Question())[1] == ()
    (told,) = read_address(edited | {"draft": ["x"]}, Question())[1]
    assert "or the lists that were kept for it have changed" in told


def test_every_fault_of_a_link_is_told_up_to_four():
    _, faults = read_address(write_address(Question()) | {"min_n": ["0"], "rule": ["fair"]}, Question())
    told = say_faults(faults)
    assert all(part in told for part in ("cut short or edited", 'no rule "fair"', 'minimum n of "0"'))
    assert say_faults(["One.", "Two.", "One.", "Three.", "Four."]) == "One. Two. Three. Four."
    assert say_faults([f"{number}." for number in range(6)]) == "0. 1. 2. 3. And 2 more."
    assert say_faults(()) is None


@given(questions, questions)
def test_every_question_comes_back_from_a_link_that_was_compressed(question, default):
    packed = compress(write_address(question))
    assert read_address(unpack_address(packed), default) == (question, ())


def compress(address):
    """Compress an address whatever its length, as `pack_address` does with long ones."""
    content = zlib.compress(json.dumps(address).encode())
    return {"v": ["1"], "z": [urlsafe_b64encode(content).decode().rstrip("=")]}


def test_a_short_link_stays_readable_a_long_one_is_compressed_and_a_longer_one_is_none():
    lines = "\n".join(f"label number {number}" for number in range(400))
    short, long = Question(before="ü | a=b"), Question(before=lines)
    assert pack_address(write_address(short)) == write_address(short)
    packed = pack_address(write_address(long))
    assert set(packed) == {"v", "z"}
    assert len(urlencode(packed, doseq=True)) < len(urlencode(write_address(long), doseq=True)) / 3
    assert read_address(unpack_address(packed), Question()) == (long, ())
    noise = random.Random(1).choices(string.ascii_letters, k=2 * LONGEST_ADDRESS)
    assert pack_address(write_address(Question(before="".join(noise)))) is None


def test_what_stands_beside_a_compressed_part_counts_first():
    packed = compress(write_address(Question(store="a", min_n=7)))
    assert read_address(unpack_address(packed | {"store": ["b"]}), Question())[0] == Question(store="b", min_n=7)


BOMB = zlib.compress(b"[" + b" " * 10_000_000, 9)


@pytest.mark.parametrize(
    "packed",
    [
        b"no zlib",
        zlib.compress(b"{"),
        zlib.compress(b'{"store": "a"}'),
        zlib.compress(b"[]"),
        zlib.compress(b"{}")[:-3],
        BOMB,
    ],
)
def test_a_damaged_link_says_so_and_unpacks_no_more_than_a_question_holds(packed):
    with pytest.raises(QueryError, match="This link is damaged"):
        unpack_address({"z": [urlsafe_b64encode(packed).decode()]})


@pytest.mark.parametrize("text", ["!", "é", "a", "....", "AAAA" * 4000])
def test_a_link_that_is_no_base64_says_so(text):
    with pytest.raises(QueryError, match="This link is damaged"):
        unpack_address({"z": [text]})


def test_a_link_carries_the_first_characters_of_the_stores_digest():
    assert read_state(write_address(Question(), "0123456789abcdef" * 4)) == "0123456789abcdef"
    assert read_state(write_address(Question())) == ""
