"""The page Probes: cards with and without a store that fits, and one probe opened and run."""

import pytest
from made_experiments import TEXT
from stage import make_store, open_page, texts
from tiny_store import make_tiny_store

from clipdash.probes import list_probes, read_probe


def press(app, key):
    app.button(key=key).click()
    app.run()
    assert not app.exception, app.exception
    return app


def run_open(app):
    next(button for button in app.button if button.proto.is_form_submitter).click()
    return app.run()


def said(app):
    return " ".join([*texts(app.markdown), *texts(app.caption), *texts(app.warning)]).replace("\\", "")


@pytest.fixture
def bare(tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    return tmp_path


def test_every_card_has_its_published_chart_without_any_store(bare):
    app = open_page("probes")
    probes = list_probes()
    assert [found.value.replace("\\", "") for found in app.subheader] == [probe.title for probe in probes]
    charts = [element for element in app.main if element.type == "plotly_chart"]
    assert len(charts) == sum(bool(probe.published) for probe in probes)
    assert [code.value for code in app.code] == [probe.build for probe in probes]
    assert "There is no store here" in said(app)
    assert not any(button.key.startswith("run-") for button in app.button)
    press(app, "open-denigration")
    assert app.title[0].value == "Crime-related and non-human labels"
    assert "16.4%" in said(app)
    assert "What was not published" in [header.value for header in app.header]
    press(app, "probe-close")
    assert len(app.subheader) == 10


def test_a_store_without_the_attributes_is_told_which_and_how_to_build_one(bare):
    make_tiny_store(bare)
    app = open_page("probes")
    assert 'The store lacks the attribute "race"' in said(app)
    assert any(code.value.startswith("clipdash build fairface") for code in app.code)
    press(app, "open-fairface-attributes")
    assert app.code[0].value == read_probe("fairface-attributes").build
    assert not any(button.proto.is_form_submitter for button in app.button)


def test_a_probe_runs_on_the_store_and_keeps_its_words_behind_a_click():
    app = press(open_page("probes"), "run-child")
    assert app.title[0].value == "The label child"
    headers = [header.value for header in app.header]
    assert "People emoji without and with child, by age" in headers
    assert "Not run here" in headers
    assert not any(box.key == "probe-shown-emoji-child" for box in app.selectbox)
    assert "thief" not in said(app).replace("words, about crime", "")
    app.toggle(key="probe-words-child").set_value(True).run()
    assert "thief" in said(app)
    assert any("Annotated age" in text and "child" in text for text in texts(app.markdown))
    app.selectbox(key="probe-shown-emoji-child").set_value("where the images went").run()
    assert not app.exception
    assert any(text.startswith("| From") for text in texts(app.markdown))
    press(app, "probe-close")
    press(app, "open-child")
    assert "People emoji without and with child, by age" in [header.value for header in app.header]  # it was kept


def test_a_probe_keeps_its_own_figures_back_while_a_comparison_waits_to_be_registered():
    app = open_page("shift")
    app.toggle(key="register-first").set_value(True).run()
    app.switch_page("../../pages/probes.py").run()
    press(app, "run-child")
    assert app.title[0].value == "Figures are hidden while a comparison waits to be registered"
    assert "People emoji without and with child, by age" not in [header.value for header in app.header]
    assert "Annotated age" not in said(app)
    press(app, "register-not-here")
    assert app.title[0].value == "The label child"


def test_own_figures_stand_beside_published_ones(tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace('"Male"', '"man"').replace('"Female"', '"woman"'), encoding="utf-8")
    monkeypatch.setenv("CLIPDASH_PROBES", str(tmp_path))
    app = open_page("probes")
    assert app.header[1].value == "Of your own"
    press(app, "open-mine")
    run_open(app)
    assert not app.exception
    assert app.header[0].value == "Published, and computed here"
    rows = next(text for text in texts(app.markdown) if text.startswith("| Figure"))
    assert "50.0%" in rows
    assert len(rows.splitlines()) == 2 + 3
    path.write_text("title = 3", encoding="utf-8")
    app.run()
    assert "mine.toml" in said(app)
    assert len(app.subheader) == 10


def test_a_result_that_is_all_offensive_words_waits_behind_the_click(tmp_path, monkeypatch):
    flagged = (
        'flagged = ["crime"]\ncaution = "Offensive."\nlabel = [{text = "man", category = "crime"}, {text = "woman"}]'
    )
    lines = [flagged if line.startswith("label = ") else line for line in TEXT.splitlines()]
    text = "\n".join(lines).replace('["label:man", "contradicted"]', '["label:man"]')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("CLIPDASH_PROBES", str(tmp_path))
    app = press(open_page("probes"), "run-mine")
    assert "All of this result names such words" in said(app)
    app.toggle(key="probe-words-mine").set_value(True).run()
    assert not app.exception
    assert "are labelled man" in said(app)


def test_a_run_that_needs_a_file_says_so(bare):
    make_store(bare)
    app = press(open_page("probes"), "open-surveillance-fine")
    run_open(app)
    assert not app.exception
    assert app.title[0].value == "This probe cannot be run here"
    assert "a file of options" in said(app)
