"""The command line, from a folder of pictures to figures, and each way of getting it wrong."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_encoder import save_tiny_encoder

from clipdash import __main__ as command
from clipdash.__main__ import main

GENDERS, AGES = ("man", "woman", ""), ("3-9", "10-19")
BEFORE = "man | gender=man\nwoman | gender=woman\nthief | crime"
COMMANDS = {"stores", "audit", "compare", "explain", "lint", "build", "verify", "search", "serve"}
FOREIGN = {"audit-predictions", "compare-predictions", "audit-table", "audit-rates", "compare-table"}


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """A folder of 60 pictures, their metadata, a tiny encoder, and the store built from them by the command."""
    root = tmp_path_factory.mktemp("house")
    random = np.random.default_rng(0)
    (root / "images" / "sub").mkdir(parents=True)
    rows = ["image_id,gender,age"]
    for number in range(60):
        name = f"sub/{number:02}.png"
        Image.fromarray(random.integers(0, 255, (24, 24, 3), dtype=np.uint8)).save(root / "images" / name)
        rows.append(f"{name},{GENDERS[number % 3]},{AGES[number % 2]}")
    (root / "images" / "broken.jpg").write_bytes(b"no picture")
    rows += ["broken.jpg,man,3-9", "absent.png,man,3-9"]
    (root / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    save_tiny_encoder(root / "encoder")
    (root / "before.toml").write_text(label_file(("man", "woman", "thief")), encoding="utf-8")
    (root / "after.toml").write_text(label_file(("man", "woman", "thief", "person")), encoding="utf-8")
    assert main(build_arguments(root)) == 0
    return root


def label_file(texts):
    extra = {"man": 'claims = {gender = "man"}', "woman": 'claims = {gender = "woman"}', "thief": 'category = "crime"'}
    labels = "\n".join(f'[[label]]\ntext = "{text}"\n{extra.get(text, "")}' for text in texts)
    return f'name = "{len(texts)} labels"\nflagged = ["crime"]\n{labels}\n'


def build_arguments(root, name="mine"):
    where = ["--images", f"{root}/images", "--metadata", f"{root}/people.csv", "--encoder", f"local-dir:{root}/encoder"]
    return ["build", f"{root}/stores/{name}", *where, "--order", "age=3-9/10-19"]


@pytest.fixture
def run(house, capsys, monkeypatch):
    """Run a command; return its exit code, standard output and standard error."""
    monkeypatch.setenv("CLIPDASH_STORES", str(house / "stores"))
    monkeypatch.chdir(house)

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["clipdash", *arguments])
        code = main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


COMPARE = ("compare", "mine", "--before", "before.toml", "--after", "after.toml", "--by", "age", "--min-n", "5")


def test_stores_are_listed_with_the_fault_of_a_broken_one(run, house):
    broken = house / "stores" / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "manifest.json").write_text("{")
    code, out, err = run("stores", "--json")
    listed = {entry["name"]: entry for entry in json.loads(out)["stores"]}
    assert (code, err) == (0, "")
    assert listed["mine"]["images"] == 60
    assert listed["mine"]["fault"] is None
    assert "manifest.json" in listed["broken"]["fault"]
    assert "broken" in run("stores")[1]


def test_audit_prints_the_json_of_the_interface(run):
    code, out, _ = run(*AUDIT, "--by", "age", "--min-n", "5", "--json")
    result = json.loads(out)
    assert code == 0
    assert list(result)[:13] == [
        *("schema", "store", "label_set", "rule", "by", "where", "n", "unjudged", "ungrouped"),
        *("groups", "gap", "command", "versions"),
    ]
    assert result["n"] + result["unjudged"] == 60
    assert result["unjudged"] == 20
    assert [group["group"]["age"] for group in result["groups"]] == ["3-9", "10-19"]
    for group in result["groups"]:
        assert sum(group["outcomes"].values()) == sum(group["labels"].values()) == group["n"]
    assert result["command"] == "clipdash audit mine --labels before.toml --by age --min-n 5 --json"


def test_compare_reconciles_and_repeats_itself(run):
    code, out, _ = run(*COMPARE, "--json")
    result = json.loads(out)
    assert code == 0
    for group in result["groups"]:
        after, before = group["after"]["misclassified"], group["before"]["misclassified"]
        assert after - before == group["broken"] - group["fixed"]
        assert group["shift"]["value"] == pytest.approx((after - before) / group["n"], abs=1e-12)
    assert sum(flow["count"] for flow in result["flows"]) == result["n"]
    assert run(*COMPARE, "--json")[1] == out


def test_where_may_repeat(run):
    both = json.loads(run(*COMPARE, "--where", "age=3-9", "--where", "age=10-19", "--json")[1])
    one = json.loads(run(*COMPARE, "--where", "age=3-9", "--where", "gender=man", "--json")[1])
    assert both["n"] == 40
    assert one["n"] == 10
    assert one["where"] == {"age": ["3-9"], "gender": ["man"]}


def test_without_json_a_table_and_sentences_are_printed(run):
    code, out, _ = run(*COMPARE)
    assert code == 0
    assert "3\u20139" in out.replace("\u2060", "")
    assert "Both lists gave every image the same label." in out or "With person added" in out
    assert "misclassified" in run(*AUDIT, "--by", "age")[1]


def test_build_reports_what_it_left_out(run, house):
    code, out, _ = run(*build_arguments(house, "again"), "--json")
    result = json.loads(out)
    assert (code, result["built"], result["unmatched"]) == (0, 60, 0)
    assert {item["image_id"] for item in result["skipped"]} == {"broken.jpg", "absent.png"}
    code, out, _ = run(*build_arguments(house, "again"), "--replace")
    assert code == 0
    assert "60 images, 2 left out" in out


def test_verify_names_the_file_with_a_flipped_byte(run, house):
    assert run("verify", "mine")[0] == 0
    assert json.loads(run("verify", "mine", "--json")[1]) == {"store": "mine", "faults": []}
    run(*build_arguments(house, "flipped"), "--replace")
    path = house / "stores" / "flipped" / "thumbs.arrow"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    code, out, err = run("verify", "flipped")
    assert (code, out) == (2, "")
    assert "thumbs.arrow" in err


AUDIT = ("audit", "mine", "--labels", "before.toml")
BUILD = ("build", "new", "--images", "images", "--metadata", "people.csv", "--encoder")
BAD = [
    (("audit", "mien", "--labels", "before.toml", "--by", "age"), 'The nearest is "mine"'),
    ((*AUDIT, "--by", "agge"), 'The nearest is "age"'),
    ((*AUDIT, "--by", "age", "--where", "gender=men"), 'The nearest is "man"'),
    (
        (*AUDIT, "--by", "age", "--where", "gender"),
        "not of the form ATTRIBUTE=VALUE",
    ),
    ((*AUDIT, "--by", "age", "--rule", "flaged"), "flagged"),
    ((*AUDIT, "--by", "age", "--rule", "category:crme"), 'The nearest is "crime"'),
    ((*AUDIT, "--by", "age", "--min-n", "0"), "0"),
    ((*AUDIT, "--by", "age", "--min-n", "few"), "--min-n"),
    ((*AUDIT, "--by", "age", "--variant", "encodr"), 'The nearest is "encoder"'),
    (("audit", "mine", "--labels", "befor.toml", "--by", "age"), 'The nearest is "before.toml"'),
    (AUDIT, "--by"),
    (("audit", "mine", "--labels", "gender", "--by", "age", "--bogus"), "--bogus"),
    (("compere", "mine"), "compare"),
    (("verify", "mien"), 'The nearest is "mine"'),
    (("serve", "--port", "70000"), "70000"),
    (
        ("build", "mine", "--images", "images", "--metadata", "people.csv", "--encoder", "local-dir:encoder"),
        "--replace",
    ),
    (("build", "new", "--images", "imges", "--metadata", "people.csv", "--encoder", "local-dir:encoder"), "imges"),
    (("build", "new", "--images", "images", "--metadata", "peple.csv", "--encoder", "local-dir:encoder"), "peple.csv"),
    (
        (*BUILD, "local-dir:gone"),
        "gone is not there",
    ),
    (
        (*BUILD, "ViT-B-32"),
        "does not name an encoder",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "words"), BAD, ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else ""
)
def test_bad_input_gets_one_or_two_sentences(run, arguments, words):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


BAD_FILES = {
    "empty": ("", "label"),
    "no toml": ("name = ", "Line 1"),
    "one label": ('[[label]]\ntext = "man"', "at least"),
    "repeated": ('[[label]]\ntext = "man"\n[[label]]\ntext = " man "', "man"),
    "blank": ('[[label]]\ntext = "  "\n[[label]]\ntext = "man"', "Label 1"),
    "key": ('flaged = []\n[[label]]\ntext = "a"\n[[label]]\ntext = "b"', 'The nearest is "flagged"'),
    "template": ('templates = ["a photo"]\n[[label]]\ntext = "a"\n[[label]]\ntext = "b"', "{}"),
    "claim": ('[[label]]\ntext = "a"\nclaims = {gendr = "man"}\n[[label]]\ntext = "b"', 'The nearest is "gender"'),
    "value": ('[[label]]\ntext = "a"\nclaims = {gender = "men"}\n[[label]]\ntext = "b"', 'The nearest is "man"'),
    "long": (f'[[label]]\ntext = "{"word " * 60}"\n[[label]]\ntext = "b"', "tokens"),
    "many": ("".join(f'[[label]]\ntext = "{n}"\n' for n in range(10_000)), "4,096"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_label_file_gets_one_or_two_sentences(run, house, kind):
    content, words = BAD_FILES[kind]
    if "name" not in content:
        content = f'name = "x"\n{content}'
    (house / "bad.toml").write_text(content, encoding="utf-8")
    code, out, err = run("audit", "mine", "--labels", "bad.toml", "--by", "age")
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_markup_braces_and_percent_are_plain_text(run, house):
    hostile = '[[label]]\ntext = "<b>{0.a}</b> % [red]"\n[[label]]\ntext = "=cmd()"\n'
    (house / "hostile.toml").write_text(f'name = "x"\ntemplates = ["{{}}"]\n{hostile}', encoding="utf-8")
    code, out, _ = run("audit", "mine", "--labels", "hostile.toml", "--by", "age", "--min-n", "1", "--json")
    assert code == 0
    assert "<b>{0.a}</b> % [red]" in json.loads(out)["groups"][0]["labels"]
    assert run("audit", "mine", "--labels", "hostile.toml", "--by", "age", "--min-n", "1")[0] == 0


def test_a_bug_is_not_dressed_up_as_bad_input(run, log_folder, monkeypatch):
    def fail(*arguments):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("clipdash.store.open_store", fail)
    code, out, err = run(*AUDIT, "--by", "age")
    assert (code, out) == (1, "")
    assert "Traceback" not in err
    assert str(log_folder / "faults.log") in err
    assert "ZeroDivisionError: a bug" in (log_folder / "faults.log").read_text()


def test_ctrl_c_ends_quietly(run, monkeypatch):
    def stop(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("clipdash.store.open_store", stop)
    assert run(*AUDIT, "--by", "age") == (130, "", "")


def test_serve_starts_streamlit_on_a_free_port_and_refuses_a_taken_one(run, monkeypatch):
    started, heaps = [], []

    def start(program, arguments, environment):
        started.append(arguments)
        heaps.append(environment["MALLOC_ARENA_MAX"])

    monkeypatch.setattr(os, "execve", start)
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, out, err = run("serve", "--port", port)
    assert (code, out) == (2, "")
    assert port in err
    assert started == []
    assert run("serve", "--port", port)[0] == 0
    assert started[0][1:4] == ["-m", "streamlit", "run"]
    assert Path(started[0][4]).name == "app.py"
    monkeypatch.setenv("MALLOC_ARENA_MAX", "8")
    assert run("serve", "--port", port)[0] == 0
    assert heaps == ["2", "8"]


@pytest.fixture
def served(run, monkeypatch):
    """Serve with these options and settings; return code, the address that Streamlit gets, and what is said."""

    def call(*options, **settings):
        started = []
        monkeypatch.setattr(os, "execve", lambda program, arguments, environment: started.extend(arguments))
        for name in ("STREAMLIT_SERVER_ADDRESS", "CLIPDASH_OPEN", "CLIPDASH_SIGN_IN", "CLIPDASH_ACCESS"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        code, _, err = run("serve", "--port", str(port), *options)
        return code, started[started.index("--server.address") + 1] if started else None, err

    return call


def test_serve_stays_on_this_machine_unless_someone_is_asked_or_it_is_said_in_words(served, monkeypatch):
    assert served() == (0, "127.0.0.1", "")
    everywhere = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}
    for settings in (everywhere, everywhere | {"CLIPDASH_OPEN": "yes"}):
        code, host, said = served(**settings)
        assert (code, host) == (0, "127.0.0.1")
        assert "CLIPDASH_OPEN=1" in said
        assert "CLIPDASH_SIGN_IN and CLIPDASH_ACCESS" in said
        assert "not on 0.0.0.0" in said
    assert served(**everywhere, CLIPDASH_OPEN="1") == (0, "0.0.0.0", "")
    monkeypatch.setattr(command, "find_sign_in", object)
    assert served(**everywhere) == (0, "0.0.0.0", "")


def test_serve_prefers_the_address_of_its_option(served):
    assert served("--address", "localhost", STREAMLIT_SERVER_ADDRESS="0.0.0.0") == (0, "localhost", "")
    assert served("--address", "127.0.0.2") == (0, "127.0.0.2", "")
    assert served("--address", "0.0.0.0")[1] == "127.0.0.1"
    code, host, said = served("--address", "no such place", CLIPDASH_OPEN="1")
    assert (code, host) == (2, None)
    assert '"no such place" is no address of this machine' in said


def test_serve_outside_a_checkout_says_so(run, monkeypatch, tmp_path):
    monkeypatch.setattr(command, "__file__", str(tmp_path / "site" / "clipdash" / "__main__.py"))
    code, _, err = run("serve")
    assert code == 2
    assert "checkout" in err


def test_serve_does_not_start_open_where_a_sign_in_was_meant(run, monkeypatch):
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("it started"))
    monkeypatch.delenv("CLIPDASH_SIGN_IN", raising=False)
    monkeypatch.setenv("CLIPDASH_ACCESS", "access.toml")
    code, _, err = run("serve")
    assert code == 2
    assert "CLIPDASH_SIGN_IN is not" in err


def test_help_lists_every_command(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(name in out for name in COMMANDS | FOREIGN)
    assert run() == (2, "", "Missing command. See: clipdash --help\n")


def test_a_shift_is_taken_apart(run):
    arguments = ("explain", *COMPARE[1:])
    code, out, _ = run(*arguments, "--json")
    found = json.loads(out)
    assert (code, found["causes"]) == (0, [{"label": "person", "change": "added"}])
    for group in found["groups"]:
        assert group["parts"][0]["value"] == group["total"]
    code, out, _ = run(*arguments)
    assert code == 0
    assert "+ person" in out
    code, out, err = run("explain", "mine", "--before", "before.toml", "--after", "before.toml", "--by", "age")
    assert (code, out) == (2, "")
    assert "differ in no label" in err


def test_what_was_tried_is_counted_in_words_and_not_in_the_json(run):
    assert "Comparisons tried on this store here: 1, over" in run(*COMPARE)[1]
    assert "Comparisons tried on this store here: 1, over" in run(*COMPARE)[1]
    assert "Comparisons tried on this store here: 2, over" in run(*COMPARE, "--rule", "flagged")[1]
    assert run(*COMPARE, "--json")[1] == run(*COMPARE, "--json")[1]


def test_shifts_are_held_against_a_tolerance(run):
    code, out, _ = run(*COMPARE, "--tolerance", "0.9", "--json")
    found = json.loads(out)["tolerance"]
    assert (code, found["tolerance"]) == (0, 0.9)
    assert {row["alone"]["verdict"] for row in found["groups"]} <= {"within", "cannot tell"}
    assert "Tolerance of 90.0 points" in run(*COMPARE, "--tolerance", "0.9")[1]
    code, out, err = run(*COMPARE, "--tolerance", "5")
    assert (code, out, "between 0 and 1" in err) == (2, "", True)


def test_accuracy_is_printed_along(run):
    arguments = ("audit", "mine", "--labels", "before.toml", "--by", "age", "--min-n", "5", "--accuracy", "gender")
    code, out, _ = run(*arguments, "--json")
    found = json.loads(out)["accuracy"]
    assert (code, found["attribute"], found["overall"]["n"]) == (0, "gender", 40)
    code, out, _ = run(*arguments)
    assert (code, "Recall man" in out) == (0, True)
    code, out, err = run(*arguments[:-1], "age")
    assert (code, out, 'claims "age"' in err) == (2, "", True)


def test_several_sets_stand_side_by_side(run):
    arguments = ("compare", "mine", "--set", "before.toml", "--set", "after.toml", "--by", "age", "--min-n", "5")
    code, out, _ = run(*arguments, "--json")
    found = json.loads(out)
    pair = json.loads(run(*COMPARE, "--json")[1])
    assert (code, len(found["sets"])) == (0, 2)
    for group, known in zip(found["groups"], pair["groups"], strict=True):
        assert group["sets"] == [known["before"], known["after"]]
    assert "p, sets differ" in run(*arguments)[1]
    for wrong in (arguments[:4] + arguments[6:], (*arguments, "--before", "before.toml")):
        code, out, err = run(*wrong)
        assert (code, out) == (2, "")
    assert "--set stands alone" in err
    code, out, err = run("compare", "mine", "--before", "before.toml", "--by", "age")
    assert (code, out, "needs --before SET and --after SET" in err) == (2, "", True)


def test_a_label_set_is_looked_at_before_it_is_run(run, house):
    code, out, _ = run("lint", "mine", "--labels", "before.toml")
    assert code == 0
    code, out, _ = run("lint", "mine", "--labels", "before.toml", "--json")
    assert (code, list(json.loads(out))) == (0, ["label_set", "hints"])
    (house / "idle.toml").write_text('name = "x"\nflagged = ["odd"]\n[[label]]\ntext = "a"\n[[label]]\ntext = "b"\n')
    code, out, _ = run("lint", "mine", "--labels", "idle.toml")
    assert (code, 'The category "odd" is flagged, but no label has it.' in out) == (0, True)


def test_several_encoders_are_variants_and_a_comparison_may_change_the_model_alone(run, house):
    save_tiny_encoder(house / "other", seed=1)
    arguments = build_arguments(house, "two")
    code, out, _ = run(*arguments, "--encoder", f"local-dir:{house}/other", "--json")
    assert (code, json.loads(out)["built"]) == (0, 60)
    same = ("compare", "two", "--before", "before.toml", "--after", "before.toml", "--by", "age", "--min-n", "5")
    code, out, _ = run(*same, "--variant", "encoder", "--variant-after", "other", "--json")
    found = json.loads(out)
    assert (code, found["variants"]) == (0, ["encoder", "other"])
    assert found["before"] == found["after"]
    assert any(flow["from"] != flow["to"] for flow in found["flows"])


def test_exported_counts_read_back_to_the_same_figures(run, tmp_path):
    target = str(tmp_path / "T.csv")
    _, out, _ = run(*COMPARE, "--export-table", target, "--json")
    sets = ("--before-labels", "before.toml", "--after-labels", "after.toml", "--order", "age=3-9/10-19")
    code, again, _ = run("compare-table", target, "--by", "age", *sets, "--min-n", "5", "--json")
    first, second = json.loads(out), json.loads(again)
    assert code == 0
    for key in ("n", "unjudged", "ungrouped", "groups", "flows", "homogeneity", "gap", "overall"):
        assert first[key] == second[key], key


def test_counts_that_cannot_be_written_are_said(run, tmp_path):
    code, out, err = run(*COMPARE, "--export-table", str(tmp_path / "no" / "T.csv"))
    assert (code, out) == (2, "")
    assert "T.csv (No such file or directory)" in err


def test_module_and_script_are_the_same_program():
    for program in ([sys.executable, "-m", "clipdash"], [str(Path(sys.executable).with_name("clipdash"))]):
        result = subprocess.run([*program, "verify", "nowhere"], capture_output=True, text=True, check=False)
        assert result.returncode == 2
        assert "nowhere" in result.stderr


SPECIFY = ("specify", "mine", "--by", "age", "--min-n", "5", "--alternatives", "man / guy")


def test_a_specification_curve_names_its_choices(run):
    code, out, err = run(*SPECIFY, "--labels", "before.toml", "--template", "{}", "--json")
    curve = json.loads(out)
    assert (code, err, curve["measure"]) == (0, "", "gap")
    assert curve["choices"] == {"template": ["as in the set", "{}"], '"man"': ["man", "guy"]}
    values = [found["value"] for found in curve["specifications"]]
    assert len(values) == 4
    assert values == sorted(values)
    assert sum(curve["variance"].values()) == pytest.approx(1)
    assert curve["permutation"]["draws"] == 999
    assert run(*SPECIFY, "--labels", "before.toml", "--template", "{}", "--json")[1] == out
    code, out, _ = run(*SPECIFY, "--before", "before.toml", "--after", "after.toml", "--group", "age=3-9")
    assert code == 0
    assert "2 combinations of 1 choice on 20 images: the shift of images annotated as age 3" in out
    assert "Every combination could only go one way, so there is no test." in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name one set"),
        (("--before", "before.toml"), "Name one set"),
        (("--labels", "before.toml", "--draws", "5"), "at least 999"),
        (("--labels", "before.toml", "--group", "age"), "ATTRIBUTE=VALUE"),
    ],
)
def test_a_specification_curve_that_cannot_be_is_said(run, arguments, words):
    code, out, err = run(*SPECIFY, *arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_images_that_hang_together_and_intervals_that_hold_together(run):
    code, out, err = run(*COMPARE, "--cluster", "gender", "--simultaneous", "--json")
    result = json.loads(out)
    assert (code, err, result["level"]) == (0, "", 0.975)
    assert result["cluster"] == {"by": "gender", "clusters": 2, "few": True}
    assert {group["clusters"] for group in result["groups"]} == {2}
    assert all(group["design_effect"] >= 1 for group in result["groups"])
    code, out, _ = run(*COMPARE, "--cluster", "gender")
    assert "Images with one gender hang together: 2 of these" in out
    code, out, err = run(*COMPARE, "--cluster", "age")
    assert (code, out, "cannot both" in err) == (2, "", True)
    code, out, err = run(
        "compare", "mine", "--by", "age", "--set", "before.toml", "--set", "after.toml", "--simultaneous"
    )
    assert (code, "leave out" in err) == (2, True)
