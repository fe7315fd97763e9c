"""Files that are opened in the browser: label sets, and the results of other classifiers, without a store."""

import pytest
from stage import open_page

from clipdash.errors import LabelError
from clipdash.labels import dump_labels, parse_labels, read_labels

GENDERS = "man | gender=man\nwoman | gender=woman"
CRIME = parse_labels(
    f"{GENDERS}\nthief | crime\nghost | unreal", name="with thief", templates=("a drawing of a {}",), flagged=("crime",)
)


def plain(text):
    return text.replace("\\", "").replace("\u2060", "")


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def open_file(app, content, name="mine.toml"):
    app.file_uploader(key="label-file").set_value((name, content.encode(), "application/toml")).run()
    return app


def test_a_label_file_fills_one_list_with_its_prompt_and_flags_and_is_undone_in_one_step():
    app = open_page("labels")
    before = dict(app.query_params)
    app = press(open_file(app, dump_labels(CRIME)), "Open this file")
    assert app.text_area(key="text-single").value == f"{GENDERS}\nthief | crime\nghost | unreal"
    assert app.query_params["template"] == "a drawing of a {}"
    assert app.query_params["flagged"] == ["crime", "non-human"]  # the other list, which is not shown here, has those
    app = press(app, "Undo")
    assert dict(app.query_params) == before


def test_a_list_has_the_name_and_digest_of_its_file_as_long_as_it_is_not_changed(results):
    text = 'version = 3\nflagged = ["crime", "never used"]\n[[label]]\ntext = "man"\n[[label]]\ntext = "thief"\n'
    text += 'category = "crime"\n'
    app = press(open_file(open_page("labels"), text, "two words.toml"), "Open this file")
    assert not app.exception
    opened = results[-1].label_set
    assert (opened.name, opened.version, opened.flagged) == ("two words", 3, ("crime", "never used"))
    app.text_area(key="text-single").set_value("man\nthief | crime\nwoman").run()
    assert results[-1].label_set.name == "before"
    app.text_area(key="text-single").set_value("man\nthief | crime").run()
    assert results[-1].label_set.digest == opened.digest


def test_a_file_fills_the_side_chosen_and_leaves_the_flags_of_the_other(results):
    app = open_page("shift", v="1", before="man\nfool | insult\ncrook | crime", after="man\nwoman", flagged="insult")
    app = press(open_file(app, dump_labels(CRIME)), "Open as after")
    assert app.text_area(key="text-before").value == "man\nfool | insult\ncrook | crime"
    assert app.text_area(key="text-after").value == f"{GENDERS}\nthief | crime\nghost | unreal"
    assert app.query_params["flagged"] == ["crime", "insult"]
    assert results[-1].after.name == "with thief"
    assert results[-1].after.digest == CRIME.digest
    assert results[-1].before.name == "before"


@pytest.mark.parametrize("content", ["lable = 3", '[[label]]\ntext = "man"\n', "x = "])
def test_a_file_that_is_none_is_the_sentence_of_the_command_line(content, tmp_path):
    (tmp_path / "bad.toml").write_text(content)
    with pytest.raises(LabelError, match=r"bad\.toml") as caught:
        read_labels(tmp_path / "bad.toml")
    app = open_file(open_page("labels"), content, "bad.toml")
    assert plain(app.warning[0].value) == str(caught.value).replace(str(tmp_path / "bad.toml"), "bad.toml")
    assert next(button for button in app.button if button.label == "Open this file").disabled
