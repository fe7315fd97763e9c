import numpy as np
import pytest
from results import make_audit, make_shift
from worlds import POOL, VALUES, make_people, make_set, score

from clipdash.audit import judge_shifts, list_gaps, measure, shift, tabulate
from clipdash.audit.pairing import read_pairs
from clipdash.errors import QueryError
from clipdash.stats import judge_tolerance


def test_the_gap_is_that_of_the_groups_with_enough_images():
    audit = make_audit({"a": (5, 10), "b": (20, 30), "c": (30, 90), "d": (60, 60)})
    found = list_gaps(audit)
    assert [(gap.min_n, gap.groups) for gap in found] == [(10, 4), (30, 3), (100, 2)]
    for gap in found:
        assert gap.gaps == (measure(audit.table, audit.rule, gap.min_n).gap,)
    result = make_shift()
    for gap in list_gaps(result):
        other = shift(result.table, result.rule, gap.min_n)
        assert gap.gaps == (other.gap_before, other.gap_after)


def test_each_group_is_judged_alone_and_among_all():
    result = make_shift()
    shown = sum(not row.withheld for row in result.rows)
    verdicts = judge_shifts(result, 0.1)
    for row, verdict in zip(result.rows, verdicts, strict=True):
        assert verdict.group == row.group
        if row.withheld:
            assert (verdict.alone, verdict.among) == (None, None)
            continue
        cells = dict(zip(("both", "fixed", "broken", "neither"), read_pairs(row), strict=True))
        assert verdict.alone == judge_tolerance(**cells, tolerance=0.1)
        assert verdict.among == judge_tolerance(**cells, tolerance=0.1, alpha=0.05 / shown)


def test_where_one_way_was_possible_the_verdict_goes_by_the_interval_that_is_shown():
    rng = np.random.default_rng(1)
    people = make_people(gender=list(rng.choice(VALUES["gender"], 300)), tone=list(rng.choice(VALUES["tone"], 300)))
    scores = rng.random((300, len(POOL)))
    sets = make_set("man", "woman", "thief"), make_set("man", "woman", "thief", "person")
    pair = [score(label_set, scores, comparable="x") for label_set in sets]
    result = shift(tabulate(people, "tone", *pair))
    assert [row.one_way for row in result.rows] == ["fixed", "fixed"]
    for row, verdict in zip(result.rows, judge_shifts(result, 0.05), strict=True):
        assert verdict.alone.outer == (row.shift.low, row.shift.high)
        assert verdict.alone.verdict == "beyond"


@pytest.mark.parametrize("tolerance", [0, -0.1, 1, 5, float("nan")])
def test_a_tolerance_is_a_rate(tolerance):
    with pytest.raises(QueryError, match="it is a rate between 0 and 1"):
        judge_shifts(make_shift(), tolerance)
