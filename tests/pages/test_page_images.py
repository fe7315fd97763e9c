"""Images: found by a text, a picture or one another, a page of tiles at a time."""

import csv
from io import BytesIO, StringIO

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from stage import SPEC, StageEncoder, open_page, texts

from clipdash.encoders import LabelBank
from clipdash.report import found_sheet
from clipdash.store import ScoreTable, StoreWriter, open_store, write_store
from clipdash.zeroshot import find_images

IDS = [f"p{row:03d}.png" for row in range(240)]


@pytest.fixture
def nearest(stores):
    """Return ids and scores of the images nearest to a vector, by plain sums."""
    store = open_store(stores / "emoji")

    def rank(vector, **where):
        scores = store.vectors() @ vector
        kept = [row for row in range(240) if all(store.people[a].iloc[row] == value for a, value in where.items())]
        return [(IDS[row], scores[row]) for row in sorted(kept, key=lambda row: (-scores[row], row))]

    return rank


def tiles(app):
    bodies = [found.proto.body for found in app.get("html")]
    return [body for body in bodies if "cd-tile" in body and "annotated" in body]


def named(app):
    return [body.split('alt="')[1].split('"')[0] for body in tiles(app)]


def look_for(app, text):
    return app.text_input(key="images-text").set_value(text).run()


def picture(colour):
    content = BytesIO()
    Image.new("RGB", (20, 20), colour).save(content, "PNG")
    return content.getvalue()


def upload(app, content, name="red.png"):
    return app.file_uploader[0].set_value((name, content, "image/png")).run()


def test_an_empty_page_says_what_to_do():
    app = open_page("images")
    assert app.title[0].value == "Type what the images should show, or upload a picture"
    assert any("More like this" in text for text in texts(app.markdown))
    assert tiles(app) == []


def test_a_text_finds_images_in_order_with_scores_and_annotations(nearest):
    app = look_for(open_page("images"), "woman")
    wanted = nearest(StageEncoder().encode_texts(["woman"])[0])
    assert not app.exception
    assert app.title[0].value == "Images nearest to *woman*"
    assert named(app) == [name for name, _ in wanted[:24]]
    for body, (_, score) in zip(tiles(app), wanted, strict=False):
        assert f"<b>{score:.3f}</b>" in body
        assert "/thumb/" in body or "thumb/emoji/" in body
        assert "annotated as " in body
    assert any("The nearest 96 of 240 images that the filter leaves" in text for text in texts(app.markdown))
    figures = next(text for text in texts(app.markdown) if "| Rank" in text).splitlines()
    assert len(figures) == 26
    for line, (name, score) in zip(figures[2:], wanted, strict=False):
        assert name in line.replace("\\", "")
        assert f"{score:.3f}" in line.replace("\\", "")


def test_pages_turn_and_another_text_starts_anew(nearest):
    app = look_for(open_page("images"), "woman")
    app.button(key="found-on").click().run()
    wanted = nearest(StageEncoder().encode_texts(["woman"])[0])
    assert named(app) == [name for name, _ in wanted[24:48]]
    assert any("25 to 48 of 96 images" in text for text in texts(app.caption))
    look_for(app, "child")
    assert named(app) == [name for name, _ in nearest(StageEncoder().encode_texts(["child"])[0])[:24]]
    app.number_input(key="images-count").set_value(5).run()
    assert len(tiles(app)) == 5
    assert app.button(key="found-on").disabled


def test_the_filter_of_the_settings_holds(nearest):
    app = look_for(open_page("images", v="1", where_age="child", where_gender="woman"), "judge")
    wanted = nearest(StageEncoder().encode_texts(["judge"])[0], age="child", gender="woman")
    assert named(app) == [name for name, _ in wanted[:24]]
    assert any(f"of {len(wanted)} images that the filter leaves" in text for text in texts(app.markdown))


def test_more_like_a_tile_leaves_it_out_and_a_text_takes_over(stores, nearest):
    app = look_for(open_page("images"), "woman")
    first = named(app)[0]
    app.button(key="like-0").click().run()
    vector = open_store(stores / "emoji").vectors()[IDS.index(first)]
    assert named(app) == [name for name, _ in nearest(vector) if name != first][:24]
    assert first in app.title[0].value.replace("\\", "")
    assert app.text_input(key="images-text").value == ""
    app.button(key="images-clear").click().run()
    assert app.title[0].value == "Type what the images should show, or upload a picture"
    look_for(app, "man")
    assert app.title[0].value == "Images nearest to *man*"


