"""Labels, label sets, their text form and their files: the one door to what a reviewer offers a classifier.

Two forms carry labels. A TOML file holds a whole set (:func:`read_labels`, :func:`dump_labels`); the text form holds
the labels alone, one a line, as typed in the app (:func:`parse_labels`, :func:`format_labels`); `clipdash.labels.lines`
gives its grammar.
"""

from clipdash.labels.claims import Claims
from clipdash.labels.difference import Difference, compare_sets
from clipdash.labels.files import MAX_BYTES, decode_labels, dump_labels, read_labels
from clipdash.labels.grammar import format_claims, parse_claims
from clipdash.labels.label_set import MAX_LABELS, Label, LabelSet, Suggestion
from clipdash.labels.lines import format_labels, parse_labels, parse_lines
from clipdash.labels.mode import ARGMAX, Mode, ModeKind, ScoreKind, check_temperature, read_mode
from clipdash.labels.presets import Preset, list_presets, load_labels, read_preset
from clipdash.labels.rows import label_rows, labels_from_rows
from clipdash.labels.template import DEFAULT_TEMPLATES, check_template, fill_template
from clipdash.labels.word_list import MOST_WORDS, WordList, list_word_lists, parse_words, read_words
from clipdash.labels.wording import check_text, fold_text

__all__ = [
    "ARGMAX",
    "DEFAULT_TEMPLATES",
    "MAX_BYTES",
    "MAX_LABELS",
    "MOST_WORDS",
    "Claims",
    "Difference",
    "Label",
    "LabelSet",
    "Mode",
    "ModeKind",
    "Preset",
    "ScoreKind",
    "Suggestion",
    "WordList",
    "check_temperature",
    "check_template",
    "check_text",
    "compare_sets",
    "decode_labels",
    "dump_labels",
    "fill_template",
    "fold_text",
    "format_claims",
    "format_labels",
    "label_rows",
    "labels_from_rows",
    "list_presets",
    "list_word_lists",
    "load_labels",
    "parse_claims",
    "parse_labels",
    "parse_lines",
    "parse_words",
    "read_labels",
    "read_mode",
    "read_preset",
    "read_words",
]
