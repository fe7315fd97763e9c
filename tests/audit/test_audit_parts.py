"""A question asked part by part is the question asked at once, whatever the parts and the place (Ray: tests/build)."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_store import make_tiny_store
from worlds import make_set, worlds

from clipdash.__main__ import main
from clipdash.audit import Question, Rule, add_tables, tabulate, tabulate_parts
from clipdash.audit.parts import _Tabulator
from clipdash.errors import QueryError
from clipdash.labels import read_mode
from clipdash.store import open_remote, open_store
from clipdash.zeroshot import Classifier, Predictions, PreparedLabels, classify, cut_rows, predict_rows

IMAGES = 9000  # five blocks of scores, the last one not whole
MODES = {"argmax": {}, "threshold": {"threshold": 0.3, "score": "cosine"}, "top_k": {"top_k": 2}}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return open_store(make_tiny_store(tmp_path_factory.mktemp("parts"), n=IMAGES))


def prepare(store, texts, mode=None):
    """A label set whose embeddings are random, but the same for the same set."""
    label_set = make_set(*texts)
    weights = np.random.default_rng(len(texts)).standard_normal((len(texts), 16)).astype(np.float32)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    spec = store.variant().encoder
    return PreparedLabels(label_set, "tiny", mode or read_mode(), Classifier(label_set, spec, weights))


def take(predictions, rows):
    """The predictions of some rows."""
    return Predictions(
        predictions.top[rows.start : rows.stop],
        predictions.margin[rows.start : rows.stop],
        predictions.label_set,
        predictions.store,
        predictions.variant,
        predictions.comparable,
    )


@given(worlds(), st.lists(st.integers(0, 40), max_size=6), st.randoms(use_true_random=False))
def test_tables_of_any_cut_add_up_to_the_table_of_all(world, cuts, random):
    people, predictions = world
    edges = sorted({0, len(people), *(cut for cut in cuts if cut < len(people))})
    ranges = [range(start, stop) for start, stop in itertools.pairwise(edges)] or [range(0)]
    random.shuffle(ranges)
    whole = tabulate(people, ["tone", "age"], *predictions)
    parts = [
        tabulate(people.iloc[rows.start : rows.stop], ["tone", "age"], *(take(p, rows) for p in predictions))
        for rows in ranges
    ]
    added = add_tables(parts)
    assert added.digest == whole.digest
    for name in ("cells", "states", "counts"):
        assert np.array_equal(getattr(added, name), getattr(whole, name))


@given(st.integers(1, 60_000), st.integers(1, 50))
def test_cuts_are_of_whole_blocks_and_leave_nothing_out(images, parts):
    ranges = cut_rows(images, parts)
    assert [row for rows in (ranges[0], ranges[-1]) for row in (rows.start, rows.stop)][::3] == [0, images]
    assert all(one.stop == other.start for one, other in itertools.pairwise(ranges))
    assert all(rows.start % 2048 == 0 and len(rows) for rows in ranges)
    assert len(ranges) == min(parts, -(-images // 2048))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_predictions_of_parts_are_those_of_the_whole_to_the_last_bit(store, mode, shards):
    prepared = prepare(store, ("man", "woman", "thief", "photo"), read_mode(**MODES[mode]))
    whole = classify(store, prepared.classifier, mode=prepared.mode)
    parts = [predict_rows(store, prepared, rows) for rows in cut_rows(IMAGES, shards)]
    assert np.array_equal(np.concatenate([part.top for part in parts]), whole.top)
    assert np.concatenate([part.margin for part in parts]).tobytes() == whole.margin.tobytes()
    assert {part.comparable for part in parts} == {whole.comparable}
    if whole.carried is not None:
        assert np.array_equal(np.concatenate([part.carried for part in parts]), whole.carried)


def ask(store, mode=None):
    sides = [prepare(store, ("man", "woman"), mode), prepare(store, ("man", "woman", "thief"), mode)]
    return Question(sides, ["skin_tone", "age"], where={"age": ("3-9", "20-29")}, cluster="gender", rule=Rule())


@pytest.mark.parametrize("mode", MODES)
def test_a_question_in_parts_has_the_table_of_the_whole(store, mode):
    question = ask(store, read_mode(**MODES[mode]))
    pair = [classify(store, side.classifier, mode=side.mode) for side in question.sides]
    whole = tabulate(store.people, question.by, *pair, where=question.where, cluster="gender", rule=question.rule)
    for shards in (None, 1, 3, 7):
        assert tabulate_parts(store, question, shards=shards).digest == whole.digest
    remote = open_remote(f"file://{store.path}")
    assert tabulate_parts(remote, question, shards=3).digest == whole.digest


def test_what_is_wrong_with_a_question_is_said_before_an_engine_starts(store):
    question = Question(ask(store).sides, ["tone"])
    with pytest.raises(QueryError, match='nearest is "skin_tone"'):
        tabulate_parts(store, question, engine="ray://192.0.2.1:1")
    with pytest.raises(QueryError, match="0 shards were asked for"):
        tabulate_parts(store, ask(store), shards=0)


def test_a_process_that_finds_another_store_says_so(store):
    with pytest.raises(QueryError, match="is another one than was asked about"):
        _Tabulator(str(store.path), "0" * 64, ask(store))


@pytest.fixture
def run(capsys, monkeypatch):
    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["clipdash", *arguments])
        code = main()
        out, err = capsys.readouterr()
        return code, out, err

    return call


def drop_command(out):
    return {name: value for name, value in json.loads(out).items() if name != "command"}


AUDIT = ("--labels", "gender-person", "--by", "skin_tone", "--json")


@pytest.fixture
def emoji():
    return open_store("emoji")


def test_the_json_of_an_audit_is_the_same_in_any_number_of_shards(run, emoji):
    wanted = drop_command(run("audit", "emoji", *AUDIT)[1])
    assert wanted["n"] > 1000
    for shards in ("1", "3", "7"):
        assert drop_command(run("audit", "emoji", *AUDIT, "--shards", shards)[1]) == wanted
    assert drop_command(run("audit", f"file://{emoji.path}", *AUDIT, "--shards", "3")[1]) == wanted


@pytest.mark.parametrize("more", [("--engine", "ray"), ("--shards", "2")])
def test_several_sets_stay_on_this_machine(run, more):
    code, out, err = run("compare", "emoji", "--set", "gender", "--set", "gender-person", "--by", "art", *more)
    assert (code, out) == (2, "")
    assert more[0] in err


def test_an_engine_that_is_none_is_a_sentence(run):
    code, out, err = run("audit", "emoji", *AUDIT, "--engine", "dask")
    assert (code, out) == (2, "")
    assert "expected local, ray, or ray://HOST:PORT" in err
