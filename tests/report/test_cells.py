"""The headline, the sentence and the pills over the images behind a figure."""

import pytest

from clipdash.audit import Rule
from clipdash.report.cells import head_cell, list_parts, say_cell
from clipdash.report.drill import Drill

CHILD = "annotated as 3\u2060–\u20605"
NONE = dict.fromkeys(("flagged", "contradicted", "unclaimed", "supported"), 0)


@pytest.mark.parametrize(
    ("asked", "count", "said"),
    [
        ({"group": {"age": "3-5"}, "before": "a", "after": "b"}, 5, f"5 images {CHILD} moved from *a* to *b*"),
        ({"before": "man", "after": "man"}, 1, "1 image kept the label *man*"),
        ({"before": "man", "change": "moved"}, 2, "2 images moved away from *man*"),
        ({"after": "man", "change": "moved"}, 0, "No image moved to *man*"),
        ({"before": "man"}, 1, "1 image was labelled *man* before"),
        ({"after": "man"}, 3, "3 images are labelled *man* after"),
        ({"after": "man", "change": "stayed"}, 3, "3 images kept the label *man*"),
        ({"change": "moved"}, 1_234, "1,234 images moved to another label"),
        ({"change": "stayed"}, 1, "1 image kept the same label"),
        ({"change": "fixed"}, 1, "1 image no longer counts as misclassified"),
        ({"group": {"age": "x", "art": "3D"}}, 2, "2 images annotated as age x and art 3D are judged"),
        ({"change": "broken"}, 2, "2 images newly count as misclassified"),
        ({"outcome_before": "contradicted"}, 1, "1 image carried a label that contradicted the annotation before"),
        ({}, 2, "2 images are judged"),
        ({"of": "labels", "before": "*a*"}, 1, "1 image is labelled *\\*a\\**"),
        ({"of": "labels", "change": "counted"}, 2, "2 images count as misclassified"),
        ({"of": "labels"}, 1, "1 image is judged"),
    ],
)  # fmt: skip
def test_the_headline_says_which_images(asked, count, said):
    assert head_cell(Drill(**({"of": "shift"} | asked)), count, Rule()).markdown == said


def test_the_headline_speaks_of_the_rule():
    assert (
        head_cell(Drill(of="shift", change="fixed"), 1, Rule("label", "are")).markdown
        == "1 image no longer is labelled *are*"
    )
    assert (
        head_cell(Drill(of="labels", change="counted"), 2, Rule("flagged")).markdown == "2 images carry a flagged label"
    )


def test_the_sentence_counts_the_outcomes():
    drill = Drill(of="shift", group={"age": "child"}, before="a", after="b")
    counts = [NONE | {"flagged": 5}, NONE | {"supported": 4, "contradicted": 1}]
    assert say_cell(drill, 5, 9, counts).plain.strip() == (
        "They are 5 of the 9 judged images annotated as child. Before: 5 flagged. "
        "After: 1 contradicted and 4 supported."
    )
    alone = Drill(of="labels", group={"age": "child"})
    assert say_cell(alone, 1, 9, [NONE | {"unclaimed": 1}]).plain.strip() == (
        "That is 1 of the 9 judged images. By outcome: 1 unclaimed."
    )
    assert say_cell(Drill(of="labels"), 9, 9, [NONE | {"unclaimed": 9}]).plain.strip() == "By outcome: 9 unclaimed."
    assert not say_cell(Drill(of="labels"), 0, 0, [NONE])


def test_every_part_of_what_was_asked_has_a_name():
    drill = Drill(
        of="shift", group={"skin_tone": "3-9"}, before="a", after="b", outcome_before="flagged", change="moved"
    )
    assert list_parts(drill) == {
        "group.skin_tone": "skin tone 3\u2060–\u20609",
        "before": "before: a",
        "after": "after: b",
        "outcome_before": "before: flagged",
        "change": "moved",
    }
    assert list_parts(Drill(of="labels", before="a")) == {"before": "label: a"}
