"""Results as plotly figures: pure functions, one look for the app, the report and a saved picture.

Every figure has a fixed height and transparent ground; it holds no title and no note longer than a line, since plotly
does not wrap: the words stand around it. Typed words are escaped, since plotly reads tags.
"""

from clipdash.charts.alternatives import (
    describe_flow_chart,
    describe_gap_chart,
    describe_outcome_chart,
    describe_published_chart,
    describe_rate_chart,
    describe_shift_chart,
)
from clipdash.charts.associations import association_chart, describe_association_chart, name_side
from clipdash.charts.beside import BesideRow, beside_chart, describe_beside_chart
from clipdash.charts.classes import class_chart, describe_class_chart
from clipdash.charts.crossings import crossing_chart, describe_crossing_chart, shorten_crossing
from clipdash.charts.curves import curve_chart, describe_curve_chart
from clipdash.charts.embed import escape_script, read_plotly, write_figures
from clipdash.charts.flows import count_labels, flow_chart
from clipdash.charts.frame import MOST_ROWS, chart_height
from clipdash.charts.frequencies import describe_frequency_chart, frequency_chart
from clipdash.charts.gaps import gap_chart
from clipdash.charts.grids import describe_grid_chart, grid_chart
from clipdash.charts.learning import describe_learning_chart, learning_chart
from clipdash.charts.markup import clean_text, straighten_text
from clipdash.charts.numbers import (
    MISSING,
    format_annotation,
    format_count,
    format_group,
    format_interval,
    format_p,
    format_points,
    format_rate,
    format_signed,
    format_size,
    format_value,
    round_points,
)
from clipdash.charts.options import describe_option_chart, option_chart
from clipdash.charts.outcomes import outcome_chart
from clipdash.charts.palette import OUTCOME_KEY, Palette, draw_swatch, read_palette
from clipdash.charts.picture import draw_picture
from clipdash.charts.probing import describe_linear_chart, linear_chart
from clipdash.charts.rates import published_chart, rate_chart
from clipdash.charts.scans import describe_scan_chart, scan_chart
from clipdash.charts.scores import describe_score_chart, list_labels, score_chart
from clipdash.charts.shifts import is_quiet, shift_chart
from clipdash.charts.slide import list_left_out
from clipdash.charts.specifications import describe_specification_chart, specification_chart
from clipdash.charts.stage import stage_chart

__all__ = [
    "MISSING",
    "MOST_ROWS",
    "OUTCOME_KEY",
    "BesideRow",
    "Palette",
    "association_chart",
    "beside_chart",
    "chart_height",
    "class_chart",
    "clean_text",
    "count_labels",
    "crossing_chart",
    "curve_chart",
    "describe_association_chart",
    "describe_beside_chart",
    "describe_class_chart",
    "describe_crossing_chart",
    "describe_curve_chart",
    "describe_flow_chart",
    "describe_frequency_chart",
    "describe_gap_chart",
    "describe_grid_chart",
    "describe_learning_chart",
    "describe_linear_chart",
    "describe_option_chart",
    "describe_outcome_chart",
    "describe_published_chart",
    "describe_rate_chart",
    "describe_scan_chart",
    "describe_score_chart",
    "describe_shift_chart",
    "describe_specification_chart",
    "draw_picture",
    "draw_swatch",
    "escape_script",
    "flow_chart",
    "format_annotation",
    "format_count",
    "format_group",
    "format_interval",
    "format_p",
    "format_points",
    "format_rate",
    "format_signed",
    "format_size",
    "format_value",
    "frequency_chart",
    "gap_chart",
    "grid_chart",
    "is_quiet",
    "learning_chart",
    "linear_chart",
    "list_labels",
    "list_left_out",
    "name_side",
    "option_chart",
    "outcome_chart",
    "published_chart",
    "rate_chart",
    "read_palette",
    "read_plotly",
    "round_points",
    "scan_chart",
    "score_chart",
    "shift_chart",
    "shorten_crossing",
    "specification_chart",
    "stage_chart",
    "straighten_text",
    "write_figures",
]
