import errno
import os
from pathlib import Path

import pytest
from hypothesis import given

from clipdash.errors import LabelError
from clipdash.labels import (
    Label,
    LabelSet,
    Suggestion,
    decode_labels,
    dump_labels,
    load_labels,
    parse_labels,
    read_labels,
)

from .strategies import at_leisure, label_sets

GOOD = """
name = "with child"
version = 2
templates = ["a photo of a {}", "the {}"]
flagged = ["crime"]

[[label]]
text = "man"
claims = {gender = "Male"}
[[label]]
text = "thief"
category = "crime"
[[label]]
text = "child"
claims = {age = ["0-2", "3-9", "10-19"]}
"""
TWO = '[[label]]\ntext = "man"\n[[label]]\ntext = "woman"\n'


@pytest.fixture
def write(tmp_path):
    def write(content, name="mine.toml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read_fault(path):
    with pytest.raises(LabelError) as caught:
        read_labels(path)
    return caught.value


def test_a_file_as_documented(write):
    assert read_labels(write(GOOD)) == LabelSet(
        name="with child",
        version=2,
        templates=("a photo of a {}", "the {}"),
        flagged=("crime",),
        labels=(
            Label(text="man", claims={"gender": ("Male",)}),
            Label(text="thief", category="crime"),
            Label(text="child", claims={"age": ("0-2", "3-9", "10-19")}),
        ),
    )


def test_a_file_and_typed_lines_give_the_same_digest(write):
    typed = parse_labels(
        "man | gender=Male\nthief | crime\nchild | age=0-2/3-9/10-19", templates=("a photo of a {}", "the {}")
    )
    assert typed.digest == read_labels(str(write(GOOD))).digest


def test_what_a_file_may_leave_out(write):
    label_set = read_labels(write(b"\xef\xbb\xbf" + TWO.replace("\n", "\r\n").encode(), "my set.toml"))
    assert (label_set.name, label_set.version, label_set.flagged) == ("my set", 1, ())
    assert label_set.templates == ("a photo of a {}",)
    assert label_set.suggested is None


def test_a_file_may_suggest_what_to_look_at(write):
    head = '[suggested]\nbefore = "gender"\nby = ["age"]\nwhere = {kind = "person", age = ["child", "adult"]}\n'
    label_set = read_labels(write(head + TWO))
    assert label_set.suggested == Suggestion(
        before="gender", by=("age",), where={"kind": ("person",), "age": ("child", "adult")}
    )
    assert read_labels(write(dump_labels(label_set), "again.toml")) == label_set


@at_leisure
@given(label_sets)
def test_toml_loses_nothing(write, label_set):
    assert read_labels(write(dump_labels(label_set))) == label_set


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("flaged = []\n" + TWO, 'The key "flaged" is unknown. The nearest is "flagged".'),
        ('[[labels]]\ntext = "man"', 'The key "labels" is unknown. The nearest is "label".'),
        (TWO + "categori = 'x'", 'Label 2 ("woman"): The key "categori" is unknown. The nearest is "category".'),
        (TWO + "[suggested]\nbefor = 'x'", 'The key "befor" is unknown. The nearest is "before".'),
        ("[[label]]\ncategory = 'x'", 'Label 1: The key "text" is missing.'),
        ('[label]\ntext = "man"', '"label" is a table; begin each label with [[label]], in two brackets.'),
        ('label = "man"', '"label" is text; begin each label'),
        ('label = ["man", "woman"]', 'Label 1 is text; expected [[label]] and below it text = "...".'),
        ("version = 'one'\n" + TWO, 'The key "version" holds text ("one"); expected a whole number, 1 or more.'),
        ("version = true\n" + TWO, 'The key "version" holds true or false (True); expected a whole number'),
        ("version = 1.5\n" + TWO, 'The key "version" holds a number (1.5)'),
        ("version = 0\n" + TWO, "expected a whole number, 1 or more"),
        ("name = 1979-05-27\n" + TWO, 'The key "name" holds a date or time'),
        ("templates = 'a {}'\n" + TWO, 'holds text ("a {}"); expected a list of texts, such as ["a photo of a {}"]'),
        ("templates = [3]\n" + TWO, 'The key "templates" holds a number (3); expected a list of texts'),
        ("flagged = {a = 'b'}\n" + TWO, "holds a table ({'a': 'b'}); expected a list of categories"),
        ("[suggested]\nby = 'age'\n" + TWO, 'The key "by" holds text ("age"); expected a list of attributes'),
        (
            "[suggested.where]\nkind = 3\n" + TWO,
            'The key "kind" holds a number (3); expected a text or a list of texts',
        ),
        ("suggested = 3\n" + TWO, "expected a table with before, by, where"),
        (TWO + "claims = 'gender=Male'", 'expected a table, such as {gender = "Male"}'),
        (TWO + "claims = {age = 3}", 'The key "age" holds a number (3); expected a text or a list of texts'),
        (TWO + "claims = {age = [3]}", 'Label 2 ("woman"): The key "age" holds a number (3)'),
        (TWO + "claims = {age = []}", 'Label 2 ("woman"): The claim about "age" names no value'),
        (TWO + "category = 3", 'Label 2 ("woman"): The key "category" holds a number (3); expected text.'),
        ('[[label]]\ntext = "  "', 'Label 1: The label "" is blank'),
        ('[[label]]\ntext = "a\\u0000"', 'Label 1 ("a\ufffd"): The label "a\ufffd" holds a null character'),
        ('[[label]]\ntext = "a\\nb"', "holds a line break"),
        ("", "There is no label"),
        ("flagged = ['crime']", "There is no label"),
        ('[[label]]\ntext = "man"', 'There is only one label, "man"'),
        (TWO + '[[label]]\ntext = " man "', 'Labels 1 and 3 are both "man"'),
        ("templates = ['a photo']\n" + TWO, 'The template "a photo" has no {}'),
        ("templates = ['{} {}']\n" + TWO, "has {} in 2 places"),
    ],
)
def test_a_set_at_fault_is_told_with_file_key_and_expectation(write, content, sentence):
    path = write(content)
    fault = read_fault(path)
    assert str(fault).startswith(f"{path}: ")
    assert sentence in str(fault)
    assert fault.line is None


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        ("name = 'x'\nflagged = [crime]\n", 2, "Line 2 is malformed TOML: invalid value. A text stands in quotation"),
        ("name = 'x'\n\n[[label]\n", 3, "Line 3 is malformed TOML: expected ']]'"),
        ('a = 1\nname = "x', 2, "Line 2 is malformed TOML: unterminated string."),
        ("[label]\ntext = 'a'\n[label]\n", 3, "A label begins with [[label]], in two brackets."),
        ("a = 1\n\0", 2, "Line 2 is malformed TOML"),
        ("man\nwoman\n", 1, "Line 1 is malformed TOML: expected '='"),
        ("version = " + "9" * 5000, None, "A number is malformed TOML: exceeds the limit"),
        ("x = " + "[" * 5000, None, "This TOML is nested too deeply to be a label set."),
    ],
)
def test_malformed_toml_says_the_line(write, content, line, sentence):
    fault = read_fault(write(content))
    assert sentence in str(fault)
    assert fault.line == line


