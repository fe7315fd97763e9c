from hashlib import sha256
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipdash.errors import LabelError
from clipdash.labels import fold_text, list_word_lists, parse_words, read_words
from clipdash.labels import word_list as module


def test_the_lists_that_come_along_are_long_enough_and_say_where_they_are_from():
    assert list_word_lists() == ("common", "neutral")
    common, neutral = read_words("common"), read_words("neutral")
    assert (len(common.words), len(neutral.words)) == (10_000, 400)
    assert all("WordNet" in found.source and found.repeated == 0 for found in (common, neutral))
    assert len({fold_text(word) for word in common.words}) == 10_000
    assert {"person", "criminal", "child", "nurse"} <= {*common.words}
    assert not {"person", "gun", "dress", "prison", "nurse", "africa"} & {*neutral.words}


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=12)))
def test_any_list_keeps_the_first_of_equal_words_in_order(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("words") / "mine.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    wanted = {}
    for line in lines:
        wanted.setdefault(fold_text(line), line.strip())
    wanted.pop("", None)
    if not wanted:
        with pytest.raises(LabelError, match="is empty"):
            read_words(path)
        return
    found = read_words(path)
    assert found.words == tuple(wanted.values())
    assert (found.name, found.source) == ("mine.txt", "")
    assert found.repeated == sum(1 for line in lines if line.strip()) - len(wanted)


def test_marks_and_line_ends_of_other_systems_are_no_part_of_a_word(tmp_path):
    (tmp_path / "w.txt").write_bytes("\ufeffone\r\ntwo words\r\n\r\none\r\n".encode())
    found = read_words(tmp_path / "w.txt")
    assert (found.words, found.repeated) == (("one", "two words"), 1)


def test_an_uploaded_list_is_read_as_a_file_and_named_by_its_checksum(tmp_path):
    (tmp_path / "w.txt").write_bytes(b"one\ntwo\n")
    read = read_words(tmp_path / "w.txt")
    assert parse_words("w.txt", b"\xef\xbb\xbf one\r\n\r\ntwo\r\n") == read
    assert read.sha256 == sha256(b"one\ntwo\n").hexdigest()
    own = (resources.files("clipdash") / "words" / "neutral.txt").read_bytes()
    assert read_words("neutral").sha256 == sha256(own).hexdigest()
    with pytest.raises(LabelError, match="not UTF-8"):
        parse_words("w.txt", b"\xe9")


def test_what_is_no_list_is_refused(tmp_path, monkeypatch):
    with pytest.raises(LabelError, match=r'no file "comon" .* nearest is "common"'):
        read_words("comon")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(LabelError, match="not UTF-8"):
        read_words(tmp_path / "latin.txt")
    with pytest.raises(LabelError, match="no file"):
        read_words(tmp_path)
    (tmp_path / "odd.txt").write_bytes(b"fine\nwo\0man\n")
    with pytest.raises(LabelError, match='has "wo\N{REPLACEMENT CHARACTER}man", with a control character in it'):
        read_words(tmp_path / "odd.txt")
    (tmp_path / "joined.txt").write_text("a\tb\n👩🏽\u200d⚕️\n", encoding="utf-8")
    assert read_words(tmp_path / "joined.txt").words == ("a\tb", "👩🏽\u200d⚕️")
    monkeypatch.setattr(module, "MOST_WORDS", 2)
    (tmp_path / "long.txt").write_text("a\nb\nc\n")
    with pytest.raises(LabelError, match="has 3; at most 2"):
        read_words(tmp_path / "long.txt")
