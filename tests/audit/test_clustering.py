"""Images that hang together, through tables, audits and comparisons."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from worlds import make_people, make_set, predict

from clipdash.audit import judge_shifts, measure, shift, tabulate
from clipdash.errors import QueryError
from clipdash.labels import Label
from clipdash.stats import newcombe_paired, shift_design, sign_flip, wilson


def make_world(seed=0, drawings=40):
    """Every drawing in two tones, labelled much alike; the last image has no drawing."""
    random = np.random.default_rng(seed)
    rows = [(f"d{d}", tone) for d in range(drawings) for tone in ("light", "dark") for _ in range(2)]
    drawing = [name for name, _ in rows[:-1]] + [None]
    people = make_people(tone=[tone for _, tone in rows], drawing=drawing, gender=["Male"] * len(rows))
    lean = {f"d{d}": random.random() for d in range(drawings)}
    texts = [["thief" if lean[name] + random.normal(0, 0.1) < cut else "man" for name, _ in rows] for cut in (0.4, 0.3)]
    labels = make_set("man", "thief"), make_set("man", Label(text="thief", category="crime"), name="two")
    return people, [predict(each, text) for each, text in zip(labels, texts, strict=True)]


def cluster_sums(people, predictions, tone):
    frame = pd.DataFrame({"cluster": people.drawing.astype(object).fillna("alone"), "tone": people.tone})
    for side, each in enumerate(predictions):
        frame[f"wrong{side}"] = np.array(each.label_set.texts)[each.top] == "thief"
    part = frame[frame.tone == tone]
    grouped = part.groupby("cluster")
    return (
        grouped.size().to_numpy(),
        grouped.apply(lambda g: int((g.wrong0 & ~g.wrong1).sum())).to_numpy(),
        grouped.apply(lambda g: int((~g.wrong0 & g.wrong1).sum())).to_numpy(),
    )


def test_a_shift_is_counted_by_drawing():
    people, predictions = make_world()
    result = shift(tabulate(people, "tone", *predictions, cluster="drawing"))
    plain = shift(tabulate(people, "tone", *predictions))
    for row, other in zip(result.rows, plain.rows, strict=True):
        sizes, fixed, broken = cluster_sums(people, predictions, row.group["tone"])
        design = shift_design(fixed, broken, sizes)
        assert row.design == pytest.approx(design)
        both = row.before.misclassified - row.fixed
        counts = [both, row.fixed, row.broken, row.n - both - row.fixed - row.broken]
        parts = dict(zip(("both", "fixed", "broken", "neither"), (c / design.effect for c in counts), strict=True))
        assert (row.shift.low, row.shift.high) == pytest.approx(newcombe_paired(**parts, z=design.find_point(0.95)))
        assert row.p == pytest.approx(sign_flip(broken - fixed))
        assert (row.shift.value, row.n, row.fixed) == (other.shift.value, other.n, other.fixed)
        assert row.before.high - row.before.low > other.before.high - other.before.low
    assert result.homogeneity.df == 1
    assert judge_shifts(result, 0.05)[0].alone.outer.low == pytest.approx(result.rows[0].shift.low)
    assert result.overall.design.clusters == 40 + 1  # the image without a drawing stands alone


def test_an_audit_is_counted_by_drawing_too():
    people, predictions = make_world(3)
    audit = measure(tabulate(people, "tone", predictions[0], cluster="drawing"))
    plain = measure(tabulate(people, "tone", predictions[0]))
    assert [row.clusters for row in audit.rows] == [40, 41]
    assert [row.clusters for row in plain.rows] == [None, None]
    assert audit.gap.value == plain.gap.value
    assert audit.gap.high < plain.gap.high  # the same drawings in both tones: matched
    assert audit.rows[0].side.high > plain.rows[0].side.high


def test_shards_that_part_a_cluster_add_up():
    people, predictions = make_world()
    whole = tabulate(people, "tone", *predictions, cluster="drawing")

    def part(rows):
        pair = [dataclasses.replace(p, top=p.top[rows], margin=p.margin[rows]) for p in predictions]
        return tabulate(people.iloc[rows], "tone", *pair, cluster="drawing")

    assert part(slice(0, 61)) + part(slice(61, None)) == whole


def test_what_makes_the_groups_cannot_be_the_cluster():
    people, predictions = make_world()
    with pytest.raises(QueryError, match="cannot both"):
        tabulate(people, "tone", *predictions, cluster="tone")
    with pytest.raises(QueryError, match='"drawing"'):
        tabulate(people, "tone", *predictions, cluster="drawings")


def test_intervals_that_hold_together_are_wider():
    people, predictions = make_world()
    table = tabulate(people, "tone", *predictions)
    each, together = shift(table), shift(table, simultaneous=True)
    assert (each.level, together.level) == (0.95, 0.975)
    for one, both in zip(each.rows, together.rows, strict=True):
        low, high = wilson(one.before.misclassified, one.n, 0.975)
        assert (both.before.low, both.before.high) == (low, high)
        assert both.shift.low < one.shift.low
    assert together.overall == each.overall
    audit = measure(tabulate(people, "tone", predictions[0]), simultaneous=True)
    assert audit.level == 0.975
    assert audit.rows[0].side.low == wilson(audit.rows[0].side.misclassified, audit.rows[0].n, 0.975).low


def test_no_figure_depends_on_the_order_of_the_groups():
    people, predictions = make_world()
    turned = people.assign(tone=people.tone.cat.reorder_categories(["dark", "light"]))
    one, other = (shift(tabulate(each, "tone", *predictions, cluster="drawing")) for each in (people, turned))
    assert one.rows == other.rows[::-1]
    assert (one.homogeneity, one.gap_change, one.spread) == (other.homogeneity, other.gap_change, other.spread)
    assert (one.gap_before, one.gap_after) == (other.gap_before, other.gap_after)
