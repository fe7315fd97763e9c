import hashlib
import json
import pickle

import pytest
from hypothesis import given
from pydantic import ValidationError

from clipdash.errors import LabelError
from clipdash.labels import MAX_LABELS, Claims, Label, LabelSet, Suggestion

from .strategies import at_leisure, label_sets

MAN = Label(text="man", claims={"gender": ("Male",)})
THIEF = Label(text="thief", category="crime")


def make_set(*labels, **fields):
    return LabelSet(**({"name": "a set", "labels": labels or (MAN, THIEF)} | fields))


def test_fields_and_what_follows_from_them():
    child = Label(text="child", category="young", claims={"age": ["0-2", "3-9"], "gender": "Male"})
    label_set = make_set(MAN, THIEF, child, flagged=["crime", "never used", "crime"])
    assert label_set.texts == ("man", "thief", "child")
    assert label_set.categories == ("crime", "young")
    assert label_set.claimed == ("gender", "age")
    assert label_set.flagged == ("crime", "never used")
    assert label_set.templates == ("a photo of a {}",)
    assert child.claims == {"age": ("0-2", "3-9"), "gender": ("Male",)}


def test_a_label_is_immutable_hashable_and_picklable():
    same = Label(text="man", claims={"gender": ["Male", "Male"]})
    assert (same, hash(same)) == (MAN, hash(MAN))
    assert pickle.loads(pickle.dumps(make_set())) == make_set()
    assert len({make_set(), make_set()}) == 1
    with pytest.raises(ValidationError):
        MAN.text = "woman"
    with pytest.raises(TypeError):
        MAN.claims["gender"] = ("Female",)
    assert repr(MAN.claims) == "Claims({'gender': ('Male',)})"
    assert (len(Claims()), dict(MAN.claims)) == (0, {"gender": ("Male",)})


def test_exact_text_is_kept_and_ends_are_trimmed():
    exact = ["CEO", "ceo", "café", "医者", "طبيب", "<b>man</b>", "50%", "{0.__class__}", "a\u200db", "{}"]
    assert make_set(*(Label(text=f"  {text}\t") for text in exact)).texts == tuple(exact)
    assert Label(text="x", category=" crime ").category == "crime"
    assert Label(text="x", claims={" age ": " 3 "}).claims == {" age ": (" 3 ",)}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": ""}, 'The label "" is blank: it needs at least one visible character.'),
        ({"text": " \u3000 "}, "is blank"),
        ({"text": "\u200b\u2060"}, "is blank"),
        ({"text": "a\0b"}, 'The label "a\ufffdb" holds a null character; write it on one line.'),
        ({"text": "a\nb"}, "holds a line break"),
        ({"text": "a\tb"}, "holds a tab"),
        ({"text": "a\u2028b"}, "holds the control character U+2028"),
        ({"text": "a\ud800b"}, "holds the control character U+D800"),
        ({"text": "x", "category": " "}, "The category"),
        ({"text": "x", "claims": {"": "v"}}, "The claimed attribute"),
        ({"text": "x", "claims": {"a": ""}}, 'The value that is claimed for "a", "" is blank'),
        ({"text": "x", "claims": {"a": ()}}, 'The claim about "a" names no value; name at least one.'),
        ({"text": "\0" * 99}, '"' + "\ufffd" * 59 + '…"'),
    ],
)
def test_a_label_that_cannot_be(fields, sentence):
    with pytest.raises(LabelError) as caught:
        Label(**fields)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"labels": ()}, "There is no label; a set needs at least two, such as man and woman."),
        ({"labels": (MAN,)}, 'There is only one label, "man", and every image would get it; add at least one more.'),
        ({"labels": (MAN, THIEF, Label(text=" man "))}, 'Labels 1 and 3 are both "man"; a text can be in a set only'),
        ({"labels": (Label(text="caf\u00e9"), Label(text="cafe\u0301"))}, "Labels 1 and 2 are both"),
        ({"name": " "}, "The name of the label set"),
        ({"flagged": ("",)}, "The flagged category"),
        ({"templates": ()}, "The label set has no template"),
        ({"templates": ("a photo",)}, 'The template "a photo" has no {}; it needs exactly one'),
        ({"templates": ("{} and {}",)}, "has {} in 2 places; it needs exactly one {}"),
        ({"note": "a\0"}, "holds a character that no text file can hold"),
    ],
)
def test_a_set_that_cannot_be(fields, sentence):
    with pytest.raises(LabelError) as caught:
        make_set(**fields)
    assert sentence in str(caught.value)


def test_the_largest_set_and_one_more():
    most = tuple(Label(text=f"label {number}") for number in range(MAX_LABELS))
    assert len(make_set(*most).labels) == 4096
    with pytest.raises(LabelError, match=r"There are 4,097 labels; a set may have at most 4,096\."):
        make_set(*most, THIEF)


@pytest.mark.parametrize(
    "fields", [{"version": True}, {"version": 0}, {"name": 3}, {"colour": "red"}, {"flagged": "crime"}]
)
def test_types_are_strict(fields):
    with pytest.raises(ValidationError):
        make_set(**fields)


def test_digest_is_of_canonical_json():
    content = (
        '{"flagged":["crime","x"],"labels":[{"category":null,"claims":{"gender":["Male"]},"text":"man"},'
        '{"category":"crime","claims":{},"text":"thiéf"}],"templates":["a {}"]}'
    )
    assert json.loads(content)
    label_set = make_set(MAN, Label(text="thiéf", category="crime"), templates=["a {}"], flagged=["x", "crime"])
    assert label_set.digest == hashlib.sha256(content.encode()).hexdigest()


def test_digest_follows_meaning_only():
    label_set = make_set(flagged=["a", "b"])
    same = label_set.replace(
        name="other", version=7, source="s", note="n", suggested=Suggestion(by=("age",)), flagged=["b", "a"]
    )
    assert same.digest == label_set.digest
    changed = [
        label_set.replace(labels=(THIEF, MAN)),
        label_set.replace(templates=("{}",)),
        label_set.replace(flagged=("a",)),
        label_set.replace(labels=(MAN, Label(text="thief"))),
        label_set.replace(labels=(Label(text="man"), THIEF)),
    ]
    assert len({label_set.digest, *(other.digest for other in changed)}) == 6
    one, two = ({"a": ("1", "2"), "b": "3"}, {"b": "3", "a": ("2", "1")})
    assert make_set(MAN, Label(text="x", claims=one)).digest == make_set(MAN, Label(text="x", claims=two)).digest


def test_replace_checks_again():
    with pytest.raises(LabelError, match="only one label"):
        make_set().replace(labels=(MAN,))


@at_leisure
@given(label_sets)
def test_any_allowed_set_has_a_digest_and_equals_its_copy(label_set):
    assert label_set.replace() == label_set
    assert len(bytes.fromhex(label_set.digest)) == 32
