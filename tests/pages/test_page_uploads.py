"""Files that are opened in the browser: label sets, and the results of other classifiers, without a store."""

import json
import shlex

import pytest
from stage import open_page, texts

from clipdash.__main__ import main
from clipdash.errors import FileError, LabelError
from clipdash.labels import dump_labels, parse_labels, read_labels
from clipdash.report.question import Question
from clipdash.store import Upload
from clipdash.ui.actions import _word_command, _write_report
from clipdash.ui.given import read_given

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
    app = open_page("labels", v="1", before="man\nwoman", after="man\nape | non-human")
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


TYPED = "man | gender=Male\nwoman | gender=Female\nthief | crime"
PEOPLE = "\n".join(
    ["image_id,gender,age", *(f"{n}.png,{('Male', 'Female')[n % 2]},{('3-9', '10-19')[n % 3 > 0]}" for n in range(90))]
)


def predictions(shift=0, column="label", last=89):
    called = ("man", "woman", "thief", "man")
    return "\n".join([f"image_id,{column}", *(f"{n}.png,{called[(n + shift) % 4]}" for n in range(last))])


def counts(head, *rows):
    return "\n".join([head, *rows])


FILES = {
    ("labels", "predictions"): {"metadata": ("people.csv", PEOPLE), "predictions": ("P.csv", predictions())},
    ("shift", "predictions"): {
        "metadata": ("my people.csv", PEOPLE),
        "before": ("P.csv", predictions()),
        "after": ("Q.csv", predictions(1, "guess")),
    },
    ("labels", "counts"): {
        "table": ("T.csv", counts("gender,label,count", "Male,man,50", "Male,thief,10", "Female,woman,60"))
    },
    ("shift", "counts"): {
        "table": ("T.csv", counts("gender,before,after,count", "Male,man,thief,40", "Female,thief,woman,50"))
    },
    ("labels", "rates"): {"table": ("R.csv", counts("model,n,count", "small,400,20", "large,400,35"))},
}


def send(page, kind, files=None, before=TYPED, after=TYPED):
    app = open_page(page, v="1", by="skin_tone", before=before, after=after)
    app.button_group(key="files-kind").set_value(kind).run()
    for option, (name, content) in (FILES[page, kind] if files is None else files).items():
        box = app.file_uploader(key=f"files-{page}-{kind}-{option}")
        box.set_value((name, content if isinstance(content, bytes) else content.encode(), "text/csv"))
    app = press(app, "Show these")
    assert not app.exception
    return app


