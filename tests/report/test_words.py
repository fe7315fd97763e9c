"""What a result says in words: each sentence here was worked out by hand from the counts beside it."""

import pytest
from results import compare_sets_of, hostile_label, make_audit, make_shift
from worlds import make_people, make_set, predict

from clipdash.audit import Rule, shift, tabulate
from clipdash.labels import Label
from clipdash.report import describe, describe_audit, describe_shift, markdown_table, result_rows
from clipdash.report.phrase import list_phrases


def plain(phrase):
    return phrase.plain.replace("\u2060", "")


def all_words(result):
    found = describe(result)
    return [plain(p) for p in (found.headline, *found.sentences, *found.notes, found.homogeneity, found.gap)]


def test_headline_says_what_was_added_and_both_rates():
    # (10+30 + 12+10 + 20+1 + 3+2) = 88 of 312 before, (10+2 + 12+8 + 20+15 + 3+1) = 71 of 312 after
    finding = describe_shift(make_shift())
    assert plain(finding.headline) == "With photo added, 22.8% of images carry a flagged label, down from 28.2%"
    assert finding.headline.markdown.startswith("With *photo* added, ")


def test_sentences_give_the_paired_shift_the_group_against_it_and_the_unclaimed():
    whole, against, unclaimed = (plain(s) for s in describe_shift(make_shift()).sentences)
    assert whole == "On the same 312 images that is 5.4 points lower (95% interval 0.2 to 10.7)."
    assert against.startswith("It did not fall for every group: among images annotated as band 20–29 it rose by 14.0")
    assert against.endswith("; n = 100).")
    assert unclaimed == "And 43 images (13.8%) moved to person, a label that claims nothing about them."


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ({"after": ("thief", "person", "photo")}, "With photo added, "),
        ({"before": ("thief", "person", "photo"), "after": ("thief", "person")}, "With photo removed, "),
        (
            {"before": ("thief", "person", "photo"), "after": ("thief", "person", "animal")},
            "With animal added and photo removed, ",
        ),
    ],
)
def test_headline_names_the_difference_of_the_sets(sets, words):
    assert plain(describe(make_shift(**sets)).headline).startswith(words)


def test_nothing_changed_and_no_net_change_are_told_apart():
    same = make_shift({"a": (5, 0, 0, 40), "b": (6, 0, 0, 50)})
    assert plain(describe(same).headline) == "Both lists gave every image the same label."
    moved = make_shift({"a": (5, 10, 10, 40)})
    assert plain(describe(moved).headline) == "With photo added, 23.1% of images carry a flagged label, as before"
    assert "10 images no longer count and 10 newly do." in all_words(moved)


def test_rule_is_named_in_the_headline():
    assert "are labelled person, up from 71.8%" in plain(describe(make_shift(rule=Rule("label", "person"))).headline)


def test_rule_is_named_under_the_table():
    told = plain(describe(make_shift(rule=Rule("category", "crime"))).captions["table"])
    assert told.startswith("No longer, newly: images that carry a label of the category crime only before, only after.")
    assert "misclassified" not in told


def test_notes_count_who_is_left_out():
    words = all_words(make_shift(missing=20))
    assert "20 images are in no group, since band is not annotated; they count in the rate of all images." in words
    assert "over 70 (n = 12) is withheld: fewer than 30 images." in all_words(make_shift())


def test_notes_say_how_many_intervals_are_looked_at():
    # 1 - .95 ** 3 = .143
    assert any("with 3 groups and no shift at all, about 14% of such" in line for line in all_words(make_shift()))


def test_too_few_images_for_any_rate():
    words = all_words(make_shift({"a": (2, 1, 1, 4)}))
    assert words[0] == "Only 8 images are judged, fewer than 30, so no rate is shown"


def test_a_set_that_forces_the_answer_says_so():
    words = all_words(make_audit(labels=("thief", "animal")))
    assert any(line.startswith("The list forces a rate of 100%") for line in words)


def test_one_way_comparison_explains_the_missing_p():
    people = make_people(band=["x"] * 60 + ["y"] * 60)
    before = predict(make_set("thief", "person"), ["thief"] * 50 + ["person"] * 70, comparable="s")
    after = predict(
        make_set("thief", "person", "photo"), ["photo"] * 30 + ["thief"] * 20 + ["person"] * 70, comparable="s"
    )
    result = shift(tabulate(people, ["band"], before, after), Rule("flagged"))
    assert {row.one_way for row in result.rows} == {"fixed"}
    assert any("nothing else was possible" in line for line in all_words(result))
    assert result_rows(result)[1]["p, Holm"] == "one way"


def test_homogeneity_stands_for_itself():
    found = describe(make_shift())
    assert plain(found.homogeneity).startswith(
        "The groups shift differently (Q = 44.2 on 2 degrees of freedom, p < 0.001)"
    )
    assert not describe(make_shift({"a": (5, 10, 10, 40)})).homogeneity


def test_audit_says_rate_interval_and_gap():
    # 37 of 205; Wilson .1338 to .2388
    found = describe_audit(make_audit())
    assert plain(found.headline) == "With thief and person, 18.0% of images carry a flagged label"
    assert plain(found.sentences[0]) == "That is 37 of 205 images (95% interval 13.4% to 23.9%)."
    assert plain(found.gap).startswith("25.0 points (95% interval 14.8 to 35.0) between the largest")


