from types import SimpleNamespace

from results import make_audit, make_shift

from clipdash.audit import doubt_annotations
from clipdash.report import confusion_rows, doubt_rows, say_gap_at
from clipdash.report.figures import find_detectable


def test_what_could_have_been_seen_stands_beside_each_group():
    result = make_shift()
    rows = doubt_rows(result, doubt_annotations(result))
    assert len(rows) == len(result.rows)
    assert rows[-1]["Detectable shift"] == "withheld"
    assert "Errors that explain the shift" not in rows[0]  # no label claims anything
    shown = next(row for row in result.rows if find_detectable(row, 3))
    size = find_detectable(shown, 3)
    assert rows[result.rows.index(shown)]["Detectable shift"] == f"{100 * size:.1f} points"


def test_the_gap_is_said_at_each_least_size_where_it_hangs_on_it():
    said = say_gap_at(make_audit({"a": (30, 70), "b": (5, 95), "c": (12, 3)}))
    assert said.endswith("75.0 at 10 (3 groups); 25.0 at 30 (2 groups); 25.0 at 100 (2 groups).")
    assert say_gap_at(make_audit({"a": (30, 70), "b": (5, 95)})) == ""
    assert "(1 group)" in say_gap_at(make_audit({"a": (30, 70), "b": (12, 3)}))


def test_confusion_has_a_row_a_value():
    found = SimpleNamespace(overall=SimpleNamespace(confusion={"man": {"man": 3, "woman": 1, "": 2}}))
    assert confusion_rows(found) == [{"Annotated": "man", "man": "3", "woman": "1", "claims none": "2"}]
