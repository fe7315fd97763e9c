"""All trials, or some by name: ``make soak``, ``make soak MINUTES=1``, ``make soak TRIALS="kills database"``.

    PYTHONPATH=benchmarks python -m soak [TRIAL ...] [--minutes 10] [--keep docs/reliability.md]

``--minutes`` is how long the twenty reviewers work; below 2 the other trials are shortened too. ``--keep`` writes the
table and the machine between the marks of a document, if every trial was run as long as it should be. ``$SOAK_PORTS``
("8620-8639") names the ports that may be used, all of this machine only.
"""

import argparse
import importlib
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import keep_rows
from clock import name_machine

WHOLE = 10
TRIALS = ("load", "idle", "kills", "database", "replaced", "full_disk")
BEGIN = "<!-- figures of make soak -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=", ".join(TRIALS))
    parser.add_argument("--minutes", type=float, default=WHOLE)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    trials = given.trials or TRIALS
    if unknown := set(trials) - set(TRIALS):
        parser.error(f"there is no trial {', '.join(sorted(unknown))}; there are {', '.join(TRIALS)}")
    start, rows = time.perf_counter(), []
    print(name_machine(), flush=True)
    with TemporaryDirectory(prefix="clipdash-soak-") as folder:
        for name in trials:
            trial = importlib.import_module(f"soak.{name}")
            for row in trial.run(Path(folder), given.minutes):
                rows.append(row)
                print(row.say(), flush=True)
    seconds = time.perf_counter() - start
    short = [row.row for row in rows if row.ok is False]
    print(f"{seconds:.0f} s in all; {'every bar is met' if not short else 'short: ' + '; '.join(short)}")
    if given.keep and (set(trials) < set(TRIALS) or given.minutes < WHOLE):
        print(f"{given.keep} keeps the figures of a whole run only, of {WHOLE} minutes or more.")
    elif given.keep:
        keep_rows(given.keep, rows, seconds, BEGIN)
    raise SystemExit(bool(short))


if __name__ == "__main__":
    main()
