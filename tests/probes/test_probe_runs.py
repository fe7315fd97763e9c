"""Probes on stores whose answers are told by hand, on the embedded store, and on real embeddings."""

import json

import pytest
from made_experiments import TEXT, Words, make_store
from statsmodels.stats.proportion import proportion_confint
from worlds import SHARED, needs_shared

from clipdash.audit import compare_frequencies, measure, parse_rule, shift, tabulate
from clipdash.build import import_embeddings
from clipdash.errors import QueryError
from clipdash.labels import load_labels, parse_labels, read_mode
from clipdash.probes import (
    ProbeResult,
    beside_rows,
    beside_sheet,
    chart_rows,
    check_result,
    compare_published,
    find_fits,
    list_probes,
    parse_probe,
    probe_json,
    published_sheet,
    read_probe,
    run_probe,
    say_missing,
)
from clipdash.probes.kinds import HOW
from clipdash.probes.runs import KINDS
from clipdash.report import to_json
from clipdash.store import open_store
from clipdash.zeroshot import predict

RACES = ("white", "black", "indian", "latino/hispanic", "middle eastern", "southeast asian", "east asian")


@pytest.fixture
def faces(tmp_path):
    """Faces as FairFace annotates them, each called one race; every one is nearer to "man" than to "woman"."""
    encoder = Words([f"a photo of a {race} person" for race in RACES])
    called = {race: encoder.place(**{f"a photo of a {race} person": 1}) for race in RACES}
    groups = [
        (60, ("White", "Male"), "white"),
        (30, ("White", "Male"), "black"),
        (30, ("White", "Male"), "latino/hispanic"),
        (30, ("Black", "Male"), "indian"),
        (30, ("Black", "Male"), "white"),
        (30, ("Indian", "Female"), "indian"),
        (30, ("Indian", "Female"), "white"),
        (30, ("Latino_Hispanic", "Male"), "middle eastern"),
        (30, ("Middle Eastern", "Male"), "middle eastern"),
        (30, ("Southeast Asian", "Male"), "southeast asian"),
        (30, ("East Asian", "Female"), "east asian"),
    ]
    rows = [(n, {"race": race, "gender": gender}, called[label]) for n, (race, gender), label in groups]
    return make_store(tmp_path, encoder, rows), lambda reference: encoder


def test_rates_and_accuracy_stand_beside_the_published_tables(faces):
    store, read = faces
    told = []
    result = run_probe(read_probe("fairface-attributes"), store, read=read, progress=lambda *said: told.append(said))
    assert result.store.digest == store.digest
    assert [each.run.key for each in result.runs if each.result is not None][:3] == ["race", "race-seven", "gender"]
    lacks = {each.run.key: each.missing for each in result.runs}
    assert (
        lacks["age-emoji"][0] == '"man", "woman" among the values of "gender"' or 'the attribute "age"' in lacks["age"]
    )
    beside = {(each.row.name, each.table.groups[each.column]): each for each in compare_published(result)}
    white = beside["Zero-shot CLIP: race", "White"]
    assert (white.published, white.own.value, white.own.n) == (0.583, 0.5, 120)
    assert (white.own.low, white.own.high) == pytest.approx(proportion_confint(60, 120, method="wilson"))
    other = beside["Zero-shot CLIP: race", "Non-White"]  # indian for black counts as right, white for indian does not
    assert (round(other.published, 3), other.own.value, other.own.n) == (0.913, 180 / 240, 240)
    assert beside["Zero-shot CLIP, male", "Black"].own.value == 1
    assert beside["Zero-shot CLIP, female", "Indian"].own.value == 0
    assert ("Zero-shot CLIP, male", "Indian") not in beside  # there is no such image
    assert ("Zero-shot CLIP, both", "average") not in beside
    assert ("Zero-shot CLIP: gender", "Non-White") not in beside  # without those it is not what was published
    seven = next(each.result for each in result.runs if each.run.key == "race-seven")
    assert seven.accuracy.overall.accuracy.count == 60 + 30 + 30 + 30 + 30
    assert seven.accuracy.overall.confusion["Black"]["Indian"] == 30
    assert told[0] == (0, 10_000, "Race, collapsed to White and not White")
    data = probe_json(read_probe("fairface-attributes"), result, command="clipdash probe x")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert [run["run"] for run in data["runs"]][:3] == ["race", "race-seven", "gender"]
    assert data["runs"][2]["accuracy"]["attribute"] == "gender"
    assert len(data["beside"]) == len(beside_rows(compare_published(result))) == len(beside)
    assert len(beside_sheet(compare_published(result)).rows) == len(beside)


