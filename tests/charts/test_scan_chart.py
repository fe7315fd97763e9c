"""The chart of a scan: a dot a group, words as they were typed, nothing interpreted."""

import pytest
from hostile import FIT
from made_curves import scan
from worlds import make_set

from clipdash.charts import describe_scan_chart, scan_chart


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_there_is_a_dot_for_each_group_of_each_word(theme, narrow):
    found = scan()
    figure = scan_chart(found, theme=theme, narrow=narrow)
    (groups,) = [trace for trace in figure.data if trace.name == "groups"]
    shown = [row for word in found.found for row in word.confirmed.rows if not row.withheld]
    assert sorted(groups.x) == sorted(100 * row.shift.value for row in shown)
    assert {tuple(data) for data in groups.customdata} == {
        (word.word, *row.group.values()) for word in found.found for row in word.confirmed.rows if not row.withheld
    }
    assert len(figure.data) <= 2
    assert figure.layout.height == len(found.found) * (52 if narrow else 30) + 36
    assert describe_scan_chart(found).startswith("Shift of each group by word, in points; the group moved most: ")


def test_hostile_words_are_drawn_as_they_are():
    found = scan([*FIT.values()][:8])
    figure = scan_chart(found).to_json()
    assert "<script>" not in figure.replace("\\u003c", "<")
    assert "<b>bold" not in figure.replace("\\u003c", "<")


def test_nothing_found_is_said():
    found = scan(label_set=make_set("person", "photo"))
    assert "No word moves five images" in scan_chart(found).to_json()
    assert "nothing to show" in describe_scan_chart(found)
