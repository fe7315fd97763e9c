"""Label frequencies of two groups, held against scipy's test of each label by itself; their chart and words."""

import json
from itertools import pairwise

import numpy as np
import pytest
from hostile import FIT
from scipy.stats import chi2_contingency
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from worlds import TOY, make_people

from clipdash.audit import compare_frequencies, tabulate
from clipdash.charts import describe_frequency_chart, frequency_chart
from clipdash.errors import QueryError
from clipdash.labels import ARGMAX, Label, LabelSet, Mode
from clipdash.report import frequencies_json, frequencies_rows, frequencies_sheet, say_frequencies
from clipdash.zeroshot import Predictions

MANY = Mode("threshold", "probability", 0.05)
CONGRESS = ("suit", "blonde", "tie", "smile", "lawmaker", "never", "always", "rare")
SHARES = {"Female": (0.5, 0.4, 0.1, 0.6, 0.9, 0.0, 1.0, 0.03), "Male": (0.8, 0.05, 0.7, 0.5, 0.9, 0.0, 1.0, 0.0)}


def make_table(mode=MANY, sizes=(120, 300), seed=0, texts=CONGRESS, **more):
    """Images that carry each label at the shares above, or the first label that they carry alone; ten in no group."""
    random = np.random.default_rng(seed)
    gender = ["Female"] * sizes[0] + ["Male"] * sizes[1] + [None] * 10
    carried = np.array([random.random(8) < SHARES[each or "Male"] for each in gender])
    order = [0, 1, 2, 3, 4, 5, 7, 6]
    top = np.array(order, np.int32)[carried[:, order].argmax(axis=1)]
    predictions = Predictions(
        top=top,
        margin=np.zeros(len(top), np.float32),
        label_set=LabelSet(name="congress", labels=tuple(Label(text=text) for text in texts)),
        store=TOY,
        variant="rn",
        comparable="",
        mode=mode,
        carried=None if mode.single else carried,
    )
    people = make_people(gender=gender, tone=["light", "dark"] * (len(gender) // 2))
    table = tabulate(people, more.pop("by", "gender"), predictions, **more)
    counted = np.eye(8, dtype=bool)[top] if mode.single else carried
    return table, counted, np.array([each or "" for each in gender])


@pytest.mark.parametrize("mode", [MANY, ARGMAX])
def test_each_label_is_counted_and_tested_by_itself(mode):
    table, carried, gender = make_table(mode)
    found = compare_frequencies(table, most=3)
    # the store's order of values: Male before Female
    assert found.groups == ({"gender": "Male"}, {"gender": "Female"})
    assert (found.sizes, found.ungrouped) == ((300, 120), 10)
    ps = {}
    for place, row in enumerate(found.rows):
        counts = [int(carried[gender == name, place].sum()) for name in ("Male", "Female")]
        assert [share.count for share in row.shares] == counts
        for share, count, n in zip(row.shares, counts, (300, 120), strict=True):
            assert (share.low, share.high) == pytest.approx(proportion_confint(count, n, method="wilson"), abs=1e-9)
        ends = confint_proportions_2indep(counts[0], 300, counts[1], 120, method="newcomb")
        assert (row.difference.low, row.difference.high) == pytest.approx(ends, abs=1e-9)
        assert row.difference.value == pytest.approx(counts[0] / 300 - counts[1] / 120)
        if sum(counts) in (0, 420):
            assert (row.chi_squared, row.p, row.p_adjusted) == (None, None, None)
            continue
        known = chi2_contingency([[counts[0], 300 - counts[0]], [counts[1], 120 - counts[1]]], correction=False)
        assert (row.chi_squared, row.p) == pytest.approx((known.statistic, known.pvalue))
        assert row.small == (known.expected_freq.min() < 5)
        ps[place] = row.p
    adjusted = multipletests(list(ps.values()), method="holm")[1]
    assert [found.rows[place].p_adjusted for place in ps] == pytest.approx(adjusted)
    assert found.tested == len(ps)


def test_the_most_leaning_labels_are_sorted_by_frequency():
    found = compare_frequencies(make_table()[0], most=3)
    to_men, to_women = ([found.rows[place].label for place in places] for places in found.leaning)
    assert to_men == ["suit", "tie"] or set(to_men) >= {"suit", "tie"}
    assert {"blonde", "smile"} <= set(to_women)
    assert len(to_women) <= 3
    for side, places in enumerate(found.leaning):
        sign = 1 if side == 0 else -1
        picked = [sign * found.rows[place].difference.value for place in places]
        rest = [sign * row.difference.value for place, row in enumerate(found.rows) if place not in places]
        assert min(picked) > 0
        assert len(places) < 3 or min(picked) >= max(rest)
        counts = [found.rows[place].count for place in places]
        assert all(a >= b for a, b in pairwise(counts))


def test_two_groups_of_enough_images_are_needed():
    with pytest.raises(QueryError, match=r"2 with images \(Male 300, Female 120\)"):
        compare_frequencies(make_table()[0], min_n=150)
    with pytest.raises(QueryError, match=r"there are 1 with images \(Male 300\)"):
        compare_frequencies(make_table(where={"gender": "Male"})[0])
    with pytest.raises(QueryError, match="there are 4 with images"):
        compare_frequencies(make_table(by=("gender", "tone"))[0])
    two = compare_frequencies(make_table(by=("gender", "tone"), where={"tone": "dark"})[0])
    assert two.groups[1] == {"gender": "Female", "tone": "dark"}
    with pytest.raises(QueryError, match="most leaning"):
        compare_frequencies(make_table()[0], most=0)
    with pytest.raises(QueryError, match="leave the cluster out"):
        compare_frequencies(make_table(cluster="tone")[0])


def test_words_tables_and_data():
    found = compare_frequencies(make_table()[0], most=3)
    said = say_frequencies(found)
    assert said[0] == (
        "8 labels on 300 images annotated as gender Male and 120 images annotated as gender Female; an image carries "
        "every label with a probability of at least 0.05."
    )
    assert said[1].startswith('More often on images annotated as gender Male: "suit" (')
    assert "Holm over 6 labels" in said[-2]
    assert said[-1].startswith("1 label has an expected count below 5")
    data = frequencies_json(found, command="x")
    assert json.loads(json.dumps(data)) == data
    assert data["mode"] == "threshold"
    assert data["leaning"][0][0] in CONGRESS
    assert data["labels"][5]["p"] is None
    sheet = frequencies_sheet(found)
    assert len(sheet.rows) == 8
    assert sheet.columns[:3] == ("label", "count:Male", "n:Male")
    rows = frequencies_rows(found)
    assert [row["Label"] for row in rows] == [found.rows[place].label for places in found.leaning for place in places]
    assert set(rows[0]) == {"Label", "Male (n 300)", "Female (n 120)", "Difference", "95% interval", "p, Holm"}


def test_nothing_that_leans_is_said():
    table, *_ = make_table(ARGMAX, texts=CONGRESS)
    alike = compare_frequencies(table + table)
    assert alike.sizes == (600, 240)
    same = np.zeros(120, np.int32)
    people = make_people(gender=["Female", "Male"] * 60)
    label_set = LabelSet(name="one", labels=(Label(text="a"), Label(text="b")))
    none = compare_frequencies(
        tabulate(people, "gender", Predictions(same, np.zeros(120, np.float32), label_set, TOY, "rn", ""))
    )
    assert none.leaning == ((), ())
    assert say_frequencies(none)[1].startswith("No label is told apart")
    assert "equally often" in frequency_chart(none).to_json()
    assert describe_frequency_chart(none).endswith("no label leans to either.")


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_has_two_bars_a_label(theme, narrow):
    texts = (FIT["markup"], FIT["script"], *CONGRESS[2:])
    found = compare_frequencies(make_table(texts=texts)[0], most=3)
    figure = frequency_chart(found, theme=theme, narrow=narrow)
    places = [place for side in found.leaning for place in side]
    for side, trace in enumerate(figure.data[:2]):
        assert list(trace.x) == [found.rows[place].shares[side].rate for place in places]
    assert figure.data[2].name == "intervals"
    assert "<script>" not in figure.to_json().replace("\\u003c", "<")
    assert describe_frequency_chart(found).startswith("Share of images that carry each label, Male and Female; more")
