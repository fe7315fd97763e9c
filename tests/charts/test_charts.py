import json

import pytest
from made_curves import ONE, make_sweep, make_world, reader
from results import STANDARD, hostile_label, make_audit, make_shift
from worlds import make_people, make_set, predict

from clipdash import charts
from clipdash.audit import Choices, Rule, shift, specify, tabulate

PUBLISHED = (("0-2", 0.303, 0.023), ("3-9", 0.35, 0.043))
DRAWINGS = {
    "shift": (charts.shift_chart, make_shift),
    "outcomes of a shift": (charts.outcome_chart, make_shift),
    "outcomes of an audit": (charts.outcome_chart, make_audit),
    "gap of a shift": (charts.gap_chart, make_shift),
    "gap of an audit": (charts.gap_chart, make_audit),
    "flows": (charts.flow_chart, make_shift),
    "rates": (charts.rate_chart, make_audit),
    "published": (charts.published_chart, lambda: PUBLISHED),
}
CASES = {
    "standard": None,
    "one group": {"a": (5, 10, 10, 40)},
    "all withheld": {"a": (2, 1, 1, 4), "b": (0, 0, 0, 3)},
    "nothing moved": {"a": (5, 0, 0, 40), "b": (6, 0, 0, 50)},
    "all wrong": {"a": (50, 0, 0, 0), "b": (0, 40, 0, 0), "c": (0, 0, 40, 0)},
    "forty groups": {f"group {n}": (5, n % 7, n % 5, 40) for n in range(40)},
}


def marks(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("kind", DRAWINGS)
def test_figure_keeps_the_house_rules(kind, narrow, theme):
    draw, make = DRAWINGS[kind]
    figure = draw(make(), theme=theme, narrow=narrow)
    layout = figure.layout
    assert layout.showlegend is False
    assert layout.dragmode is False
    assert layout.height > 0
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.title.text is None
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        assert axis.fixedrange is True
    assert len(figure.data) <= 14
    assert json.loads(figure.to_json()) == json.loads(draw(make(), theme=theme, narrow=narrow).to_json())


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_every_case_is_drawn(case, narrow):
    result = make_shift(CASES[case])
    for draw in (charts.shift_chart, charts.outcome_chart, charts.gap_chart, charts.flow_chart):
        assert draw(result, narrow=narrow).layout.height > 0
    audit = make_audit({name: (sum(c[:2]), sum(c[2:])) for name, c in (CASES[case] or STANDARD).items()})
    for draw in (charts.rate_chart, charts.outcome_chart, charts.gap_chart):
        assert draw(audit, narrow=narrow).layout.height > 0
    for describe in (charts.describe_shift_chart, charts.describe_outcome_chart, charts.describe_gap_chart):
        assert describe(result).endswith(".")
    assert charts.describe_flow_chart(result).endswith(".")
    assert charts.describe_rate_chart(audit).endswith(".")


def test_shift_chart_draws_each_shown_group_at_its_rates():
    figure = charts.shift_chart(make_shift())
    points = [x for trace in figure.data if "rates" in (trace.name or "") for x in trace.x]
    # 40 of 100 and 12 of 100 for 3-9; nothing for the withheld group of 12
    assert any(x == pytest.approx(0.40) for x in points)
    assert any(x == pytest.approx(0.12) for x in points)
    assert len(points) == 6
    assert "withheld: 12 images, fewer than 30" in " ".join(note.text for note in figure.layout.annotations)


def test_a_long_chart_shows_the_first_thirty_and_says_so():
    result = make_shift(CASES["forty groups"])
    figure = charts.shift_chart(result)
    assert "30" in " ".join(note.text for note in figure.layout.annotations)
    assert charts.chart_height(result) == figure.layout.height
    assert "more groups, 30 drawn" in charts.describe_shift_chart(result)


def test_more_than_twelve_labels_become_a_matrix():
    texts = [f"label {n}" for n in range(14)]
    label_set = make_set(*(hostile_label(text) for text in texts))
    people = make_people(band=["x"] * 56)
    first, second = predict(label_set, texts * 4), predict(label_set, (texts[1:] + texts[:1]) * 4)
    figure = charts.flow_chart(shift(tabulate(people, ["band"], first, second), Rule("flagged")))
    assert "sankey" not in {trace.type for trace in figure.data}
    squares = next(trace for trace in figure.data if trace.customdata is not None)
    assert len(squares.x) == 14
    assert "other" in " ".join([*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext]) or len(texts) <= 14


def test_flows_of_few_labels_are_a_sankey_that_sums_to_n():
    figure = charts.flow_chart(make_shift())
    sankey = next(trace for trace in figure.data if trace.type == "sankey")
    assert sum(sankey.link.value) == 312


def test_published_chart_has_no_intervals():
    figure = charts.published_chart(PUBLISHED)
    assert charts.describe_published_chart(PUBLISHED).replace("\u2060", "").endswith("3–9 35.0% to 4.3%.")
    assert not any("interval" in (trace.name or "") for trace in figure.data)


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (charts.format_rate, 0.28654, "28.7%"),
        (charts.format_rate, None, charts.MISSING),
        (charts.format_points, -0.1543, "−15.4"),
        (charts.format_points, 0.066, "+6.6"),
        (charts.format_points, 0.0, "0.0"),
        (charts.format_points, None, charts.MISSING),
        (charts.format_size, -0.1543, "15.4"),
        (charts.format_count, 2000, "2,000"),
        (charts.format_p, 0.00049, "< 0.001"),
        (charts.format_p, 0.0312, "0.031"),
        (charts.format_p, None, charts.MISSING),
    ],
)
def test_numbers_are_written_one_way(write, value, text):
    assert write(value) == text


