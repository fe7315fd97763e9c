import numpy as np
import pytest
from worlds import SHARED, make_set, needs_shared

from clipdash.audit import shift, tabulate
from clipdash.errors import FileError
from clipdash.exchange import assign_labels, list_inputs, match_images, read_answers, read_matched
from clipdash.labels import Label, LabelSet
from clipdash.store import Upload, read_people

SET = make_set("man", "woman", "thief")
FAIRFACE = SHARED / "fairface_predictions"


@pytest.fixture
def write(tmp_path):
    def put(content, name="P.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return put


@pytest.fixture
def people(write):
    return read_people(write("image_id,gender\na,Male\nb,Female\nc,\n", "M.csv"))


def test_labels_become_predictions_in_the_order_of_the_annotations(write, people):
    answers = read_answers(write("image_id,label\nc,thief\na, woman \nb,man\n"))
    predictions = assign_labels(people, answers, SET)
    assert predictions.top.tolist() == [1, 0, 2]
    assert (predictions.top.shape, predictions.top.dtype, predictions.margin.dtype) == ((3,), np.int32, np.float32)
    assert (predictions.store, predictions.comparable) == (None, "")


def test_accents_are_compared_after_nfc(write, people):
    label_set = LabelSet(name="x", labels=(Label(text="caf\u00e9"), Label(text="bar")))
    answers = read_answers(write("image_id,label\na,cafe\u0301\nb,bar\nc,bar\n"))
    assert assign_labels(people, answers, label_set).top.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("content", "column", "first"),
    [
        ("image_id,label,other\na,man,x\n", None, "man"),
        ("image_id,guess\na,man\n", None, "man"),
        ("image_id,two,fourteen\na,man,thief\n", "fourteen", "thief"),
    ],
)
def test_the_column_of_labels_is_found(write, content, column, first):
    assert read_answers(write(content), column=column).labels["a"] == first


@pytest.mark.parametrize(
    ("content", "column", "sentence"),
    [
        ("image_id,two,fourteen\na,x,y\n", None, 'no column "label" but 2 others ("two", "fourteen"); name the one'),
        ("image_id,two,fourteen\na,x,y\n", "fourten", 'no column "fourten". The nearest is "fourteen".'),
        ("image_id\na\n", None, 'no column "label". There is none.'),
        ("id,label\na,x\n", None, "no column image_id"),
        ("image_id,label\na,x\na,y\n", None, '1 id occurs in more than one row: "a".'),
        ("image_id,label\na,x\nb, \n", None, "the row in line 3 has no label"),
        ("image_id,label\n,x\n", None, "the row in line 2 has no image_id"),
        ("image_id,label\n", None, "has a head line and no row"),
        ("", None, "is empty; expected a head line with image_id and label"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(write, content, column, sentence):
    path = write(content)
    with pytest.raises(FileError) as caught:
        read_answers(path, column=column)
    assert sentence in str(caught.value)
    assert str(path) in str(caught.value)


def test_images_without_a_prediction_are_left_out_and_named(write, people):
    kept, left_out = match_images(people, [read_answers(write("image_id,label\nc,man\na,man\n"))])
    assert kept.index.tolist() == ["a", "c"]
    assert left_out == ("b",)


def test_an_image_without_annotations_is_refused(write, people):
    answers = read_answers(write("image_id,label\na,man\nx,man\ny,man\n"))
    with pytest.raises(FileError, match=r'names 2 images that the metadata do not have: "x", "y"\.'):
        match_images(people, [answers])


def test_both_files_must_name_the_same_images(write, people):
    long = read_answers(write("image_id,label\na,man\nb,man\n"))
    short = read_answers(write("image_id,label\na,man\n", "Q.csv"))
    for pair in ([long, short], [short, long]):
        with pytest.raises(FileError, match=r'P\.csv names 1 image that .*Q\.csv does not: "b"\.'):
            match_images(people, pair)


def test_a_label_that_the_set_lacks_names_file_line_and_nearest(write, people):
    answers = read_answers(write("image_id,label\na,man\nb,womn\nc,man\n"))
    with pytest.raises(FileError, match=r'P\.csv: line 3 has the label "womn".*The nearest is "woman"\.'):
        assign_labels(people, answers, SET)


@needs_shared
def test_published_predictions_of_vit_l_14_give_the_known_answers():
    people = read_people(FAIRFACE / "metadata.csv")
    files = [read_answers(FAIRFACE / f"labels_{n}.csv") for n in (2, 14)]
    kept, left_out = match_images(people, files)
    assert (len(kept), left_out) == (10_954, ())
    claims = {"man": {"gender": ("Male",)}, "woman": {"gender": ("Female",)}}
    sets = [
        LabelSet(
            name=str(n),
            labels=tuple(
                Label(text=text, claims=claims[text.split()[-1]]) for text in sorted(set(given.labels.values()))
            ),
        )
        for n, given in zip((2, 14), files, strict=True)
    ]
    table = tabulate(kept, "race", *(assign_labels(kept, f, s) for f, s in zip(files, sets, strict=True)))
    rows = {row.group["race"]: row for row in shift(table).rows}
    known = {
        "Black": (1556, 0.071979, 0.063625, 38, 25, 0.1034),
        "East Asian": (1550, 0.051613, 0.042581, 23, 9, 0.0135),
        "Southeast Asian": (1415, 0.072792, 0.051590, 46, 16, 0.000117),
        "White": (2085, 0.041247, 0.044125, 17, 23, 0.3489),
    }
    for race, (n, before, after, fixed, broken, p) in known.items():
        row = rows[race]
        assert (row.n, row.fixed, row.broken) == (n, fixed, broken)
        assert (row.before.rate, row.after.rate) == pytest.approx((before, after), abs=5e-7)
        assert row.p == pytest.approx(p, abs=5e-5 if p > 0.001 else 5e-7)


def test_uploads_give_the_table_and_the_inputs_of_the_files(write):
    files = [
        write("image_id,gender\na,Male\nb,Female\nc,\nd,Male\n", "M.csv"),
        write("image_id,label\na,man\nb,man\nc,thief\n", "P.csv"),
        write("image_id,two\nb,woman\na,thief\nc,man\n", "Q.csv"),
    ]
    uploads = [Upload(path.name, path.read_bytes()) for path in files]
    read = [read_matched(metadata, [(p, None), (q, "two")]) for metadata, p, q in (files, uploads)]
    tables = [matched.tabulate([SET, SET], "gender", {"gender": ["Male"]}) for matched in read]
    assert tables[0] == tables[1]
    assert read[1].left_out == ("d",)
    assert [entry["sha256"] for entry in list_inputs(files)] == [entry["sha256"] for entry in list_inputs(uploads)]
    assert [entry["file"] for entry in list_inputs([*uploads, uploads[0]])] == ["M.csv", "P.csv", "Q.csv"]
    with pytest.raises(FileError, match=r'^P\.csv: line 2 has the label "man", which the label set'):
        read[1].tabulate([make_set("woman", "thief"), SET], "gender")
