"""The page Audits, and what Shift and Labels offer to save."""

import pytest
from hostile import FIT
from stage import make_store, open_page, texts

from clipdash import records
from clipdash.labels import parse_labels

TITLE = "With *x* & <b>y</b>"
ASKED = {
    "v": "1",
    "store": "emoji",
    "by": "skin_tone",
    "where_kind": "person",
    "template": "a picture of a {}",
    "before": "man | gender=man\nwoman | gender=woman\ngorilla | non-human",
    "after": "man | gender=man\nwoman | gender=woman",
}


def button(app, label):
    return next(found for found in app.button if found.label == label)


def save_audit(app, title=TITLE, notes="first thoughts"):
    next(box for box in app.text_input if box.label == "Title").set_value(title)
    next(box for box in app.text_area if box.label == "Notes").set_value(notes)
    button(app, "Save audit").click().run()
    assert not app.exception, app.exception
    return app


def visit(app, name):
    app.switch_page(f"../../pages/{name}.py").run()
    assert not app.exception, app.exception
    return app


@pytest.fixture
def saved():
    """One audit, saved on the page Shift; the app that saved it is still open."""
    return save_audit(open_page("shift", **ASKED))


def choose(app, kind):
    app.button_group(key="saved-kind").set_value(kind).run()
    return app


def test_where_nothing_is_saved_the_page_says_what_to_do():
    app = open_page("audits")
    assert any("No audit is saved yet" in text for text in texts(app.markdown))
    assert [found.proto.label for found in app.get("page_link")] == ["Compare two lists", "Look at one list"]
    assert any("No label set is saved yet" in text for text in texts(choose(app, "Label sets").markdown))
    assert any("Nothing is deleted" in text for text in texts(choose(app, "Deleted").markdown))
    choose(app, "Audits").text_input(key="saved-sought").set_value("nurse").run()
    assert any("holds all of these words" in text for text in texts(app.markdown))


def test_an_audit_is_kept_with_its_question_and_found_again(saved):
    assert any("The audit is saved as *With \\*x\\*" in text for text in texts(saved.markdown))
    (audit,) = records.list_audits()
    assert (audit.title, audit.notes, audit.store) == (TITLE, "first thoughts", "emoji")
    assert audit.question["after"] == ASKED["after"]
    assert audit.result["command"].startswith("clipdash compare emoji")
    assert records.find_audits(audit.store_digest, audit.question_digest) == [audit]
    app = visit(saved, "audits")
    assert app.header[0].value == "With \\*x\\* \\& \\<b\\>y\\</b\\>"
    assert any(
        "Two lists on emoji" in text and "grouped by skin tone · revision 1" in text for text in texts(app.caption)
    )
    assert any("| all images |" in text for text in texts(app.markdown))
    app.text_input(key="saved-sought").set_value("GORILLA first").run()
    assert app.header
    app.text_input(key="saved-sought").set_value("nurse").run()
    assert not app.header


def test_today_is_held_against_what_was_kept(saved):
    app = visit(saved, "audits")
    button(app, "Compare with today").click().run()
    said = texts(app.markdown)
    assert any("Every figure is the same to the last digit." in text for text in said)
    assert any("The store is the same, emoji" in text for text in said)
    assert any("| Shift today | Figures |" in text for text in said)


def test_a_phone_shows_one_figure_of_each_day_with_its_n(saved, monkeypatch):
    monkeypatch.setattr("clipdash.ui.reopening.is_narrow", lambda: True)
    app = visit(saved, "audits")
    button(app, "Compare with today").click().run()
    (table,) = [text for text in texts(app.markdown) if "Annotated as" in text]
    assert table.splitlines()[0] == "| Annotated as | Shift saved | Shift today |"
    assert table.splitlines()[2].startswith("| all images, n 240 |")


def test_a_store_that_has_changed_is_told_here_and_where_the_audit_is_opened(saved, tmp_path, monkeypatch):
    make_store(tmp_path, images=200)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = open_page("audits")
    button(app, "Compare with today").click().run()
    said = texts(app.markdown)
    assert any("it was emoji" in text for text in said)
    assert any("Figures differ in" in text for text in said)
    button(app, "Open on Shift").click().run()
    assert any("has changed since this link or audit was made" in text for text in texts(app.warning))


def test_an_audit_of_a_store_that_is_not_here_keeps_its_figures(saved, tmp_path, monkeypatch):
    make_store(tmp_path, name="second", images=120)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = open_page("audits")
    button(app, "Compare with today").click().run()
    assert any('The store "emoji" is not here' in text for text in texts(app.warning))
    assert any("| all images |" in text for text in texts(app.markdown))
    button(app, "Open on Shift").click().run()
    assert any('There is no store "emoji" here' in text for text in texts(app.warning))


def test_an_audit_is_opened_where_it_was_made():
    app = save_audit(open_page("labels", **ASKED), title="one list")
    app = visit(app, "audits")
    assert any(text.startswith("One list on emoji") for text in texts(app.caption))
    app = open_page("audits")
    button(app, "Compare with today").click().run()
    assert any("Every figure is the same" in text for text in texts(app.markdown))
    button(app, "Open on Labels").click().run()
    assert app.text_area(key="text-single").value == ASKED["before"]
    assert app.query_params["by"] == "skin_tone"
    assert not app.warning