def test_a_withheld_group_has_no_figure_beside_it(tmp_path):
    encoder = Words([f"a photo of a {race} person" for race in RACES])
    values = ("White", "Black", "Indian", "Latino_Hispanic", "Middle Eastern", "Southeast Asian", "East Asian")
    call = encoder.place(**{"a photo of a white person": 1})
    rows = [(29 if race == "Indian" else 30, {"race": race}, call) for race in values]
    result = run_probe(read_probe("fairface-attributes"), make_store(tmp_path, encoder, rows), read=lambda _: encoder)
    beside = [each for each in compare_published(result) if each.row.run == "race"]
    assert [each.table.groups[each.column] for each in beside] == ["White"]


def test_a_shift_and_the_false_use_of_child(tmp_path):
    words = ("thief", "child", "white man")
    encoder = Words([f"a photo of a {word}" for word in words])

    def near(**weights):
        return encoder.place(**{f"a photo of a {word}": weight for word, weight in weights.items()})

    groups = [
        (20, {"age": "3-9", "gender": "Male"}, near(thief=0.8, child=0.9)),
        (10, {"age": "3-9", "gender": "Female"}, near(thief=1)),
        (10, {"age": "3-9", "gender": "Male"}, near(white_man=1)),
        (10, {"age": "20-29", "gender": "Male"}, near(thief=1)),
        (30, {"age": "20-29", "gender": "Male"}, near(white_man=1)),
        (29, {"age": "more than 70", "gender": "Female"}, near(thief=1)),
    ]
    store = make_store(tmp_path, encoder, groups)
    result = run_probe(read_probe("child"), store, read=lambda reference: encoder)
    beside = {(each.row.name, each.table.groups[each.column]): each for each in compare_published(result)}
    found = {key: (round(each.published, 3), each.own.value) for key, each in beside.items()}
    assert found == {
        ("21 classes", "3-9"): (0.35, 0.75),
        ("21 classes", "20-29"): (0.163, 0.25),
        ("22 classes, with child", "3-9"): (0.043, 0.25),
        ("22 classes, with child", "20-29"): (0.15, 0.25),
        ("with child minus without", "3-9"): (-0.307, -0.5),
        ("with child minus without", "20-29"): (-0.013, 0.0),
    }
    sides = [predict(store, load_labels(key), read=lambda reference: encoder) for key in ("fairface-denigration", "fairface-denigration-child")]  # fmt: skip  # noqa: E501
    plain = shift(tabulate(store.people, "age", *sides), parse_rule("flagged"))
    (row,) = [row for row in plain.rows if row.group == {"age": "3-9"}]
    own = beside["with child minus without", "3-9"].own
    assert (own.value, own.low, own.high, own.n) == (row.shift.value, row.shift.low, row.shift.high, 40)
    moved, called = (each for each in result.runs if each.result is not None)
    assert HOW["shift"].json(moved.result, "x") == [to_json(plain, command="x")]
    assert [(flow.before, flow.after, flow.count) for flow in moved.result.flows if flow.before != flow.after] == [
        ("thief", "child", 20)
    ]
    counts = {row.group["age"]: row.side and row.side.misclassified for row in called.result[0].rows}
    assert counts == {"3-9": 20, "20-29": 0, "more than 70": None}


