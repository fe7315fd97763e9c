"""The page Shift: two lists, what moved, and every way in which there is nothing to show yet."""

import re
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs

import pytest
from stage import make_store, open_page, texts

from clipdash.errors import RecordsError
from clipdash.records import record_try
from clipdash.records.database import write_records
from clipdash.records.tables import DRAFTS


def area(app, label):
    return next(box for box in app.text_area if box.label == label)


def button(app, label):
    return next(found for found in app.button if found.label == label)


def long_list():
    """Labels that even compressed are too long for a link."""
    return "\n".join(sha256(str(number).encode()).hexdigest() for number in range(300))


def ask(**changes):
    query = {"v": "1", "store": "emoji", "by": "skin_tone", "where_kind": "person", "template": "a picture of a {}"}
    lists = {"before": "man | gender=man\nwoman | gender=woman\ngorilla | non-human", "after": "man\nwoman"}
    return query | lists | changes


def test_opens_on_a_comparison_that_moves_without_a_word_that_one_must_ask_for():
    app = open_page("shift")
    assert area(app, "Before").value == "man | gender=man\nwoman | gender=woman"
    assert "person" in app.title[0].value
    assert "down from" in app.title[0].value
    assert any(text.startswith("First pair of lists tried") for text in texts(app.caption))
    assert area(app, "After").value == area(app, "Before").value + "\nperson"
    assert app.query_params["v"] == "1"
    assert app.query_params["where.kind"] == "person"


def test_a_comparison_is_recorded_once_a_session_and_counted_in_every_run(monkeypatch):
    recorded = []
    monkeypatch.setattr("clipdash.ui.results.record_try", lambda result: recorded.append(1) or record_try(result))
    app = open_page("shift", **ask())
    app.run()
    assert any("1 on this store" in text for text in texts(app.caption))
    assert len(recorded) == 1
    area(app, "After").set_value("man\nsailor").run()
    area(app, "After").set_value("man\nsailor\nboat").run()
    area(app, "After").set_value("man\nsailor").run()  # taken back while one typed, and tried again
    assert any("2 on this store" in text for text in texts(app.caption))
    assert len(recorded) == 4


def test_offensive_words_stand_behind_a_click_that_says_why_they_are_there():
    app = open_page("shift")
    shown = [*texts(app.title), *texts(app.markdown), *texts(app.caption), *(box.value for box in app.text_area)]
    assert not any("gorilla" in text or "thief" in text for text in shown)
    assert any("holds offensive words" in text for text in texts(app.caption))
    pairs = [found.key for found in app.button if str(found.key).startswith("pair-")]
    assert pairs[-2:] == ["pair-denigration-child", "pair-denigration-person"]
    app.button(key="pair-denigration-person").click().run()
    assert "gorilla" in area(app, "Before").value
    assert any("absorbed answers" in text for text in texts(app.markdown))


def test_a_word_added_with_one_click_changes_the_finding_and_can_be_undone():
    app = open_page("shift")
    headline = app.title[0].value
    button(app, "+ child").click().run()
    assert area(app, "After").value.endswith("\nchild")
    assert app.title[0].value != headline
    assert any("+ child" in text for text in texts(app.markdown))
    assert button(app, "+ child").disabled
    assert app.query_params["after"].endswith("\nchild")
    button(app, "Undo").click().run()
    assert app.title[0].value == headline
    assert button(app, "Undo").disabled


def test_lists_are_swapped_and_copied():
    app = open_page("shift")
    before, after = area(app, "Before").value, area(app, "After").value
    button(app, "Swap").click().run()
    assert (area(app, "Before").value, area(app, "After").value) == (after, before)
    button(app, "Copy down").click().run()
    assert area(app, "After").value == after
    assert app.title[0].value.startswith("Both lists gave every image the same label")


