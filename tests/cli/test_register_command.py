"""The command register, and that the comparison which follows is known as the one that was registered."""

import json
from pathlib import Path

import pytest

from clipdash.__main__ import main
from clipdash.audit import shift, tabulate
from clipdash.labels import load_labels
from clipdash.records import find_seal
from clipdash.store import open_store
from clipdash.zeroshot import predict

ROOT = Path(__file__).parents[2]
ASKED = ("emoji", "--before", "gender", "--after", "gender-person", "--by", "skin_tone", "--where", "kind=person")


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CLIPDASH_RECORDS", str(tmp_path))

    def call(*arguments):
        capsys.readouterr()
        code = main(arguments)
        return code, *capsys.readouterr()

    return call


def compare():
    store = open_store("emoji")
    sets = [predict(store, load_labels(key)) for key in ("gender", "gender-person")]
    return shift(tabulate(store.people, "skin_tone", *sets, where={"kind": "person"}))


def test_what_was_registered_is_known_once_it_is_compared(run):
    code, out, err = run("register", *ASKED, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    seal = find_seal(compare())
    assert told["registered"]["seal"] == seal.digest
    assert told["store_digest"] == open_store("emoji").digest
    assert run("compare", *ASKED, "--no-placebo")[0] == 0
    assert json.loads(run("register", *ASKED, "--json")[1]) == told  # the first seal stays
    assert "seal " + seal.digest[:12] in run("register", *ASKED)[1]


def test_what_was_compared_cannot_be_registered(run):
    assert run("compare", *ASKED, "--no-placebo")[0] == 0
    code, out, err = run("register", *ASKED)
    assert (code, out) == (2, "")
    assert "were shown on this store before" in err


@pytest.mark.parametrize(
    "shown",
    [
        [("audit", "--labels", "gender", "--by", "age"), ("audit", "--labels", "gender-person", "--by", "gender")],
        [
            ("report", "--labels", "gender", "--by", "age", "--json"),
            ("sweep", "--labels", "gender-person", "--by", "age"),
        ],
        [("explain", "--before", "gender", "--after", "gender-person", "--by", "age")],
        [("specify", "--before", "gender", "--after", "gender-person", "--by", "age", "--template", "a {}")],
        [("scan", "--labels", "gender", "--by", "age", "--words", "words.txt")],
    ],
    ids=lambda commands: commands[0][0],
)
def test_lists_of_which_results_were_shown_cannot_be_registered(run, shown, monkeypatch, tmp_path):
    monkeypatch.setenv("CLIPDASH_STORES", str(ROOT / "embeddings_cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.txt").write_text("person\nhouse\ntree", encoding="utf-8")
    for command, *rest in shown:
        code, _, err = run(command, "emoji", *rest)
        assert (code, err) == (0, ""), err
    code, out, err = run("register", *ASKED)
    assert (code, out) == (2, "")
    assert "were shown on this store before" in err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("--by", "tone"), "skin_tone"),
        (("--where", "kind=parson"), "person"),
        (("--rule", "label:persn"), "person"),
        (("--cluster", "skin_tone"), "cannot both"),
        (("--variant", "none"), "none"),
        (("--min-n", "0"), "at least 1"),
    ],
)
def test_a_question_that_cannot_be_asked_is_not_registered(run, change, told):
    code, out, err = run("register", *ASKED, *change)
    assert (code, out) == (2, "")
    assert told in err
