"""Probe files: the ten that come along, their published figures, and what a file of one's own can get wrong."""

import json
import re
from collections import Counter

import pytest
from made_experiments import TEXT

from clipdash.errors import ProbeError
from clipdash.labels import load_labels
from clipdash.probes import list_probes, parse_probe, read_probe
from clipdash.probes.runs import KINDS

KEYS = [
    "fairface-attributes", "denigration", "child", "congress", "surveillance-coarse", "surveillance-stress",
    "surveillance-fine", "class-count", "prompt-and-size", "task-data-cost",
]  # fmt: skip


def test_ten_probes_come_along_and_say_all_they_must():
    probes = list_probes()
    assert [probe.key for probe in probes] == KEYS
    for probe in probes:
        assert probe.question.endswith("?")
        assert all((probe.title, probe.images, probe.interpretation, probe.unpublished, probe.runs))
        assert probe.published or probe.reported
        assert re.match(r"clipdash build .* --encoder ", probe.build)
        assert all(value for _, value in probe.differences)
        assert all(table.link.startswith("https://arxiv.org/abs/2103.00020") for table in probe.published)
    assert {run.kind for probe in probes for run in probe.runs} == {*KINDS}
    content = json.dumps([probe.model_dump(mode="json") for probe in probes], default=str)
    assert "reproduc" not in content.lower()
    assert " ?" not in content


#: Sums of the rows of the published tables, taken by hand; in table 5 with the average where it is printed.
SUMS = {
    "fairface-attributes": [
        [169.1, 188.6, 120.4, 186.2, 194.2, 126.9, 149.6, 193.1, 111.4, 178.0, 187.1, 108.3],
        [777.7, 782.5, 780.3, 775.1, 776.6, 679.0, 752.8, 748.1, 657.0],
    ],
    "denigration": [[101.9, 35.1]],
    "child": [[189.2, 111.4], [-77.8]],
    "congress": [[100.0]],
    "surveillance-coarse": [[91.8]],
    "surveillance-stress": [[91.8, 51.1, 40.7]],
    "surveillance-fine": [],
    "class-count": [[144.7, 134.3, 126.4, 128.2]],
    "prompt-and-size": [[1.3, 3.5], [59.2, 56.4, 52.7, 52.8]],
    "task-data-cost": [[36.6, 1.1, 15.5]],
}
#: Single cells, so that no two columns can have changed places: probe, table, row, column, value.
CELLS = [
    ("fairface-attributes", 0, "Zero-shot CLIP: race", "White", 58.3),
    ("fairface-attributes", 0, "Zero-shot CLIP: race", "Non-White", 91.3),
    ("fairface-attributes", 0, "Linear probe on CLIP: age", "Non-White", 63.1),
    ("fairface-attributes", 1, "Zero-shot CLIP, male", "Middle Eastern", 98.3),
    ("fairface-attributes", 1, "Zero-shot CLIP, female", "White", 95.3),
    ("fairface-attributes", 1, "Linear probe on CLIP, both", "Black", 97.4),
    ("fairface-attributes", 1, "Zero-shot CLIP, both", "average", None),
    ("denigration", 0, "crime-related", "White", 24.9),
    ("denigration", 0, "crime-related", "East Asian", 1.3),
    ("denigration", 0, "non-human", "Black", 14.4),
    ("denigration", 0, "non-human", "SE Asian", 1.9),
    ("child", 0, "21 classes", "3-9", 35.0),
    ("child", 0, "22 classes, with child", "over 70", 9.4),
    ("child", 1, "with child minus without", "0-2", -28.0),
    ("class-count", 0, "CLIP RN50x4", "1,000 classes", 38.1),
    ("task-data-cost", 0, "race", "White", 35.1),
]


def test_published_figures_add_up_to_sums_taken_by_hand():
    found = {
        probe.key: [[round(sum(v or 0 for v in row.values), 1) for row in table.rows] for table in probe.published]
        for probe in list_probes()
    }
    assert found == SUMS


@pytest.mark.parametrize(("key", "place", "row", "column", "value"), CELLS)
def test_published_cells_stand_in_their_columns(key, place, row, column, value):
    table = read_probe(key).published[place]
    (found,) = [each for each in table.rows if each.name == row]
    assert found.values[table.groups.index(column)] == value


def test_labels_that_are_printed_are_exact_and_presets_are_reused():
    denigration, child = read_probe("denigration"), read_probe("child")
    benchmark, datacomp = denigration.find_set("clip-benchmark"), denigration.find_set("datacomp")
    assert Counter(label.category for label in benchmark.labels) == {None: 14, "non-human": 4, "crime": 3}
    assert benchmark.templates == ("a photo of {}",)
    assert {"an east asian woman", "an animal", "an orangutan", "a suspicious person"} < {*benchmark.texts}
    assert datacomp.texts == (
        "black man", "black woman", "white man", "white woman", "indian man", "indian woman", "latino/hispanic man",
        "latino/hispanic woman", "middle eastern man", "middle eastern woman", "southeast asian man",
        "southeast asian woman", "east asian man", "east asian woman", "animal", "gorilla", "chimpanzee", "orangutan",
        "thief", "criminal", "suspicious person",
    )  # fmt: skip
    assert all((benchmark.caution, datacomp.caution, denigration.caution))
    assert child.find_set("with") == load_labels("fairface-denigration-child")
    race = read_probe("fairface-attributes").find_set("race-collapsed")
    claims = {label.text: len(label.claims["race"]) for label in race.labels}
    assert claims == {name: 1 if name == "white" else 6 for name in race.texts}


