"""The chart of associations: which words, which colours, and no markup of theirs."""

import numpy as np
import pytest
from hostile import FIT
from made_associations import make_association

from clipdash import charts


def marks(figure):
    return next(trace for trace in figure.data if trace.name == "words")


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_outer_words_are_drawn_quiet_where_they_are_not_called(narrow, theme):
    found = make_association(200)
    figure = charts.association_chart(found, theme=theme, narrow=narrow)
    drawn = marks(figure)
    assert [place for (place,) in drawn.customdata] == [*range(12), *range(199, 187, -1)]
    assert list(drawn.x) == [found.effects[0, place] for (place,) in drawn.customdata]
    palette = charts.read_palette(theme)
    called = [palette.accent if found.called[0, place] else palette.quiet for (place,) in drawn.customdata]
    assert list(drawn.marker.color) == called
    assert {palette.accent, palette.quiet} >= set(called)
    assert all(axis.fixedrange for axis in (*figure.select_xaxes(), *figure.select_yaxes()))
    assert not figure.layout.showlegend
    low, high = figure.layout.xaxis.range
    assert low == -high
    assert len({*drawn.y}) == 24
    said = charts.describe_association_chart(found)
    assert "higher with group 0: word0 +1.00" in said
    assert "higher with group 1: word199 −1.00" in said


def test_quiet_words_are_grey():
    found = make_association(40, p_adjusted=np.ones((1, 40)))
    assert {*marks(charts.association_chart(found)).marker.color} == {charts.read_palette("light").quiet}


def test_of_more_groups_one_is_drawn_against_the_others():
    figure = charts.association_chart(make_association(30, 3), 2)
    heads = [note.text for note in figure.layout.annotations if "Higher" in note.text]
    assert ["group 2" in heads[0], "other groups" in heads[1], "n\u00a0201" in heads[1]] == [True, True, True]


def test_nothing_to_draw_is_said():
    found = make_association(3, effects=np.full((1, 3), np.nan))
    figure = charts.association_chart(found)
    assert not figure.data
    assert "No word has an effect" in figure.layout.annotations[0].text
    assert charts.describe_association_chart(found).endswith("nothing to show.")


def test_hostile_words_stay_text():
    figure = charts.association_chart(make_association(names=tuple(FIT.values())))
    texts = [*(note.text for note in figure.layout.annotations), *marks(figure).hovertext]
    assert not any("<script" in text or "$" in text for text in texts)


@pytest.mark.parametrize(("number", "text"), [(0.126, "+0.13"), (-0.126, "−0.13"), (-0.001, "0.00"), (np.nan, "–")])
def test_signed_numbers(number, text):
    assert charts.format_signed(number, 2) == text