def test_an_empty_list_says_what_to_type_and_a_new_one_brings_the_result():
    app = open_page("shift", **ask())
    area(app, "After").set_value("").run()
    assert app.title[0].value == "Type one label a line, or start from a preset"
    area(app, "After").set_value("man | gender=man\nwoman | gender=woman\nperson").run()
    assert "person" in app.title[0].value


def test_a_bad_line_is_told_under_its_editor_and_the_last_readable_list_stays():
    app = open_page("shift", **ask())
    headline = app.title[0].value
    area(app, "After").set_value("man\nwoman\ngirl | gendre=woman").run()
    assert "Line 3" in app.warning[0].value
    assert "gender" in app.warning[0].value
    assert app.title[0].value == headline
    assert "The results are of the last list that could be read." in texts(app.caption)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("man", "only one label"),
        ("man\nman", "can be in a set only once"),
        ("man | | crime\nwoman", "Line 1"),
        ("man | gender=robot\nwoman", "robot"),
    ],
)
def test_a_list_that_is_none_is_told_in_place_of_the_result(after, told):
    app = open_page("shift", **ask(after=after))
    assert told in app.warning[0].value.replace("\\", "")
    assert app.title[0].value == "A line cannot be read"


def test_markup_in_labels_is_shown_as_typed():
    app = open_page("shift", **ask(after="man\n<b>*bold*</b> $x$ {} 100%\n:red[x]"))
    assert "\\<b\\>\\*bold\\*\\</b\\>" in app.title[0].value


def test_small_groups_are_withheld():
    app = open_page("shift", **ask(by="age"))
    table = next(text for text in texts(app.markdown) if text.startswith("| Annotated age"))
    assert "withheld" in table


def test_rule_that_no_list_has_is_told_and_can_be_left():
    app = open_page("shift", **ask(rule="category:crime"))
    assert app.title[0].value == "The rule fits no label"
    assert any("The rule is" in text and "crime" in text for text in texts(app.warning))
    button(app, "Count what is misclassified instead").click().run()
    assert app.query_params["rule"] == "misclassified"
    assert app.title[0].value.startswith("With")


def test_a_preset_takes_a_rule_of_other_lists_away_and_undo_brings_everything_back():
    app = open_page("shift", **ask(rule="label:gorilla"))
    before = dict(app.query_params)
    app.button(key="pair-doctor-nurse-gendered").click().run()
    assert app.query_params["rule"] == "misclassified"
    assert app.query_params["min_n"] == "10"
    button(app, "Undo").click().run()
    assert dict(app.query_params) == before


def test_the_list_goes_along_from_page_to_page():
    app = open_page("shift", **ask())
    for page, key in (("labels", "text-single"), ("shift", "text-before"), ("thresholds", "text-thresholds")):
        app.switch_page(f"../../pages/{page}.py").run()
        assert app.text_area(key=key).value.startswith("man | gender=man")
    app.text_area(key="text-thresholds").set_value("man | gender=man\nsailor").run()
    app.switch_page("../../pages/labels.py").run()
    assert app.text_area(key="text-single").value == "man | gender=man\nsailor"
    assert "sailor" in app.title[0].value


def test_lists_too_long_for_a_link_are_a_draft_that_it_names_and_that_nobody_types_over(monkeypatch):
    monkeypatch.setattr("clipdash.records.drafts._PASSING", timedelta(0))
    app = open_page("shift")
    area(app, "After").set_value(long_list()).run()
    shared = dict(app.query_params.items())
    assert "after" not in shared
    assert len(shared["draft"]) < 40
    other = open_page("shift", **shared)
    assert area(other, "Before").value == area(app, "Before").value
    assert area(other, "After").value == long_list()
    for session, more in ((app, "mine"), (other, "theirs")):
        area(session, "After").set_value(f"{long_list()}\n{more}").run()
        assert session.query_params["draft"] != shared["draft"]
    assert area(open_page("shift", **shared), "After").value == long_list()


