"""clipdash: see how each group's misclassification rate shifts as the labels of a zero-shot classifier change.

The straight line, each arrow a pure function::

    read_labels / parse_labels -> build_classifier -> classify -> tabulate -> measure / shift -> chart / report

Names are imported on first use, so that ``import clipdash`` costs nothing.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipdash.audit import (
        Association,
        Audit,
        Cell,
        Choices,
        Shift,
        Table,
        ablate,
        associate,
        compare_frequencies,
        compare_several,
        count_classes,
        cross_choices,
        explain,
        find_cell,
        list_classes,
        measure,
        measure_accuracy,
        measure_options,
        parse_rule,
        place_nouns,
        scan_words,
        shift,
        specify,
        sweep_thresholds,
        tabulate,
    )
    from clipdash.build import build_store
    from clipdash.charts import (
        class_chart,
        flow_chart,
        frequency_chart,
        gap_chart,
        grid_chart,
        option_chart,
        outcome_chart,
        rate_chart,
        shift_chart,
    )
    from clipdash.encoders import Encoder, read_encoder
    from clipdash.errors import ClipdashError, InputError
    from clipdash.exchange import assign_labels, dump_counts, match_images, read_answers, read_counts, read_rates
    from clipdash.labels import Label, LabelSet, Mode, dump_labels, load_labels, parse_labels, read_mode, read_words
    from clipdash.report import describe_audit, describe_shift, to_csv, to_html, to_json
    from clipdash.store import Store, list_stores, open_store, read_people, verify_store
    from clipdash.zeroshot import (
        Classifier,
        Found,
        Predictions,
        build_classifier,
        choose_options,
        classify,
        find_images,
        open_scores,
        predict,
        read_options,
    )

__version__ = version("clipdash")

_ROOMS = {
    "audit": (
        "Association",
        "Audit",
        "Cell",
        "Choices",
        "Shift",
        "Table",
        "ablate",
        "associate",
        "compare_frequencies",
        "compare_several",
        "count_classes",
        "cross_choices",
        "explain",
        "find_cell",
        "list_classes",
        "measure",
        "measure_accuracy",
        "measure_options",
        "parse_rule",
        "place_nouns",
        "scan_words",
        "shift",
        "specify",
        "sweep_thresholds",
        "tabulate",
    ),
    "build": ("build_store",),
    "charts": (
        "class_chart",
        "flow_chart",
        "frequency_chart",
        "gap_chart",
        "grid_chart",
        "option_chart",
        "outcome_chart",
        "rate_chart",
        "shift_chart",
    ),
    "encoders": ("Encoder", "read_encoder"),
    "errors": ("ClipdashError", "InputError"),
    "exchange": ("assign_labels", "dump_counts", "match_images", "read_answers", "read_counts", "read_rates"),
    "labels": ("Label", "LabelSet", "Mode", "dump_labels", "load_labels", "parse_labels", "read_mode", "read_words"),
    "report": ("describe_audit", "describe_shift", "to_csv", "to_html", "to_json"),
    "store": ("Store", "list_stores", "open_store", "read_people", "verify_store"),
    "zeroshot": (
        "Classifier",
        "Found",
        "Predictions",
        "build_classifier",
        "choose_options",
        "classify",
        "find_images",
        "open_scores",
        "predict",
        "read_options",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "Association",
    "Audit",
    "Cell",
    "Choices",
    "Classifier",
    "ClipdashError",
    "Encoder",
    "Found",
    "InputError",
    "Label",
    "LabelSet",
    "Mode",
    "Predictions",
    "Shift",
    "Store",
    "Table",
    "__version__",
    "ablate",
    "assign_labels",
    "associate",
    "build_classifier",
    "build_store",
    "choose_options",
    "class_chart",
    "classify",
    "compare_frequencies",
    "compare_several",
    "count_classes",
    "cross_choices",
    "describe_audit",
    "describe_shift",
    "dump_counts",
    "dump_labels",
    "explain",
    "find_cell",
    "find_images",
    "flow_chart",
    "frequency_chart",
    "gap_chart",
    "grid_chart",
    "list_classes",
    "list_stores",
    "load_labels",
    "match_images",
    "measure",
    "measure_accuracy",
    "measure_options",
    "open_scores",
    "open_store",
    "option_chart",
    "outcome_chart",
    "parse_labels",
    "parse_rule",
    "place_nouns",
    "predict",
    "rate_chart",
    "read_answers",
    "read_counts",
    "read_encoder",
    "read_mode",
    "read_options",
    "read_people",
    "read_rates",
    "read_words",
    "scan_words",
    "shift",
    "shift_chart",
    "specify",
    "sweep_thresholds",
    "tabulate",
    "to_csv",
    "to_html",
    "to_json",
    "verify_store",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