def test_rules_and_thresholds_of_a_probe_of_ones_own(tmp_path):
    encoder = Words(["a photo of a man", "a photo of a woman"])
    man, both = encoder.place(a_photo_of_a_man=1), encoder.place(a_photo_of_a_man=1, a_photo_of_a_woman=1)
    store = make_store(tmp_path, encoder, [(3, {"gender": "Male"}, man), (1, {"gender": "Female"}, both)])
    probe = parse_probe(TEXT.encode(), "mine.toml")
    (run,) = run_probe(probe, store, read=lambda reference: encoder).runs
    assert [[row.side.misclassified for row in audit.rows] for audit in run.result] == [[1, 3], [1, 0]]  # Female, Male
    many = TEXT.replace("min_n = 1", 'min_n = 1\nthreshold = 0.5\nscore = "cosine"').replace('"contradicted"', '"label:woman"')  # fmt: skip  # noqa: E501
    (run,) = run_probe(parse_probe(many.encode(), "mine.toml"), store, read=lambda reference: encoder).runs
    assert [[row.side.misclassified for row in audit.rows] for audit in run.result] == [[1, 3], [1, 0]]
    sheet = HOW["rates"].sheet(run.result)
    assert sheet.columns[:3] == ("rule", "annotated:gender", "n")
    assert len(sheet.rows) == 2 * 3
    with pytest.raises(QueryError, match="no variant"):
        run_probe(probe, store, variant="other")


def test_own_options_stand_beside_the_published_shares(tmp_path):
    encoder = Words(["white car", "red car", "empty lot"])
    truth, close, other = (encoder.place(**{word: 1}) for word in ("white car", "red car", "empty lot"))
    rows = [(24, {"place": "a"}, truth), (12, {"place": "a"}, close), (4, {"place": "b"}, other)]
    store = make_store(tmp_path, encoder, rows)
    lines = ["image_id,option,role"]
    for image in store.people.index:
        lines += [f"{image},white car,truth", f"{image},red car,close", f"{image},empty lot,other"]
    path = tmp_path / "options.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    result = run_probe(read_probe("surveillance-stress"), store, options=path, read=lambda reference: encoder)
    beside = {each.row.name: (round(each.published, 3), each.own) for each in compare_published(result)}
    assert {name: (published, own.value, own.n) for name, (published, own) in beside.items()} == {
        "correct, with a close option": (0.511, 24 / 40, 40),
        "the close option": (0.407, 12 / 40, 40),
    }
    own = beside["the close option"][1]
    assert (own.low, own.high) == pytest.approx(proportion_confint(12, 40, method="beta"))
    data = probe_json(result.probe, result)
    assert data["runs"][0]["run"] == "options"
    (lacking,) = run_probe(read_probe("surveillance-fine"), store, read=lambda reference: encoder).runs
    assert lacking.missing == ("a file of options (--options options.csv)",)
    for key, wanted in (("surveillance-fine", "3 options; "), ("surveillance-coarse", "takes at least 6 an image")):
        (refused,) = run_probe(read_probe(key), store, options=path, read=lambda reference: encoder).runs
        assert wanted in refused.fault  # another question than the published one
    plain = "\n".join(line for line in lines if not line.endswith("close"))
    path.write_text(plain, encoding="utf-8")
    (refused,) = run_probe(read_probe("surveillance-stress"), store, options=path, read=lambda reference: encoder).runs
    assert "no close option" in refused.fault
    path.write_text("image_id,option,role\nnobody,a,truth\n", encoding="utf-8")
    (refused,) = run_probe(read_probe("surveillance-fine"), store, options=path, read=lambda reference: encoder).runs
    assert "nobody" in refused.fault
    with pytest.raises(QueryError, match="nobody"):
        check_result(ProbeResult(result.probe, result.store, (refused,)), store.manifest)


def test_labels_of_a_file_and_templates_of_a_file_are_used():
    store = open_store("emoji")
    labels = parse_labels("suit\ntie\ndress")
    found = {each.run.key: each.result for each in run_probe(read_probe("congress"), store, labels=labels).runs}
    assert [row.label for row in found["gendered-file"][0].rows] == ["suit", "tie", "dress"]
    assert len(found["gendered"]) == 2
    assert found["gendered"][0].groups == ({"gender": "man"}, {"gender": "woman"})
    by_hand = tabulate(
        store.people,
        "gender",
        predict(store, read_probe("congress").find_set("printed"), mode=read_mode(threshold=0.04)),
    )
    assert found["gendered"][1].rows == compare_frequencies(by_hand).rows
    templates = ("a photo of a {}", "art of a {}")
    grid = run_probe(read_probe("prompt-and-size"), store, templates=templates).runs[1].result
    assert grid.templates["2 of a file, averaged"] == templates
    assert len(grid.cells) == 5


