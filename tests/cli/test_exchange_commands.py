"""Commands that read no store: what they print, and that a comparison's counts can be read back."""

import hashlib
import json
import sys

import pytest

from clipdash.__main__ import main

TWO = 'name = "two"\nflagged = ["crime"]\n' + "".join(
    f'[[label]]\ntext = "{text}"\n{line}\n'
    for text, line in (
        ("man", 'claims = {gender = "man"}'),
        ("woman", 'claims = {gender = "woman"}'),
        ("thief", 'category = "crime"'),
    )
)
PREDICTED = ("man", "woman", "thief", "man")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{n}.png,{('man', 'woman')[n % 2]},{('3-9', '10-19')[n % 3 > 0]}" for n in range(60)]
    (tmp_path / "M.csv").write_text("\n".join(["image_id,gender,age", *rows, "more.png,man,3-9"]), encoding="utf-8")
    for name, shift in (("P", 0), ("Q", 1)):
        lines = [f"{n}.png,{PREDICTED[(n + shift) % 4]}" for n in range(60)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["image_id,label", *lines]), encoding="utf-8")
    (tmp_path / "two.toml").write_text(TWO, encoding="utf-8")
    (tmp_path / "three.toml").write_text(f'{TWO}[[label]]\ntext = "person"\n', encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder, capsys, monkeypatch):
    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["clipdash", *arguments])
        code = main()
        return code, *capsys.readouterr()

    return call


AUDIT = ("audit-predictions", "--metadata", "M.csv", "--labels", "two.toml", "--predictions", "P.csv", "--by", "age")
COMPARE = (
    *("compare-predictions", "--metadata", "M.csv", "--before-labels", "two.toml", "--before", "P.csv"),
    *("--after-labels", "three.toml", "--after", "Q.csv", "--by", "age", "--min-n", "5"),
)


