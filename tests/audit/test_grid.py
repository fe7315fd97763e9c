"""A grid of shifts: each cell is a comparison of its own, held against a plain count; its chart and words."""

import json

import numpy as np
import pytest
from hostile import FIT
from test_carrying import make_world
from worlds import POOL, TOY, judge_slowly, make_people, make_set, predict

from clipdash.audit import Rule, cross_choices, shift, tabulate
from clipdash.charts import describe_grid_chart, grid_chart
from clipdash.errors import LabelError, QueryError
from clipdash.report import grid_json, grid_rows, grid_sheet, say_grid
from clipdash.zeroshot import Predictions

ONE, TWO = make_set("man", "woman", "thief"), make_set("man", "woman", "thief", "person", name="two")
TEMPLATES = {"single": ("a photo of a {}",), "two": ("a {}", "the {}"), "caption": ("{}",)}
ORDER = [label.text for label in POOL]


def predictor(scores, prompted=True, calls=None):
    """Labels whose scores hang on the templates and the variant."""

    def label(label_set, variant):
        if calls is not None:
            calls.append((label_set.templates, variant))
        lean = len("".join(label_set.templates)) + 10 * (variant == "rn")
        moved = scores + 0.8 * np.cos(np.arange(scores.size).reshape(scores.shape) * lean)
        top = moved[:, [ORDER.index(text) for text in label_set.texts]].argmax(axis=1).astype(np.int32)
        return Predictions(top, np.zeros(len(top), np.float32), label_set, TOY, variant or "vit", "x", prompted)

    return label


@pytest.mark.parametrize("rule", [Rule(), Rule("flagged")])
def test_each_cell_is_the_comparison_of_its_template_and_variant(rule):
    people, scores = make_world(3, 300)
    told, label = [], predictor(scores)
    found = cross_choices(
        people, "tone", [ONE, TWO], templates=TEMPLATES, variants=(None, "rn"), predict=label, rule=rule,
        min_n=20, progress=lambda *done: told.append(done),
    )  # fmt: skip
    assert (found.variants, list(found.templates), found.size) == (("vit", "rn"), [*TEMPLATES], 6)
    assert told == [(done, 6) for done in range(1, 7)]
    for t, templates in enumerate(TEMPLATES.values()):
        for v, variant in enumerate((None, "rn")):
            pair = [label(each.replace(templates=templates), variant) for each in (ONE, TWO)]
            images = judge_slowly(people, pair, rule)
            judged = images[images.judged]
            for row in (found.overall, *found.rows):
                inside = judged if not row.group else judged[judged.tone == row.group["tone"]]
                value = inside.wrong_1.mean() - inside.wrong_0.mean()
                assert row.n == len(inside)
                assert row.shifts[t][v].value == pytest.approx(value)
            alone = shift(tabulate(people, "tone", *pair, rule=rule), rule, 20)
            assert [row.shifts[t][v] for row in found.rows] == [row.shift for row in alone.rows]


