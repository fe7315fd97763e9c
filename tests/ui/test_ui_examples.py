import csv
from collections import Counter
from importlib import resources

import pytest
from worlds import SHARED, needs_shared

from clipdash.audit import measure, parse_rule
from clipdash.exchange import read_rates
from clipdash.ui.examples import answer_example, list_examples, say_models

EXAMPLES = {example.key: example for example in list_examples()}
FOLDER = resources.files("clipdash") / "examples"


def test_vit_l_14_on_fairface_gives_the_known_answers():
    rows = {row.group["race"]: row for row in answer_example(EXAMPLES["fairface-14"]).rows}
    known = {
        "Black": (1556, 38, 25),
        "East Asian": (1550, 23, 9),
        "Southeast Asian": (1415, 46, 16),
        "White": (2085, 17, 23),
    }
    assert {race: (rows[race].n, rows[race].fixed, rows[race].broken) for race in known} == known
    assert answer_example(EXAMPLES["fairface-64"]).n == 10_954


def test_crime_labels_by_race_are_the_published_counts():
    sides = {row.group["race"]: row.side for row in answer_example(EXAMPLES["fairface-denigration"]).rows}
    known = {
        "White": 147,
        "Middle Eastern": 70,
        "East Asian": 46,
        "Latino": 39,
        "Southeast Asian": 20,
        "Black": 16,
        "Indian": 9,
    }
    assert {race: side.misclassified for race, side in sides.items()} == known


def test_models_are_compared_by_their_smallest_and_largest_rate():
    said = say_models(EXAMPLES["fairface-denigration"])
    with resources.as_file(FOLDER) as folder:
        table = read_rates(folder / "mobileclip-14-models.csv").tabulate(
            "model", {"counted": ["crime"], "dataset": ["FairFace"]}
        )
    rates = sorted(row.side.rate for row in measure(table, parse_rule("label:counted")).rows)
    assert len(rates) == 14
    assert f"{100 * rates[0]:.1f}%" in said
    assert f"{100 * rates[-1]:.1f}%" in said
    assert say_models(EXAMPLES["fairface-14"]) == ""


@needs_shared
@pytest.mark.parametrize("labels", [14, 64])
def test_counts_are_those_of_the_predictions(labels):
    folder = SHARED / "fairface_predictions"

    def read(name, column):
        with (folder / f"{name}.csv").open(encoding="utf-8") as text:
            return {row["image_id"]: row[column] for row in csv.DictReader(text)}

    columns = [read("metadata", name) for name in ("race", "gender", "age")]
    columns += [read(f"labels_{number}", "label") for number in (2, labels)]
    counted = Counter(tuple(column[image] for column in columns) for image in columns[0])
    text = (FOLDER / f"fairface-vit-l-14-{labels}.csv").read_text(encoding="utf-8")
    _, *rows = csv.reader(text.splitlines())
    assert {tuple(row[:-1]): int(row[-1]) for row in rows} == counted


@needs_shared
def test_published_counts_came_in_unchanged():
    for name, source in (
        ("fairface-denigration", "fairface_denigration_by_race"),
        ("fairface-denigration-gender", "fairface_denigration_by_gender"),
        ("mobileclip-14-models", "mobileclip_14_models"),
    ):
        assert (FOLDER / f"{name}.csv").read_bytes() == (SHARED / "count_tables" / f"{source}.csv").read_bytes()
