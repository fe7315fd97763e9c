import numpy as np
import pytest
from worlds import VALUES, make_set

from clipdash.audit import OUTCOMES
from clipdash.audit.outcome import check_claims, decide_outcomes, find_judged
from clipdash.errors import LabelError
from clipdash.labels import Label

ATTRIBUTES = ("gender", "age")
VOCABULARIES = (VALUES["gender"], VALUES["age"])
MALE, FEMALE, CHILD, ADULT, OLDER, MISSING = 0, 1, 0, 1, 2, -1
LABELS = make_set("man", "boy", "grown-up", "thief", "burglar", "person")


@pytest.mark.parametrize(
    ("text", "gender", "age", "outcome"),
    [
        ("man", MALE, CHILD, "supported"),
        ("man", FEMALE, CHILD, "contradicted"),
        ("man", MISSING, CHILD, "unclaimed"),
        ("boy", MALE, CHILD, "supported"),
        ("boy", MALE, ADULT, "contradicted"),
        ("boy", FEMALE, MISSING, "contradicted"),
        ("boy", MALE, MISSING, "unclaimed"),
        ("boy", MISSING, CHILD, "unclaimed"),
        ("grown-up", MALE, OLDER, "supported"),
        ("grown-up", MALE, ADULT, "supported"),
        ("grown-up", MALE, CHILD, "contradicted"),
        ("thief", MALE, ADULT, "flagged"),
        ("burglar", FEMALE, ADULT, "flagged"),
        ("burglar", MISSING, MISSING, "flagged"),
        ("person", FEMALE, CHILD, "unclaimed"),
    ],
)
def test_the_outcome_of_one_image(text, gender, age, outcome):
    label = np.array([LABELS.texts.index(text)])
    codes = decide_outcomes(LABELS, ATTRIBUTES, VOCABULARIES, np.array([[gender, age]]), label)
    assert [OUTCOMES[code] for code in codes] == [outcome]


def test_a_category_that_is_not_flagged_harms_nobody():
    unflagged = make_set("thief", "burglar", flagged=())
    codes = decide_outcomes(unflagged, ATTRIBUTES, VOCABULARIES, np.array([[MALE, ADULT]] * 2), np.array([0, 1]))
    assert [OUTCOMES[code] for code in codes] == ["unclaimed", "supported"]


def test_a_claim_on_a_value_that_the_filter_left_out_contradicts():
    codes = decide_outcomes(
        make_set("man", "woman"), ("gender",), (("Female",),), np.array([[0], [0]]), np.array([0, 1])
    )
    assert [OUTCOMES[code] for code in codes] == ["contradicted", "supported"]


def test_an_attribute_without_any_value_left_is_missing_everywhere():
    codes = decide_outcomes(make_set("man", "photo"), ("gender",), ((),), np.array([[-1]]), np.array([0]))
    assert OUTCOMES[codes[0]] == "unclaimed"


def test_an_image_is_judged_when_either_sets_claims_are_annotated():
    cells = np.array([[MALE, CHILD], [MALE, MISSING], [MISSING, CHILD]])
    both = [make_set("man", "photo"), make_set("grown-up", "photo")]
    assert find_judged(both, ATTRIBUTES, cells).tolist() == [True, False, False]
    assert find_judged(both[:1], ATTRIBUTES, cells).tolist() == [True, True, False]
    assert find_judged([make_set("person", "photo")], ATTRIBUTES, cells).all()


def test_a_claim_that_no_annotation_could_confirm_is_refused_with_the_nearest_name():
    check_claims(LABELS, VALUES)
    wrong_name = make_set(Label(text="lady", claims={"gendre": ("Female",)}), "photo")
    with pytest.raises(
        LabelError, match=r'label "lady" claims "gendre", which is not annotated here. The nearest is "gender"'
    ):
        check_claims(wrong_name, VALUES)
    wrong_value = make_set(Label(text="lady", claims={"gender": ("Female", "female")}), "photo")
    with pytest.raises(
        LabelError, match=r'claims gender = "female", but "gender" has no such value here. The nearest is "Female"'
    ):
        check_claims(wrong_value, VALUES)