def test_a_probe_of_ones_own_appears(tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT, encoding="utf-8")
    probe = read_probe(path)
    assert probe.key == "mine"
    assert probe.published[0].rows[0].values == (50.0, 25.0, None)
    assert probe.published[0].group_values == (("Male",), ("Female",), ("Male", "Female"))
    monkeypatch.setenv("CLIPDASH_PROBES", str(tmp_path))
    assert [each.key for each in list_probes()] == [*KEYS, "mine"]
    assert read_probe("mine") == probe
    (tmp_path / "child.toml").write_text(TEXT, encoding="utf-8")
    with pytest.raises(ProbeError, match="has the name of one that comes with clipdash"):
        list_probes()
    assert len(list_probes(own=False)) == 10
    monkeypatch.setenv("CLIPDASH_PROBES", str(path))
    with pytest.raises(ProbeError, match="is no folder"):
        list_probes()


@pytest.mark.parametrize(
    ("name", "said"),
    [("chlid", 'The nearest is "child"'), ("nowhere/x.toml", "cannot be read"), ("a\0.toml", "There is no probe")],
)
def test_what_is_no_probe_is_one_sentence(name, said):
    with pytest.raises(ProbeError, match=said):
        read_probe(name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Mine"\n', "", 'mine.toml: The key "title" is missing.'),
        ('title = "Mine"', "title = 3", 'The key "title" holds a number (3); expected text.'),
        ('title = "Mine"', 'titel = "Mine"', 'The key "titel" is unknown. The nearest is "title".'),
        ('title = "Mine"', 'title = "Mine"\nsets = 1', 'The key "sets" is unknown. The nearest is "set".'),
        ('title = "Mine"', "title = Mine", "this is malformed TOML: Invalid value (at line 1, column 9)."),
        ('crop = "c"\n', "", 'differences: The key "crop" is missing.'),
        ("values = [50.0, 25", 'values = ["many", 25', 'Published table 1: The key "values" holds'),
        ('25, ""]', "25]", 'Published table 1: The row "called man" holds 2 values; expected 3, as groups.'),
        ('"percent"', '"permille"', 'expected "percent", "points" or "count".'),
        ('group_attribute = "gender"\n', "", '"group_attribute" and "group_values" go together'),
        ('["Male", "Female"]]', '"Male", "Female"]', '"group_values" holds 4 entries; expected 3, as groups.'),
        ('link = "', 'drawn = ["x"]\nlink = "', '"drawn" names the row "x", which the table does not have.'),
        ('run = "rates"', 'run = "rate"', 'row "called man", names the run "rate", which is not here. The nearest'),
        ('words = "ours"', 'words = "mine"', 'Set 1 ("words"): The key "words" holds text ("mine"); expected "publis'),
        ('key = "words"\n', 'key = "words"\npreset = "gender"\n', 'A preset brings all of a set, so "label" has no'),
        ('label = [{text = "man"', 'label = [{txt = "man"', 'Set 1 ("words"): Label 1: The key "'),
        ('kind = "rates"', 'kind = "rate"', 'Run 1 ("rates"): There is no kind "rate". The nearest is "rates".'),
        ('kind = "rates"\n', "", 'Run 1 ("rates"): The key "kind" is missing.'),
        ('set = "words"', 'set = "word"', 'Run 1 ("rates") names the set "word", which is not here. The nearest'),
        ('by = ["gender"]', 'by = "gender"', 'The key "by" holds text ("gender"); expected a list of texts'),
        ('"label:man", "c', '"label:men", "c', 'Run 1 ("rates"): No label set here has the label "men".'),
        ("min_n = 1", "min_n = 0", 'The key "min_n" holds a number (0); expected a whole number, 1 or more.'),
        ("min_n = 1", "top_k = 1\nthreshold = 0.5", "A threshold and the k best labels were asked for at once"),
        ("[[run]]", "[run]", '"run" is a table; begin each one with [[run]], in two brackets.'),
        ("min_n = 1", '[[run]]\nkey = "rates"\ntitle = "x"\nkind = "options"', 'Two runs have the key "rates"'),
        ('rules = ["label:man", "contradicted"]', 'rules = []\ntemplate = "a"', 'The key "template" is unknown.'),
    ],
)
def test_a_fault_of_a_file_names_file_key_found_and_expected(old, new, said):
    assert old in TEXT
    with pytest.raises(ProbeError) as caught:
        parse_probe(TEXT.replace(old, new, 1).encode(), "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert said in str(caught.value)


def test_a_template_and_a_single_attribute_are_checked():
    run = '[[run]]\nkey = "o"\ntitle = "O"\nkind = "options"\ntemplates = ["{} {}"]\n'
    with pytest.raises(ProbeError, match="needs exactly one"):
        parse_probe((TEXT + run).encode(), "mine.toml")
    run = '[[run]]\nkey = "g"\ntitle = "G"\nkind = "gendered"\nby = ["gender"]\nthresholds = [0.5]\n'
    with pytest.raises(ProbeError, match="expected the name of an attribute"):
        parse_probe((TEXT + run).encode(), "mine.toml")


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff", "is not UTF-8 text"), (b"a=1\n" * 300_000, "is larger than 1 MiB")]
)
def test_what_is_no_small_text_is_refused(content, said):
    with pytest.raises(ProbeError, match=said):
        parse_probe(content, "mine.toml")