def test_who_only_opens_a_link_of_an_earlier_clipdash_keeps_no_draft(monkeypatch):
    def refuse(*_):
        raise RecordsError("nothing is kept")

    app = open_page("shift")
    area(app, "After").set_value(long_list()).run()
    query = dict(app.query_params.items())
    with write_records() as connection:
        connection.execute(DRAFTS.update().values(id="aZ09aZ09aZ09"))
    monkeypatch.setattr("clipdash.ui.state.keep_draft", refuse)
    again = open_page("shift", **query | {"draft": "aZ09aZ09aZ09"})
    again.run()
    assert area(again, "After").value == long_list()
    assert again.query_params["draft"] == "aZ09aZ09aZ09"


def test_a_link_to_a_draft_that_is_not_here_says_so():
    app = open_page("shift", **ask(draft="A" * 12))
    assert any("kept as a draft, which is not here" in text for text in texts(app.warning))


def test_a_flag_that_no_label_of_a_link_has_is_told():
    app = open_page("shift", **ask(flagged="nope"))
    assert any("has the flagged category" in text for text in texts(app.warning))


def test_an_empty_page_offers_an_example():
    app = open_page("shift", **ask(before="", after="man"))
    button(app, "Put an example there").click().run()
    assert app.title[0].value.startswith("With")


def test_filter_groups_rule_and_minimum_are_set_in_the_settings_line():
    app = open_page("shift", **ask())
    app.multiselect(key="pick-by").set_value(["age", "gender"]).run()
    assert app.query_params["by"] == ["age", "gender"]
    app.multiselect(key="pick-where-age").set_value(["child"]).run()
    assert app.query_params["where.age"] == "child"
    app.number_input(key="pick-min-n").set_value(5).run()
    assert app.query_params["min_n"] == "5"
    app.selectbox(key="pick-rule").set_value("flagged").run()
    assert app.query_params["rule"] == "flagged"
    app.multiselect(key="pick-by").set_value([]).run()
    assert app.query_params["by"] == ["age", "gender"]
    assert any("Pick at least one. Until then by age and gender" in text for text in texts(app.caption))
    app.multiselect(key="pick-by").set_value(["gender"]).run()
    assert app.query_params["by"] == "gender"


def test_another_store_is_picked_and_a_broken_one_is_listed_with_its_fault():
    app = open_page("shift", **ask())
    picker = app.radio(key="pick-store")
    assert picker.options == ["Made-up people", "Fewer people"]
    assert any("broken" in text and "people" in text for text in texts(app.caption))
    picker.set_value("second").run()
    assert app.query_params["store"] == "second"
    assert any("same 120 images" in text for text in texts(app.markdown))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"v": "9"}, 'of version "9"'),
        ({"store": "nowhere"}, 'no store "nowhere"'),
        ({"store": "broken"}, "cannot be opened"),
        ({"by": "gendre"}, 'cannot be grouped by "gendre"'),
        ({"by": ["age", "gender", "kind"]}, "at most 2 attributes"),
        ({"where_kind": "robot"}, 'annotated as "robot"'),
        ({"where_shape": "round"}, 'picked by "shape"'),
        ({"min_n": "few"}, 'a minimum n of "few"'),
        ({"rule": "unfair"}, 'no rule "unfair"'),
        ({"sum": "00000000"}, "cut short or edited"),
        ({"rule": "unfair", "by": "gendre", "flagged": "nope"}, 'cannot be grouped by "gendre"'),
        ({"rule": "unfair", "by": "gendre", "flagged": "nope"}, 'flagged category "nope"'),
    ],
)
def test_a_bad_link_gets_one_sentence_and_a_page(query, told):
    app = open_page("shift", **ask(**query))
    told_here = [text.replace("\\", "").replace("\u2060", "") for text in texts(app.warning)]
    assert told in told_here[0]
    assert len(told_here) == 1
    assert app.title[0].value
    assert app.query_params["store"] == "emoji"
    assert app.query_params["v"] == "1"


