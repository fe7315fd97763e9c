"""Small CSV files of a store with two columns: what was left out and why, and which pictures are there twice."""

import csv
from collections.abc import Iterable
from pathlib import Path

from clipdash.store.manifest import DamageError

Pairs = tuple[tuple[str, str], ...]


def write_pairs(path: Path, head: tuple[str, str], pairs: Iterable[tuple[str, str]]) -> None:
    """Write a head line and a row a pair."""
    with path.open("w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(head)
        rows.writerows(pairs)


def read_pairs(path: Path) -> Pairs:
    """Return the pairs in a file, or none where there is no file.

    Raises
    ------
    DamageError
        It cannot be read.
    """
    if not path.exists():
        return ()
    try:
        with path.open(encoding="utf-8", newline="") as text:
            _, *rows = csv.reader(text, strict=True)
            return tuple((first, second) for first, second in rows)
    except (OSError, ValueError, csv.Error):
        raise DamageError(f"{path.name} cannot be read") from None
