import csv
import doctest
import importlib
import inspect
import pkgutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import clipdash.stats as room
from clipdash.stats import gap, gap_change, homogeneity, mcnemar_midp, newcombe_paired

DATA = Path(__file__).parents[3] / "shared" / "data" / "fairface_predictions"
KNOWN = {  # n, fixed, broken, p: of ../shared/data/README.md
    "Black": (1556, 38, 25, 0.1034),
    "East Asian": (1550, 23, 9, 0.0135),
    "Southeast Asian": (1415, 46, 16, 0.000117),
    "White": (2085, 17, 23, 0.3489),
}
MODULES = [importlib.import_module(f"clipdash.stats.{each.name}") for each in pkgutil.iter_modules(room.__path__)]


def test_the_door_is_complete_and_every_name_explained():
    imported = {name for name, each in vars(room).items() if not name.startswith("_") and not inspect.ismodule(each)}
    assert imported == set(room.__all__)
    for name in room.__all__:
        assert name.isupper() or inspect.getdoc(getattr(room, name)), name


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


def test_known_answers_of_four_races():
    for n, fixed, broken, p in KNOWN.values():
        assert mcnemar_midp(fixed, broken) == pytest.approx(p, abs=0.00005 if p > 0.001 else 5e-7), n
    n, fixed, broken, _ = zip(*KNOWN.values(), strict=True)
    found = homogeneity(n, fixed, broken)
    assert found.q == pytest.approx(16.589, abs=5e-4)
    assert found.df == 3
    assert found.p == pytest.approx(0.00086, abs=5e-6)


def read_column(name, column):
    with (DATA / name).open(encoding="utf-8") as lines:
        return {row["image_id"]: row[column] for row in csv.DictReader(lines)}


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
def test_known_answers_from_the_predictions_themselves():
    gender, race = (read_column("metadata.csv", column) for column in ("gender", "race"))
    before, after = (read_column(name, "label") for name in ("labels_2.csv", "labels_14.csv"))

    def contradicts(label, image):
        named = "Female" if "woman" in label.lower() or "female" in label.lower() else "Male"
        return named != gender[image]

    cells = Counter((race[i], contradicts(before[i], i), contradicts(after[i], i)) for i in gender)
    states = ((True, True), (True, False), (False, True), (False, False))
    tables = np.array([[cells[name, *state] for state in states] for name in KNOWN])
    assert [(row.sum(), row[1], row[2]) for row in tables] == [each[:3] for each in KNOWN.values()]
    assert homogeneity(tables.sum(axis=1), tables[:, 1], tables[:, 2]).q == pytest.approx(16.589, abs=5e-4)
    for both, fixed, broken, neither in tables.tolist():
        low, high = newcombe_paired(both=both, fixed=fixed, broken=broken, neither=neither)
        assert low < (broken - fixed) / (both + fixed + broken + neither) < high
    largest = gap(tables[:, 0] + tables[:, 1], tables.sum(axis=1))
    assert list(KNOWN)[largest.argmax] == "Southeast Asian"
    assert largest.value == pytest.approx(0.072792 - 0.041247, abs=1e-6)
    change = gap_change(tables)
    assert change.value == pytest.approx((0.063625 - 0.042581) - (0.072792 - 0.041247), abs=2e-6)
    assert change.p > 0.5