def test_presets_fill_both_lists_or_one():
    app = open_page("shift", **ask())
    next(found for found in app.button if found.key == "pair-denigration-child").click().run()
    assert area(app, "After").value.splitlines()[-1] == "child"
    assert app.query_params["by"] == "age"
    app.selectbox(key="preset-key").set_value("gender").run()
    button(app, "Use as before").click().run()
    assert area(app, "Before").value == "man | gender=man\nwoman | gender=woman"


def test_templates_and_flagged_categories_are_changed():
    app = open_page("shift", **ask())
    area(app, "Prompt templates").set_value("a drawing of a {}\na photo of a {}").run()
    assert app.query_params["template"] == ["a drawing of a {}", "a photo of a {}"]
    area(app, "Prompt templates").set_value("a drawing").run()
    assert any("{}" in text.replace("\\", "") for text in texts(app.warning))
    assert sum("{}" in text.replace("\\", "") for text in texts(app.warning)) == 1  # said once, at the prompt
    area(app, "Prompt templates").set_value(" ").run()
    assert app.query_params["template"] == ""
    assert any("There is no prompt" in text for text in texts(app.warning))
    assert app.title[0].value.startswith("With")  # of the last prompt that could be used
    area(app, "Prompt templates").set_value("a photo of a {}").run()
    assert texts(app.warning) == []
    next(found for found in app.button_group if found.label == "Flagged categories").set_value([]).run()
    assert app.query_params["flagged"] == ""


def test_the_flows_are_a_table_whose_numbers_lead_to_their_images():
    app = open_page("shift")
    table = next(text for text in texts(app.markdown) if text.startswith("| From"))
    first = table.splitlines()[2]
    assert first.split(" | ")[1] == "person"
    link = re.search(r"\[([\d,]+)\]\(images\?(\S+)\)", first)
    asked = parse_qs(link[2])
    assert asked["drill.to"] == ["person"]
    assert asked["after"] == [area(app, "After").value]
    assert asked["by"] == [app.query_params["by"]]
    counts = [int(re.search(r"\[([\d,]+)\]", line)[1].replace(",", "")) for line in table.splitlines()[2:]]
    moved = [count for count, line in zip(counts, table.splitlines()[2:], strict=True) if "the same" not in line]
    assert moved == sorted(moved, reverse=True)
    assert counts[: len(moved)] == moved
    shown = next(found.proto for found in app.get("page_link") if found.proto.label == "See the images that moved")
    assert "drill.change=moved" in shown.query_string


def test_counts_lead_to_their_images_and_withheld_groups_do_not():
    app = open_page("shift", **ask(by="age"))
    table = next(text for text in texts(app.markdown) if text.startswith("| Annotated age"))
    lines = {line.split("|")[1].strip(): line for line in table.splitlines()[2:]}
    assert "](images?" not in lines["older adult"]
    assert "drill.group.age=child" in lines["child"]
    assert lines["adult"].endswith("| 0 | 0 | one way |")  # nothing to open
    table = next(text for text in texts(open_page("shift").markdown) if text.startswith("| Annotated"))
    assert "drill.change=no-longer" in table.splitlines()[2]


def test_a_phone_opens_the_images_of_a_group_by_its_name():
    app = open_page("shift", **ask())
    app.session_state["viewport"] = {"narrow": True}
    app.run()
    table = next(text for text in texts(app.markdown) if text.startswith("| Annotated skin tone"))
    assert all(line.startswith("| [") and "drill.group.skin_tone=" in line for line in table.splitlines()[2:])


def test_flows_are_shown_of_all_images_or_of_one_group():
    app = open_page("shift", **ask())
    (whole,) = [text for text in texts(app.caption) if "moved to another label" in text]
    app.selectbox(key="flows-of").set_value("dark").run()
    (part,) = [text for text in texts(app.caption) if "moved to another label" in text]
    assert part != whole
    app.selectbox(key="flows-of").set_value("all images").run()
    assert whole in texts(app.caption)