def test_an_audit_is_copied_deleted_and_brought_back(saved):
    app = visit(saved, "audits")
    button(app, "Duplicate").click().run()
    assert app.header[0].value.endswith("(copy)")
    button(app, "Delete").click().run()
    assert [audit.title for audit in records.list_audits()] == [TITLE]
    button(app, "Undo").click().run()
    assert len(records.list_audits()) == 2
    button(app, "Delete").click().run()
    choose(app, "Deleted")
    button(app, "Restore").click().run()
    assert len(records.list_audits()) == 2
    assert any("Nothing is deleted" in text for text in texts(app.markdown))


def type_notes(app, notes):
    next(box for box in app.text_area if box.label == "Notes").set_value(notes).run()
    button(app, "Save changes").click().run()
    assert not app.exception, app.exception


def test_notes_and_title_can_be_changed(saved):
    app = visit(saved, "audits")
    type_notes(app, "second thoughts")
    next(box for box in app.text_input if box.label == "Title").set_value("Another title").run()
    button(app, "Save changes").click().run()
    (audit,) = records.list_audits()
    assert (audit.title, audit.notes, audit.revision) == ("Another title", "second thoughts", 3)
    assert "Saved." in texts(app.markdown)
    next(box for box in app.text_input if box.label == "Title").set_value(" ").run()
    button(app, "Save changes").click().run()
    assert any("The title is blank" in text for text in texts(app.warning))


def test_the_second_reviewer_of_notes_is_shown_both_and_chooses(saved):
    app = visit(saved, "audits")
    (audit,) = records.list_audits()
    records.change_audit(audit.id, 1, notes="theirs")
    app.run()
    assert next(box for box in app.text_area if box.label == "Notes").value == "theirs"  # nothing typed: nothing lost
    next(box for box in app.text_area if box.label == "Notes").set_value("mine").run()
    records.change_audit(audit.id, 2, notes="theirs again")
    button(app, "Save changes").click().run()
    assert any("someone changed it" in text for text in texts(app.warning))
    shown = [found.value for found in app.code]
    assert f"{TITLE}\n\nmine" in shown
    assert f"{TITLE}\n\ntheirs again" in shown
    button(app, "Save mine instead").click().run()
    assert records.read_audit(audit.id).notes == "mine"
    assert not app.warning
    next(box for box in app.text_area if box.label == "Notes").set_value("mine again").run()
    records.change_audit(audit.id, 4, notes="theirs at last")
    button(app, "Save changes").click().run()
    button(app, "Keep the saved one").click().run()
    assert next(box for box in app.text_area if box.label == "Notes").value == "theirs at last"


def test_notes_on_what_was_deleted_meanwhile_can_bring_it_back(saved):
    app = visit(saved, "audits")
    (audit,) = records.list_audits()
    next(box for box in app.text_area if box.label == "Notes").set_value("mine")
    original = records.read_audit(audit.id)
    button(app, "Save changes").click()
    records.delete_audit(audit.id)
    monkey = pytest.MonkeyPatch()
    monkey.setattr("clipdash.records.list_audits", lambda *_, **__: [original])  # the list was read a moment before
    app.run()
    assert any("someone deleted it" in text for text in texts(app.warning))
    button(app, "Restore it with mine").click().run()
    monkey.undo()
    assert [found.notes for found in records.list_audits()] == ["mine"]


def test_a_long_list_is_shown_in_parts():
    for number in range(23):
        records.save_labels(parse_labels("man\nwoman", name=f"set {number}"))
    app = choose(open_page("audits"), "Label sets")
    lines = [found for found in app.button if found.key.startswith("saved-pick-")]
    assert len(lines) == 20
    lines[4].click().run()
    assert app.header[0].value == "set 18"
    button(app, "Show 3 more").click().run()
    assert len([found for found in app.button if found.key.startswith("saved-pick-")]) == 23


def test_on_a_phone_the_list_gives_way_to_what_is_opened(monkeypatch):
    monkeypatch.setattr("clipdash.ui.audits.is_narrow", lambda: True)
    kept = records.save_labels(parse_labels("man\nwoman", name="small"))
    app = choose(open_page("audits"), "Label sets")
    assert not app.header
    app.button(key=f"saved-pick-{kept.id}").click().run()
    assert app.header[0].value == "small"
    button(app, "Back to the list").click().run()
    assert not app.header


def find_side(app, side):
    return app.button(key=f"do-save-{side}")


