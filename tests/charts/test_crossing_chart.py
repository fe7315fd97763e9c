"""The heat map of a store's images by two attributes: every number in its cell, empty and small cells marked."""

import numpy as np
import pytest
from results import HOSTILE

from clipdash.charts import crossing_chart, describe_crossing_chart, shorten_crossing
from clipdash.store import Crossing


def cross(counts, rows=None, columns=None):
    counts = np.array(counts)
    rows = tuple(rows or (f"r{place}" for place in range(counts.shape[0])))
    columns = tuple(columns or (f"c{place}" for place in range(counts.shape[1])))
    return Crossing(("age", "skin_tone"), rows, columns, counts, 0)


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_cell_has_its_number_and_empty_and_small_ones_are_marked(theme, narrow):
    drawn = traces(crossing_chart(cross([[1200, 0], [7, 30]]), 30, theme=theme, narrow=narrow))
    written = drawn["counts"]
    assert {(y, x): text for y, x, text in zip(written.y, written.x, written.text, strict=True)} == {
        (0, 0): "1,200",
        (0, 1): "0",
        (1, 0): "7",
        (1, 1): "30",
    }
    assert [list(row) for row in drawn["images"].z] == [[1200, None], [7, 30]]
    crossed = drawn["no image"]
    assert crossed.x[:2] == pytest.approx((0.53, 1.47))
    assert np.mean(crossed.y[:2]) == 0
    dotted = [(x, y) for x, y in zip(drawn["fewer than 30"].x, drawn["fewer than 30"].y, strict=True) if x is not None]
    assert np.mean(dotted, axis=0) == pytest.approx((0, 1))


def test_nothing_is_marked_where_every_cell_is_large():
    assert [trace.name for trace in crossing_chart(cross([[31, 30]]), 30).data] == ["images", "counts"]


def test_the_words_say_how_many_are_empty_and_small_and_which_is_largest():
    said = describe_crossing_chart(cross([[1200, 0], [7, 30]], ("3-9", "adult"), ("dark", "light")), 30)
    assert said.replace("\u2060", "") == (
        "Images by age and skin tone: 2 by 2 cells, 1 empty, 1 with fewer than 30 images; the largest is 3–9, dark "
        "with 1,200."
    )
    assert describe_crossing_chart(cross([[0, 0]]), 30).endswith("all of them empty.")


def test_of_many_values_those_with_the_most_images_are_drawn_in_their_order():
    counts = np.ones((30, 14), int)
    counts[[3, 25]] = 9
    counts[:, 13] = 5
    shown = shorten_crossing(cross(counts))
    assert (len(shown.rows), len(shown.columns)) == shown.counts.shape == (20, 12)
    assert {"r3", "r25", "r0"} <= {*shown.rows}
    assert shown.columns[-1] == "c13"
    assert shown.counts[shown.rows.index("r25"), -1] == 5
    assert len(shorten_crossing(cross(counts), narrow=True).columns) == 5


def test_hostile_values_are_drawn_as_they_are():
    crossing = cross(np.ones((len(HOSTILE[:8]), 1), int), HOSTILE[:8], ("<b>bold</b>",))
    figure = crossing_chart(crossing, 30).to_json().replace("\\u003c", "<")
    assert "<script>" not in figure
    assert "<b>bold" not in figure