def test_figures_report_and_label_files_can_be_taken_away():
    app = open_page("shift")
    labels = [found.label for found in app.get("download_button")]
    assert labels[:8] == ["CSV", "Parquet", "CSV", "Parquet", "JSON", "Report", "Labels before", "Labels after"]
    assert labels[8:] == ["CSV", "Parquet"] * 2


def test_lists_too_long_for_a_link_are_left_out_where_no_draft_can_be_kept(monkeypatch, tmp_path):
    (tmp_path / "taken").write_text("no folder")
    monkeypatch.setenv("CLIPDASH_RECORDS", str(tmp_path / "taken"))
    app = open_page("shift", **ask())
    area(app, "After").set_value(long_list()).run()
    assert app.query_params["lists"] == "away"
    said = "The link to these lists cannot be kept now, since the records are away"
    assert [text for text in texts(app.caption) if text.startswith(said)] == [
        f"{said}: a reload loses them. Keep the label files, which stand below the figures.",
        f"{said}; it leaves them out. Send the label files along.",
    ]
    app.run()
    assert area(app, "After").value == long_list()
    again = open_page("shift", **dict(app.query_params.items()))
    assert any("leaves its lists out" in text for text in texts(again.warning))


def test_a_phone_gets_the_headline_first_and_the_labels_folded():
    app = open_page("shift", **ask())
    assert not app.expander
    app.session_state["viewport"] = {"narrow": True}
    app.run()
    assert app.expander[0].label.startswith("Labels: ")


def test_several_changed_labels_are_taken_apart_and_one_alone_is_not():
    app = open_page("shift")
    assert "What each label does" not in texts(app.header)
    button(app, "+ child").click().run()
    assert "What each label does" in texts(app.header)
    table = next(text for text in texts(app.markdown) if "Together" in text)
    assert "\\+ person" in table
    assert "\\+ child" in table


def test_many_changed_labels_are_left_to_the_command_line():
    lines = "\n".join(["man", "woman", *(f"label {number}" for number in range(9))])
    app = open_page("shift", **ask(before="man\nwoman", after=lines))
    assert any("differ in 9 labels" in text for text in texts(app.caption))


def test_a_lopsided_list_gets_a_hint_under_its_editor():
    app = open_page("shift", **ask(before="man | gender=man\nperson", after="man | gender=man\nwoman | gender=woman"))
    hints = [text for text in texts(app.caption) if "none claims" in text]
    assert len(hints) == 1
    assert "woman" in hints[0]


def test_rows_are_sorted_by_shift_only_where_the_reader_asks():
    app = open_page("shift", **ask(by="age"))

    def names():
        table = next(text for text in texts(app.markdown) if "| Annotated age |" in text and "Together" not in text)
        return [line.split("|")[1].strip() for line in table.splitlines()[2:]]

    assert names() == ["child", "adult", "older adult"]
    choice = next(found for found in app.button_group if found.label == "Rows")
    choice.set_value("by shift").run()
    tables = [text for text in texts(app.markdown) if "| Annotated age |" in text and "Detectable" not in text]
    shifts = [line for text in tables for line in text.splitlines()[2:]]
    cells = [line.split("|")[5].strip().replace("−", "-").replace("\\", "") for line in shifts]
    shown = [float(cell) for cell in cells if cell]
    assert len(shown) > 1
    assert shown == sorted(shown, reverse=True)
    assert cells[: len(shown)] == [cell for cell in cells if cell]  # what is withheld comes last
    assert sorted(names()) == ["adult", "child", "older adult"]


