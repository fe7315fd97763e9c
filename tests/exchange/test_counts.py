import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import POOL, SHARED, make_people, make_set, needs_shared, predict, score

from clipdash.audit import measure, parse_rule, shift, tabulate
from clipdash.errors import FileError, QueryError
from clipdash.exchange import dump_counts, read_counts, read_rates
from clipdash.labels import Label, LabelSet
from clipdash.stats import wilson
from clipdash.store import Upload

BEFORE, AFTER = make_set("man", "woman", "thief"), make_set("man", "woman", "thief", "person")


@pytest.fixture
def write(tmp_path):
    def put(content):
        path = tmp_path / "T.csv"
        path.write_text(content, encoding="utf-8", newline="")
        return path

    return put


def test_counts_stand_for_as_many_images(write):
    path = write("gender,tone,label,count\nMale,dark,man,40\nMale,dark,thief,2\nMale,dark,man,3\nFemale,,man,5\n")
    counts = read_counts(path, [BEFORE])
    assert (counts.weights.shape, counts.weights.dtype) == ((4,), np.int64)
    result = measure(counts.tabulate("gender"))
    rows = {row.group["gender"]: row for row in result.rows}
    assert (rows["Male"].n, rows["Male"].side.misclassified, rows["Male"].side.labels["man"]) == (45, 2, 43)
    assert rows["Female"].n == 5
    assert measure(counts.tabulate("tone")).ungrouped == 5
    assert measure(counts.tabulate("gender", {"tone": ["dark"]})).n == 45


def test_orders_are_natural_or_given(write):
    label_set = make_set("person", "photo")
    plain = "age,label,count\n10-19,person,1\n3-9,person,1\n"
    path = write(plain)
    assert read_counts(path, [label_set]).tabulate("age").values == (("3-9", "10-19"),)
    turned = read_counts(path, [label_set], order={"age": ("10-19", "3-9")})
    assert turned.tabulate("age").values == (("10-19", "3-9"),)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("gender,label\nMale,man\n", 'no column "count"; expected one column an attribute, then label, count.'),
        ("label,count\nman,3\n", "has no column of an attribute beside label, count"),
        ("gender,label,count\n", "has a head line and no row"),
        ("gender,label,count\nMale,man,-4\n", 'line 2 has "-4" under count; expected a whole number of images'),
        ("gender,label,count\nMale,man,1.5\n", 'line 2 has "1.5" under count'),
        ("gender,label,count\nMale,man,\n", 'line 2 has "" under count'),
        ("gender,label,count\nMale,man,0\n", "counts no image: every count is 0"),
        ("gender,label,count\nMale,man,4\nMale,womn,4\n", 'line 3 has the label "womn"'),
        ("gender,label,count\nMale,man\n", "has 2 cells where the head line has 3"),
    ],
)
def test_a_table_that_cannot_be_used_gets_a_sentence(write, content, sentence):
    path = write(content)
    with pytest.raises(FileError) as caught:
        read_counts(path, [BEFORE])
    assert str(path) in str(caught.value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("cells", [("yes", "no"), ("maybe", "maybe")])
def test_same_scores_is_said_of_the_whole_table(write, cells):
    rows = "".join(f"Male,man,man,{cell},1\n" for cell in cells)
    with pytest.raises(FileError, match="must say yes in every row, or no in every row"):
        read_counts(write(f"gender,before,after,same_scores,count\n{rows}"), [BEFORE, AFTER])


def test_a_move_that_same_scores_rule_out_is_refused(write):
    path = write("gender,before,after,same_scores,count\nMale,man,woman,yes,3\nFemale,man,man,yes,1\n")
    with pytest.raises(FileError, match='moved from "man" to "woman", which are in both sets'):
        read_counts(path, [BEFORE, AFTER]).tabulate("gender")


def test_published_rates_get_wilson_and_a_gap(write):
    path = write("model,n,count\nA,200,20\nB,100,30\nC,100,0\n")
    result = measure(read_rates(path).tabulate("model"), parse_rule("label:counted"))
    sides = [row.side for row in result.rows]
    assert [(side.misclassified, side.low, side.high) for side in sides] == [
        (k, *wilson(k, n)) for k, n in ((20, 200), (30, 100), (0, 100))
    ]
    assert result.gap.value == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("model,n,count\nA,3,4\n", "line 2 counts 4 of 3 images; a count is at most its n"),
        ("model,n,count\nA,0,0\n", "counts no image"),
        ("model,count\nA,0\n", 'no column "n"'),
    ],
)
def test_rates_that_cannot_be_get_a_sentence(write, content, sentence):
    with pytest.raises(FileError, match=sentence):
        read_rates(write(content))


