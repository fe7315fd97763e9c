"""Parts of the command line: shared options, printing, and the commands that fill no more than a function."""

from collections.abc import Callable, Mapping

import typer

from clipdash.cli.associations import associate
from clipdash.cli.build import build_from_pictures
from clipdash.cli.curves import CURVES
from clipdash.cli.encoders import ENCODERS
from clipdash.cli.exchange import EXCHANGES
from clipdash.cli.imports import import_store
from clipdash.cli.options import AsJson, StoreName
from clipdash.cli.printing import print_json, print_rows
from clipdash.cli.probes import PROBES
from clipdash.cli.questions import QUESTIONS
from clipdash.cli.registration import register
from clipdash.cli.report import report
from clipdash.cli.scan import scan
from clipdash.cli.search import search

#: Name of each command that `clipdash.__main__` adds to its own, and what runs it.
COMMANDS: Mapping[str, Callable[..., None]] = {
    **QUESTIONS,
    **CURVES,
    "register": register,
    "associate": associate,
    "scan": scan,
    "report": report,
    "build": build_from_pictures,
    "search": search,
    **PROBES,
    "import": import_store,
    **EXCHANGES,
}

#: Name of each command that has commands of its own.
GROUPS: Mapping[str, typer.Typer] = {"encoders": ENCODERS}

__all__ = ["COMMANDS", "GROUPS", "AsJson", "StoreName", "print_json", "print_rows"]