def test_the_embedded_store_runs_what_it_fits():
    store = open_store("emoji")
    for probe in list_probes():
        result = run_probe(probe, store)
        data = probe_json(probe, result)
        json.dumps(data, allow_nan=False)
        assert all(not each.fault for each in result.runs)
        assert data["runs"] or probe.key.startswith("surveillance")
        for each in result.runs:
            if each.result is None:
                continue
            how = HOW[each.run.kind]
            assert how.rows(each.result)
            assert how.sheet(each.result).rows
            assert all(isinstance(said, str) for said in how.say(each.result))
            for drawing in how.draw(each.result):
                assert drawing.said
                assert drawing.draw(theme="dark", narrow=True).layout.height > 0
    result = run_probe(read_probe("denigration"), store)
    found = next(each.result for each in result.runs if each.run.key == "emoji-skin_tone")
    alone = predict(store, load_labels("denigration"))
    for audit in found:
        table = tabulate(store.people, "skin_tone", alone, where={"kind": "person"})
        assert to_json(audit) == to_json(measure(table, audit.rule))
    fits = {fit.run.key: fit.fits for fit in find_fits(read_probe("denigration"), store.manifest)}
    assert fits == {each.run.key: each.result is not None for each in result.runs}


def test_a_store_that_fits_nothing_says_what_it_lacks_and_how_to_build_one(tmp_path):
    encoder = Words(["a"])
    store = make_store(tmp_path, encoder, [(3, {"kind": "x"}, encoder.place(a=1))])
    probe = read_probe("child")
    said = say_missing(probe, find_fits(probe, store.manifest), "made")
    assert 'it lacks the attribute "age"; the attribute "gender". Such a store is built by: clipdash build' in said


def test_every_kind_that_a_file_may_name_can_be_run():
    assert {*HOW} == {*KINDS}


def test_published_charts_and_sheets():
    for probe in list_probes():
        for table in probe.published:
            rows, key = chart_rows(table)
            assert rows
            assert 1 <= len(key) <= 2
            assert len(published_sheet(table).rows) == len(table.rows) * len(table.groups)
    rows, key = chart_rows(read_probe("denigration").published[0])
    assert key == ("crime-related", "non-human")
    assert (rows[0].name, rows[0].first, rows[0].second) == ("Black", pytest.approx(0.164), pytest.approx(0.144))
    rows, key = chart_rows(read_probe("task-data-cost").published[0])
    assert (key, rows[0].name, rows[0].first) == (("White", "Non-White"), "race", pytest.approx(0.351))


@needs_shared
def test_real_embeddings_give_the_known_answers(tmp_path):
    folder = SHARED / "fairface_rn50"
    store = import_embeddings(
        tmp_path / "rn50",
        embeddings=folder / "embeddings.npy",
        metadata=folder / "metadata.csv",
        label_bank=folder / "label_bank.npz",
    ).store
    result = run_probe(read_probe("fairface-attributes"), store)
    lacks = {each.run.key: " ".join(each.missing) for each in result.runs}
    assert 'an encoder, or the labels "black", "white"' in lacks["race"]
    beside = {(each.row.name, each.table.groups[each.column]): each.own for each in compare_published(result)}
    known = {"Black": 0.815, "SE Asian": 0.820, "Indian": 0.846, "East Asian": 0.866, "Latino": 0.909, "White": 0.923}
    for race, share in known.items():
        assert round(beside["Zero-shot CLIP, male", race].value, 3) == share
    assert beside["Zero-shot CLIP, female", "White"].n == 1000
    assert beside["Zero-shot CLIP, female", "White"].value == pytest.approx(0.915, abs=0.0015)  # normalised rows
    assert ("Zero-shot CLIP, female", "Black") not in beside
    learned = next(each.result for each in result.runs if each.run.key == "linear-gender")
    women = next(row for row in learned.rows if row.group == {"race": "White", "gender": "Female"})
    own = beside["Linear probe on CLIP, female", "White"]
    assert (own.value, own.n) == (women.linear.accuracy.rate, women.n)
    both = beside["Linear probe on CLIP, both", "White"]
    men = next(row for row in learned.rows if row.group == {"race": "White", "gender": "Male"})
    right = men.linear.accuracy.count + women.linear.accuracy.count
    assert (both.value, both.n) == (right / (men.n + women.n), men.n + women.n)
