"""Results for people and programs: words, rows of tables, a page of HTML, JSON and CSV."""

from clipdash.report.asked import say_question
from clipdash.report.associations import (
    associations_json,
    associations_rows,
    associations_sheet,
    pick_words,
    say_associations,
    say_words,
)
from clipdash.report.builds import say_built, say_progress, say_time_left
from clipdash.report.cells import head_cell, list_parts, say_cell
from clipdash.report.classes import classes_json, classes_rows, classes_sheet, say_classes
from clipdash.report.close import say_given, say_scores, score_rows, scores_sheet
from clipdash.report.curves import say_sweep, sweep_json, sweep_rows
from clipdash.report.doubts import confusion_rows, doubt_rows, say_gap_at
from clipdash.report.drill import Drill, read_drill, write_drill
from clipdash.report.figures import read_versions, to_json
from clipdash.report.frequencies import frequencies_json, frequencies_rows, frequencies_sheet, say_frequencies
from clipdash.report.grids import grid_json, grid_rows, grid_sheet, say_grid
from clipdash.report.learning import learning_json, learning_rows, learning_sheet, say_learning
from clipdash.report.moves import flow_rows, flows_sheet, order_flows
from clipdash.report.options import options_json, options_rows, options_sheet, say_options
from clipdash.report.page import to_html
from clipdash.report.parts import (
    accuracy_json,
    accuracy_rows,
    cause_rows,
    explanation_json,
    say_verdicts,
    several_json,
    several_rows,
    verdicts_json,
)
from clipdash.report.phrase import Phrase
from clipdash.report.placebos import ablation_json, ablation_rows, placebo_json, placebo_rows, say_placebos
from clipdash.report.probing import linear_json, linear_rows, linear_sheet, say_linear
from clipdash.report.recheck import recheck_rows, say_recheck
from clipdash.report.registration import Registration, say_registration
from clipdash.report.repeat import list_label_files, report_json, word_command, write_link
from clipdash.report.rows import markdown_table, result_rows
from clipdash.report.scans import confirmed_sheet, say_scan, say_scan_head, scan_json, scan_rows, scan_sheet
from clipdash.report.search import found_json, found_rows, found_sheet, say_found
from clipdash.report.sheet import Sheet, gather_rows, result_sheet, to_csv
from clipdash.report.sheets import (
    accuracy_sheet,
    cause_sheet,
    confusion_sheet,
    doubt_sheet,
    placebo_sheet,
    several_sheet,
    specifications_sheet,
    sweep_sheet,
)
from clipdash.report.specifications import say_size, say_specifications, specifications_json, specifications_rows
from clipdash.report.stock import (
    attribute_rows,
    attributes_sheet,
    checksum_rows,
    checksums_sheet,
    crossing_rows,
    crossing_sheet,
    say_faults,
    variant_rows,
)
from clipdash.report.words import Finding, describe, describe_audit, describe_shift, say_left_out

__all__ = [
    "Drill",
    "Finding",
    "Phrase",
    "Registration",
    "Sheet",
    "ablation_json",
    "ablation_rows",
    "accuracy_json",
    "accuracy_rows",
    "accuracy_sheet",
    "associations_json",
    "associations_rows",
    "associations_sheet",
    "attribute_rows",
    "attributes_sheet",
    "cause_rows",
    "cause_sheet",
    "checksum_rows",
    "checksums_sheet",
    "classes_json",
    "classes_rows",
    "classes_sheet",
    "confirmed_sheet",
    "confusion_rows",
    "confusion_sheet",
    "crossing_rows",
    "crossing_sheet",
    "describe",
    "describe_audit",
    "describe_shift",
    "doubt_rows",
    "doubt_sheet",
    "explanation_json",
    "flow_rows",
    "flows_sheet",
    "found_json",
    "found_rows",
    "found_sheet",
    "frequencies_json",
    "frequencies_rows",
    "frequencies_sheet",
    "gather_rows",
    "grid_json",
    "grid_rows",
    "grid_sheet",
    "head_cell",
    "learning_json",
    "learning_rows",
    "learning_sheet",
    "linear_json",
    "linear_rows",
    "linear_sheet",
    "list_label_files",
    "list_parts",
    "markdown_table",
    "options_json",
    "options_rows",
    "options_sheet",
    "order_flows",
    "pick_words",
    "placebo_json",
    "placebo_rows",
    "placebo_sheet",
    "read_drill",
    "read_versions",
    "recheck_rows",
    "report_json",
    "result_rows",
    "result_sheet",
    "say_associations",
    "say_built",
    "say_cell",
    "say_classes",
    "say_faults",
    "say_found",
    "say_frequencies",
    "say_gap_at",
    "say_given",
    "say_grid",
    "say_learning",
    "say_left_out",
    "say_linear",
    "say_options",
    "say_placebos",
    "say_progress",
    "say_question",
    "say_recheck",
    "say_registration",
    "say_scan",
    "say_scan_head",
    "say_scores",
    "say_size",
    "say_specifications",
    "say_sweep",
    "say_time_left",
    "say_verdicts",
    "say_words",
    "scan_json",
    "scan_rows",
    "scan_sheet",
    "score_rows",
    "scores_sheet",
    "several_json",
    "several_rows",
    "several_sheet",
    "specifications_json",
    "specifications_rows",
    "specifications_sheet",
    "sweep_json",
    "sweep_rows",
    "sweep_sheet",
    "to_csv",
    "to_html",
    "to_json",
    "variant_rows",
    "verdicts_json",
    "word_command",
    "write_drill",
    "write_link",
]
