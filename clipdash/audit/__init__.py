"""Rules, tables, rates and shifts: from what each image was called to what can be said of each group.

`tabulate` turns annotations and predictions into a `Table`; everything after it reads the Table and never an image::

    tabulate(people, by, before, after=None) -> Table
    measure(table, rule, min_n)              -> Audit     one label set
    shift(table, rule, min_n)                -> Shift     two label sets on the same images
    find_cell(people, before, after, cell)   -> CellImages
    associate(store, word_list, by)          -> Association   thousands of words against groups of images
"""

from clipdash.audit.ablation import Ablation, ablate
from clipdash.audit.accuracy import Accuracy, GroupAccuracy, Share, measure_accuracy
from clipdash.audit.annotation import AnnotationError, GroupError, doubt_annotations
from clipdash.audit.association import Adjustment, Association, associate
from clipdash.audit.balance import Imbalance, find_imbalances
from clipdash.audit.between import Spreads, Trends
from clipdash.audit.cause import Cause, CausedGroup, Explanation, explain
from clipdash.audit.cell import Cell, CellImages, LabelledImage, Order, find_cell
from clipdash.audit.choices import MOST_SPECIFICATIONS, Choices, parse_alternatives
from clipdash.audit.classes import ClassCurve, ClassPoint, count_classes, list_classes
from clipdash.audit.clustering import FEW_CLUSTERS
from clipdash.audit.comparison import Flow, Shift, focus_flows, shift
from clipdash.audit.division import AssociationGroup
from clipdash.audit.frequency import LabelFrequencies, LabelFrequency, compare_frequencies
from clipdash.audit.grid import MOST_CELLS, GroupGrid, ShiftGrid, cross_choices
from clipdash.audit.judging import judge_image
from clipdash.audit.learning import GroupLearning, LearningCurve, LearningPoint, gather_learning
from clipdash.audit.lint import lint_labels
from clipdash.audit.margins import GapAt, GroupVerdict, judge_shifts, list_gaps
from clipdash.audit.option import OptionGroup, OptionResult, RoleShare, measure_options
from clipdash.audit.outcome import check_claims
from clipdash.audit.pairing import Estimate, GroupShift
from clipdash.audit.parts import Question, tabulate_parts, tabulate_rows
from clipdash.audit.placebo import Placebo, PlaceboGroup, Placebos, place_nouns
from clipdash.audit.probing import Answers, GroupProbe, LinearProbe, ProbeSplit, compare_answers
from clipdash.audit.rating import Audit, Gap, GroupRate, measure
from clipdash.audit.reach import find_impossible_move
from clipdash.audit.rule import OUTCOMES, Rule, parse_rule
from clipdash.audit.scan import FoundWord, GroupSize, Scan, scan_words
from clipdash.audit.selection import check_least
from clipdash.audit.several import MOST_SETS, GroupSets, SetPair, Several, compare_several
from clipdash.audit.sides import Side
from clipdash.audit.specification import Specification, SpecificationCurve, specify
from clipdash.audit.sweep import GroupCurve, Sweep, sweep_thresholds
from clipdash.audit.table import Table, add_tables
from clipdash.audit.tabulation import check_question, tabulate
from clipdash.stats import GapChange, Homogeneity, Spread, Trend

__all__ = [
    "FEW_CLUSTERS",
    "MOST_CELLS",
    "MOST_SETS",
    "MOST_SPECIFICATIONS",
    "OUTCOMES",
    "Ablation",
    "Accuracy",
    "Adjustment",
    "AnnotationError",
    "Answers",
    "Association",
    "AssociationGroup",
    "Audit",
    "Cause",
    "CausedGroup",
    "Cell",
    "CellImages",
    "Choices",
    "ClassCurve",
    "ClassPoint",
    "Estimate",
    "Explanation",
    "Flow",
    "FoundWord",
    "Gap",
    "GapAt",
    "GapChange",
    "GroupAccuracy",
    "GroupCurve",
    "GroupError",
    "GroupGrid",
    "GroupLearning",
    "GroupProbe",
    "GroupRate",
    "GroupSets",
    "GroupShift",
    "GroupSize",
    "GroupVerdict",
    "Homogeneity",
    "Imbalance",
    "LabelFrequencies",
    "LabelFrequency",
    "LabelledImage",
    "LearningCurve",
    "LearningPoint",
    "LinearProbe",
    "OptionGroup",
    "OptionResult",
    "Order",
    "Placebo",
    "PlaceboGroup",
    "Placebos",
    "ProbeSplit",
    "Question",
    "RoleShare",
    "Rule",
    "Scan",
    "SetPair",
    "Several",
    "Share",
    "Shift",
    "ShiftGrid",
    "Side",
    "Specification",
    "SpecificationCurve",
    "Spread",
    "Spreads",
    "Sweep",
    "Table",
    "Trend",
    "Trends",
    "ablate",
    "add_tables",
    "associate",
    "check_claims",
    "check_least",
    "check_question",
    "compare_answers",
    "compare_frequencies",
    "compare_several",
    "count_classes",
    "cross_choices",
    "doubt_annotations",
    "explain",
    "find_cell",
    "find_imbalances",
    "find_impossible_move",
    "focus_flows",
    "gather_learning",
    "judge_image",
    "judge_shifts",
    "lint_labels",
    "list_classes",
    "list_gaps",
    "measure",
    "measure_accuracy",
    "measure_options",
    "parse_alternatives",
    "parse_rule",
    "place_nouns",
    "scan_words",
    "shift",
    "specify",
    "sweep_thresholds",
    "tabulate",
    "tabulate_parts",
    "tabulate_rows",
]
