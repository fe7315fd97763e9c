"""All bars in one run, as ratios: ``make bench``; with the rows of growth: ``make bench-full``.

    python benchmarks/bench.py [--full] [--keep docs/benchmarks.md]

``--keep`` writes the table and the machine between the marks of a document.
"""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import associations
import edit
import growth
import memory
import scan
import text
from clock import Row, name_machine

BEGIN, END = "<!-- figures of make bench -->", "<!-- end of figures -->"


def keep_rows(path: Path, rows: list[Row], seconds: float, begin: str = BEGIN) -> None:
    """Write the table between the marks."""
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{path} has no line {begin} with a line {END} after it; nothing was written.")
    day = datetime.now(UTC).date().isoformat()
    head = f"{day}, {name_machine()}; {seconds / 60:.0f} minutes in all.\n\n"
    head += "| work | figure | must be | | |\n|---|--:|--:|---|---|\n"
    lines = [
        f"| {row.row.strip()} | {row.figure} {row.unit} | {row.bar} | "
        f"{'' if row.ok is None else 'pass' if row.ok else '**short**'} | {row.detail} |"
        for row in rows
    ]
    path.write_text(f"{before}{begin}\n{head}" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    start, rows = time.perf_counter(), []
    print(name_machine(), flush=True)
    parts = [text.measure, scan.measure, associations.measure]
    with TemporaryDirectory() as folder:
        parts += [lambda: memory.measure(Path(folder)), lambda: edit.measure(Path(folder))]
        if given.full:
            parts.append(lambda: growth.measure(Path(folder), picture=Path("docs/pictures/growth.svg")))
        for part in parts:
            for row in part():
                rows.append(row)
                print(row.say(), flush=True)
    seconds = time.perf_counter() - start
    short = [row.row.strip() for row in rows if row.ok is False]
    print(f"{seconds:.0f} s in all; {'all rows pass' if not short else 'short: ' + '; '.join(short)}")
    if given.keep:
        keep_rows(given.keep, rows, seconds)


if __name__ == "__main__":
    main()
