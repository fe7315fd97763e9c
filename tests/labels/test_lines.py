import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipdash.errors import LabelError
from clipdash.labels import (
    Label,
    LabelSet,
    format_claims,
    format_labels,
    parse_claims,
    parse_labels,
    parse_lines,
)

from .strategies import at_leisure, claims, label_lists

HOSTILE = [
    "<b>man</b>",
    "<script>alert(1)</script>",
    "**bold** _x_ `y` [a](http://b) $x$ :violet-badge[z]",
    "{0.__class__}",
    "{} {}",
    "{{ 7 * 7 }}{% raw %}",
    "100% %s %(x)d",
    "شخص مشبوه",
    "\u202edesrever\u202c",
    "zero\u200bwidth\u200djoiner\ufeff",
    "👩🏿‍⚕️ 🏴‍☠️ 👨‍👩‍👧‍👦",
    "'; DROP TABLE labels; --",
    r"\frac{a}{b} \\ $\alpha$",
    '=cmd|" /C calc"!A0',
    "=1+1",
    "+1-1@SUM(A1)",
    "../../etc/passwd",
    "$(rm -rf)`ls`",
    "a/b = c, d=e/f",
    "\\",
    "a\\|b",
    "e\u0301 Å ﬁ",
    "-",
    "#",
    "null",
]


def read_one(line):
    (label,) = parse_lines(line)
    return label


@pytest.mark.parametrize(
    ("line", "text", "category", "found"),
    [
        ("man | gender=Male", "man", None, {"gender": ("Male",)}),
        ("thief | crime", "thief", "crime", {}),
        ("child | age=0-2/3-9/10-19", "child", None, {"age": ("0-2", "3-9", "10-19")}),
        ("girl | gender=Female, age=0-2/3-9", "girl", None, {"gender": ("Female",), "age": ("0-2", "3-9")}),
        ("girl|gender=Female|age=0-2/3-9", "girl", None, {"gender": ("Female",), "age": ("0-2", "3-9")}),
        ("girl|gender=Female|young|age=0-2", "girl", "young", {"gender": ("Female",), "age": ("0-2",)}),
        ("  suspicious person  ", "suspicious person", None, {}),
        ("x | born=Paris, France, age=3-9", "x", None, {"born": ("Paris, France",), "age": ("3-9",)}),
        ("x | born=Paris, France", "x", None, {"born": ("Paris, France",)}),
        ("x | a, b=c", "x", None, {"a, b": ("c",)}),
        (r"x | a=b, c\, d=e", "x", None, {"a": ("b",), "c, d": ("e",)}),
        (r"x | a=b\=c, d=e\/f/g", "x", None, {"a": ("b=c",), "d": ("e/f", "g")}),
        (r"x | a=\ b\ ", "x", None, {"a": (" b ",)}),
        ("x | a=b\\\\ ", "x", None, {"a": ("b\\",)}),
        (r"x | this\=that", "x", "this=that", {}),
        ("x | and/or, so", "x", "and/or, so", {}),
        (r"a\|b\=c\/d\\e\f", r"a|b=c/d\e\f", None, {}),
        ("=1+1 | formula", "=1+1", "formula", {}),
        ("latino/hispanic man | gender=Male", "latino/hispanic man", None, {"gender": ("Male",)}),
        ("a, b=c", "a, b=c", None, {}),
    ],
)
def test_lines(line, text, category, found):
    assert read_one(line) == Label(text=text, category=category, claims=found)


def test_labels_have_one_written_form():
    labels = [
        Label(text="girl", category="young", claims={"gender": "Female", "age": ("0-2", "3-9")}),
        Label(text="and/or"),
        Label(text=r"a|b\c=d", category="x=y", claims={"p, q": "r, s", "t": ("u/v=w", " z ")}),
    ]
    assert format_labels(labels).split("\n") == [
        "girl | young | gender=Female, age=0-2/3-9",
        "and/or",
        r"a\|b\\c\=d | x\=y | p\, q=r, s, t=u\/v\=w/\ z\ ",
    ]


@at_leisure
@given(label_lists)
@example([Label(text="x", claims={"a": ("b,",), " c": ("\\", "d \\ ")})])
@example([Label(text=text) for text in HOSTILE])
@example([Label(text=text, category=text, claims={text: (text,), "b": HOSTILE}) for text in HOSTILE])
def test_text_form_loses_nothing(labels):
    assert parse_lines(format_labels(labels)) == tuple(labels)


@at_leisure
@given(claims)
def test_claims_lose_nothing(found):
    assert parse_claims(format_claims(found)) == Label(text="x", claims=found).claims