def test_agreement_and_variance_by_hand():
    """Two templates, two encoders, two groups of 100: shifts that are known by their counts."""
    people = make_people(tone=["light"] * 100 + ["dark"] * 100, gender=["Male", "Female"] * 100)
    newly = {("a {}", "vit"): (20, 30), ("a {}", "rn"): (0, 10), ("b {}", "vit"): (40, 50), ("b {}", "rn"): (20, 30)}

    def label(label_set, variant):
        counts = newly[label_set.templates[0], variant] if label_set is not ONE and label_set.name == "two" else (0, 0)
        texts = [text for count in counts for text in ["thief"] * count + ["man"] * (100 - count)]
        return predict(label_set, texts, variant=variant)

    found = cross_choices(
        people,
        "tone",
        [ONE, TWO],
        templates=["a {}", "b {}"],
        variants=["vit", "rn"],
        predict=label,
        rule=Rule("flagged"),
    )
    light, dark = found.rows
    assert [[each.value for each in line] for line in light.shifts] == [[0.2, 0.0], [0.4, 0.2]]
    assert (light.same_sign, light.clear, light.clear_same) == (3, 3, 3)
    assert (dark.same_sign, dark.clear, dark.clear_same) == (4, 4, 4)
    # each of template and encoder moves every shift by 20 points, the group by 10: squares of 4, 4 and 1
    shares = {"template": 4 / 9, "encoder": 4 / 9, "group": 1 / 9}
    assert {factors[0]: share for factors, share in found.variance.items() if len(factors) == 1} == pytest.approx(
        shares
    )
    assert sum(found.variance.values()) == pytest.approx(1)
    assert say_grid(found) == [
        "4 cells: 2 by 2 templates and encoders, on the same 200 images.",
        "All images (n 200): from +5.0 to +45.0 points; 4 of 4 cells have the sign of the first, in 4 of them the "
        "interval excludes 0 as well.",
        "Images annotated as tone light (n 100): from 0.0 to +40.0 points; 3 of 4 cells have the sign of the first, in "
        "3 of them the interval excludes 0 as well.",
        "Images annotated as tone dark (n 100): from +10.0 to +50.0 points; 4 of 4 cells have the sign of the first, "
        "in 4 of them the interval excludes 0 as well.",
        "Of the variance of the groups' shifts goes with each by itself: template 44.4%, encoder 44.4%, group 11.1%; "
        "together 0.0%, the noise of samples of images included.",
    ]
    numbers = next(trace for trace in grid_chart(found, 0).data if trace.name == "numbers")
    assert [text.split("<br>")[0] for text in numbers.text] == [
        *("<b>+20.0 →</b>", "0.0", "<b>+40.0 →</b>", "<b>+20.0 →</b>")
    ]
    # Newcombe with Wilson's (.1334, .2888) of 20 and (0, .0370) of none in 100: .2 - sqrt(.0666**2 + .0370**2) = .1238
    assert "+12.4 to +28.9" in numbers.text[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label_sets": [ONE]}, "needs two label sets"),
        ({"templates": []}, "make 0 cells; .* Name at least one"),
        ({"templates": [f"{place} {{}}" for place in range(1001)]}, "Leave some out"),
        ({"templates": ["a {}", "a {}"]}, r'template "a \{\}" is named twice'),
        ({"variants": ["rn", "rn"]}, 'variant "rn" is named twice'),
        ({"predict": predictor(np.zeros((60, len(POOL))), prompted=False)}, 'do not apply to the variant "vit"'),
    ],
)
def test_what_cannot_be_asked_is_said(changes, message):
    people, scores = make_world(3)
    asked = {"label_sets": [ONE, TWO], "templates": TEMPLATES, "predict": predictor(scores), **changes}
    with pytest.raises(QueryError, match=message):
        cross_choices(people, "tone", asked.pop("label_sets"), **asked)


def test_a_template_without_a_place_is_refused():
    people, scores = make_world(3)
    with pytest.raises(LabelError, match=r"has no \{\}"):
        cross_choices(people, "tone", [ONE, TWO], templates=["a photo"], predict=predictor(scores))


def make_grid(names=TEMPLATES, min_n=30):
    people, scores = make_world(3, 300)
    kept = np.where(np.arange(300) < 12, "dark", "light")
    return cross_choices(
        people.assign(tone=kept), "tone", [ONE, TWO], templates=names, variants=(None, "rn"), predict=predictor(scores),
        rule=Rule("flagged"), min_n=min_n,
    )  # fmt: skip


def test_tables_and_data():
    found = make_grid()
    data = grid_json(found, command="x")
    assert json.loads(json.dumps(data)) == data
    assert data["groups"][0] == {"group": {"tone": "dark"}, "n": 12, "withheld": True}
    assert len(data["overall"]["shifts"]) == 3
    assert data["overall"]["one_way"] == 6  # flagged labels stay and one that is not flagged joins
    assert "Where a shift can go one way only" in " ".join(say_grid(found))
    assert set(data["variance"]) >= {"template", "encoder", "group", "template x encoder", "template x encoder x group"}
    sheet = grid_sheet(found)
    assert len(sheet.rows) == 6 + 1 + 6
    rows = grid_rows(found)
    assert rows[1]["First"] == "withheld"
    assert rows[0]["Sign of the first"] == f"{found.overall.same_sign} of 6"
    assert grid_rows(make_grid(min_n=301))[0]["First"] == "withheld"
    assert len(say_grid(make_grid(min_n=301))) == 1


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_has_a_number_in_every_cell(theme, narrow):
    names = {FIT["script"]: ("{}",), FIT["markup"]: ("a {}",)}
    found = make_grid(names)
    figure = grid_chart(found, 1, theme=theme, narrow=narrow)
    tones, numbers = figure.data
    assert [list(line) for line in tones.z] == [[abs(each.value) for each in line] for line in found.rows[1].shifts]
    assert len(numbers.text) == 4
    assert ("←" in "".join(numbers.text)) != narrow
    assert "<script>" not in figure.to_json().replace("\\u003c", "<")
    assert "withheld: 12 images, fewer than 30" in grid_chart(found, 0, theme=theme, narrow=narrow).to_json()
    assert describe_grid_chart(found).startswith(
        "Shift of all images (n 300) under 2 by 2 templates and encoders: from "
    )
    assert "withheld" in describe_grid_chart(found, 0)


def test_of_many_templates_thirty_are_drawn():
    figure = grid_chart(make_grid({f"t{place}": (f"{'x' * place} {{}}",) for place in range(33)}))
    assert len(figure.data[0].z) == 30
    assert "and 3 more templates" in figure.to_json()