def test_an_image_of_another_store_is_forgotten(nearest):
    app = look_for(open_page("images"), "woman")
    app.button(key="like-0").click().run()
    app.radio(key="pick-store").set_value("second").run()
    assert app.title[0].value == "Type what the images should show, or upload a picture"


def test_a_picture_is_uploaded_and_a_broken_one_is_a_sentence(nearest):
    app = upload(open_page("images"), picture("red"))
    wanted = nearest(StageEncoder().encode_images([Image.new("RGB", (20, 20), "red")])[0])
    assert named(app) == [name for name, _ in wanted[:24]]
    assert "red.png" in app.title[0].value.replace("\\", "")
    app = upload(open_page("images"), picture("red")[:40], "cut.png")
    assert app.title[0].value == "This cannot be looked for"
    assert any("cut.png" in text and "Upload another one" in text for text in texts(app.warning))


@pytest.mark.parametrize("text", ["word " * 30, "<script>alert(1)</script> " * 20])
def test_a_text_that_is_too_long_is_a_sentence(text):
    app = look_for(open_page("images"), text)
    assert app.title[0].value == "This cannot be looked for"
    assert any("reads at most 16 tokens" in told for told in texts(app.warning))


def test_a_filter_that_leaves_nothing_is_said(tmp_path, monkeypatch):
    people = pd.DataFrame(
        {"a": ["x", "y"] * 20, "b": ["u", "v"] * 20}, index=pd.Index(map(str, range(40)), name="image_id")
    )
    write_store(tmp_path / "plain", people=people, vectors={"stage": (SPEC, np.eye(40, SPEC.dim, dtype=np.float32))})
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = look_for(open_page("images", v="1", where_a="x", where_b="v"), "man")
    assert app.title[0].value == "No image is left to look among"


def test_without_thumbnails_the_ids_stand_in_their_place(tmp_path, monkeypatch):
    ids = [f"<b>{row}</b>" for row in range(40)]
    people = pd.DataFrame({"shape": ["round", None] * 20}, index=pd.Index(ids, name="image_id"))
    write_store(tmp_path / "plain", people=people, vectors={"stage": (SPEC, np.eye(40, SPEC.dim, dtype=np.float32))})
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = look_for(open_page("images"), "man")
    assert len(tiles(app)) == 24
    assert all('<span class="cd-blank">&lt;b&gt;' in body for body in tiles(app))
    assert any("not annotated" in body for body in tiles(app))
    app.button(key="like-0").click().run()
    assert not app.exception
    assert len(tiles(app)) == 24


def test_a_store_without_an_encoder_is_searched_by_its_labels(tmp_path, monkeypatch):
    people = pd.DataFrame({"gender": ["Male", "Female"] * 40}, index=pd.Index(map(str, range(80)), name="image_id"))
    rows = np.random.default_rng(0).standard_normal((80, 8)).astype(np.float32)
    table = ScoreTable("S.csv", {"man": np.arange(80.0), "dog": -np.arange(80.0)})
    for name, variants in (
        ("bank", {"bank": LabelBank("bank.npz", ["man", "woman"], rows[:2])}),
        ("scored", {"scored": table}),
    ):
        with StoreWriter(tmp_path / name, variants) as writer:
            if name == "bank":
                writer.add_vectors("bank", rows, list(people.index))
            writer.finish(people)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = look_for(open_page("images", v="1", store="bank"), "woman")
    assert not app.file_uploader
    assert "<b>1.000</b>" in tiles(app)[0]
    look_for(app, "wman")
    assert any('The nearest is "woman"' in text.replace("\\", "") for text in texts(app.warning))
    app = look_for(open_page("images", v="1", store="scored"), "man")
    assert "<b>79.000</b>" in tiles(app)[0]
    assert not [button for button in app.button if button.label == "More like this"]


def test_the_download_holds_every_image_that_was_found(stores):
    app = look_for(open_page("images", v="1", store="emoji"), "woman")
    assert [found.label for found in app.get("download_button")] == ["CSV, all 96", "Parquet"]
    store = open_store(stores / "emoji")
    found = find_images(store, text="woman", k=96, read=lambda reference: StageEncoder())
    rows = list(csv.DictReader(StringIO(found_sheet(found).csv, newline="")))
    assert [row["image_id"] for row in rows][:24] == named(app)
    assert len(rows) == 96