@pytest.fixture
def repeat(tmp_path, capsys, monkeypatch):
    """Give a printed command beside the files and the label files that the page offers; return its JSON."""

    def call(command, result, files):
        monkeypatch.chdir(tmp_path)
        for name, content in files.values():
            (tmp_path / name).write_text(content, encoding="utf-8")
        sets = result.table.label_sets
        for side, label_set in zip(("labels",) if len(sets) == 1 else ("before", "after"), sets, strict=True):
            (tmp_path / f"{side}.toml").write_text(dump_labels(label_set), encoding="utf-8")
        capsys.readouterr()
        assert main([*shlex.split(command)[1:], "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return call


COMMANDS = {
    ("labels", "predictions"): "audit-predictions",
    ("shift", "predictions"): "compare-predictions",
    ("labels", "counts"): "audit-table",
    ("shift", "counts"): "compare-table",
    ("labels", "rates"): "audit-rates",
}


@pytest.mark.parametrize(("page", "kind"), FILES)
def test_files_are_shown_and_the_printed_command_gives_the_same_figures(page, kind, results, repeat, monkeypatch):
    app, offered, files = send(page, kind), {}, FILES[page, kind]
    monkeypatch.setattr(
        "clipdash.ui.actions.offer_file", lambda label, file, write, **_: offered.update({label: write})
    )
    app.number_input(key="pick-min-n").set_value(5).run()
    assert not app.exception
    assert not app.warning
    mine = json.loads(offered["JSON"]())  # as the server does, when no session runs
    assert mine["command"].split()[1] == COMMANDS[page, kind]
    theirs = repeat(mine["command"], results[-1], files)
    assert theirs | {"command": ""} == {name: mine[name] for name in theirs} | {"command": ""}
    assert [entry["file"] for entry in mine["inputs"]] == [name for name, _ in files.values()]
    assert f"clipdash {COMMANDS[page, kind]}" in offered["Report"]()
    for name, _ in files.values():
        assert any(f"**{name}**" in plain(text) for text in texts(app.markdown))


def test_one_wide_file_holds_both_sides_of_a_comparison(repeat):
    called = zip(predictions().splitlines(), predictions(1, "second").splitlines(), strict=True)
    wide = "\n".join(f"{first},{second.rpartition(',')[2]}" for first, second in called)
    files = {"metadata": ("people.csv", PEOPLE), "before": ("W.csv", wide), "after": ("W.csv", wide)}
    uploads = {option: Upload(name, content.encode()) for option, (name, content) in files.items()}
    given = read_given("predictions", uploads, {"before": "label", "after": "second"}, 2)
    result = given.answer([parse_labels(TYPED, name="before"), parse_labels(TYPED, name="after")], Question())
    command = _word_command(result, given)
    assert "--before W.csv --before-column label --after W.csv --after-column second" in command
    theirs = repeat(command, result, files)
    assert theirs["flows"] == [{"from": f.before, "to": f.after, "count": f.count} for f in result.flows]
    assert theirs["inputs"] == given.inputs
    assert [entry["file"] for entry in given.inputs] == ["people.csv", "W.csv"]


def test_the_column_that_is_typed_is_read():
    app = open_page("labels", v="1", before=TYPED)
    for option, content in (("metadata", PEOPLE), ("predictions", predictions().replace("label", "two,other", 1))):
        app.file_uploader(key=f"files-labels-predictions-{option}").set_value((f"{option}.csv", content.encode(), "x"))
    app.text_input(key="files-column-labels-predictions").set_value(" thre ")
    app = press(app, "Show these")
    assert warned(app, 'predictions.csv has no column "thre". The nearest')


def test_files_are_grouped_and_filtered_by_their_own_columns_and_the_store_comes_back(results):
    lists = "man\nwoman\nthief | crime"
    app = send("shift", "predictions", before=lists, after=lists + "\nperson")
    assert app.query_params["by"] == "skin_tone"
    assert {tuple(row.group) for row in results[-1].rows} == {("gender",)}
    told = "1 annotated image has no prediction and is left out, first 89.png."
    assert any(told in plain(text) for text in texts(app.caption))
    app.multiselect(key="pick-by").set_value(["age"]).run()
    app.multiselect(key="pick-where-gender").set_value(["Male"]).run()
    app.selectbox(key="pick-rule").set_value("flagged").run()
    found = results[-1]
    assert (found.by, dict(found.where), found.store) == (("age",), {"gender": ("Male",)}, None)
    assert str(found.rule) == "flagged"
    assert [row.group["age"] for row in found.rows] == ["3-9", "10-19"]
    assert "Would any word have done it?" not in texts(app.header)
    assert "What the shifts hang on" in texts(app.header)
    assert "none was read" in _write_report(found)
    app.switch_page("../../pages/labels.py").run()
    assert results[-1].store is not None
    app.switch_page("../../pages/shift.py").run()
    assert results[-1] is found
    app = press(app, "Back to the store")
    assert results[-1].store is not None
    assert app.multiselect(key="pick-by").value == ["skin_tone"]
    assert "Would any word have done it?" in texts(app.header)


def test_lists_are_checked_against_the_files_and_typed_on(results):
    app = send("labels", "predictions", before="man | gender=man\nwoman\nthief")
    assert any('Line 1: The label "man" claims gender = "man"' in plain(text) for text in texts(app.warning))
    assert app.title[0].value == "A line cannot be read"
    app.text_area(key="text-single").set_value(TYPED).run()
    assert not app.warning
    app.text_area(key="text-single").set_value("man\nwoman").run()
    assert app.title[0].value == "These files and lists do not fit each other"
    assert warned(app, 'P.csv: line 4 has the label "thief", which the label set "before" does not have.')


def warned(app, text):
    return any(text in plain(told) for told in texts(app.warning))


@pytest.mark.parametrize(
    ("kind", "files", "told"),
    [
        (
            "predictions",
            {"metadata": ("M.csv", "image_id,a\n0.png,x\n"), "before": ("P.csv", predictions(last=2))},
            'P.csv names 1 image that the metadata do not have: "1.png".',
        ),
        (
            "predictions",
            {"metadata": ("M.csv", PEOPLE), "before": ("P.csv", predictions()), "after": ("P.csv", predictions(1))},
            'Two different files have the name "P.csv"',
        ),
        ("counts", {"table": ("T.csv", "gender,label,count\nMale,man,1\n")}, 'T.csv has no column "before"'),
        ("rates", {"table": ("R.csv", "model,n,count\na,3,4\n")}, "R.csv: line 2 counts 4 of 3 images"),
    ],
)
def test_files_that_do_not_fit_are_refused(kind, files, told):
    uploads = {option: Upload(name, content.encode()) for option, (name, content) in files.items()}
    with pytest.raises(FileError) as caught:
        read_given(kind, uploads, {}, 2)
    assert str(caught.value).startswith(told)


def test_a_file_that_cannot_be_used_is_a_sentence_and_the_store_stays(results):
    files = {"metadata": ("M.csv", b"image_id,a\n1,\xff\n")}
    app = send("labels", "predictions", files, before="man\nwoman")
    assert warned(app, 'Nothing was uploaded under "Predictions".')
    app.file_uploader(key="files-labels-predictions-predictions").set_value(("P.csv", b"image_id,label\n", "text/csv"))
    app = press(app, "Show these")
    assert warned(app, "M.csv is not UTF-8 text (see line 2)")
    assert len(app.warning) == 1
    assert results[-1].store is not None


def test_files_need_no_store(results, tmp_path, monkeypatch):
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path / "none"))
    app = send("shift", "predictions")
    assert not app.warning
    assert results[-1].n == 89
    app = press(app, "Back to the store")
    assert warned(app, "There is no store here that can be opened.")


def test_published_rates_need_no_list_and_no_rule(results):
    app = send("labels", "rates", before="")
    assert app.title[0].value == "With *counted* and *not counted*, 6.9% of images are labelled *counted*"
    assert not [box for box in app.text_area if box.key == "text-single"]
    assert not [box for box in app.selectbox if box.key == "pick-rule"]
    assert str(results[-1].rule) == "label:counted"
