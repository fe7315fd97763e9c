"""Learning curves: known answers, the match with zero-shot by hand, bands, and what is said of them."""

import json
import re

import numpy as np
import pytest
from made_probes import guess_right, make_sample
from scipy import stats
from sklearn.linear_model import LogisticRegression
from statsmodels.stats.proportion import proportion_confint

from clipdash import charts
from clipdash.audit import Answers, gather_learning
from clipdash.errors import QueryError
from clipdash.probes import fit_probe, hold_out, learn_curve
from clipdash.report import (
    learning_json,
    learning_rows,
    learning_sheet,
    linear_rows,
    linear_sheet,
    say_learning,
    say_linear,
)


def gather(right, zero_shot=None, per_class=(1, 2, 4, 8)):
    """Curves of one group from what each draw has right; zero-shot has the first images right."""
    n = right.shape[2]
    place = np.zeros(n, dtype=np.int64)
    zero = None if zero_shot is None else np.where(np.arange(n) < zero_shot, 0, 1)
    answers = Answers(("a", "b"), ({"tone": "x"},), place, place, np.arange(n), place, zero)
    return gather_learning(answers, per_class, right)


def fill(counts, n=100, draws=2):
    """The same number of images right in every draw."""
    return np.stack([np.tile(np.arange(n) < count, (draws, 1)) for count in counts])


def test_curve_rises_to_all_right_and_noise_stays_at_chance():
    rising = learn_curve(make_sample(1200, classes=3, gap=3), per_class=(1, 4, 16, 64)).overall.points
    means = [point.accuracy for point in rising]
    assert means == sorted(means)
    assert means[-1] > means[0] + 0.05
    for point in learn_curve(make_sample(1500, gap=0)).overall.points:
        assert point.low <= 0.5 <= point.high


def test_a_point_is_what_scikit_learn_finds():
    """With all that the smaller class has, and as many of the other, whichever are drawn."""
    sample = make_sample(gap=2, truth=(np.arange(600) % 10 == 0).astype(int))
    held = hold_out(sample)[0] == 2
    pool = np.flatnonzero(~held)
    few = pool[sample.truth[pool] == 1]
    result = learn_curve(sample, per_class=(len(few),), draws=2)
    scores = []
    for draw in range(2):
        rng = np.random.default_rng([0, 2, draw])
        many = rng.permutation(pool[sample.truth[pool] == 0])[: len(few)]
        rows = np.concatenate([many, few])
        model = LogisticRegression(C=1, max_iter=1000).fit(sample.vectors[rows], sample.truth[rows])
        scores.append(model.score(sample.vectors[held], sample.truth[held]))
    assert result.overall.points[0].draws == pytest.approx(scores)
    assert result.split == fit_probe(sample).split


@pytest.mark.parametrize(
    ("zero_shot", "match"),
    [(50, 1.0), (40, 1.0), (65, 2**0.5), (80, 2.0), (82, 4.0), (86, 2**2.5), (90, 8.0), (91, None)],
)
def test_match_is_interpolated_between_doublings(zero_shot, match):
    overall, (row,) = gather(fill((50, 80, 82, 90)), zero_shot)
    assert overall.match == pytest.approx(match)
    assert row.matches == pytest.approx((match, match))


def test_band_holds_the_held_out_images_and_the_draws():
    point = gather(fill((80,), draws=3), per_class=(4,))[0].points[0]
    np.testing.assert_allclose((point.low, point.high), proportion_confint(80, 100, method="wilson"))
    right = np.stack([np.arange(100) < count for count in (70, 80, 90)])[np.newaxis]
    point = gather(right, per_class=(4,))[0].points[0]
    swing = stats.t.ppf(0.975, 2) * 0.1 / 3**0.5
    low, high = proportion_confint(80, 100, method="wilson")
    assert point.low == pytest.approx(0.8 - ((0.8 - low) ** 2 + swing**2) ** 0.5)
    assert point.high == min(1, 0.8 + ((high - 0.8) ** 2 + swing**2) ** 0.5)
    assert point.draws == (0.7, 0.8, 0.9)


