"""Store: what it is, whether it is sound, the form that orders a build, and the builds under way."""

import csv
import json
import shutil
import socket
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stage import SPEC, make_store, open_page, texts
from tiny_store import make_tiny_store

from clipdash.build import BuildOptions, Commission, ImportCommission, list_builds
from clipdash.build.errand import Errand, locate_errand
from clipdash.build.progress import ProgressFile
from clipdash.errors import QueryError
from clipdash.report import attribute_rows, checksums_sheet, crossing_sheet, say_built, say_time_left
from clipdash.store import StoreWriter, cross_attributes, hold_workplace, name_workplace, open_store

# Holds the workplace of a store as a build does, until it is interrupted; the words of a command are in its own.
HOLDER = """
import sys, time
from pathlib import Path
from clipdash.build.progress import ProgressFile
from clipdash.store import hold_workplace
with hold_workplace(Path(sys.argv[3])) as work:
    (work.folder / "plan.json").write_text("{}")
    ProgressFile(work.folder)(12, 48)
    print("held", flush=True)
    time.sleep(120)
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A root of its own, with one store."""
    make_store(tmp_path, images=40)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(root):
    """A process that holds the workplace of the store "busy"; its command looks like that of a build."""
    words = [sys.executable, "-c", HOLDER, "clipdash", "build", str(root / "busy")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def labels(app):
    return [button.label for button in app.button]


def fill(app, **typed):
    for name, value in typed.items():
        app.text_input(key=f"commission-{name}").set_value(value)
    return press(app, "Build")


def said(app, text):
    return any(text in plain(told) for told in [*texts(app.markdown), *texts(app.caption)])


def warned(app, text):
    return any(text in plain(told) for told in texts(app.warning))


def plain(text):
    """Take away what keeps a text from being read as markup."""
    return text.replace("\\", "").replace("\u2060", "")


def interrupt(root, name="left"):
    """Leave what an interrupted build leaves; return its place."""
    with hold_workplace(root / name) as work:
        (work.folder / "plan.json").write_text("{}")
        ProgressFile(work.folder)(30, 120)
    return root / name


def test_the_chosen_store_says_what_it_is_and_what_it_holds():
    app = open_page("store", v="1", store="emoji")
    assert app.title[0].value.replace("\\", "") == "Made-up people: 240 images"
    for text in ("CC0", "Made up for tests", "Nobody is shown.", "[Sources, licences and attributions](notice/emoji)"):
        assert said(app, text), text
    encoders = next(text for text in texts(app.markdown) if text.startswith("| Variant"))
    assert SPEC.reference in plain(encoders)
    assert "000000000000" in encoders
    assert "| 64 |" in encoders
    attributes = next(text for text in texts(app.markdown) if text.startswith("| Attribute"))
    assert "child: 60; adult: 160; older adult: 20" in plain(attributes)
    assert said(app, "age: Made up.")
    assert said(app, "Nothing is noted as left out")
    assert [found.label for found in app.get("download_button")] == [
        *("CSV, a row a file", "Parquet"),
        *("CSV", "Parquet"),
        *("CSV, a row a value", "Parquet"),
        *("CSV, a row a pair", "Parquet"),
    ]
    files = next(text for text in texts(app.markdown) if text.startswith("| File"))
    manifest = open_store("emoji").manifest
    assert said(app, f"SHA-256 of each of {len(manifest.files)} files")
    for name, entry in manifest.files.items():
        assert name in plain(files)
        assert entry.sha256[:12] in files
        assert (name, entry.bytes, entry.sha256) in checksums_sheet(manifest).rows


def test_groups_by_two_attributes_are_counted_and_another_pair_is_picked():
    app = open_page("store", v="1", store="emoji", min_n="1")
    people = open_store("emoji").people
    table = next(text for text in texts(app.markdown) if text.startswith("| gender ↓ skin tone →"))
    for gender in ("man", "woman"):
        kept = people[people["gender"] == gender]["skin_tone"].value_counts()
        assert f"| {gender} | " + " | ".join(str(kept[tone]) for tone in ("dark", "light", "medium")) in table
    assert said(app, "Every cell reaches the minimum n."), texts(app.caption)
    app.selectbox(key="crossing-rows-emoji").set_value("skin_tone").run()
    assert not app.exception
    assert any(text.startswith("| skin tone ↓ gender →") for text in texts(app.markdown))
    app.selectbox(key="crossing-columns-emoji").set_value("age").run()
    assert any(text.startswith("| skin tone ↓ age →") for text in texts(app.markdown))
    app.number_input(key="pick-min-n").set_value(100).run()
    assert said(app, "Dotted: fewer than 100, the minimum n, so withheld.")
    assert not said(app, "Every cell reaches")


def test_counts_of_pairs_are_those_of_the_table_and_what_is_missing_is_counted(tmp_path):
    store = open_store(make_tiny_store(tmp_path / "tiny"))
    crossing = cross_attributes(store, "skin_tone", "age")
    rows = list(csv.DictReader(StringIO(crossing_sheet(crossing).csv, newline="")))
    counted = store.people.groupby(["skin_tone", "age"], observed=False).size()
    assert {(row["skin_tone"], row["age"]): int(row["images"]) for row in rows} == counted.to_dict()
    assert crossing.missing == store.manifest.images - counted.sum() == store.people["skin_tone"].isna().sum() > 0
    assert f"{crossing.missing} ({crossing.missing / 2:.1f}%)" in {
        row["Not annotated"] for row in attribute_rows(store)
    }
    with pytest.raises(QueryError, match='no attribute "tone"'):
        cross_attributes(store, "tone", "age")


def test_what_a_build_left_out_is_shown_and_downloaded(root):
    people = pd.DataFrame(
        {"code": [f"c{row}" for row in range(60)]}, index=pd.Index(map(str, range(60)), name="image_id")
    )
    with StoreWriter(root / "noted", {"stage": SPEC}) as writer:
        writer.add_vectors("stage", np.eye(60, SPEC.dim, dtype=np.float32), list(people.index))
        skipped = tuple((f"p{row}.png", "no such file") for row in range(14))
        writer.finish(people, skipped=skipped, duplicates=(("7", "3"),))
    app = open_page("store", v="1", store="noted")
    assert any("60 values, each of 1 image |" in text for text in texts(app.markdown))
    assert said(app, "14 pictures left out. The first 10 are shown.")
    assert said(app, "1 picture the same file as another")
    left_out = next(text for text in texts(app.markdown) if "reason" in text)
    assert "p9" in left_out
    assert "p10" not in left_out
    assert [found.label for found in app.get("download_button")][-4::2] == ["CSV, all 14", "CSV, all 1"]


def test_verify_says_that_a_store_is_sound_or_names_each_fault(root):
    app = press(open_page("store"), "Verify")
    files = len(open_store(root / "emoji").manifest.files)
    assert said(app, f"The store is sound: each of its {files} files has the checksum")
    thumbs = root / "emoji" / "thumbs.arrow"
    content = bytearray(thumbs.read_bytes())
    content[len(content) // 2] ^= 1
    thumbs.write_bytes(content)
    (root / "emoji" / "stray.txt").write_text("x")
    app = press(app, "Verify")
    assert warned(app, "The store is damaged, with 2 faults")
    assert said(app, "thumbs.arrow has changed")
    assert said(app, "stray.txt is not named")


def test_a_store_that_only_looks_sound_can_be_verified_and_the_form_stays(root):
    index = next((root / "emoji").glob("variants/*/images.faiss"))
    index.write_bytes(b"x" * index.stat().st_size)
    app = open_page("store")
    assert app.title[0].value == "This store cannot be opened"
    assert warned(app, "not an index that FAISS reads")
    assert "Build" in labels(app)
    assert said(press(app, "Verify"), "images.faiss has changed")


def test_without_a_store_the_page_says_what_to_do_and_the_form_works(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "none"))
    app = open_page("store")
    assert app.title[0].value == "No store is here yet"
    assert said(app, "with the form on this page")
    app = fill(app, name="mine", images=str(tmp_path), metadata=str(tmp_path / "M.csv"), encoder="ViT-B-32/openai")
    assert warned(app, "M.csv")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, "The store needs a name"),
        ({"name": "a/b"}, "cannot be the name of a store"),
        ({"name": ".a"}, "cannot be the name of a store"),
        ({"name": "emoji"}, 'There is a store "emoji" already'),
        ({"name": "mine"}, "Name the folder of pictures"),
        (
            {"name": "mine", "images": "/nowhere", "metadata": "{csv}", "encoder": "RN50/openai"},
            "/nowhere does not exist",
        ),
        ({"name": "mine", "images": "{here}", "metadata": "{csv}"}, "Name the encoder."),
        ({"name": "mine", "images": "{here}", "encoder": "RN50/openai"}, "Name the table of annotations"),
        ({"name": "mine", "images": "{here}", "metadata": "{csv}", "encoder": "x"}, '"x" does not name an encoder'),
        (
            {"name": "mine", "images": "{here}", "metadata": "{csv}", "encoder": "local-dir:/nowhere"},
            "There is no folder /nowhere",
        ),
        ({"name": "mine", "images": "{here}", "metadata": "/no.csv", "encoder": "RN50/openai"}, "/no.csv"),
    ],
)
def test_bad_input_is_a_sentence_and_nothing_typed_is_lost(root, typed, told):
    (root / "M.csv").write_text("image_id,gender\na.png,Male\n", encoding="utf-8")
    typed = {name: value.format(here=root, csv=root / "M.csv") for name, value in typed.items()}
    app = fill(open_page("store"), **typed)
    assert warned(app, told), texts(app.warning)
    assert len(app.warning) == 1
    assert {name: app.text_input(key=f"commission-{name}").value for name in typed} == typed
    assert list_builds(root) == ()


