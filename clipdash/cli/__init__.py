"""Parts of the command line: shared options, printing."""

from clipdash.cli.options import AsJson, By, MinN, RuleText, StoreName, Variant, Where, parse_order, parse_where
from clipdash.cli.printing import print_json, print_result, print_rows, show_progress

__all__ = [
    "AsJson",
    "By",
    "MinN",
    "RuleText",
    "StoreName",
    "Variant",
    "Where",
    "parse_order",
    "parse_where",
    "print_json",
    "print_result",
    "print_rows",
    "show_progress",
]
