"""Start and Labels, each alone in the frame, on other stores, and with none at all."""

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from stage import SPEC, make_store, open_page, texts
from tiny_store import make_tiny_store

from clipdash.encoders import LabelBank
from clipdash.errors import StoreError
from clipdash.store import StoreWriter, write_store
from clipdash.ui import catalogue
from clipdash.ui.examples import list_examples


def test_start_shows_the_published_finding_with_its_source_first():
    app = open_page()
    assert app.title[0].value.startswith("Change the words offered to an image classifier")
    assert app.subheader[0].value.startswith("Which images are labelled crime-related or non-human")
    assert any("35.0% to 4.3%" in text for text in texts(app.markdown))
    assert any("Radford et al. 2021, table 7" in text for text in texts(app.caption))


def test_start_computes_its_other_cards_and_names_the_store():
    app = open_page()
    assert texts(app.subheader)[1:3] == [
        "What does the word *person* absorb?",
        "Who is called a nurse when only *doctor* and *nurse* are offered?",
    ]
    assert any("With *person* added" in text for text in texts(app.markdown))
    assert any("are labelled *nurse*" in text for text in texts(app.markdown))
    assert any("Made\\-up people" in text or "Made-up people: 240 images" in text for text in texts(app.markdown))
    assert "--encoder ViT-B-32/openai" in app.code[0].value


def test_start_shows_real_models_as_counts_with_their_sources():
    app = open_page()
    assert texts(app.subheader)[3:] == [example.title for example in list_examples()]
    assert len(app.get("download_button")) == 2 * len(list_examples())
    assert any("4.2% of images count as misclassified, down from 5.0%" in text for text in texts(app.markdown))
    for example in list_examples():
        assert any(example.link in text for text in texts(app.caption))


def test_start_links_carry_the_whole_question():
    links = {found.proto.label: found.proto for found in open_page().get("page_link")}
    assert "child" in links["Try it yourself"].query_string
    assert "by=age" in links["Try it yourself"].query_string
    assert "rule=label%3Anurse" in links["Open this list"].query_string
    assert links["Open this list"].page == "labels"
    assert links["Open this comparison"].page == "shift"


def test_labels_rates_one_list_and_follows_it():
    app = open_page("labels")
    assert "of images count as misclassified" in app.title[0].value
    app.text_area(key="text-single").set_value("boy | gender=man\ngirl | gender=woman").run()
    assert "*boy* and *girl*" in app.title[0].value
    assert app.query_params["before"] == "boy | gender=man\ngirl | gender=woman"
    labels = [found.label for found in app.get("download_button")]
    assert labels == ["CSV", "Parquet", "JSON", "Report", "Label file", *("CSV", "Parquet") * 2]
    next(found for found in app.button if found.label == "Undo").click().run()
    assert app.text_area(key="text-single").value == "man | gender=man\nwoman | gender=woman"


@pytest.mark.parametrize(("typed", "told"), [("", "start from a preset"), ("man", "A line cannot be read")])
def test_labels_says_why_there_is_no_result(typed, told):
    app = open_page("labels", v="1", before=typed)
    assert told in app.title[0].value


def test_labels_as_a_grid_and_a_preset():
    app = open_page("labels")
    app.button_group(key="editor-shape").set_value("Grid").run()
    assert not [box for box in app.text_area if box.label == "Labels"]
    app.selectbox(key="preset-key").set_value("doctor-nurse").run()
    next(found for found in app.button if found.label == "Use this list").click().run()
    assert app.query_params["before"] == "doctor\nnurse"
    app.button_group(key="editor-shape").set_value("Text").run()
    assert app.text_area(key="text-single").value == "doctor\nnurse"


def test_a_grid_waits_until_the_text_can_be_read():
    app = open_page("labels", v="1", before="man | | x\nwoman")
    app.button_group(key="editor-shape").set_value("Grid").run()
    assert any("The grid opens once" in text for text in texts(app.caption))


def test_labels_says_when_no_image_is_left():
    app = open_page("labels", v="1", before="man\nwoman", where_age="child", where_concept="judge", where_kind="person")
    app.multiselect(key="pick-where-gender").set_value(["man"]).run()
    app.number_input(key="pick-min-n").set_value(1000).run()
    assert "no rate is shown" in app.title[0].value


@pytest.mark.parametrize("name", ["start", "labels", "shift", "images", "method"])
def test_without_any_store_each_page_says_how_to_build_one(name, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "none"))
    app = open_page(name)
    said = [*texts(app.warning), *texts(app.markdown), *texts(app.code)]
    assert name == "method" or any("clipdash build mystore" in text.replace("\\", "") for text in said)