def test_the_encoders_of_the_stores_here_are_offered_and_one_is_enough(root):
    app = open_page("store")
    (box,) = [found for found in app.selectbox if found.key == "commission-picked"]
    assert box.options == ["stage, of emoji"]
    box.set_value(SPEC.reference)
    app = fill(app, name="mine", images=str(root), metadata=str(root / "no.csv"), encoder="RN50/openai")
    assert warned(app, "Two encoders are named")


def test_a_table_that_is_uploaded_is_read_and_dropped_where_it_is_wrong(root):
    app = open_page("store")
    app.file_uploader(key="commission-upload").set_value(("people.csv", b"name,gender\na,b\n", "text/csv"))
    app = fill(app, name="mine", images=str(root), encoder="RN50/openai")
    assert warned(app, "image_id")
    assert not list(locate_errand(root / "mine").glob("**/*.csv"))


def test_what_was_sent_is_what_is_built(root, monkeypatch):
    started = []
    monkeypatch.setattr("clipdash.ui.commissions.start_build", started.append)
    (root / "pictures").mkdir()
    content = b"image_id,gender\na.png,Male\n"
    app = open_page("store")
    app.file_uploader(key="commission-upload").set_value(("people.csv", content, "text/csv"))
    app.toggle(key="commission-thumbnails").set_value(False)
    app.toggle(key="commission-strict").set_value(True)
    app = fill(app, name=" mine ", images=f"{root}/pictures ", encoder="RN50/openai")
    assert not app.warning
    (asked,) = started
    assert asked.metadata.read_bytes() == content
    assert asked == Commission(
        place=root / "mine",
        images=root / "pictures",
        metadata=asked.metadata,
        encoders=("RN50/openai",),
        thumbnail_size=None,
        options=BuildOptions(strict=True),
    )


