import pytest
from worlds import SHARED, make_people, make_set, needs_shared, predict

from clipdash.audit import find_imbalances, tabulate
from clipdash.store import read_people

SET = make_set("man", "woman")


def find(**columns):
    people = make_people(**columns)
    return find_imbalances(tabulate(people, "tone", predict(SET, ["man"] * len(people))))


def test_groups_that_lack_a_value_are_named():
    (found,) = find(tone=["light", "light", "dark", "dark", None], gender=["Male", "Female", "Male", None, "Female"])
    assert found.attribute == "gender"
    assert found.missing == {"Female": ({"tone": "dark"},)}
    assert found.complete == ("Male",)


def test_crossed_annotations_are_balanced():
    assert find(tone=["light", "light", "dark", "dark"], gender=["Male", "Female", "Male", "Female"]) == ()
    assert find(tone=["light", "dark"], gender=["Male", "Male"]) == ()
    assert find(tone=["light", "light"], gender=["Male", "Female"]) == ()
    assert find(tone=[None], gender=["Male"]) == ()


def test_nothing_in_common_leaves_nothing_to_compare():
    (found,) = find(tone=["light", "dark"], gender=["Male", "Female"])
    assert found.complete == ()
    assert set(found.missing) == {"Male", "Female"}


@needs_shared
@pytest.mark.parametrize(("by", "complete"), [("race", ("Male",)), ("age", ("Female", "Male"))])
def test_the_skewed_sample_of_fairface_is_seen(by, complete):
    people = read_people(SHARED / "fairface_rn50" / "metadata.csv")
    found = find_imbalances(tabulate(people, by, predict(SET, ["man"] * len(people))))
    if by == "race":
        assert len(found[0].missing["Female"]) == 6
        assert found[0].complete == complete
    else:
        assert all("Male" in imbalance.missing or "Female" in imbalance.missing for imbalance in found)
