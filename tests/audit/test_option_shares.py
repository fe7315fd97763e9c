"""What images chose among their own options, held against a plain count and the tests of scipy; its chart and words."""

import json

import numpy as np
import pandas as pd
import pytest
from hostile import FIT
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from clipdash.audit import measure_options
from clipdash.charts import describe_option_chart, option_chart
from clipdash.errors import QueryError
from clipdash.report import options_json, options_rows, options_sheet, say_options
from clipdash.store import StoreRef
from clipdash.zeroshot import ROLES, OptionChoices, Options

TRUTH, CLOSE, OTHER = range(3)


def make_choices(given):
    """Choices of (roles of the options, place of the one chosen), one an image."""
    sizes = [len(roles) for roles, _ in given]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    roles = np.array([role for roles, _ in given for role in roles])
    texts = tuple(f"option {place}" for place in range(max(sizes)))
    places = np.concatenate([np.arange(size) for size in sizes])
    options = Options("options.csv", np.arange(len(given)), starts, texts, places, roles)
    chosen = starts[:-1] + np.array([place for _, place in given])
    return OptionChoices(options, chosen, np.zeros(len(roles), np.float32), StoreRef("toy", "0"), "v", ("{}",))


def draw(size, seed=0, groups=("light", "dark")):
    random = np.random.default_rng(seed)
    given = []
    for _ in range(size):
        roles = [TRUTH, CLOSE, *[OTHER] * random.integers(0, 4)]
        given.append((roles, int(random.integers(0, len(roles) - 1))))
    tones = [None if random.random() < 0.1 else str(random.choice(groups, p=[0.8, 0.2])) for _ in range(size)]
    return make_choices(given), given, pd.DataFrame({"tone": pd.Categorical(tones, groups)})


@pytest.mark.parametrize("seed", range(4))
def test_shares_intervals_and_tests_are_those_of_a_plain_count(seed):
    choices, given, people = draw(200, seed)
    result = measure_options(choices, people, "tone", min_n=10)
    tones = list(people.tone)
    ps = []
    for row, tone in zip((result.overall, *result.rows), (None, "light", "dark"), strict=True):
        own = [each for each, annotated in zip(given, tones, strict=True) if tone in (None, annotated)]
        picked = [roles[place] for roles, place in own]
        assert row.n == len(own)
        for code, role in enumerate(ROLES):
            share = row.roles[role]
            assert share.count == picked.count(code)
            assert share.rate == pytest.approx(share.count / row.n)
            assert (share.low, share.high) == pytest.approx(proportion_confint(share.count, row.n, method="beta"))
            assert share.offered == sum(code in roles for roles, _ in own)
        assert row.chance == pytest.approx(np.mean([1 / len(roles) for roles, _ in own]))
        assert row.p == pytest.approx(binomtest(picked.count(TRUTH), row.n, row.chance).pvalue)
        ps += [row.p] if tone else []
    assert [row.p_adjusted for row in result.rows] == pytest.approx(multipletests(ps, method="holm")[1])
    assert result.overall.p_adjusted is None
    assert result.ungrouped == people.tone.isna().sum() > 0
    assert (result.fewest, result.most) == (2, 5)


def test_groups_that_are_small_are_withheld_and_attributes_are_checked():
    choices, _, people = draw(60)
    small = measure_options(choices, people, "tone", min_n=40).rows[1]
    assert small.withheld
    assert (small.roles, small.p) == ({}, None)
    with pytest.raises(QueryError, match="no annotations to group the options by"):
        measure_options(choices, by="tone")
    with pytest.raises(QueryError, match='no attribute "ton"'):
        measure_options(choices, people, "ton")
    with pytest.raises(QueryError, match="must be at least 1"):
        measure_options(choices, min_n=0)


def test_the_words_are_those_of_the_figures():
    result = measure_options(make_choices([([TRUTH, CLOSE], place % 4 == 0) for place in range(40)]))
    assert say_options(result) == [
        "75.0% of 40 images (exact interval 58.8% to 87.3%) score highest with the truth among 2 options of their own.",
        "10 of the 40 images that have a close option choose one (25.0% of all, 12.7% to 41.2%).",
        "All images: 75.0% is above the 50.0% of a blind choice (exact binomial p 0.002).",
        "Only the options of options.csv compete, each image's own; of equal scores the option listed first counts.",
    ]
    assert options_rows(result) == [
        {"Images": "all", "n": "40", "Truth": "75.0% (58.8% to 87.3%)", "Close": "25.0% (12.7% to 41.2%)"}
        | {"Other": "0.0% (0.0% to 8.8%)", "Chance": "50.0%", "p": "0.002", "p, Holm": "–"}
    ]
    blind = measure_options(make_choices([([TRUTH, OTHER], place % 2) for place in range(40)]))
    assert "50.0% is not told apart from the 50.0%" in say_options(blind)[1]


def test_data_and_sheet_hold_every_figure():
    choices, _, people = draw(60)
    result = measure_options(choices, people, "tone", min_n=40)
    data = options_json(result, command="x")
    assert json.loads(json.dumps(data)) == data
    assert data["overall"]["roles"]["close"]["offered"] == 60
    assert data["groups"][1] == {"group": {"tone": "dark"}, "n": result.rows[1].n, "withheld": True}
    sheet = options_sheet(result)
    assert len(sheet.rows) == 3 + 3 + 1
    at = sheet.columns.index("rate")
    assert sheet.rows[0][at] == result.overall.roles["truth"].rate
    assert options_rows(result)[2]["Truth"] == "withheld"


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_has_a_mark_and_an_interval_for_each_role_offered(theme, narrow):
    names = (FIT["markup"], FIT["script"])
    choices, _, people = draw(80, groups=names)
    result = measure_options(choices, people, "tone", min_n=30)
    figure = option_chart(result, theme=theme, narrow=narrow)
    marks = {trace.name: trace for trace in figure.data}
    shown = [row for row in (result.overall, *result.rows) if not row.withheld]
    assert list(marks["shares"].x) == [share.rate for row in shown for share in row.roles.values() if share.offered]
    assert marks["chance"].x[0] == result.overall.chance
    assert "<script>" not in figure.to_json().replace("\\u003c", "<")
    assert describe_option_chart(result).startswith("What images chose among their own options. all images (n 80)")


def test_a_role_that_nobody_was_offered_is_not_drawn():
    figure = option_chart(measure_options(make_choices([([TRUTH, OTHER], 0)] * 3)))
    assert len(figure.data[-1].x) == 2
