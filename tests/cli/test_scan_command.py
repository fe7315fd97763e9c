"""The command scan, --ablate and --placebo on the embedded store, held against compare run by hand."""

import json

import pytest

from clipdash.__main__ import main
from clipdash.audit import shift, tabulate
from clipdash.labels import Label, dump_labels, load_labels, read_words
from clipdash.store import open_store
from clipdash.zeroshot import predict

ASKED = ("emoji", "--by", "skin_tone", "--where", "art=Twemoji")


@pytest.fixture
def run(capsys, monkeypatch):
    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["clipdash", *arguments])
        code = main()
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def words(tmp_path):
    """A short list: a scan of it takes no time."""
    path = tmp_path / "words.txt"
    path.write_text("\n".join([*read_words("neutral").words[:25], "man", "person", "x " * 99]), encoding="utf-8")
    return str(path)


def test_scan_prints_json_that_comparisons_confirm(run, words):
    asked = ("scan", *ASKED, "--labels", "denigration", "--words", words, "--min-n", "20", "--json")
    code, out, err = run(*asked)
    assert (code, err) == (0, "")
    assert run(*asked)[1] == out
    found = json.loads(out)
    assert found["command"].startswith("clipdash scan emoji")
    assert found["words"]["left_out"]["count"] == 2
    assert [entry["word"] for entry in found["words"]["left_out"]["first"]] == ["man", ("x " * 99).strip()]
    store, base = open_store("emoji"), load_labels("denigration")
    before = predict(store, base)
    for word in found["found"][:3]:
        after = predict(store, base.replace(labels=(*base.labels, Label(text=word["word"]))))
        whole = shift(tabulate(store.people, "skin_tone", before, after, where={"art": "Twemoji"}), min_n=20)
        assert found["n"] == whole.n
        assert word["moved"] == whole.overall.after.labels[word["word"]]
        for place, row in enumerate(whole.rows):
            halves = [word[half]["groups"][place] for half in ("chosen", "confirmed")]
            assert [sum(half[name] for half in halves) for name in ("n", "fixed", "broken")] == [
                row.n, row.fixed, row.broken,
            ]  # fmt: skip


def test_scan_prints_a_table_and_its_sentences(run, words):
    code, out, err = run(
        "scan", *ASKED, "--labels", "denigration", "--words", words, "--rank", "difference", "--category", "crime",
        "--rule", "flagged", "--seed", "3", "--cluster", "drawing",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "In the half that chose" in out
    assert "which had no say" in out
    assert "can only become more" in out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--rank", "size"), 'There is no order "size"'),
        (("--words", "comon"), "The nearest is"),
        (("--seed", "-1"), "The seed is -1"),
        (("--min-n", "100000"), "No group has 100,000"),
        (("--by", "tone"), "tone"),
        (("--variant", "other"), "other"),
    ],
)
def test_what_cannot_be_scanned_is_one_sentence(run, words, more, said):
    code, out, err = run("scan", *ASKED, "--labels", "denigration", "--words", words, *more)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_compare_places_neutral_words(run, tmp_path):
    asked = ("compare", *ASKED, "--before", "gender", "--after", "gender-person")
    code, out, _ = run(*asked, "--json")
    assert code == 0
    found = json.loads(out)
    (row,) = found["placebo"]
    assert (row["label"], row["of"], row["seed"]) == ("person", 200, 0)
    assert row["shift"] == found["overall"]["shift"]["value"]
    assert [group["shift"] for group in row["groups"]] == [group["shift"]["value"] for group in found["groups"]]
    assert "placebo" not in json.loads(run(*asked, "--no-placebo", "--json")[1])
    assert 'Added "person": ' in run(*asked)[1]
    assert "neutral words" not in run(*asked, "--no-placebo")[1]
    backwards = json.loads(run("compare", *ASKED, "--before", "gender-person", "--after", "gender", "--json")[1])
    assert (backwards["placebo"], backwards["placebo_note"]) == ([], "No label was added.")
    folder = open_store("emoji").path
    remote = run("compare", f"file://{folder.resolve()}", *asked[2:], "--json")
    assert json.loads(remote[1])["placebo_note"].startswith("The store is elsewhere")


def test_audit_leaves_labels_out_in_turn(run, tmp_path):
    asked = ("audit", *ASKED, "--labels", "denigration", "--ablate")
    code, out, _ = run(*asked, "--json")
    assert code == 0
    found = json.loads(out)
    base = load_labels("denigration")
    assert [row["label"] for row in found["ablation"]] == list(base.texts)
    path = tmp_path / "without.toml"
    path.write_text(dump_labels(base.replace(labels=base.labels[:2] + base.labels[3:])), encoding="utf-8")
    by_hand = json.loads(
        run("compare", *ASKED, "--before", str(path), "--after", "denigration", "--no-placebo", "--json")[1]
    )
    assert found["ablation"][2]["groups"] == by_hand["groups"]
    assert found["ablation"][2]["overall"] == by_hand["overall"]
    assert "Each label left out in turn" in run(*asked)[1]
    assert "ablation" not in json.loads(run(*asked[:-1], "--json")[1])
    code, out, err = run("audit", f"file://{open_store('emoji').path.resolve()}", *asked[2:], "--json")
    assert (code, out) == (2, "")
    assert "leave out --ablate" in err
    path.write_text(dump_labels(base.replace(labels=base.labels[:2])), encoding="utf-8")
    code, out, err = run("audit", *ASKED, "--labels", str(path), "--ablate")
    assert (code, out) == (2, "")
    assert "of a set of 3 to 100" in err