@pytest.mark.parametrize("said_so", ["off", "OFF ", "offf"])
def test_where_building_is_switched_off_the_page_says_so(root, monkeypatch, said_so):
    interrupt(root)
    monkeypatch.setenv("CLIPDASH_BUILD", said_so)
    app = open_page("store")
    assert said(app, "switched off")
    assert labels(app) == ["Verify"]
    assert not app.text_input


def test_a_build_under_way_is_shown_and_stopped(root, holder):
    app = open_page("store")
    assert "Builds and imports" in texts(app.header)
    (bar,) = app.get("progress")
    assert bar.proto.value == 25
    assert bar.proto.text.startswith("12 of 48 images done, the time left is not known yet")
    app = press(app, "Cancel")
    assert not app.exception
    assert holder.wait(timeout=30) != 0
    app.run()
    assert said(app, "Interrupted: 12 of 48 images are done. What was done is kept")
    assert {"Resume", "Discard"} <= {*labels(app)}


def test_a_build_of_another_program_is_shown_without_a_way_to_stop_it(root):
    with hold_workplace(root / "elsewhere"):
        app = open_page("store")
        assert "Cancel" not in labels(app)
        assert said(app, f"on {socket.gethostname()}. Stop it there.")


def test_an_interrupted_build_is_discarded_after_asking_once_more(root):
    place = interrupt(root)
    app = open_page("store")
    assert said(app, "Interrupted: 30 of 120 images are done")
    app = press(app, "Discard")
    assert said(app, "Discard what was done? It cannot be brought back.")
    app = press(app, "Keep it")
    assert "Resume" in labels(app)
    assert name_workplace(place).exists()
    app = press(press(app, "Discard"), "Discard it")
    assert not name_workplace(place).exists()
    assert "Builds and imports" not in texts(app.header)