def test_no_word_judges_or_ranks():
    for result in (make_shift(), make_audit(), make_shift(missing=20), make_shift({"a": (5, 10, 10, 40)})):
        text = " ".join(
            [*all_words(result), *(plain(caption) for caption in describe(result).captions.values())]
        ).lower()
        assert not {"improved", "worse", "better", "fixed", "biased", "broken", "fairer"} & set(
            text.replace(",", " ").split()
        )


def test_rows_write_what_the_table_shows():
    rows = result_rows(make_shift())
    assert rows[1] == {
        "Annotated band": "3\u2060–\u20609", "n": "100", "Before": "40.0%", "After": "12.0%", "Shift": "−28.0",
        "95% interval": rows[1]["95% interval"], "No longer": "30", "Newly": "2", "p, Holm": "< 0.001",
    }  # fmt: skip
    assert rows[-1]["Before"] == "withheld"
    assert rows[-1]["Shift"] == ""
    assert result_rows(make_audit())[1]["Counted"] == "30"


def test_markdown_table_escapes_its_cells():
    table = markdown_table([{"a|b": "1|2", "*c*": "$x$ :red[y]"}])
    head, _, body = table.strip().splitlines()
    assert head.replace("\\|", "").count("|") == body.replace("\\|", "").count("|") == 3
    assert "\\*c\\*" in head
    assert ":red[" not in body


def test_lists_end_with_and():
    assert list_phrases(["a"]).plain == "a"
    assert list_phrases(["a", "b", "c"]).plain == "a, b and c"


BASE = make_set("thief", "person", "photo")
OTHER = {
    "claims": (
        make_set("thief", Label(text="person", category="crime"), "photo"),
        "other claims or categories for person",
    ),
    "flagged": (make_set("thief", "person", "photo", flagged=("crime",)), "other flagged categories"),
    "templates": (BASE.replace(templates=("the {}",)), "other templates"),
    "order": (make_set("person", "thief", "photo"), "the labels in another order"),
    "name": (BASE.replace(name="another name"), "the list another name"),
}


@pytest.mark.parametrize("kind", OTHER)
def test_headline_says_what_else_differs(kind):
    after, words = OTHER[kind]
    result = compare_sets_of(BASE, after, [("thief", "person"), ("person", "person"), ("photo", "photo")])
    assert plain(describe(result).headline).startswith(f"With {words}, ")


def test_headline_names_another_encoder():
    people = make_people(band=["x"] * 60)
    before = predict(BASE, ["thief"] * 30 + ["person"] * 30, variant="small")
    after = predict(BASE, ["person"] * 60, variant="large")
    result = shift(tabulate(people, ["band"], before, after), Rule("flagged"))
    assert plain(describe(result).headline).startswith("With large in place of small, ")


def test_headline_with_many_labels_counts_them():
    many = [hostile_label(f"word {n}") for n in range(9)]
    result = compare_sets_of(
        BASE, make_set("thief", "person", "photo", *many), [("thief", "person"), ("person", "person")]
    )
    assert plain(describe(result).headline).startswith("With 9 labels added (word 0, word 1, ...), ")
    swapped = compare_sets_of(
        make_set("thief", "person"), make_set("animal", "photo"), [("thief", "photo"), ("person", "photo")]
    )
    assert "animal and photo in place of thief and person" in plain(describe(swapped).headline)


def test_notes_name_what_differs_beside_the_words():
    changed = make_set("thief", Label(text="person", category="other"), "animal").replace(templates=("the {}",))
    result = compare_sets_of(make_set("thief", "person"), changed, [("thief", "person"), ("person", "person")])
    words = all_words(result)
    assert "Both lists have person, with other claims or categories." in words
    assert "The prompt templates of the two lists differ too." in words


def test_notes_name_filter_and_unjudged():
    people = make_people(gender=["Male"] * 40 + ["Female"] * 40 + [None] * 5, tone=["light", "dark"] * 42 + ["light"])
    labels = make_set("man", "woman", "photo")
    before = predict(labels, ["man"] * 85)
    after = predict(labels, ["woman"] * 85)
    words = all_words(shift(tabulate(people, ["gender"], before, after, where={"tone": ["light", "dark"]})))
    assert "Only images annotated as tone light or dark are counted." in words
    assert (
        "5 images are unjudged, in no rate and no count: an annotation that a label claims (gender) is missing."
        in words
    )
    assert any(line.startswith("Among images annotated as") for line in words)


def test_no_image_at_all():
    people = make_people(gender=[None] * 5)
    before, after = predict(make_set("man", "photo"), ["man"] * 5), predict(make_set("man", "woman"), ["man"] * 5)
    assert all_words(shift(tabulate(people, ["gender"], before, after)))[0] == (
        "No image can be judged here, so there is no rate"
    )


def test_one_way_in_some_groups_only():
    people = make_people(gender=["Male"] * 40 + ["Female"] * 40)
    before = predict(make_set("man", "photo"), ["man"] * 80, comparable="s")
    after = predict(make_set("man", "photo", "woman"), ["man"] * 60 + ["woman"] * 20, comparable="s")
    words = all_words(shift(tabulate(people, ["gender"], before, after)))
    assert any("only one direction was possible" in line for line in words)
