"""Options of each image's own: every fault names its line, and each image chooses as a plain product would."""

from pathlib import Path

import numpy as np
import pytest
from tiny_encoder import CONTEXT, DIM, save_tiny_encoder
from tiny_store import make_tiny_store, tiny_people, tiny_vectors

from clipdash.encoders import LabelBank, read_encoder
from clipdash.errors import FileError, LabelError, QueryError
from clipdash.labels import Label, LabelSet
from clipdash.store import ScoreTable, StoreWriter, Upload, open_store
from clipdash.zeroshot import choose_options, open_scores, read_options

KNOWN = ("a.png", "b.png", "c.png")
GOOD = "a.png,red car,truth\na.png,blue car,close\nb.png,dog,other\nb.png,cat,truth\na.png,dog,other\n"


def read(text, known=KNOWN, head="image_id,option,role\n"):
    return read_options(Upload("options.csv", (head + text).encode()), known)


def test_pairs_are_sorted_by_image_in_the_order_of_the_file():
    options = read("b.png, dog ,other\n" + GOOD.replace("b.png,dog,other\n", ""))
    assert options.rows.tolist() == [1, 0]
    assert options.starts.tolist() == [0, 2, 5]
    assert [options.texts[place] for place in options.places] == ["dog", "cat", "red car", "blue car", "dog"]
    assert options.roles.tolist() == [2, 0, 0, 1, 2]
    assert options.offered.tolist() == [[True, False, True], [True, True, True]]
    assert options.sizes.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "z.png,cat,truth\n", 'line 7 names the image "z.png", which the store does not have'),
        (GOOD + "c.png,cat,right\n", 'line 7 has the role "right"; expected truth, close or other'),
        (GOOD + "c.png, ,truth\n", "line 7 has a blank option"),
        (GOOD + 'c.png,"two\nlines",truth\n', "line 8: the option .* holds a line break"),
        (GOOD + "c.png,cat,close\nc.png,dog,other\n", 'line 7: the image "c.png" has no truth among its options'),
        (GOOD + "c.png,cat,truth\nc.png,dog,truth\n", 'line 8: the image "c.png" has another truth in line 7'),
        (GOOD + "c.png,cat,truth\n", 'line 7: the image "c.png" has one option; expected two or more'),
        (GOOD + "a.png,red car ,other\n", 'line 7: the image "a.png" has the option "red car" twice'),
        ("", "has a head line and no row"),
    ],
)
def test_a_fault_is_named_with_its_line(text, message):
    with pytest.raises(FileError, match=rf"options.csv.*{message}"):
        read(text)


def test_a_missing_column_is_named():
    with pytest.raises(FileError, match=r'no column "option"; expected image_id, option, role. The nearest is "opton"'):
        read("a.png,x,truth\n", head="image_id,opton,role\n")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return read_encoder(f"local-dir:{save_tiny_encoder(tmp_path_factory.mktemp('encoder'))}")


@pytest.fixture(scope="module")
def store(tmp_path_factory, encoder):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("options"), 60, spec=encoder.spec))


def write_options(ids, words, most=5, seed=0):
    """Two to five of some words for each of some images, one of them the truth."""
    random, lines = np.random.default_rng(seed), []
    for image_id in ids:
        own = random.choice(words, random.integers(2, most + 1), replace=False)
        roles = random.permutation(["truth", *random.choice(["close", "other"], len(own) - 1)])
        lines += [f"{image_id},{text},{role}\n" for text, role in zip(own, roles, strict=True)]
    return "".join(random.permutation(lines))


def test_each_image_chooses_the_best_of_its_own_scores(store, encoder, monkeypatch):
    monkeypatch.setattr("clipdash.zeroshot.choosing._IMAGES_AT_ONCE", 7)
    words, ids = [f"word{place}" for place in range(12)], list(store.people.index)
    options = read(write_options(ids[::2], words), ids)
    templates = ("a photo of a {}", "{}")
    choices = choose_options(store, options, templates=templates, read=lambda _: encoder)
    label_set = LabelSet(name="all", templates=templates, labels=tuple(Label(text=t) for t in options.texts))
    whole = np.concatenate([b for _, b in open_scores(store, label_set, read=lambda _: encoder).split_blocks()], axis=1)
    for place, row in enumerate(options.rows):
        pairs = range(options.starts[place], options.starts[place + 1])
        own = [whole[options.places[pair], row] for pair in pairs]
        assert choices.scores[pairs].tolist() == own  # to the last bit
        assert choices.chosen[place] == pairs[int(np.argmax(own))]
        assert choices.roles[place] == options.roles[choices.chosen[place]]
    assert (choices.variant, choices.templates, choices.store) == ("tiny", templates, store.ref)


def test_of_equal_scores_the_first_counts_and_a_bank_needs_no_template(tmp_path):
    people, rows = tiny_people(3), tiny_vectors(3, DIM)
    bank = LabelBank("bank.npz", ["man", "male", "woman"], np.stack([rows[0], rows[0], rows[1]]))
    scored = ScoreTable("S.csv", {"man": rows[:, 0].astype(float)})
    with StoreWriter(tmp_path / "banked", {"bank": bank, "scored": scored}) as writer:
        writer.add_vectors("bank", rows, list(people.index))
        writer.finish(people)
        store = open_store(writer.path)
    first = people.index[0]
    options = read(f"{first},woman,other\n{first},male,close\n{first},man,truth\n", list(people.index))
    choices = choose_options(store, options)
    assert choices.chosen.tolist() == [1]
    assert choices.templates == ()
    with pytest.raises(QueryError, match="holds scores and no embeddings"):
        choose_options(store, options, variant="scored")
    missing = read(f"{first},dog,other\n{first},man,truth\n", list(people.index))
    with pytest.raises(LabelError, match=r'would not compete. "dog": not in the label bank. Shorten'):
        choose_options(store, missing)


def test_an_option_that_is_too_long_is_named_not_left_out(store, encoder):
    ids = list(store.people.index)
    options = read(f"{ids[0]},{'very ' * CONTEXT},other\n{ids[0]},man,truth\n", ids)
    with pytest.raises(LabelError, match=f"and the encoder reads {CONTEXT}. Shorten or replace it"):
        choose_options(store, options, read=lambda _: encoder)


def test_a_missing_file_is_said():
    with pytest.raises(FileError, match=r"nowhere.csv cannot be read"):
        read_options(Path("nowhere.csv"), KNOWN)
