import numpy as np
import pytest
from worlds import make_set

from clipdash.audit import OUTCOMES, Rule, parse_rule
from clipdash.errors import QueryError
from clipdash.labels import Label

TEXTS = ["misclassified", "flagged", "contradicted", "not-supported", "category:crime", "label:a: b"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_rule_reads_back_as_it_was_written(text):
    assert str(parse_rule(f" {text} ")) == text


def test_the_default_rule_is_misclassified():
    assert parse_rule("misclassified") == Rule()


@pytest.mark.parametrize(("text", "needs"), list(zip(TEXTS, [True, False, True, True, False, False], strict=True)))
def test_rules_that_only_read_the_label_need_no_annotation(text, needs):
    assert parse_rule(text).needs_annotation is needs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("misclasified", 'There is no rule "misclasified". The nearest is "misclassified".'),
        ("flagged:crime", 'There is no rule "flagged:crime". The nearest is "flagged".'),
        ("", 'There is no rule "". There are: "misclassified"'),
        ("category:", 'The rule "category:" names no category; write category:NAME.'),
        ("label: ", 'The rule "label:" names no label; write label:TEXT.'),
        ("category", 'The rule "category:" names no category'),
    ],
)
def test_an_unreadable_rule_is_refused_in_a_sentence(text, said):
    with pytest.raises(QueryError) as caught:
        parse_rule(text)
    assert str(caught.value).startswith(said)


def test_a_rule_made_by_hand_is_checked_too():
    with pytest.raises(QueryError, match='no rule "wrong"'):
        Rule("wrong")
    with pytest.raises(QueryError, match='takes no value, but "crime"'):
        Rule("flagged", "crime")


def test_a_label_or_category_that_no_set_has_is_refused_with_the_nearest():
    sets = [make_set("man", "thief"), make_set("man", "animal")]
    parse_rule("category:non-human").check(sets)
    parse_rule("label:thief").check(sets)
    Rule().check(sets)
    with pytest.raises(QueryError, match=r'No label set here has the category "crimes". The nearest is "crime"'):
        parse_rule("category:crimes").check(sets)
    with pytest.raises(QueryError, match=r'the label "theif". The nearest is "thief"'):
        parse_rule("label:theif").check(sets)


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("misclassified", {"flagged", "contradicted"}),
        ("flagged", {"flagged"}),
        ("contradicted", {"contradicted"}),
        ("not-supported", {"flagged", "contradicted", "unclaimed"}),
    ],
)
def test_outcome_rules_count_outcomes(text, counted):
    marks = parse_rule(text).mark(make_set("man", "thief"), np.zeros(4, int), np.arange(4))
    assert {outcome for outcome, mark in zip(OUTCOMES, marks, strict=True) if mark} == counted


def test_label_rules_count_labels_whatever_the_outcome():
    labels = make_set("man", "thief", Label(text="café", category="place"))
    codes = np.array([0, 1, 2])
    assert parse_rule("category:crime").mark(labels, codes, np.zeros(3, int)).tolist() == [False, True, False]
    assert (
        parse_rule("label:cafe\u0301").mark(labels, codes, np.zeros((2, 1), int)).tolist() == [[False, False, True]] * 2
    )
