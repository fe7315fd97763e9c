"""The chart of Stage: large, at most nine rows, and after moves in group by group."""

import json

import pytest
from results import HOSTILE, make_audit, make_shift

from clipdash.charts import list_left_out, stage_chart
from clipdash.charts.markup import escape_markup

PUBLISHED = (("0-2", 0.303, 0.023), ("20-29", 0.163, 0.15), ("30-39", 0.1, 0.2))
SHOWN = {
    "published": PUBLISHED,
    "shift": make_shift(),
    "audit": make_audit(),
    "many": make_shift({f"group {n}": (5, n % 7, n % 5, 40) for n in range(40)}),
    "withheld": make_shift({"a": (2, 1, 1, 4), "b": (0, 0, 0, 3)}),
    "all": make_shift({"a": (50, 0, 0, 0), "b": (0, 40, 0, 0)}),
    "nothing": (),
}


def find(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def list_sizes(value):
    """Return every font size of a figure."""
    if isinstance(value, list):
        return [size for item in value for size in list_sizes(item)]
    if not isinstance(value, dict):
        return []
    own = [found["size"] for key, found in value.items() if key.endswith("font") and "size" in found]
    return own + [size for item in value.values() for size in list_sizes(item)]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", SHOWN)
def test_every_text_can_be_read_from_the_back_row(kind, theme):
    figure = json.loads(stage_chart(SHOWN[kind], theme=theme).to_json())
    sizes = list_sizes(figure["layout"]) + list_sizes(figure["data"])
    assert min(size for size in sizes) >= 24
    assert "font-size" not in json.dumps(figure)
    assert figure["layout"]["height"] <= 1080


@pytest.mark.parametrize(
    ("window", "name", "height"), [((1920, 1080), 32, 648), ((1440, 810), 24, 486), ((390, 844), 13, 506)]
)
def test_sizes_follow_the_window_and_stay_readable(window, name, height):
    layout = stage_chart(PUBLISHED, window=window).layout
    assert layout.font.size == pytest.approx(name)
    assert layout.height == height
    assert layout.xaxis.tickfont.size >= 12


def test_at_most_nine_rows_are_drawn_and_the_others_named():
    figure = stage_chart(SHOWN["many"])
    assert len(find(figure, "before").x) == 9
    assert len(list_left_out(SHOWN["many"])) == 31
    assert list_left_out(SHOWN["shift"]) == []


def test_withheld_rows_say_so_and_n_stands_at_each_name():
    texts = [note.text for note in stage_chart(SHOWN["withheld"]).layout.annotations]
    assert "withheld: 8 images, fewer than 30" in texts
    assert "n\u00a08" in texts
    assert not stage_chart(SHOWN["withheld"]).frames
    assert [note.text for note in stage_chart(()).layout.annotations] == ["No group to show."]


def test_before_stands_alone_and_after_moves_in_group_by_group():
    figure = stage_chart(PUBLISHED)
    before, after = find(figure, "before"), find(figure, "after")
    assert list(after.x) == list(before.x) == [0.303, 0.163, 0.1]
    assert list(after.marker.opacity) == [0, 0, 0]
    assert {*after.text} == {"\u00a0\u00a0"}  # never empty, or plotly loses it
    assert [frame.name for frame in figure.frames] == ["0", "1", "2", "3"]
    states = [next(trace for trace in frame.data if trace.name == "after") for frame in figure.frames]
    assert [list(state.x) for state in states] == [
        [0.303, 0.163, 0.1],
        [0.023, 0.163, 0.1],
        [0.023, 0.15, 0.1],
        [0.023, 0.15, 0.2],
    ]
    assert [sum(state.marker.opacity) for state in states] == [0, 1, 2, 3]
    menu = figure.layout.updatemenus[0].buttons
    assert [list(button.args[0]) for button in menu] == [["1", "2", "3"], ["3"], ["0"]]
    assert all(button.args[1]["frame"]["redraw"] is False for button in menu)
    for frame in figure.frames:  # or a mark has nothing to move from
        assert [(trace.name, len(trace.x)) for trace in frame.data] == [(t.name, len(t.x)) for t in figure.data]


def test_values_stand_outside_their_marks_or_together_where_those_are_close():
    last = stage_chart(PUBLISHED).frames[-1]
    before, after = (next(trace for trace in last.data if trace.name == name) for name in ("before", "after"))
    assert (before.textposition[0], after.textposition[0]) == ("middle right", "middle left")
    assert (before.textposition[2], after.textposition[2]) == ("middle left", "middle right")
    assert "16.3" in before.text[1]
    assert "15.0" in before.text[1]
    assert not after.text[1].strip()


def test_intervals_are_drawn_where_n_is_known():
    assert {trace.name for trace in stage_chart(PUBLISHED).data} == {"links", "before", "after"}
    figure, result = stage_chart(SHOWN["shift"]), SHOWN["shift"]
    last = {trace.name: trace for trace in figure.frames[-1].data}
    drawn = {end for name, trace in last.items() if name.endswith("intervals") for end in trace.x if end is not None}
    shown = [row.after for row in result.rows if row.after]
    assert drawn == {end for side in shown for end in (side.low, side.high)}
    assert "intervals before" in last
    assert [trace.name for trace in stage_chart(SHOWN["audit"]).data] == ["intervals", "after"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_drawn_as_text(text):
    figure = stage_chart([(text, 0.1, 0.2)])
    name = figure.layout.annotations[0].text
    assert "<" not in name
    assert name.removesuffix("…") in escape_markup(text).replace("\u2060", "") or name.endswith("…")