def test_same_seed_same_json_and_progress_ends_at_one():
    told = []
    sample = make_sample(zero_shot=guess_right(0.8))
    first, again = (json.dumps(learning_json(learn_curve(sample, progress=told.append))) for _ in range(2))
    assert first == again
    assert told == sorted(told[: len(told) // 2]) * 2
    assert told[-1] == 1


def test_numbers_that_the_smallest_class_does_not_have_are_left_out_and_named():
    result = learn_curve(make_sample(100), draws=2)
    assert (result.per_class, result.left_out) == ((1, 2, 4, 8, 16, 32), (64, 128, 256))
    assert "too few images to learn from for 64, 128, 256 a class" in " ".join(p.plain for p in say_learning(result))
    with pytest.raises(QueryError, match="At least 500 images a class"):
        learn_curve(make_sample(100), per_class=(500,))
    for change, message in (({"draws": 1}, "at least 2"), ({"per_class": (0, 4)}, "from 1 on"), ({"strength": 0}, "0")):
        with pytest.raises(QueryError, match=message):
            learn_curve(make_sample(100), **change)


def test_words_rows_and_sheets_hold_the_same_figures():
    sample = make_sample(900, gap=1.5, zero_shot=guess_right(0.8), groups=("x", "<b>y", "none"))
    sample.member[sample.member == 2] = 0
    probe, curve = fit_probe(sample), learn_curve(sample)
    share = f"{100 * probe.overall.linear.accuracy.rate:.1f}%"
    assert share in say_linear(probe)[0].plain
    assert linear_rows(probe)[0]["Linear probe"].startswith(share)
    assert linear_rows(probe)[-1]["Zero-shot"] == "no images"
    assert {row[1] for row in linear_sheet(probe).rows} == {row.n for row in (*probe.rows, probe.overall)}
    assert f"about {round(curve.overall.match)}" in say_learning(curve)[0].plain
    assert learning_rows(curve)[0]["Matches zero-shot"] == f"about {round(curve.overall.match)}"
    assert len(learning_sheet(curve).rows) == 3 * len(curve.per_class) + 1
    alone = make_sample(300)
    assert "zero-shot that" not in say_linear(fit_probe(alone))[0].plain
    assert "Matches zero-shot" not in learning_rows(learn_curve(alone))[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("zero_shot", [None, guess_right(0.8)])
def test_charts_show_every_group_and_can_be_printed(zero_shot, narrow, theme):
    sample = make_sample(600, zero_shot=zero_shot, groups=("x", "<b>y", "none"))
    sample.member[sample.member == 2] = 0
    probe, curve = fit_probe(sample), learn_curve(sample, draws=2)
    linear = charts.linear_chart(probe, theme=theme, narrow=narrow)
    learning = charts.learning_chart(curve, theme=theme, narrow=narrow)
    for figure, described in (
        (linear, charts.describe_linear_chart(probe)),
        (learning, charts.describe_learning_chart(curve)),
    ):
        picture = charts.draw_picture(figure, "picture", width=370 if narrow else 680)
        assert "&lt;b&gt;y" in picture
        assert re.search(r"x .*\d%.*<b>y .*\d%", described)
    assert any("no images" in note.text for note in linear.layout.annotations)
    assert {trace.name for trace in learning.data} >= {"band", "linear probe", "all images"}
    assert (zero_shot is not None) == ("zero-shot" in {trace.name for trace in learning.data})
    accuracies = next(trace for trace in linear.data if trace.name == "accuracies")
    assert len(accuracies.x) == 2 * (1 + (zero_shot is not None))


def test_nine_groups_are_drawn_at_most_and_none_is_said():
    names = tuple(f"group {n}" for n in range(11))
    curve = learn_curve(make_sample(3000, groups=names), draws=2, per_class=(1, 2))
    assert sum(trace.name == "linear probe" for trace in charts.learning_chart(curve).data) == 9
    none = learn_curve(make_sample(100), draws=2, min_n=99)
    assert charts.learning_chart(none).layout.annotations[0].text == "No group is shown."
    assert say_learning(none)[0].plain.startswith("Withheld")
    assert say_linear(fit_probe(make_sample(100), min_n=99))[0].plain.startswith("Withheld")
