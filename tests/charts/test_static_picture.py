"""Static pictures: everything that the figures draw is in them, and what is not known is refused."""

import re
from xml.etree import ElementTree

import plotly.graph_objects as go
import pytest
from made_associations import make_association
from made_curves import make_sweep, scan, specified
from results import HOSTILE, hostile_label, make_audit, make_shift
from test_charts import CASES, DRAWINGS, marks
from worlds import make_people, make_set, predict

from clipdash import charts
from clipdash.audit import Rule, shift, tabulate

NS = "{http://www.w3.org/2000/svg}"
NARROW = [False, True]


def many_flows():
    texts = [f"label {n}" for n in range(14)]
    label_set = make_set(*(hostile_label(text) for text in texts))
    first, second = predict(label_set, texts * 4), predict(label_set, (texts[1:] + texts[:1]) * 4)
    return shift(tabulate(make_people(band=["x"] * 56), ["band"], first, second), Rule("flagged"))


MORE = {
    "matrix": (charts.flow_chart, many_flows),
    "curves": (charts.curve_chart, make_sweep),
    "curves of k": (charts.curve_chart, lambda: make_sweep(kind="top-k")),
    "specifications": (charts.specification_chart, specified),
    "associations": (charts.association_chart, lambda: make_association(200)),
    "scan": (charts.scan_chart, scan),
}


def draw(figure, **options):
    return ElementTree.fromstring(charts.draw_picture(figure, "picture", **options))


def words(picture):
    return ["".join(text.itertext()) for text in picture.iter(f"{NS}text")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("narrow", NARROW)
@pytest.mark.parametrize("kind", DRAWINGS | MORE)
def test_every_chart_has_a_picture_with_its_words_and_marks(kind, narrow, theme):
    chart, make = (DRAWINGS | MORE)[kind]
    figure = chart(make(), theme=theme, narrow=narrow)
    picture = draw(figure, width=370 if narrow else 680, alt="What it shows")
    assert picture.get("role") == "img"
    assert picture.find(f"{NS}title").text == "What it shows"
    notes = [
        re.sub("<[^>]*>", "", note.text).replace("&gt;", ">").replace("&lt;", "<") for note in figure.layout.annotations
    ]
    assert words(picture)[-len(notes) :] == notes
    wanted = 0
    for trace in figure.data:
        if trace.type == "sankey":
            wanted += len(trace.link.value)
        elif trace.type == "bar":
            wanted += sum(share is not None for share in trace.x)
        else:
            wanted += len(trace.x) if trace.mode == "markers" else 1
    drawn = [element for element in picture if element.tag.removeprefix(NS) in ("circle", "path", "rect")]
    assert len(drawn) >= wanted > 0


@pytest.mark.parametrize("narrow", NARROW)
@pytest.mark.parametrize("case", CASES)
def test_every_case_has_a_picture(case, narrow):
    result = make_shift(CASES[case])
    for chart in (charts.shift_chart, charts.outcome_chart, charts.gap_chart, charts.flow_chart):
        assert words(draw(chart(result, narrow=narrow)))
    assert words(draw(charts.outcome_chart(result, overall=True)))


def test_marks_stand_where_their_values_are():
    figure = charts.shift_chart(make_shift())
    picture, margin = draw(figure, width=680), figure.layout.margin
    area = 0.57 * (680 - margin.l - margin.r)
    found = [float(mark.get("cx")) for mark in picture.findall(f"{NS}circle")]
    end = figure.layout.xaxis.range[1]
    assert found == pytest.approx([margin.l + x / end * area for x in marks(figure, "rates").x], abs=0.01)


def test_ribbons_fill_their_nodes():
    picture = draw(charts.flow_chart(make_shift()))
    nodes = [float(node.get("height")) for node in picture.findall(f"{NS}rect")]
    thick = []
    for ribbon in picture.findall(f"{NS}path"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", ribbon.get("d"))]
        thick.append(numbers[9] - numbers[7])
    assert sum(thick) == pytest.approx(sum(nodes) / 2, abs=0.1)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_text(text):
    people = make_people(band=[text] * 60)
    sets = make_set("person", hostile_label(text)), make_set("person", hostile_label(text), "photo")
    compared = tabulate(people, ["band"], *(predict(s, ["person"] * 30 + [text] * 30) for s in sets))
    result = shift(compared, Rule("flagged"))
    for chart in (charts.shift_chart, charts.outcome_chart, charts.flow_chart):
        picture = draw(chart(result), alt=text)
        assert {element.tag for element in picture.iter()} <= {
            NS + name
            for name in ("svg", "title", "clipPath", "rect", "line", "path", "circle", "text", "tspan", "pattern")
        }
        shown = charts.clean_text(text)
        assert any(shown[:6] in said for said in words(picture))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda figure: figure.update_layout(title="Title"), "title of a layout"),
        (lambda figure: figure.update_layout(showlegend=True), "showlegend = True"),
        (lambda figure: figure.update_xaxes(tickprefix="x"), "tickprefix of xaxis"),
        (lambda figure: figure.update_xaxes(range=None), "the range of xaxis"),
        (lambda figure: figure.update_xaxes(tickformat="~s"), 'ticks as "~s"'),
        (lambda figure: figure.update_xaxes(tickangle=30), "an angle of 30"),
        (lambda figure: figure.add_bar(x=[1], y=[1], base=1), "base of a bar trace"),
        (lambda figure: figure.add_pie(values=[1]), "pie of the types"),
        (lambda figure: figure.add_scatter(x=[1], y=[1], mode="text"), 'the mode "text"'),
        (lambda figure: figure.add_scatter(x=[1], y=[1], mode="lines", line={"width": 1, "dash": "dash"}), '"dash"'),
        (lambda figure: figure.update_traces(line_shape="spline", selector={"mode": "lines"}), '"spline"'),
        (lambda figure: figure.update_traces(marker_symbol="star", selector={"mode": "markers"}), '"star"'),
        (
            lambda figure: figure.add_annotation(
                text="<i>x</i>", x=0, y=0, xref="paper", xanchor="left", yref="paper", yanchor="top", showarrow=False
            ),
            "<i>",
        ),
        (lambda figure: figure.add_annotation(text="x", showarrow=True, x=0, y=0), "showarrow = True"),
        (lambda figure: figure.add_shape(type="rect", x0=0, x1=1, y0=0, y1=1, xref="x", yref="y", line={}), "rect"),
    ],
)
def test_what_is_not_known_is_refused(change, told):
    figure = charts.rate_chart(make_audit())
    change(figure)
    with pytest.raises(ValueError, match=re.escape(told)):
        charts.draw_picture(figure, "picture")


def test_a_pattern_and_markup_that_are_not_known_are_refused():
    figure = charts.outcome_chart(make_audit())
    figure.update_traces(marker_pattern_shape="x", selector={"name": "unclaimed"})
    with pytest.raises(ValueError, match='the pattern "x"'):
        charts.draw_picture(figure, "picture")
    for text in ("<b>open", "closed</b>", '<span style="font-weight:100">x</span>'):
        bare = charts.rate_chart(make_audit())
        bare.layout.annotations[0].text = text
        with pytest.raises(ValueError, match="a picture"):
            charts.draw_picture(go.Figure(bare), "picture")
