"""Compare, Thresholds and Sensitivity, and what Shift and Labels say of annotations; the settings of intervals."""

import pytest
from stage import open_page, texts

from clipdash.report.link import read_address, write_address
from clipdash.report.question import Question

WORDS = "man | gender=man\nwoman | gender=woman\nthief | crime"


def test_compare_opens_on_both_lists_and_takes_presets():
    app = open_page("compare", before=WORDS, after=f"{WORDS}\nperson", v="1", by="age")
    assert app.title[0].value.startswith("Under 2 lists, ")
    assert any("p, sets differ" in text for text in texts(app.markdown))
    chosen = app.multiselect(key="sets")
    chosen.set_value([*chosen.value, chosen.options[-1]]).run()
    assert not app.exception
    assert app.title[0].value.startswith("Under 3 lists, ")
    chosen.set_value([]).run()
    assert app.title[0].value == "Pick two lists or more"


@pytest.mark.parametrize("kind", ["probability", "cosine", "top-k"])
def test_thresholds_draws_a_curve_for_each_score(kind):
    app = open_page("thresholds", before=WORDS, v="1", by="age")
    app.segmented_control(key="sweep-kind").set_value(kind).run()
    assert not app.exception
    assert "of images count" in app.title[0].value
    table = next(text for text in texts(app.markdown) if "Annotated age" in text)
    assert ("k \\= 1" in table or "k = 1" in table) is (kind == "top-k")


def test_thresholds_says_why_there_is_no_curve():
    app = open_page("thresholds", before="man | gender=man\nman | gender=man", v="1")
    assert app.warning
    app = open_page("thresholds", before=WORDS, v="1", by="age", where_kind="person", rule="label:robber")
    assert any("robber" in text for text in texts(app.warning))


def test_sensitivity_runs_every_combination_and_keeps_the_curve():
    app = open_page("sensitivity", before=WORDS, after=f"{WORDS}\nperson", v="1", by="age", where_kind="person")
    assert app.title[0].value.startswith("How far does the finding hang")
    app.text_area(key="choice-words").set_value("man / guy")
    app.text_area(key="choice-templates").set_value("{}")
    app.multiselect(key="choice-rules").set_value(["misclassified", "flagged"])
    app.button[-1].click().run()
    assert not app.exception
    assert app.title[0].value.startswith("Over 8 combinations of choices the shift runs from ")
    app.run()
    assert app.title[0].value.startswith("Over 8 combinations")


@pytest.mark.parametrize(
    ("words", "thresholds", "said"),
    [("", "", "Name an alternative"), ("man", "", "names no alternatives"), ("man / guy", "x", "is no threshold")],
)
def test_choices_that_cannot_be_run_are_said(words, thresholds, said):
    app = open_page("sensitivity", before=WORDS, after=f"{WORDS}\nperson", v="1", by="age")
    app.text_area(key="choice-words").set_value(words)
    app.text_input(key="choice-thresholds").set_value(thresholds)
    app.button[-1].click().run()
    assert app.title[0].value == "These choices cannot be run"
    assert any(said in text for text in texts(app.warning))


def test_a_gap_and_a_group_can_be_asked():
    app = open_page("sensitivity", before=WORDS, after=f"{WORDS}\nperson", v="1", by="age")
    app.text_area(key="choice-words").set_value("man / guy")
    app.radio(key="choice-measure").set_value("Gap of the list before")
    app.button[-1].click().run()
    assert "the gap runs from" in app.title[0].value
    app.radio(key="choice-measure").set_value("Shift from before to after")
    app.selectbox(key="choice-group").set_value("age child")
    app.button[-1].click().run()
    assert any("images annotated as" in text and "60 images" in text for text in texts(app.markdown))
    broken = open_page("sensitivity", before="man |", after=WORDS, v="1")
    assert broken.title[0].value == "A list cannot be read"


def test_shift_says_what_its_shifts_hang_on():
    app = open_page("shift", before=WORDS, after=f"{WORDS}\nperson", v="1", by="age")
    assert any("Errors that explain the shift" in text for text in texts(app.markdown))
    assert any("Detectable shift" in text and "one way" in text for text in texts(app.markdown))
    assert any("The gap hangs on how small a group may be" in text for text in texts(app.caption))
    app.selectbox(key="tolerance").set_value(0.05).run()
    assert any("Tolerance of 5.0 points" in text for text in texts(app.markdown))


def test_labels_shows_agreement_with_the_annotators():
    app = open_page("labels", before=WORDS, v="1", by="age")
    assert any("Recall man" in text for text in texts(app.markdown))
    assert any("claims none" in text for text in texts(app.markdown))


def test_images_that_hang_together_are_a_setting_that_a_link_keeps():
    app = open_page("shift", before=WORDS, after=f"{WORDS}\nperson", v="1", by="age")
    app.selectbox(key="pick-cluster").set_value("concept").run()
    app.toggle(key="pick-together").set_value(True).run()
    assert not app.exception
    assert app.query_params["cluster"] == "concept"
    assert any("Images with one concept hang together" in text for text in texts(app.caption))
    assert any("hold together, each at" in text for text in texts(app.caption))
    strange = open_page("shift", before=WORDS, after=WORDS, v="1", by="age", cluster="drawing")
    assert any("cannot hang together" in text for text in texts(strange.warning))


def test_the_settings_of_intervals_go_into_a_link_only_where_they_are_not_the_default():
    plain = Question(store="emoji")
    assert not {"cluster", "together"} & write_address(plain).keys()
    asked = plain.change(cluster="drawing", together=True)
    assert read_address(write_address(asked), plain)[0] == asked
    assert read_address(write_address(plain), asked)[0] == plain
    assert write_address(asked)["together"] == ["1"]
