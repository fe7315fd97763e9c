import pytest
from worlds import make_set

from clipdash.audit import Choices, Rule, parse_alternatives
from clipdash.errors import QueryError
from clipdash.labels import ARGMAX, Mode

SETS = (make_set("man", "woman", "thief"),)


def test_alternatives_are_read_as_they_are_typed():
    found = parse_alternatives(["man / male person/gentleman", r"him\/her / them"])
    assert found == {"man": ("male person", "gentleman"), "him/her": ("them",)}


@pytest.mark.parametrize("lines", [["man"], ["man/"], ["/x"], ["man/a", "man/b"], [""]])
def test_lines_without_alternatives_are_said(lines):
    with pytest.raises(QueryError, match="alternatives"):
        parse_alternatives(lines)


def test_every_choice_with_several_options_is_named():
    choices = Choices(
        labels={"man": ("guy",)},
        templates=("{}",),
        rules=(Rule(), Rule("flagged")),
        modes=(ARGMAX, Mode("top-k", k=2)),
        variants=(None, "b"),
    )
    assert choices.size == 32
    assert [*choices.options] == ["variant", "template", "labelled by", "rule", '"man"']
    assert choices.options['"man"'] == ("man", "guy")
    assert [words for _, words in choices.walk_words()] == [{"man": "man"}, {"man": "guy"}]
    assert choices.list_texts(SETS) == ("man", "woman", "thief", "guy")
    choices.check(SETS)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({}, "Name an alternative"),
        ({"men": ("guy",)}, '"men".*"man"'),
        ({"man": ("woman",)}, "a label already"),
        ({"man": ("guy",), "woman": ("guy",)}, "named twice"),
        ({"man": tuple(map(str, range(200))), "woman": tuple(map(str, range(200, 400)))}, "40,401 combinations"),
    ],
)
def test_what_cannot_be_varied_is_said(labels, words):
    with pytest.raises(QueryError, match=words):
        Choices(labels=labels).check(SETS)


@pytest.mark.parametrize(
    "options",
    [
        {"templates": ("{}", "{}")},
        {"templates": SETS[0].templates},
        {"rules": (Rule(), Rule())},
        {"modes": (ARGMAX, Mode("top-k", k=2), Mode("top-k", k=2))},
        {"variants": ("a", "a")},
    ],
)
def test_an_option_twice_is_said(options):
    with pytest.raises(QueryError, match="named twice, or is there already"):
        Choices(labels={"man": ("guy",)}, **options).check(SETS)


def test_a_rule_must_name_what_a_set_has():
    with pytest.raises(QueryError, match="robber"):
        Choices(rules=(Rule(), Rule("label", "robber"))).check(SETS)
