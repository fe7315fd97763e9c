"""The associate command, held against a plain product over the files behind the store."""

import json

import numpy as np
import pandas as pd
import pytest
from tiny_encoder import CONTEXT, save_tiny_encoder
from tiny_store import make_tiny_store

from clipdash.__main__ import main
from clipdash.encoders import read_encoder
from clipdash.labels import read_words
from clipdash.store import open_store

N = 300


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    root = tmp_path_factory.mktemp("associate")
    encoder = read_encoder(f"local-dir:{save_tiny_encoder(root / 'encoder')}")
    make_tiny_store(root / "stores", N, spec=encoder.spec)
    (root / "mine.txt").write_text("man\nwoman\n=cmd()\n" + "very " * CONTEXT + "\nman\n", encoding="utf-8")
    return root


@pytest.fixture
def run(house, capsys, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(house / "stores"))
    monkeypatch.chdir(house)

    def call(*arguments):
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["clipdash", *arguments])
        code = main()
        return code, *capsys.readouterr()

    return call


def test_the_json_holds_what_a_plain_product_gives(run, house):
    asked = ("associate", "tiny", "--words", "mine.txt", "--by", "gender", "--groups", "Male/Female", "--seed", "5")
    code, out, err = run(*asked, "--template", "{}", "--permutations", "99", "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert [contrast["group"] for contrast in data["contrasts"]] == [{"gender": "Male"}]
    assert (data["templates"], data["words"]["repeated"], data["words"]["left_out"]["count"]) == (["{}"], 1, 1)
    assert data["words"]["sha256"] == read_words(house / "mine.txt").sha256
    assert data["permutations"] == {"draws": 99, "seed": 5}
    assert data["command"] == f"clipdash {' '.join(asked)} --template '{{}}' --permutations 99 --json"
    store = open_store("tiny")
    encoder = read_encoder(store.encoder_reference())
    gender = store.people["gender"]
    for row in data["rows"]:
        cosines = store.vectors().astype(float) @ encoder.encode_texts([row["word"]])[0].astype(float)
        first, second = (cosines[(gender == value).to_numpy()] for value in ("Male", "Female"))
        assert row["difference"] == pytest.approx(first.mean() - second.mean(), abs=1e-7)
        deviation = np.concatenate([first, second]).std(ddof=1)
        assert row["effect"] == pytest.approx((first.mean() - second.mean()) / deviation, rel=1e-4)
    assert run(*asked, "--template", "{}", "--permutations", "99", "--json")[1] == out


def test_a_table_of_the_outer_words_is_printed(run):
    code, out, _ = run("associate", "tiny", "--words", "neutral", "--by", "age", "--top", "2", "--permutations", "19")
    assert code == 0
    assert out.count("Effect") == 4
    assert "Withheld, fewer than 30 images: annotated as age more than 70 (5)." in out
    assert "WordNet" in out
    code, out, _ = run("associate", "tiny", "--words", "mine.txt", "--by", "gender", "--permutations", "0")
    assert (code, "nothing was tested" in out, "p, BH" in out) == (0, True, False)


def test_intersections_are_named_with_a_plus(run):
    asked = (
        "associate",
        "tiny",
        "--words",
        "mine.txt",
        "--by",
        "gender",
        "--by",
        "skin_tone",
        "--min-n",
        "5",
        "--json",
    )
    code, out, _ = run(*asked, "--groups", "Male+dark/Female+dark", "--where", "age=0-2", "--where", "age=3-9")
    assert code == 0
    data = json.loads(out)
    assert [group["group"] for group in data["groups"]] == [
        {"gender": "Male", "skin_tone": "dark"},
        {"gender": "Female", "skin_tone": "dark"},
    ]
    people = pd.DataFrame(open_store("tiny").people)
    kept = people[people["age"].isin(["0-2", "3-9"])]
    assert data["n"] == ((kept["skin_tone"] == "dark") & kept["gender"].notna()).sum()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--words", "comon", "--by", "gender"), 'The nearest is "common"'),
        (("--words", "neutral", "--by", "gendr"), "gendr"),
        (("--words", "neutral", "--by", "gender", "--groups", "Male/Femal"), 'no group "Femal"'),
        (("--words", "neutral", "--by", "gender", "--template", "photo"), "needs exactly one {}"),
        (("--words", "neutral", "--by", "gender", "--permutations", "3"), "3 permutations"),
        (("--words", "neutral", "--by", "gender", "--adjust", "holm"), 'no adjustment "holm"'),
        (("--words", "neutral", "--by", "gender", "--top", "0"), "top 0 words"),
        (("--words", "neutral", "--by", "gender", "--variant", "x"), 'no variant "x"'),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(run, arguments, said):
    code, out, err = run("associate", "tiny", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