def test_resume_asks_for_the_same_again_or_says_that_it_was_not_kept(root, monkeypatch):
    place = interrupt(root)
    app = press(open_page("store"), "Resume")
    assert warned(app, "was not kept")
    asked = Commission(place=place, images=root, metadata=root / "M.csv", encoders=("RN50/openai",))
    asked.write(name_workplace(place))
    spawned = []
    monkeypatch.setattr(
        "clipdash.build.errand.start_process", lambda arguments, *_: spawned.append(arguments) or 2**22 + 1
    )
    app = press(app, "Resume")
    assert spawned == [asked.list_arguments(resume=True)]
    assert not warned(app, "was not kept")


def end(root, name, code, output="", complaint=""):
    """Leave what a build that was started on the page leaves when it has ended."""
    folder = locate_errand(root / name)
    folder.mkdir(parents=True)
    errand = Errand(process=2**22 + 1, machine=socket.gethostname(), since="2026-01-01T00:00:00+00:00")
    (folder / "errand.json").write_text(errand.model_dump_json())
    for file, text in (("ended", str(code)), ("said.json", output), ("fault.txt", complaint)):
        (folder / file).write_text(text, encoding="utf-8")


def test_the_end_of_a_build_is_said_and_its_store_chosen(root):
    make_store(root, name="mine", images=60, title="Mine")
    end(root, "mine", 0, json.dumps({"built": 60, "skipped": [{}], "duplicates": [{}, {}], "unmatched": 3}))
    app = open_page("store")
    assert said(
        app, "Finished: 60 images, 1 row of the metadata left out, 2 pictures the same file as another, 3 pictures"
    )
    app = press(app, "Use this store")
    assert app.query_params["store"] == "mine"
    assert app.title[0].value == "Mine: 60 images"
    app = press(app, "Dismiss")
    assert "Builds and imports" not in texts(app.header)
    assert not locate_errand(root / "mine").exists()


def test_a_failure_is_its_sentence_and_a_stop_is_none(root):
    end(root, "bad", 2, complaint="chatter\nThe weights <b>X</b> are not on this machine.\n")
    end(root, "halted", 130, complaint="Stopped.\n")
    app = open_page("store")
    assert warned(app, "The weights <b>X</b> are not on this machine.")
    assert len(app.warning) == 1
    assert said(app, "Stopped before any part of it was done")
    press(app, "Dismiss")
    assert [state.name for state in list_builds(root)] == ["halted"]


def test_a_broken_store_is_named_with_its_fault(stores, tmp_path, monkeypatch):
    shutil.copytree(stores / "broken", tmp_path / "broken")
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = open_page("store")
    assert app.title[0].value == "No store is here yet"
    assert said(app, "people.parquet")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "the time left is not known yet"),
        (3, "less than a minute left"),
        (60, "about 1 minute left"),
        (170, "about 3 minutes left"),
        (3500, "about 1 hour left"),
        (7300, "about 2 hours left"),
        (200_000, "about 2 days left"),
    ],
)
def test_the_time_left_is_said_in_words(seconds, told):
    assert say_time_left(seconds) == told