def test_ten_thousand_labels_are_counted(write):
    content = "".join(f'[[label]]\ntext = "label {number}"\n' for number in range(10_000))
    assert "There are 10,000 labels; a set may have at most 4,096." in str(read_fault(write(content)))


def test_not_utf8(write):
    fault = read_fault(write(b'name = "x"\n\nnote = "caf\xe9"\n'))
    assert "is not UTF-8 text (see line 3); save it as UTF-8." in str(fault)
    assert fault.line == 3


def test_a_huge_file_is_not_read(write):
    assert "is larger than 8 MiB" in str(read_fault(write(b"#" * (8 * 1024 * 1024 + 1))))


def test_a_folder(write, tmp_path):
    assert "is a folder; expected a label file that ends in .toml. There is none." in str(read_fault(tmp_path))
    write(TWO)
    assert 'There are: "mine.toml".' in str(read_fault(tmp_path))


def test_a_missing_file_names_the_nearest(write, tmp_path):
    path = write(TWO)
    assert str(read_fault(tmp_path / "mime.toml")).endswith('The nearest is "mine.toml".')
    assert "There is no label file" in str(read_fault(path / "x.toml"))
    assert "There is none." in str(read_fault(tmp_path / "no" / "x.toml"))
    assert "There is no label file" in str(read_fault(tmp_path / ("x" * 300)))
    assert "it holds a null character" in str(read_fault(f"{tmp_path}/a\0.toml"))


def test_a_file_that_may_not_be_read(write, monkeypatch):
    path = write(TWO)

    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    assert str(read_fault(path)) == f"{path} may not be read; check who may read it."


def test_a_failing_disk_is_not_the_reader_s_fault(write, monkeypatch):
    path = write(TWO)

    def fail(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(OSError, match="Input/output error"):
        read_labels(path)


def test_a_folder_that_cannot_be_listed_leaves_the_sentence(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "glob", refuse)
    assert str(read_fault(tmp_path / "x.toml")).endswith("There is none.")


def test_a_reference_is_a_file_or_a_preset(write, tmp_path, monkeypatch):
    path = write(TWO)
    write(TWO, "gender")
    monkeypatch.chdir(tmp_path)
    assert load_labels(path) == load_labels(str(path)) == load_labels("mine.toml") == read_labels(path)
    assert load_labels("gender").name == "Gender"
    assert load_labels("./gender").texts == ("man", "woman")
    assert load_labels("./gender").name == "gender"


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("denigratoin", 'There is no label file and no preset "denigratoin". The nearest is "denigration".'),
        ("denigration.toml", 'The nearest is "denigration".'),
        ("minx.toml", 'The nearest is "mine.toml".'),
        ("zzzzzzzz", 'There are: "mine.toml", "age", "age-person"'),
        ("x" * 300, "There is no label file and no preset"),
        ("a\0b", "There is no label file and no preset"),
        ("<script>", 'no preset "<script>"'),
        ("", "is a folder"),
    ],
)
def test_a_reference_to_nothing_names_the_nearest(write, tmp_path, monkeypatch, reference, sentence):
    write(TWO)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabelError) as caught:
        load_labels(reference)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("content", ["text =", b"\xff", "x = 1", '[label]\ntext = "a"', " " * (8 * 1024**2 + 1)])
def test_what_is_wrong_with_bytes_is_what_is_wrong_with_the_file(write, content):
    path = write(content)
    expected = read_fault(path)
    with pytest.raises(LabelError) as caught:
        decode_labels(path.read_bytes(), "mine.toml")
    assert str(caught.value) == str(expected).replace(str(path), "mine.toml")
    assert caught.value.line == expected.line


@pytest.mark.parametrize("content", [GOOD, TWO])
def test_bytes_are_read_as_the_file_is(write, content):
    assert decode_labels(content.encode(), "mine.toml") == read_labels(write(content))
