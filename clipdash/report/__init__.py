"""Results for people and programs: words, rows of tables, a page of HTML, JSON and CSV."""

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
from clipdash.report.rows import markdown_table, result_rows
from clipdash.report.sheet import to_csv
from clipdash.report.specifications import say_size, say_specifications, specifications_json, specifications_rows
from clipdash.report.words import Finding, describe, describe_audit, describe_shift

__all__ = [
    "Finding",
    "Phrase",
    "accuracy_json",
    "accuracy_rows",
    "cause_rows",
    "confusion_rows",
    "describe",
    "describe_audit",
    "describe_shift",
    "doubt_rows",
    "explanation_json",
    "markdown_table",
    "read_versions",
    "result_rows",
    "say_gap_at",
    "say_size",
    "say_specifications",
    "say_sweep",
    "say_verdicts",
    "several_json",
    "several_rows",
    "specifications_json",
    "specifications_rows",
    "sweep_json",
    "sweep_rows",
    "to_csv",
    "to_html",
    "to_json",
    "verdicts_json",
]