def test_lists_are_saved_as_sets_and_later_as_their_next_versions():
    app = open_page("shift", **ASKED)
    next(box for box in app.text_input if box.key.startswith("save-name-after")).set_value("My <set>")
    find_side(app, "after").click().run()
    (first,) = records.list_labels()
    assert (first.name, first.version, first.label_set.texts) == ("My <set>", 1, ("man", "woman"))
    assert any("saved as version 1 of *My \\<set\\>*" in text for text in texts(app.markdown))
    button(app, "+ person").click().run()
    find_side(app, "after").click().run()
    (second,) = records.list_labels()
    assert (second.id, second.version, second.label_set.texts) == (first.id, 2, ("man", "woman", "person"))
    app.radio(key=f"save-how-after-{first.id}").set_value("a set of its own").run()
    find_side(app, "after").click().run()
    assert len(records.list_labels()) == 2
    next(box for box in app.text_input if box.key.startswith("save-name-before")).set_value(" ")
    find_side(app, "before").click().run()
    assert any("blank" in text for text in texts(app.warning))


def test_the_second_reviewer_of_a_list_is_shown_both_and_chooses():
    kept = records.save_labels(parse_labels("man\nwoman", name="Shared"))
    app = choose(open_page("audits"), "Label sets")
    button(app, "Open as after").click().run()
    app = visit(app, "shift")  # where the click led; the next click would start from the page before
    assert next(box for box in app.text_area if box.label == "After").value == "man\nwoman"
    records.save_labels(parse_labels("man\nwoman\nwizard", name="Shared"), set_id=kept.id)
    button(app, "+ person").click().run()
    find_side(app, "after").click().run()
    assert any("someone saved version 2 of it" in text for text in texts(app.warning))
    assert {"man\nwoman\nperson", "man\nwoman\nwizard"} <= {found.value for found in app.code}
    button(app, "Take the saved one").click().run()
    assert next(box for box in app.text_area if box.label == "After").value == "man\nwoman\nwizard"
    button(app, "+ child").click().run()
    records.save_labels(parse_labels("man\nking", name="Shared"), set_id=kept.id)
    find_side(app, "after").click().run()
    button(app, "Save mine as version 4").click().run()
    assert records.read_saved_labels(kept.id).label_set.texts == ("man", "woman", "wizard", "child")


def test_a_list_whose_set_was_deleted_meanwhile_can_be_kept_as_one_of_its_own():
    app = open_page("labels", **ASKED)
    find_side(app, "before").click().run()
    (first,) = records.list_labels()
    records.delete_labels(first.id)
    app.text_area(key="text-single").set_value("man\nwoman").run()
    find_side(app, "before").click().run()
    assert any("someone deleted it" in text for text in texts(app.warning))
    assert not [found for found in app.button if found.label == "Take the saved one"]
    button(app, "Save mine as a set of its own").click().run()
    assert [saved.label_set.texts for saved in records.list_labels()] == [("man", "woman")]


def test_a_saved_set_shows_its_versions_and_can_be_renamed():
    kept = records.save_labels(parse_labels("man\nwoman", name="Old"), note="why")
    records.save_labels(parse_labels("man\nwoman\nchild", name="New"), set_id=kept.id)
    app = choose(open_page("audits"), "Label sets")
    assert app.code[0].value == "man\nwoman\nchild"
    versions = next(found for found in app.selectbox if found.label == "Version")
    versions.set_value(1).run()
    assert app.code[0].value == "man\nwoman"
    next(box for box in app.text_input if box.label == "Name").set_value("Newer").run()
    button(app, "Save changes").click().run()
    assert (records.read_saved_labels(kept.id).name, records.read_saved_labels(kept.id).version) == ("Newer", 3)
    button(app, "Duplicate").click().run()
    assert {saved.name for saved in records.list_labels()} == {"Newer", "Newer (copy)"}
    button(app, "Open on Labels").click().run()
    assert app.text_area(key="text-single").value == "man\nwoman\nchild"


def test_a_list_that_cannot_be_read_is_not_saved_as_the_figures_that_stay():
    app = open_page("shift", **ASKED)
    next(box for box in app.text_area if box.label == "After").set_value("man\nwoman | | x").run()
    assert not [found for found in app.button if found.label == "Save audit"]
    assert any("Mend it first" in text for text in texts(app.markdown))


@pytest.mark.parametrize("title", [FIT[name] for name in ("script", "markdown", "ten thousand")])
def test_any_title_is_shown_as_text(title, saved):
    save_audit(saved, title=title)
    assert records.list_audits()[0].title == title.strip()
    app = visit(saved, "audits")
    assert next(box for box in app.text_input if box.label == "Title").value == title
    assert "<script" not in app.header[0].value.replace("\\<", "")
    assert len(app.header[0].value) < 400


def test_where_no_records_can_be_kept_the_pages_say_so_and_go_on(log_folder, monkeypatch):
    blocked = log_folder / "file in the way"
    blocked.write_text("x")
    monkeypatch.setenv("CLIPDASH_RECORDS", str(blocked))
    app = open_page("audits")
    assert any("cannot be used now" in text for text in texts(app.warning))
    app = open_page("shift", **ASKED)
    save_audit(app)
    assert any("cannot be used now" in text for text in texts(app.warning))
    assert app.title[0].value.startswith("Both lists gave every image")
    find_side(app, "after").click().run()
    assert any("cannot be used now" in text for text in texts(app.warning))
