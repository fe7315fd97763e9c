"""How many wrong annotations explain a shift, held against annotations that are made wrong."""

import numpy as np
import pytest
from results import make_shift
from worlds import make_people, make_set, predict

from clipdash.audit import Rule, doubt_annotations, shift, tabulate


def make_world(error):
    """Two groups in which nobody is called wrongly, but a share of one group's annotations names the other value."""
    n = 1000
    wrong = round(error * n)
    noted = ["Female"] * wrong + ["Male"] * (2 * n - wrong)
    people = make_people(tone=["dark"] * n + ["light"] * n, gender=noted)
    before = predict(make_set("man", "woman"), ["man"] * (2 * n))
    neutral = np.arange(2 * n) % 10 < 7
    after = predict(make_set("man", "woman", "person", name="p"), ["person" if out else "man" for out in neutral])
    return shift(tabulate(people, "tone", before, after))


def test_the_share_that_was_made_wrong_is_found():
    doubt = doubt_annotations(make_world(0.02))
    dark, light = doubt.rows[1], doubt.rows[0]
    assert (dark.group, light.group) == ({"tone": "dark"}, {"tone": "light"})
    # Rates seen .02 and .006: all of it errors. Swapped shares are of what is seen, 2 % of which is swapped already.
    assert dark.vanishes_at == pytest.approx(0.02, rel=0.05)
    assert light.vanishes_at == 0
    assert doubt.gap_before == pytest.approx(0.02, rel=0.05)


def test_without_a_claim_or_under_other_rules_annotations_decide_nothing():
    assert doubt_annotations(make_shift()) is None
    assert doubt_annotations(shift(make_world(0.02).table, Rule("not-supported"))) is None


def test_withheld_groups_and_shifts_that_no_error_explains():
    result = make_world(0.02)
    few = shift(result.table, min_n=5000)
    assert [row.vanishes_at for row in doubt_annotations(few).rows] == [None, None]
    assert doubt_annotations(few).gap_before is None