def test_a_note_of_a_build_is_said():
    assert say_built({"built": 1, "note": "Nothing to do."}) == (
        "Finished: 1 image, no row of the metadata left out. Nothing to do."
    )


def order(app, kind="embeddings", **typed):
    """Fill the form of imports and send it; a file that is uploaded is a pair of name and content, or several."""
    app.button_group(key="import-kind").set_value(kind).run()
    for name, value in typed.items():
        if isinstance(value, str):
            (app.text_area if name == "order" else app.text_input)(key=f"import-{name}").set_value(value)
        elif isinstance(value, bool):
            app.toggle(key=f"import-{name}").set_value(value)
        else:
            app.file_uploader(key=f"import-{name}-upload").set_value(value)
    return press(app, "Import")


@pytest.mark.parametrize(
    ("kind", "typed", "told"),
    [
        ("embeddings", {}, "The store needs a name"),
        ("embeddings", {"name": "emoji"}, 'There is a store "emoji" already. Choose another name, or say under "More"'),
        ("embeddings", {"name": "mine"}, "Name the encoder."),
        ("embeddings", {"name": "mine", "encoder": "RN50/openai", "bank": "/B.npz"}, "An encoder and a label bank"),
        ("embeddings", {"name": "mine", "bank": "/B.npz"}, "Give the path of the embeddings, or upload it."),
        ("scores", {"name": "mine", "scores": "/S.csv"}, "Give the path of the table of annotations, or upload it."),
    ],
)
def test_what_an_import_lacks_is_a_sentence_and_nothing_starts(root, kind, typed, told, monkeypatch):
    monkeypatch.setattr("clipdash.build.errand.start_process", lambda *_: pytest.fail("it was started"))
    app = order(open_page("store"), kind, **typed)
    assert warned(app, told), texts(app.warning)
    assert len(app.warning) == 1
    assert not list(root.glob(".builds/*/*/*"))


def test_what_was_sent_is_what_is_imported(root, monkeypatch):
    started = []
    monkeypatch.setattr("clipdash.ui.imports.start_import", started.append)
    files = {"metadata": ("M.csv", b"image_id\na\n", "text/csv"), "embeddings": ("E.npy", b"rows", "application/x")}
    app = order(
        open_page("store"),
        name="emoji",
        encoder="RN50/openai",
        images="/data/photos",
        order="age=a/b",
        replace=True,
        **files,
    )
    assert not app.warning
    (asked,) = started
    assert (asked.metadata.name, asked.metadata.read_bytes()) == ("M.csv", b"image_id\na\n")
    assert (asked.embeddings.name, asked.embeddings.read_bytes()) == ("E.npy", b"rows")
    assert asked == ImportCommission(
        place=root / "emoji",
        metadata=asked.metadata,
        embeddings=asked.embeddings,
        encoder="RN50/openai",
        images=Path("/data/photos"),
        order=("age=a/b",),
        replace=True,
    )


def test_scores_are_uploaded_imported_and_opened(root):
    scores = [
        (f"{name}.csv", f"image_id,man,woman\na,0.9,0.1\nb,0.{n},0.8\n".encode(), "x") for n, name in enumerate("ST")
    ]
    people = ("people.csv", b"image_id,gender\na,Male\nb,Female\nc,\n", "text/csv")
    app = order(open_page("store"), "scores", name="scored", scores=scores, metadata=people)
    assert "Builds and imports" in texts(app.header)
    end_of = time.monotonic() + 60
    while time.monotonic() < end_of and any(state.is_under_way for state in list_builds(root)):
        time.sleep(0.1)
    app.run()
    assert said(app, "Finished: 2 images imported, 1 annotated image without scores left out.")
    app = press(app, "Use this store")
    assert app.title[0].value == "scored: 2 images"
    assert open_store(root / "scored").manifest.variants[1].name == "T"