def test_colours_of_the_outcomes_are_those_of_the_look():
    palette = charts.read_palette("light")
    assert palette.accent.upper() == "#1D4E7A"
    assert charts.read_palette("dark").accent.upper() == "#8CBBE0"
    assert [name for name, _ in charts.OUTCOME_KEY] == ["flagged", "contradicted", "unclaimed", "supported"]
    for name, _ in charts.OUTCOME_KEY:
        assert charts.draw_swatch(name).startswith("background:")
    assert "#43235A" in charts.draw_swatch("flagged")


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("kind", ["probability", "cosine", "top-k"])
def test_curves_stand_in_a_panel_a_group_with_their_bands(kind, narrow):
    result = make_sweep(kind=kind)
    figure = charts.curve_chart(result, narrow=narrow, theme="dark")
    curves = [trace for trace in figure.data if trace.name == "rate"]
    assert [list(curve.y) for curve in curves] == [row.rates.tolist() for row in result.rows]
    assert len([trace for trace in figure.data if trace.name == "band"]) == len(result.rows) == 2
    assert all(axis.fixedrange for axis in (*figure.select_xaxes(), *figure.select_yaxes()))
    assert "dark" in charts.describe_curve_chart(result)
    assert (figure.layout.xaxis.type == "log") is (kind == "probability")


def test_curves_of_withheld_groups_are_left_out():
    result = make_sweep(min_n=100)
    assert not charts.curve_chart(result).data
    assert charts.describe_curve_chart(result).endswith("nothing to show.")


@pytest.mark.parametrize("narrow", [False, True])
def test_a_specification_curve_marks_its_choices(narrow):
    people, scores = make_world(4, 300)
    choices = Choices(labels={"man": ("guy", "gentleman")}, templates=("{}",))
    result = specify(people, "tone", [ONE], choices, read=reader(scores), draws=99)
    figure = charts.specification_chart(result, narrow=narrow)
    values = marks(figure, "values")
    assert list(values.y) == [pytest.approx(100 * each.estimate.value) for each in result.specifications]
    assert len(marks(figure, "options").x) == 6 * 2
    assert len({*marks(figure, "options").y}) == 2 + 3
    assert "6 combinations" in charts.describe_specification_chart(result)