def test_another_store_opens_on_a_comparison_that_fits_it(tmp_path, monkeypatch):
    make_tiny_store(tmp_path, spec=SPEC)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = open_page("shift")
    assert app.query_params["store"] == "tiny"
    assert "gender=Male" in app.query_params["before"]
    assert [found.label for found in open_page().get("page_link")] == [
        "Write two lists",
        "Look at one list",
        "Open a saved audit",
    ]


def test_a_store_that_fits_no_preset_opens_with_empty_lists(tmp_path, monkeypatch):
    people = pd.DataFrame({"shape": ["round", "square"] * 20}, index=pd.Index(map(str, range(40)), name="image_id"))
    rows = np.eye(40, SPEC.dim, dtype=np.float32)
    write_store(tmp_path / "shapes", people=people, vectors={"stage": (SPEC, rows)})
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = open_page("shift")
    assert app.title[0].value == "Type one label a line, or start from a preset"
    assert app.query_params["by"] == "shape"
    app.text_area(key="text-before").set_value("circle\nsquare").run()
    app.text_area(key="text-after").set_value("circle\nsquare\nline").run()
    assert "line" in app.title[0].value
    assert any("cd-blank" in found.proto.body for found in app.get("html")) or "No image moved so." in texts(
        app.markdown
    )


def test_a_store_without_an_encoder_says_what_it_can_be_asked(tmp_path, monkeypatch):
    people = pd.DataFrame({"gender": ["Male", "Female"] * 40}, index=pd.Index(map(str, range(80)), name="image_id"))
    rows = np.random.default_rng(0).standard_normal((80, 8)).astype(np.float32)
    bank = LabelBank("bank.npz", ["man", "woman", "person"], rows[:3])
    with StoreWriter(tmp_path / "bank", {"bank": bank}) as writer:
        writer.add_vectors("bank", rows, list(people.index))
        writer.finish(people)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = open_page("shift")
    assert any("only these can be asked" in text for text in texts(app.caption))
    assert "man\nwoman\nperson" in texts(app.code)
    assert "gender=Male" in app.query_params["before"]  # a preset within the bank
    assert "images" in app.title[0].value
    app.text_area(key="text-after").set_value("man\nlady").run()
    assert any('label bank of this store does not have "lady"' in text for text in texts(app.warning))


def test_a_store_that_only_looks_sound_says_so_in_the_findings_place(tmp_path, monkeypatch):
    path = make_store(tmp_path, images=40).path
    index = next(path.glob("variants/*/images.faiss"))
    index.write_bytes(b"x" * index.stat().st_size)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    for name in ("shift", "labels"):
        app = open_page(name)
        assert app.title[0].value == "This store cannot be opened"
        assert any("not an index that FAISS reads" in text for text in texts(app.warning))


def test_a_missing_encoder_is_told(monkeypatch):
    from clipdash.errors import EncoderError

    def fail(reference):
        raise EncoderError("The encoder is not on this machine.")

    st.cache_resource.clear()  # what was computed with the encoder
    monkeypatch.setattr("clipdash.ui.results.read_encoder", fail)
    app = open_page("shift")
    assert any("The encoder is not on this machine" in text for text in texts(app.warning))
    assert any("The encoder is not on this machine" in text for text in texts(open_page().warning))


def test_a_store_that_appears_is_offered_after_a_moment(stores, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    make_store(tmp_path, name="one", images=60)
    app = open_page("labels")
    make_store(tmp_path, name="two", images=60)
    catalogue._list_entries.cache_clear()  # as two seconds do
    app.run()
    assert len(app.radio(key="pick-store").options) == 2


def test_warming_up_computes_the_cards_and_leaves_bad_input_to_the_page(tmp_path, monkeypatch):
    from clipdash.ui import warm_up
    from clipdash.ui.cards import answer_card, list_cards

    warm_up()
    assert [answer_card(card).rule.kind for card in list_cards()] == ["misclassified", "label"]
    monkeypatch.setattr("clipdash.ui.cards.load_store", lambda name: (_ for _ in ()).throw(StoreError("gone")))
    assert warm_up() is None


def test_a_rule_that_the_list_lacks_is_told_on_labels():
    app = open_page("labels", v="1", before="man\nwoman", rule="label:dog")
    assert any("dog" in text for text in texts(app.warning))
