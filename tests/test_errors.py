import inspect

import pytest

from clipdash import errors
from clipdash.errors import ClipdashError, Fault, InputError, LabelError, record_fault, suggest


def test_every_input_error_hangs_below_one_root():
    found = [
        member
        for _, member in inspect.getmembers(errors, inspect.isclass)
        if member.__module__ == errors.__name__ and issubclass(member, Exception)
    ]
    assert {kind.__name__ for kind in found} < set(errors.__all__)
    assert len(found) > 5
    assert all(issubclass(kind, ClipdashError) for kind in found)
    assert {kind.__name__ for kind in found if not issubclass(kind, InputError)} == {"ClipdashError"}


def test_an_input_error_is_not_one_of_python_s_own():
    """Or a library that turns ValueError into its own error would swallow the sentence."""
    assert InputError.__mro__[1:] == (ClipdashError, Exception, BaseException, object)


def test_label_error_knows_its_line():
    assert LabelError("A sentence.").line is None
    assert (str(LabelError("A sentence.", 3)), LabelError("A sentence.", 3).line) == ("A sentence.", 3)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("skintone", ["gender", "skin_tone"], 'The nearest is "skin_tone".'),
        ("GENDER", ["age", "gender"], 'The nearest is "gender".'),
        ("male", ["Male", "Female"], 'The nearest is "Male".'),
        ("zzz", ["a", "b", "a"], 'There are: "a", "b".'),
        ("zzz", [str(number) for number in range(9)], 'There are: "0", "1", "2", "3", "4", "5", "6", "7" and more.'),
        ("zzz", (), "There is none."),
        ("Ab", ["ab", "AB"], 'The nearest is "ab".'),
    ],
)
def test_suggest(name, options, sentence):
    assert suggest(name, iter(options)) == sentence


def raise_bug():
    return {}["no such key"]


def catch_bug():
    try:
        raise_bug()
    except KeyError as error:
        return error


def test_a_bug_is_kept_with_its_traceback(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_LOGS", str(tmp_path / "new" / "logs"))
    first, second = record_fault(catch_bug()), record_fault(catch_bug())
    assert first.path == second.path == tmp_path / "new" / "logs" / "faults.log"
    assert first.reference != second.reference
    log = first.path.read_text(encoding="utf-8")
    assert log.index(first.reference) < log.index(second.reference)
    assert log.count("KeyError: 'no such key'") == 2
    assert "in raise_bug" in log


def test_the_log_lies_in_the_users_folder_else_with_temporary_files(tmp_path, monkeypatch):
    monkeypatch.delenv("CLIPDASH_LOGS", raising=False)
    monkeypatch.setattr(errors, "user_log_path", lambda name: tmp_path / "user" / name)
    monkeypatch.setattr(errors, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert record_fault(catch_bug()).path == tmp_path / "user" / "clipdash" / "faults.log"
    (tmp_path / "a file").touch()
    monkeypatch.setenv("CLIPDASH_LOGS", str(tmp_path / "a file"))
    assert record_fault(catch_bug()).path == tmp_path / "temporary" / "faults.log"


def test_a_fault_is_one_sentence_and_where_to_look(tmp_path):
    path = tmp_path / "faults.log"
    assert str(Fault("1a2b", path)) == (
        f"Something went wrong on our side (reference 1a2b). The details are in {path}."
    )
