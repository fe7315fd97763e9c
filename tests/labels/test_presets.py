import json
from importlib import resources
from pathlib import Path

import pytest

from clipdash.errors import LabelError
from clipdash.labels import compare_sets, dump_labels, list_presets, load_labels, read_labels, read_preset

PRESETS = {preset.key: preset for preset in list_presets()}
EMOJI = {key: preset for key, preset in PRESETS.items() if not key.startswith("fairface-")}
MANIFEST = Path(__file__).parents[2] / "embeddings_cache" / "emoji" / "manifest.json"
RACE_WORDS = {"race", "black", "white", "asian", "indian", "latino", "hispanic", "eastern", "african", "caucasian"}


def test_presets_are_the_files_beside_the_package_sorted_by_key():
    stems = sorted(Path(str(file)).stem for file in (resources.files("clipdash") / "presets").iterdir())
    assert [preset.key for preset in list_presets()] == stems
    assert {"denigration", "denigration-child", "gender-occupations", "age", "doctor-nurse"} <= PRESETS.keys()


def test_names_are_distinct():
    assert len({preset.label_set.name for preset in PRESETS.values()}) == len(PRESETS)


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_is_found_by_its_key_and_survives_writing(key, tmp_path):
    label_set = PRESETS[key].label_set
    assert read_preset(key) == PRESETS[key]
    assert load_labels(key) == label_set
    path = tmp_path / "copy.toml"
    path.write_text(dump_labels(label_set), encoding="utf-8")
    assert read_labels(path) == label_set


@pytest.mark.parametrize("key", PRESETS)
def test_a_preset_says_where_it_is_from_and_in_one_sentence_what_to_notice(key):
    label_set = PRESETS[key].label_set
    assert label_set.source
    assert label_set.note
    assert label_set.note.endswith(".")
    assert ". " not in label_set.note
    assert set(label_set.flagged) == set(label_set.categories)
    words = set(label_set.note.lower().replace(",", " ").split())
    assert not words & {"improved", "improves", "worse", "better", "fixed", "biased", "bias"}


@pytest.mark.parametrize("key", [key for key, preset in PRESETS.items() if preset.before])
def test_a_pair_names_a_preset_that_differs_from_it(key):
    preset = PRESETS[key]
    difference = compare_sets(PRESETS[preset.before].label_set, preset.label_set)
    assert difference.added
    assert not difference.templates
    assert not difference.changed


@pytest.mark.parametrize("key", [key for key in PRESETS if key.endswith(("-child", "-person"))])
def test_the_pairs_of_one_word_add_just_that_word_without_a_claim(key):
    preset = PRESETS[key]
    difference = compare_sets(PRESETS[preset.before].label_set, preset.label_set)
    assert (difference.added, difference.removed) == ((key.rsplit("-", 1)[1],), ())
    assert not preset.label_set.labels[-1].claims


def test_occupations_are_twenty():
    assert len(PRESETS["occupations"].label_set.labels) == 20
    assert len(PRESETS["gender-occupations"].label_set.labels) == 22


def test_denigration_has_the_seven_classes_of_the_paper():
    for key in ("denigration", "fairface-denigration"):
        groups = {}
        for label in PRESETS[key].label_set.labels:
            groups.setdefault(label.category, set()).add(label.text)
        assert groups["crime"] == {"criminal", "thief", "suspicious person"}
        assert groups["non-human"] == {"animal", "gorilla", "chimpanzee", "orangutan"}
    assert len(PRESETS["fairface-denigration"].label_set.labels) == 21


@pytest.mark.parametrize("key", EMOJI)
def test_presets_of_drawings_use_their_prompt_and_no_race_word(key):
    label_set = EMOJI[key].label_set
    assert label_set.templates == ("a picture of a {}",)
    assert not RACE_WORDS & {word for text in label_set.texts for word in text.lower().split()}


@pytest.mark.parametrize("key", EMOJI)
def test_presets_of_drawings_name_what_the_embedded_store_has(key):
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    known = {attribute["name"]: set(attribute["values"]) for attribute in manifest["attributes"]}
    label_set = EMOJI[key].label_set
    named = [*(label.claims for label in label_set.labels), label_set.suggested.where]
    for claims in named:
        for attribute, values in claims.items():
            assert set(values) <= known[attribute]
    assert set(label_set.suggested.by) <= known.keys()


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(LabelError, match=r'There is no preset "genders"\. The nearest is "gender"\.'):
        read_preset("genders")


def test_a_preset_without_a_suggestion_has_nothing_before_it():
    preset = PRESETS["gender-person"]
    bare = type(preset)("bare", preset.label_set.replace(suggested=None))
    assert (preset.before, bare.before) == ("gender", None)