@at_leisure
@given(st.text())
def test_any_text_is_read_or_refused_and_what_is_read_is_stable(text):
    try:
        labels = parse_lines(text)
    except LabelError as fault:
        assert fault.line is not None  # noqa: PT017 - either outcome is right; hypothesis finds texts for both
    else:
        assert parse_lines(format_labels(labels)) == labels


def test_a_set_is_made_of_typed_text():
    text = "\n man | gender=Male\r\n\r\n  \nthief | crime\rape | non-human"
    assert parse_labels(text) == LabelSet(
        name="typed",
        flagged=("crime", "non-human"),
        labels=parse_lines("man | gender=Male\nthief|crime\nape|non-human"),
    )
    kept = parse_labels(text, name="mine", templates=["a {}", "the {}"], flagged=["crime"])
    assert (kept.name, kept.templates, kept.flagged) == ("mine", ("a {}", "the {}"), ("crime",))
    assert parse_labels(text, flagged=()).flagged == ()


def test_lines_need_not_make_a_set():
    assert parse_lines("") == parse_lines(" \n\n") == ()
    assert parse_lines("man") == (Label(text="man"),)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "|" not in text and "\\" not in text])
def test_hostile_text_is_plain_text(text):
    assert parse_labels(f"man\n{text} | crime").labels[1] == Label(text=text.strip(), category="crime")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("thief | crime | theft", 'There are two categories, "crime" and "theft"'),
        ("man | gender=Male | gender=Female", 'There are two claims about "gender"; write one, with its values'),
        ("man | gender=Male, gender=Female", 'There are two claims about "gender"'),
        ("man |", "There is nothing after a |"),
        ("man | | crime", "There is nothing after a |"),
        ("| crime", "There is no label before the first |"),
        ("man | gender=", 'The claim about "gender" has an empty value'),
        ("man | age=0-2//3-9", 'The claim about "age" has an empty value'),
        ("man | age=0-2/", "has an empty value"),
        ("man | =Male", 'There is no attribute before the = in "=Male".'),
        ("man | a=b=c", 'The claim "a=b=c" has two "="'),
        ("man | a=b, =c", "There is no attribute before the ="),
        ("man\0", "holds a null character"),
        ("ma\tn", "holds a tab"),
        ("man | cri\x85me", "holds the control character U+0085"),
        ("man | a=b\u2028c", "holds the control character U+2028"),
        ("man | a\x07=b", "holds the control character U+0007"),
        ("\u200b", "is blank"),
        ("man | \u200b", "is blank"),
    ],
)
def test_a_line_at_fault_is_named(line, sentence):
    with pytest.raises(LabelError) as caught:
        parse_labels(f"woman\n\n{line}\nchild")
    assert str(caught.value).startswith("Line 3: ")
    assert sentence in str(caught.value)
    assert caught.value.line == 3


@pytest.mark.parametrize("again", ["man", "  man  ", "man | crime", "caf\u00e9"])
def test_a_repeated_label_names_both_lines(again):
    with pytest.raises(LabelError, match=r"Lines \d and 5 are both \"") as caught:
        parse_labels(f"man\n\ncafe\u0301\nMan\n{again}")
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("text", "sentence"), [("", "no label"), ("   \n\t\n", "no label"), ("man\n\n", "only one label")]
)
def test_text_that_makes_no_set(text, sentence):
    with pytest.raises(LabelError, match=sentence) as caught:
        parse_labels(text)
    assert caught.value.line is None


def test_too_many_labels_are_counted_at_once():
    text = "\n".join(f"label {number} | category | gender=Male, age=0-2/3-9" for number in range(10_000))
    start = time.perf_counter()
    with pytest.raises(LabelError, match=r"There are 10,000 labels; a set may have at most 4,096\."):
        parse_labels(text)
    assert time.perf_counter() - start < 1


def test_the_largest_set_is_read_in_time():
    text = "\n".join(f"label {number} | category | gender=Male, age=0-2/3-9" for number in range(4096))
    start = time.process_time()
    assert len(parse_labels(text).labels) == 4096
    assert time.process_time() - start < 1


def test_bad_templates_of_the_app_are_refused():
    with pytest.raises(LabelError, match=r"has no \{\}"):
        parse_labels("man\nwoman", templates=["a photo"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("  ", {}),
        ("gender=Female, age=0-2/3-9", {"gender": ("Female",), "age": ("0-2", "3-9")}),
        ("gender=Female | age=0-2", {"gender": ("Female",), "age": ("0-2",)}),
    ],
)
def test_claims_alone(text, found):
    assert parse_claims(text) == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("crime", '"crime" is no claim; write it as attribute=value.'), ("a=b | ", '"" is no claim'), ("a=\0", "null")],
)
def test_what_is_no_claim(text, sentence):
    with pytest.raises(LabelError) as caught:
        parse_claims(text)
    assert sentence in str(caught.value)
