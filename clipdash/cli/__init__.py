"""Parts of the command line: shared options, printing, and the commands that fill no more than a function."""

from collections.abc import Callable, Mapping

from clipdash.cli.curves import CURVES
from clipdash.cli.exchange import EXCHANGES
from clipdash.cli.imports import import_store
from clipdash.cli.options import AsJson, Order, SchemaName, StoreName, parse_order
from clipdash.cli.printing import print_json, print_rows, show_progress
from clipdash.cli.questions import QUESTIONS

#: Name of each command that `clipdash.__main__` adds to its own, and what runs it.
COMMANDS: Mapping[str, Callable[..., None]] = {**QUESTIONS, **CURVES, "import": import_store, **EXCHANGES}

__all__ = [
    "COMMANDS",
    "AsJson",
    "Order",
    "SchemaName",
    "StoreName",
    "parse_order",
    "print_json",
    "print_rows",
    "show_progress",
]
