"""`clipdash probes` and `clipdash probe` on the embedded store and without any."""

import json

import pytest

from clipdash.__main__ import main


@pytest.fixture
def run(capsys, monkeypatch):
    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["clipdash", *arguments])
        code = main()
        return code, *capsys.readouterr()

    return call


def test_probes_lists_ten(run):
    code, out, _ = run("probes", "--json")
    assert code == 0
    listed = json.loads(out)["probes"]
    assert len(listed) == 10
    assert {"key", "title", "question", "needs"} <= set(listed[0])
    assert listed[2]["needs"].startswith("age")
    text = run("probes")[1]
    assert all(each["key"] in text for each in listed)


def test_probe_without_a_store_shows_what_was_published_and_what_is_needed(run):
    code, out, _ = run("probe", "denigration")
    assert code == 0
    for said in (
        "24.9%",
        "Radford et al. 2021, table 6",
        "Not published",
        "- crop: ",
        "clipdash build fairface",
        "4.9%",
    ):
        assert said in out
    data = json.loads(run("probe", "denigration", "--json")[1])
    assert (data["store"], data["runs"], data["beside"]) == (None, [], [])
    assert data["published"][0]["rows"][0]["values"] == [16.4, 24.9, 24.4, 10.8, 19.7, 4.4, 1.3]
    assert list(data["differences"]) == ["images", "crop", "weights", "template", "wording"]


def test_probe_on_a_store_gives_what_compare_and_audit_give(run):
    code, out, err = run("probe", "child", "emoji", "--json")
    assert (code, err) == (0, "")
    assert run("probe", "child", "emoji", "--json")[1] == out
    data = json.loads(out)
    assert data["command"] == "clipdash probe child emoji --json"
    assert {"clipdash", "numpy"} <= set(data["versions"])
    same = json.loads(
        run(
            "compare", "emoji", "--before", "denigration", "--after", "denigration-child", "--by", "age", "--where",
            "kind=person", "--rule", "flagged", "--no-placebo", "--json",
        )[1]
    )  # fmt: skip
    assert data["store"] == same["store"]
    shifted, called = data["runs"]
    assert {name: shifted[name] for name in same if name != "command"} == {
        n: v for n, v in same.items() if n != "command"
    }
    assert called["rule"] == "label:child"
    assert [each["run"] for each in data["not_run"]] == ["child", "called-child"]
    assert '"Male", "Female" among the values of "gender"' in data["not_run"][0]["missing"]
    text = run("probe", "child", "emoji")[1]
    for said in ("Computed here: People emoji", "35.0%", "Not run here", "What explains a difference"):
        assert said in text


def test_probe_of_ones_own_by_its_path(run, tmp_path):
    from made_experiments import TEXT

    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace('"Male"', '"man"').replace('"Female"', '"woman"'), encoding="utf-8")
    code, out, _ = run("probe", str(path), "emoji")
    assert code == 0
    assert "Published, and computed here" in out
    assert "50.0%" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chlid",), 'There is no probe "chlid". The nearest is "child".'),
        (("child", "emojy"), 'The nearest is "emoji"'),
        (("child", "emoji", "--variant", "x"), "x"),
        (
            ("surveillance-fine", "emoji"),
            '"Two options for each image" needs a file of options (--options options.csv)',
        ),
        (("congress", "emoji", "--label-file", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("prompt-and-size", "emoji", "--template-file", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("child", "emoji", "--options", "nowhere.csv"), 'No run of the probe "child" reads the file of --options'),
        (("congress", "--label-file", "nowhere.txt"), "name a store"),
    ],
)
def test_what_cannot_be_run_is_one_sentence(run, arguments, said):
    code, out, err = run("probe", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_store_without_the_attributes_says_which_and_how_to_build_one(run, tmp_path, monkeypatch):
    from tiny_store import make_tiny_store

    make_tiny_store(tmp_path)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    code, out, err = run("probe", "fairface-attributes", "tiny")
    assert (code, out) == (2, "")
    assert "it lacks" in err
    assert "Such a store is built by: clipdash build fairface" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no template"),
        (b"a photo of a {}\n\na photo", "line 3: The template"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_template_files_are_checked(run, tmp_path, content, said):
    path = tmp_path / "templates.txt"
    path.write_bytes(content)
    code, out, err = run("probe", "prompt-and-size", "emoji", "--template-file", str(path))
    assert (code, out) == (2, "")
    assert said in err


def test_label_files_are_sets_or_lines(tmp_path):
    from clipdash.labels import dump_labels, load_labels
    from clipdash.probes import read_label_file, read_template_file

    lines, whole = tmp_path / "labels.txt", tmp_path / "labels.toml"
    lines.write_text("suit\n\ntie\nsuit\n", encoding="utf-8")
    whole.write_text(dump_labels(load_labels("gender")), encoding="utf-8")
    assert read_label_file(lines).texts == ("suit", "tie")
    assert read_label_file(whole) == load_labels("gender")
    lines.write_text("a {}\nb {}\na {}\n", encoding="utf-8")
    assert read_template_file(lines) == ("a {}", "b {}")