def test_predictions_of_any_classifier_are_audited(run, folder):
    code, out, err = run(*AUDIT, "--order", "age=10-19/3-9", "--min-n", "5", "--json")
    result = json.loads(out)
    assert (code, err, result["store"], result["n"]) == (0, "", None, 60)
    assert [group["group"]["age"] for group in result["groups"]] == ["10-19", "3-9"]
    assert result["left_out"] == {"count": 1, "first": ["more.png"]}
    assert result["inputs"] == [
        {"file": name, "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest()}
        for name in ("M.csv", "P.csv")
    ]
    assert sum(group["n"] for group in result["groups"]) == 60


def test_the_readable_form_names_what_was_left_out(run):
    code, out, _ = run(*AUDIT)
    assert code == 0
    assert "1 annotated image has no prediction and is left out, first more.png." in out


def test_two_files_are_compared_on_the_same_images(run):
    code, out, _ = run(*COMPARE, "--json")
    result = json.loads(out)
    assert (code, len(result["inputs"])) == (0, 3)
    for group in result["groups"]:
        moved = group["after"]["misclassified"] - group["before"]["misclassified"]
        assert moved == group["broken"] - group["fixed"]
    assert sum(flow["count"] for flow in result["flows"]) == result["n"] == 60


def test_a_wide_file_holds_both(run, folder):
    both = [f"{n}.png,{PREDICTED[n % 4]},{PREDICTED[(n + 1) % 4]}" for n in range(60)]
    (folder / "W.csv").write_text("\n".join(["image_id,two,three", *both]), encoding="utf-8")
    wide = [("W.csv" if part in {"P.csv", "Q.csv"} else part) for part in COMPARE]
    _, narrow_out, _ = run(*COMPARE, "--json")
    code, out, _ = run(*wide, "--before-column", "two", "--after-column", "three", "--json")
    assert code == 0
    assert json.loads(out)["groups"] == json.loads(narrow_out)["groups"]
    code, out, err = run(*wide, "--json")
    assert (code, out) == (2, "")
    assert 'no column "label" but 2 others' in err


def test_tables_of_counts(run, folder):
    (folder / "T.csv").write_text("gender,label,count\nman,man,30\nman,thief,10\nwoman,woman,25\n", encoding="utf-8")
    code, out, _ = run("audit-table", "T.csv", "--by", "gender", "--labels", "two.toml", "--min-n", "5", "--json")
    groups = json.loads(out)["groups"]
    assert (code, [(g["n"], g["misclassified"]) for g in groups]) == (0, [(40, 10), (25, 0)])
    (folder / "R.csv").write_text("model,n,count\nA,50,5\nB,60,30\n", encoding="utf-8")
    code, out, _ = run("audit-rates", "R.csv", "--by", "model", "--json")
    result = json.loads(out)
    assert (code, result["rule"]) == (0, "label:counted")
    assert [(g["n"], g["misclassified"]) for g in result["groups"]] == [(50, 5), (60, 30)]
    _, out, _ = run("audit-rates", "R.csv", "--by", "model")
    assert "Counted" in out
    assert "misclassified" not in out


def test_counts_compare(run, folder):
    rows = "man,man,person,4\nman,thief,man,9\nwoman,woman,thief,6\nwoman,man,woman,20\n"
    (folder / "C.csv").write_text(f"gender,before,after,count\n{rows}", encoding="utf-8")
    sets = ("--before-labels", "two.toml", "--after-labels", "three.toml", "--min-n", "5")
    code, out, _ = run("compare-table", "C.csv", "--by", "gender", *sets, "--json")
    assert (code, [(g["fixed"], g["broken"]) for g in json.loads(out)["groups"]]) == (0, [(9, 0), (20, 6)])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (("P.csv", "absent.csv"), "absent.csv cannot be read (No such file or directory)"),
        (("M.csv", "P.csv"), 'There is no attribute "age"'),
        (("age", "aeg"), 'There is no attribute "aeg". The nearest is "age".'),
        (("two.toml", "absent.toml"), "absent.toml"),
    ],
)
def test_bad_input_is_said_and_nothing_is_printed(run, changed, sentence):
    code, out, err = run(*(changed[1] if part == changed[0] else part for part in AUDIT), "--json")
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_the_layout_of_a_known_data_set_is_one_option(run, folder):
    rows = [f"{n}.png,{('3-9', 'more than 70')[n % 2]},{('Male', 'Female')[n % 2]},White" for n in range(60)]
    (folder / "F.csv").write_text("\n".join(["file,age,gender,race", *rows]), encoding="utf-8")
    (folder / "three.toml").write_text(
        'name = "x"\n[[label]]\ntext = "man"\n[[label]]\ntext = "woman"\n[[label]]\ntext = "thief"\n'
    )
    arguments = ("audit-predictions", "--metadata", "F.csv", "--labels", "three.toml", "--predictions", "P.csv")
    code, out, _ = run(*arguments, "--by", "age", "--schema", "fairface", "--json")
    assert (code, [group["group"]["age"] for group in json.loads(out)["groups"]]) == (0, ["3-9", "more than 70"])
    code, out, err = run(*arguments, "--by", "age", "--schema", "faceface")
    assert (code, out, "There is no schema" in err) == (2, "", True)


def test_annotations_in_file_names_are_named_by_their_names(run, folder):
    (folder / "pictures").mkdir()
    names = [f"{n % 90}_{n % 2}_{n % 5}_2017{n:04}.jpg" for n in range(60)]
    for name in names:
        (folder / "pictures" / name).touch()
    lines = [f"{name},{PREDICTED[n % 4]}" for n, name in enumerate(names)]
    (folder / "U.csv").write_text("\n".join(["image_id,label", *lines]), encoding="utf-8")
    (folder / "g.toml").write_text(TWO.replace('"man"}', '"Male"}').replace('"woman"}', '"Female"}'), encoding="utf-8")
    arguments = ("audit-predictions", "--metadata", "pictures", "--schema", "utkface", "--labels", "g.toml")
    code, out, _ = run(*arguments, "--predictions", "U.csv", "--by", "gender", "--json")
    found = json.loads(out)
    known = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()
    assert (code, found["n"], found["inputs"][0]) == (0, 60, {"file": "pictures", "sha256": known})
