"""The import command: what it takes, what it prints, and that the store answers."""

import json
import sys

import numpy as np
import pytest

from clipdash.__main__ import main


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "stores"))
    rows = np.random.default_rng(0).standard_normal((40, 4)).astype(np.float32)
    np.save("E.npy", rows)
    np.savez("B.npz", labels=np.array(["man", "woman"]), embeddings=np.eye(4, dtype=np.float32)[:2])
    lines = [f"{n},{('Male', 'Female')[n % 2]}" for n in range(40)]
    (tmp_path / "M.csv").write_text("\n".join(["image_id,gender", *lines]), encoding="utf-8")
    (tmp_path / "S.csv").write_text(
        "image_id,man,woman\n" + "".join(f"{n},{n},20\n" for n in range(30)), encoding="utf-8"
    )
    labels = "".join(
        f'[[label]]\ntext = "{t}"\nclaims = {{gender = "{v}"}}\n' for t, v in (("man", "Male"), ("woman", "Female"))
    )
    (tmp_path / "two.toml").write_text(f'name = "two"\n{labels}', encoding="utf-8")

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["clipdash", *arguments])
        code = main()
        return code, *capsys.readouterr()

    return call


EMBEDDINGS = ("import", "mine", "--embeddings", "E.npy", "--metadata", "M.csv", "--label-bank", "B.npz")
SCORES = ("import", "scored", "--scores", "S.csv", "--metadata", "M.csv")


def test_an_import_in_a_shell_is_logged_for_the_account(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_AUDIT_LOG", str(tmp_path / "audit.jsonl"))
    assert run(*EMBEDDINGS)[0] == 0
    (line,) = map(json.loads, (tmp_path / "audit.jsonl").read_text().splitlines())
    assert (line["verb"], line["kind"], line["id"]) == ("imported", "store", "mine")
    assert line["who"].startswith("local:")


def test_embeddings_become_a_store_that_answers(run):
    code, out, err = run(*EMBEDDINGS, "--json")
    made = json.loads(out)
    assert (code, err, made["images"], made["variants"]) == (0, "", 40, ["B"])
    assert made["notes"] == ["40 of 40 embeddings were not of length one and were normalised."]
    code, out, _ = run("audit", "mine", "--labels", "two.toml", "--by", "gender", "--min-n", "5", "--json")
    result = json.loads(out)
    rows = np.load("E.npy")
    wrong = [int((rows[n, 0] >= rows[n, 1]) != (n % 2 == 0)) for n in range(40)]
    assert code == 0
    assert result["templates_apply"] is False
    assert sum(group["misclassified"] for group in result["groups"]) == sum(wrong)


def test_scores_become_a_store_that_names_what_it_left_out(run):
    code, out, _ = run(*SCORES)
    assert code == 0
    assert "30 images" in out
    assert "10 annotated images have no scores and are left out, first 30." in out
    code, out, _ = run("audit", "scored", "--labels", "two.toml", "--by", "gender", "--min-n", "5")
    assert code == 0
    assert "Prompt templates play no part" in out
    code, out, err = run("audit", "scored", "--labels", "denigration", "--by", "gender")
    assert (code, out) == (2, "")
    assert "The table of scores of this store does not have" in err


def test_a_readable_import_says_its_notes(run):
    code, out, _ = run(*EMBEDDINGS)
    assert code == 0
    assert "were normalised" in out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "x", "--metadata", "M.csv"), "Name what to import"),
        ((*EMBEDDINGS, "--scores", "S.csv"), "one of the two"),
        (EMBEDDINGS[:-2], "Embeddings need --label-bank B.npz or --encoder MODEL/TAG"),
        ((*SCORES, "--label-bank", "B.npz"), "Scores need neither"),
    ],
)
def test_what_does_not_go_together_is_said(run, arguments, sentence):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err


def test_an_existing_store_needs_replace(run):
    assert run(*SCORES)[0] == 0
    code, out, err = run(*SCORES)
    assert (code, out) == (2, "")
    assert "--replace" in err
    assert run(*SCORES, "--replace")[0] == 0


def test_several_labels_an_image_by_a_threshold_on_the_score(run):
    run(*SCORES)
    asked = ("audit", "scored", "--labels", "two.toml", "--by", "gender", "--min-n", "5")
    code, out, err = run(*asked, "--threshold", "20", "--score", "cosine", "--json")
    result = json.loads(out)
    assert (code, err) == (0, "")
    assert (result["mode"], result["score"], result["threshold"]) == ("threshold", "cosine", 20.0)
    assert result["temperature"] is None
    overall = result["overall"]
    assert overall["labels"] == {"man": 10, "woman": 30}  # images 20 to 29, and all
    assert sum(overall["labels"].values()) != overall["n"] == 30
    assert sum(overall["outcomes"].values()) == 30
    code, out, err = run(*asked, "--threshold", ".5")
    assert (code, out) == (2, "")
    assert "--score cosine" in err
    code, out, _ = run(*asked, "--top-k", "2")
    assert "An image carries the 2 best labels; the gravest decides." in out
    code, out, err = run("sweep", "scored", "--labels", "two.toml", "--by", "gender", "--over", "cosine", "--json")
    swept = json.loads(out)
    assert (code, err, swept["sweep"], swept["band"]) == (0, "", "cosine", "DKW")
    assert len(swept["overall"]["rate"]) == len(swept["thresholds"])
    code, out, _ = run("sweep", "scored", "--labels", "two.toml", "--by", "gender", "--over", "top-k", "--min-n", "1")
    assert (code, "k = 1" in out, "its k best labels" in out) == (0, True, True)
