"""One image closely: its scores as a table, as CSV, as a chart and in words."""

import csv
from io import StringIO

from clipdash.charts import describe_score_chart, read_palette, score_chart
from clipdash.labels import parse_labels
from clipdash.report import say_given, say_scores, score_rows, scores_sheet
from clipdash.zeroshot import ImageScores

FIRST = ImageScores(parse_labels("man\n=cmd()"), 7, (0.25, 0.125), 0, 0.125, (0.75, 0.25))
SECOND = ImageScores(parse_labels("=cmd()\nman\n<b>boy</b>"), 7, (0.125, 0.25, 0.5), 2, 0.0001, (0.1, 0.2, 0.7))
BARE = ImageScores(parse_labels("man\ndog"), 7, (3.0, 1.0), 0, 2.0, None)


def test_every_label_has_a_row_and_says_which_list_gives_it():
    rows = score_rows([FIRST, SECOND])
    assert [row["Label"] for row in rows] == ["man", "=cmd()", "<b>boy</b>"]
    assert rows[0] == {
        "Label": "man",
        "Score before": "0.250",
        "Score after": "0.250",
        "Softmax before": "75.0%",
        "Softmax after": "20.0%",
        "Given": "before",
    }
    assert (rows[2]["Score before"], rows[2]["Softmax before"], rows[2]["Given"]) == ("", "", "after")
    assert score_rows([BARE])[0] == {"Label": "man", "Score": "3.000", "Given": "yes"}


def test_the_file_keeps_every_digit_and_runs_no_formula():
    rows = list(csv.DictReader(StringIO(scores_sheet([FIRST, SECOND]).csv, newline="")))
    assert len(rows) == 5
    assert rows[1] == {"list": "before", "label": "'=cmd()", "score": "0.125", "softmax": "0.25", "given": "false"}
    assert [row["given"] for row in rows].count("true") == 2
    assert {row["softmax"] for row in csv.DictReader(StringIO(scores_sheet([BARE]).csv, newline=""))} == {""}


def test_words_say_the_label_how_near_and_what_it_makes_of_the_image():
    said = say_given(SECOND, "unclaimed", True, "after").plain
    assert said == "After: <b>boy</b>, less than 0.001 ahead of the next; unclaimed: the label claims nothing."
    assert "annotation that the list claims is missing" in say_given(FIRST, "unclaimed", False).plain
    assert "depend on the other labels. Its softmax does" in say_scores([FIRST, SECOND])
    assert "no probabilities" in say_scores([BARE])


def test_the_chart_marks_every_score_and_the_label_given():
    for narrow in (False, True):
        figure = score_chart([FIRST, SECOND], narrow=narrow)
        (marks,) = figure.data
        assert list(marks.x) == [*FIRST.scores, *SECOND.scores]
        assert [tuple(said) for said in marks.customdata][::4] == [("man", "before"), ("<b>boy</b>", "after")]
        assert [size for size in marks.marker.size if size > 8] == [13, 13]
        assert any(note.text == "<b>&lt;b&gt;boy&lt;/b&gt;</b>" for note in figure.layout.annotations)
    alone = score_chart([BARE], theme="dark")
    assert set(alone.data[0].marker.color) == {read_palette("dark").accent}
    assert describe_score_chart([FIRST, SECOND]) == (
        "Score of the image with every label, highest first: before, man 0.250 then =cmd() 0.125; "
        "after, <b>boy</b> 0.500 then man 0.250."
    )