def test_a_link_to_another_state_of_the_store_says_so_and_offers_both(stores, tmp_path, monkeypatch):
    for folder in stores.iterdir():
        (tmp_path / folder.name).symlink_to(folder, target_is_directory=True)
    earlier = make_store(tmp_path, name="earlier", images=100)
    monkeypatch.setenv("CLIPDASH_STORES", str(tmp_path))
    app = open_page("shift", **ask(state="0" * 16))
    (told,) = [text for text in texts(app.warning) if "has changed since this link or audit was made" in text]
    assert "not here any more" in told
    assert app.query_params["state"] == "0" * 16
    button(app, "Go on with the store as it is now").click().run()
    assert not app.warning
    now = app.query_params["state"]
    assert len(now) == 16
    assert now != "0" * 16

    app = open_page("shift", **ask(state=earlier.digest[:16]))
    button(app, "Open it as it was, in the store earlier").click().run()
    assert app.query_params["store"] == "earlier"
    assert app.query_params["state"] == earlier.digest[:16]
    assert not app.warning


def test_a_comparison_is_registered_before_it_is_seen_and_any_change_makes_another():
    app = open_page("shift", **ask())
    app.toggle(key="register-first").set_value(True).run()
    assert app.title[0].value == "The result is hidden until this comparison is registered"
    assert any("shown on this store before" in text for text in texts(app.warning))
    assert app.button(key="register").disabled
    area(app, "After").set_value("man | gender=man\nwoman | gender=woman\nsunflower").run()
    shown = [*texts(app.title), *texts(app.markdown), *texts(app.caption)]
    assert not any("%" in text or "count as misclassified" in text for text in shown)
    app.button(key="register").click().run()
    assert "*sunflower*" in app.title[0].value
    assert any("; registered before it was seen, 2" in text for text in texts(app.caption))
    app.number_input(key="pick-min-n").set_value(7).run()
    assert any("not registered before it was seen" in text for text in texts(app.caption))
    app.number_input(key="pick-min-n").set_value(30).run()
    assert any("; registered before it was seen, 2" in text for text in texts(app.caption))


def test_a_result_can_be_shown_without_registering_it():
    app = open_page("shift", **ask(after="man | gender=man\nmoonflower"))
    app.toggle(key="register-first").set_value(True).run()
    app.button(key="register-not").click().run()
    assert "*moonflower*" in app.title[0].value
    assert not app.toggle(key="register-first").value


@pytest.mark.parametrize("page", ["labels", "compare", "thresholds", "sensitivity", "scan", "associations"])
def test_no_page_tells_a_part_of_what_waits_to_be_registered(page):
    app = open_page("shift", **ask())
    app.toggle(key="register-first").set_value(True).run()
    app.switch_page(f"../../pages/{page}.py").run()
    assert app.title[0].value == "Figures are hidden while a comparison waits to be registered"
    app.button(key="register-not-here").click().run()
    assert "hidden" not in app.title[0].value


def test_a_new_list_is_never_silently_compared_with_one_that_could_last_be_read():
    app = open_page("shift", **ask())
    area(app, "After").set_value("man | gender=man\nwoman | gendre=woman").run()
    assert not any("is not counted as tried" in text for text in texts(app.warning))  # the pair that stood there before
    area(app, "Before").set_value("man | gender=man\nwoman | gender=woman\nmoon").run()
    assert any("is not counted as tried" in text for text in texts(app.warning))
    assert not any("lists tried in this session" in text for text in texts(app.caption))
    area(app, "After").set_value("man | gender=man\nwoman | gender=woman").run()
    assert not app.warning
    assert any("Second pair of lists tried in this session" in text for text in texts(app.caption))


def test_lists_of_which_nothing_can_count_say_so_at_the_editor():
    app = open_page("shift", **ask(before="man\nwoman\ncriminal", after="man\nwoman\ncriminal | crime"))
    told = [text for text in texts(app.caption) if "no image can count as misclassified" in text]
    assert len(told) == 1
    assert "criminal" in told[0]
