"""Parts of the command line: shared options, printing, and the commands that read no store."""

from clipdash.cli.exchange import COMMANDS
from clipdash.cli.options import AsJson, By, MinN, Order, RuleText, StoreName, Variant, Where, parse_order, parse_where
from clipdash.cli.printing import print_explanation, print_json, print_result, print_rows, show_progress, write_table

__all__ = [
    "COMMANDS",
    "AsJson",
    "By",
    "MinN",
    "Order",
    "RuleText",
    "StoreName",
    "Variant",
    "Where",
    "parse_order",
    "parse_where",
    "print_explanation",
    "print_json",
    "print_result",
    "print_rows",
    "show_progress",
    "write_table",
]
