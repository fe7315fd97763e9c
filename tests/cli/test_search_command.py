"""The search command, held against plain sums over files that no part of clipdash reads."""

import json
import shlex

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tiny_encoder import CONTEXT, save_tiny_encoder

from clipdash.__main__ import main
from clipdash.encoders import read_encoder

N = 90


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Pictures, their annotations, a tiny encoder; stores of pictures, of a label bank, and of scores."""
    root = tmp_path_factory.mktemp("search")
    random = np.random.default_rng(3)
    (root / "images").mkdir()
    rows = []
    for number in range(N):
        shade = random.integers(0, 255, (3, 4, 3), dtype=np.uint8)
        picture = Image.fromarray(shade).resize((32, 24))
        picture.save(root / "images" / f"{number:03}.png")
        rows.append((f"{number:03}.png", ("man", "woman", "")[number % 3], ("3-9", "10-19")[number % 2]))
    pd.DataFrame(rows, columns=["image_id", "gender", "age"]).to_csv(root / "people.csv", index=False)
    save_tiny_encoder(root / "encoder")
    vectors = random.standard_normal((N, 4)).astype(np.float32)
    np.save(root / "E.npy", vectors)
    np.savez(root / "B.npz", labels=np.array(["man", "woman"]), embeddings=np.eye(4, dtype=np.float32)[:2])
    scores = pd.DataFrame({"image_id": [row[0] for row in rows], "man": random.integers(0, 9, N), "dog": range(N)})
    scores.to_csv(root / "S.csv", index=False)
    told = ["--metadata", f"{root}/people.csv"]
    build = ["build", f"{root}/stores/mine", "--images", f"{root}/images", "--encoder", f"local-dir:{root}/encoder"]
    assert main([*build, *told]) == 0
    bank = ["import", f"{root}/stores/bank", "--embeddings", f"{root}/E.npy", "--label-bank", f"{root}/B.npz"]
    assert main([*bank, *told]) == 0
    assert main(["import", f"{root}/stores/scored", "--scores", f"{root}/S.csv", *told]) == 0
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


@pytest.fixture(scope="module")
def encoder(house):
    return read_encoder(f"local-dir:{house}/encoder")


@pytest.fixture(scope="module")
def people(house):
    return pd.read_csv(house / "people.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def rows(house, encoder, people):
    return encoder.encode_images([Image.open(house / "images" / name) for name in people["image_id"]])


def check(found, scores, people, kept, k):
    """Hold the results against the plain answer: scores of all images, those kept sorted."""
    scores = np.asarray(scores, dtype=np.float64)
    wanted = sorted(np.flatnonzero(kept), key=lambda row: (-scores[row], row))[:k]
    told = [result["score"] for result in found["results"]]
    places = [people.index[people["image_id"] == result["image_id"]][0] for result in found["results"]]
    np.testing.assert_allclose(told, scores[wanted], atol=1e-6)
    np.testing.assert_allclose(told, scores[places], atol=1e-6)
    assert len(set(places)) == len(wanted) == len(told)
    assert (found["images"], found["k"]) == (np.count_nonzero(kept), k)
    for place, result in zip(places, found["results"], strict=True):
        assert kept[place]
        assert result["annotations"] == {name: people[name][place] or None for name in ("gender", "age")}


def test_a_text_finds_the_nearest_images_of_those_kept(run, encoder, people, rows):
    asked = ("search", "mine", "a man", "--where", "gender=man", "--where", "age=3-9", "--k", "7", "--json")
    code, out, err = run(*asked)
    found = json.loads(out)
    assert (code, err) == (0, "")
    kept = (people["gender"] == "man") & (people["age"] == "3-9")
    check(found, rows @ encoder.encode_texts(["a man"])[0], people, kept.to_numpy(), 7)
    assert found["schema"] == 1
    assert found["store"]["name"] == "mine"
    assert (found["query"], found["score"]) == ({"text": "a man"}, "cosine")
    assert found["where"] == {"gender": ["man"], "age": ["3-9"]}
    assert found["command"] == shlex.join(["clipdash", *asked])
    assert {"clipdash", "numpy", "faiss-cpu"} <= set(found["versions"])
    assert run(*asked)[1] == out


def test_without_k_fifty_images_are_found(run, encoder, people, rows):
    found = json.loads(run("search", "mine", "thief", "--json")[1])
    check(found, rows @ encoder.encode_texts(["thief"])[0], people, np.ones(N, bool), 50)


def test_a_picture_is_turned_upright_and_put_on_white_first(run, house, encoder, people, rows):
    upright = Image.open(house / "images" / "004.png")
    turned = upright.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    turned.save(house / "turned.png", exif=exif)
    found = json.loads(run("search", "mine", "--image", "turned.png", "--k", "5", "--json")[1])
    check(found, rows @ rows[4], people, np.ones(N, bool), 5)
    assert (found["query"], found["results"][0]["image_id"]) == ({"image": "turned.png"}, "004.png")
    clear = Image.new("RGBA", (32, 24), (0, 0, 0, 0))
    clear.save(house / "clear.png")
    found = json.loads(run("search", "mine", "--image", "clear.png", "--json")[1])
    white = encoder.encode_images([Image.new("RGB", (32, 24), "white")])[0]
    check(found, rows @ white, people, np.ones(N, bool), 50)


def test_an_image_of_the_store_is_not_among_its_own(run, people, rows):
    found = json.loads(run("search", "mine", "--like", "010.png", "--k", str(N), "--json")[1])
    kept = (people["image_id"] != "010.png").to_numpy()
    check(found, rows @ rows[10], people, kept, N)
    assert found["query"] == {"like": "010.png"}


def test_a_label_bank_and_a_table_of_scores_answer_with_their_labels(run, house, people):
    vectors = np.load(house / "E.npy")
    cosines = vectors[:, 1] / np.linalg.norm(vectors, axis=1)
    check(json.loads(run("search", "bank", "woman", "--k", "9", "--json")[1]), cosines, people, np.ones(N, bool), 9)
    found = json.loads(run("search", "scored", "man", "--k", "30", "--json")[1])
    scores = pd.read_csv(house / "S.csv")["man"].to_numpy()
    wanted = sorted(range(N), key=lambda row: (-scores[row], row))[:30]
    assert [result["image_id"] for result in found["results"]] == [f"{row:03}.png" for row in wanted]
    assert found["score"] == "score"


def test_the_table_has_rank_image_score_and_annotations(run):
    found = json.loads(run("search", "mine", "a man", "--k", "3", "--json")[1])["results"]
    code, out, err = run("search", "mine", "a man", "--k", "3")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].split() == ["Rank", "image_id", "Score", "Annotated", "gender", "Annotated", "age"]
    for rank, (line, result) in enumerate(zip(lines[1:4], found, strict=True), start=1):
        assert line.split()[:3] == [str(rank), result["image_id"], f"{result['score']:.3f}"]
    assert "The nearest 3 of 90 images of the store are listed. Score: the cosine" in lines[4]
    code, out, _ = run("search", "mine", "--like", "000.png", "--where", "gender=man", "--k", "1")
    assert (code, "1 of 29 images that the filter leaves other than 000.png is listed" in out) == (0, True)


def test_a_filter_that_leaves_nothing_is_an_answer(run, house):
    (house / "one.csv").write_text("image_id,gender,age\n000.png,man,3-9\n001.png,woman,10-19\n", encoding="utf-8")
    where = ("--images", "images", "--metadata", "one.csv", "--encoder", f"local-dir:{house}/encoder", "--replace")
    assert run("build", "two", *where)[0] == 0
    asked = ("search", f"{house}/stores/two", "man", "--where", "gender=man", "--where", "age=10-19")
    code, out, err = run(*asked)
    assert (code, err, out) == (0, "", "No image is annotated as the filter asks, so none is found.\n")
    found = json.loads(run(*asked, "--json")[1])
    assert (found["images"], found["results"], found["k"]) == (0, [], 2)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("mine",), "Nothing to look for was given"),
        (("mine", "man", "--like", "000.png"), "name only one"),
        (("mine", ""), "is blank"),
        (("mine", "word " * CONTEXT), f"reads at most {CONTEXT} tokens"),
        (("mine", "--like", "000.pn"), 'no image "000.pn". The nearest is "000.png"'),
        (("mine", "--image", "absent.png"), "The picture absent.png cannot be used: cannot be read"),
        (("mine", "--image", "people.csv"), "not a picture that can be opened. Name a file that holds a picture."),
        (("mine", "man", "--k", "91"), "ask for 1 to 90"),
        (("mine", "man", "--k", "0"), "ask for 1 to 90"),
        (("mine", "man", "--where", "gender=wman"), 'The nearest is "woman"'),
        (("mine", "man", "--where", "gender"), "--where got"),
        (("mine", "man", "--variant", "x"), 'no variant "x"'),
        (("mien", "man"), 'The nearest is "mine"'),
        (("bank", "wman"), 'label bank of this store does not have "wman". The nearest is "woman"'),
        (("bank", "--image", "images/000.png"), "label bank and no encoder"),
        (("scored", "--like", "000.png"), "holds scores and no embeddings"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_else(run, arguments, sentence):
    code, out, err = run("search", *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


def test_a_broken_picture_is_a_sentence(run, house):
    content = (house / "images" / "000.png").read_bytes()
    (house / "cut.png").write_bytes(content[: len(content) // 2])
    code, out, err = run("search", "mine", "--image", "cut.png")
    assert (code, out) == (2, "")
    assert "The picture cut.png cannot be used: broken or cut short" in err
