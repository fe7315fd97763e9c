"""Results for people and programs: words, rows of tables, a page of HTML, JSON and CSV."""

from clipdash.report.associations import (
    associations_csv,
    associations_json,
    associations_rows,
    pick_words,
    say_associations,
    say_words,
)
from clipdash.report.builds import say_built, say_progress, say_time_left
from clipdash.report.curves import say_sweep, sweep_json, sweep_rows
from clipdash.report.doubts import confusion_rows, doubt_rows, say_gap_at
from clipdash.report.figures import read_versions, to_json
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
from clipdash.report.rows import markdown_table, result_rows
from clipdash.report.scans import say_scan, say_scan_head, scan_csv, scan_json, scan_rows
from clipdash.report.search import found_csv, found_json, found_rows, say_found
from clipdash.report.sheet import to_csv
from clipdash.report.specifications import say_size, say_specifications, specifications_json, specifications_rows
from clipdash.report.stock import (
    attribute_rows,
    attributes_csv,
    checksum_rows,
    checksums_csv,
    crossing_csv,
    crossing_rows,
    pairs_csv,
    say_faults,
    variant_rows,
)
from clipdash.report.words import Finding, describe, describe_audit, describe_shift, say_left_out

__all__ = [
    "Finding",
    "Phrase",
    "ablation_json",
    "ablation_rows",
    "accuracy_json",
    "accuracy_rows",
    "associations_csv",
    "associations_json",
    "associations_rows",
    "attribute_rows",
    "attributes_csv",
    "cause_rows",
    "checksum_rows",
    "checksums_csv",
    "confusion_rows",
    "crossing_csv",
    "crossing_rows",
    "describe",
    "describe_audit",
    "describe_shift",
    "doubt_rows",
    "explanation_json",
    "found_csv",
    "found_json",
    "found_rows",
    "markdown_table",
    "pairs_csv",
    "pick_words",
    "placebo_json",
    "placebo_rows",
    "read_versions",
    "result_rows",
    "say_associations",
    "say_built",
    "say_faults",
    "say_found",
    "say_gap_at",
    "say_left_out",
    "say_placebos",
    "say_progress",
    "say_scan",
    "say_scan_head",
    "say_size",
    "say_specifications",
    "say_sweep",
    "say_time_left",
    "say_verdicts",
    "say_words",
    "scan_csv",
    "scan_json",
    "scan_rows",
    "several_json",
    "several_rows",
    "specifications_json",
    "specifications_rows",
    "sweep_json",
    "sweep_rows",
    "to_csv",
    "to_html",
    "to_json",
    "variant_rows",
    "verdicts_json",
]