MAYBE = st.sampled_from(["Male", "Female", None]), st.sampled_from(["child", "adult", None])


@given(rows=st.lists(st.tuples(*MAYBE, st.integers(0, 2**31)), min_size=1, max_size=40), alike=st.booleans())
def test_what_is_written_reads_back_to_the_same_result(tmp_path_factory, rows, alike):
    people = make_people(gender=[gender for gender, _, _ in rows], age=[age for _, age, _ in rows])
    scores = np.array([np.random.default_rng(seed).random(len(POOL)) for _, _, seed in rows])
    key = "scores" if alike else ""
    table = tabulate(people, ["age"], *(score(s, scores, store=None, comparable=key) for s in (BEFORE, AFTER)))
    path = tmp_path_factory.mktemp("counts") / "T.csv"
    path.write_text(dump_counts(table), encoding="utf-8", newline="")
    orders = dict(zip(table.attributes, table.values, strict=True))
    there = read_counts(path, [BEFORE, AFTER], order=orders).tabulate(["age"])
    first, second = shift(table, min_n=1), shift(there, min_n=1)
    for field in ("n", "unjudged", "ungrouped", "overall", "rows", "homogeneity", "gap_before", "gap_change", "flows"):
        assert getattr(first, field) == getattr(second, field), field


def test_a_value_without_images_keeps_its_place():
    people = make_people(age=["child", "child"], gender=["Male", None])
    written = dump_counts(tabulate(people, "age", predict(BEFORE, ["man", "thief"])))
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [row["age"] for row in rows if row["count"] == "0"] == ["adult", "older adult", ""]
    assert {row["gender"] for row in rows if row["count"] == "0"} == {"", "Female"}


def test_an_attribute_named_like_a_column_is_refused():
    people = make_people(count=["1", "2"])
    with pytest.raises(QueryError, match='attribute "count" has the name of a column'):
        dump_counts(tabulate(people, "count", predict(make_set("person", "photo"), ["person", "photo"])))


def test_the_order_of_groups_changes_no_figure():
    rng = np.random.default_rng(3)
    people = make_people(age=list(rng.choice(["child", "adult", "older adult"], 500)), gender=["Male"] * 500)
    pair = [score(s, rng.random((500, len(POOL))), store=None) for s in (BEFORE, AFTER)]
    turned = people.assign(age=people["age"].cat.reorder_categories(["older adult", "child", "adult"]))
    first, second = (shift(tabulate(people, "age", *pair)) for people in (people, turned))
    assert (first.gap_change, first.homogeneity) == (second.gap_change, second.homogeneity)
    assert replace(first.gap_before, largest=None) == replace(second.gap_before, largest=None)


@needs_shared
def test_published_denigration_table_gives_the_published_counts():
    path = SHARED / "count_tables" / "fairface_denigration_by_race.csv"
    with path.open(encoding="utf-8") as text:
        texts = sorted({row["label"] for row in csv.DictReader(text)})
    crime = {"thief", "criminal", "suspicious person"}
    labels = tuple(Label(text=text, category="crime" if text in crime else None) for text in texts)
    table = read_counts(path, [LabelSet(name="denigration", labels=labels)]).tabulate("race")
    found = {r.group["race"]: (r.side.misclassified, r.n) for r in measure(table, parse_rule("category:crime")).rows}
    assert found["White"] == (147, 2085)
    assert found["Middle Eastern"] == (70, 1209)
    assert found["Indian"] == (9, 1516)
    assert sum(count for count, _ in found.values()) == 347


@pytest.mark.parametrize(
    "content", [b"", b"a,label,count\n", b"a,label,count\nx,man,-1\n", b"\xff\xfea", b"a,label\nx,man\n"]
)
def test_an_upload_is_refused_as_the_file_of_that_name_is(tmp_path, content):
    path = tmp_path / "T.csv"
    path.write_bytes(content)
    with pytest.raises(FileError) as expected:
        read_counts(path, [make_set("man", "woman")])
    with pytest.raises(FileError) as caught:
        read_counts(Upload("T.csv", content), [make_set("man", "woman")])
    assert str(caught.value) == str(expected.value).replace(str(path), "T.csv")
