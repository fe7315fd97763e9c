"""Tables of scores on disk: an Arrow file with one column a label, memory-mapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clipdash.errors import FileError
from clipdash.labels import fold_text
from clipdash.store.arrow import UNREADABLE
from clipdash.store.manifest import DamageError
from clipdash.store.metadata import check_ids, find_id_column
from clipdash.store.people import IMAGE_ID
from clipdash.store.rows import UTF8, Rows, open_rows
from clipdash.store.specs import ScoresSpec


@dataclass(frozen=True, eq=False)
class ScoreTable:
    """Scores of every image for some labels.

    Parameters
    ----------
    reference : str
        Name of the file that they were read from.
    columns : mapping of str to ndarray of float64, shape (N,)
        One column a label, in the order of the file. They keep their precision: rounding would make ties.
    """

    reference: str
    columns: Mapping[str, NDArray[np.float64]]

    @cached_property
    def spec(self) -> ScoresSpec:
        """Its identity."""
        content = sha256("\0".join(self.columns).encode())
        for column in self.columns.values():
            content.update(column.astype("<f8").tobytes())
        return ScoresSpec(reference=self.reference, labels=tuple(self.columns), sha256=content.hexdigest())


@dataclass(frozen=True, eq=False)
class ScoreFile:
    """A table of scores as it was read.

    Parameters
    ----------
    path : Path
        The file.
    ids : tuple of str
        The images, in the order of the file.
    columns : mapping of str to ndarray of float64, shape (N,)
        One column a label.
    """

    path: Path
    ids: tuple[str, ...]
    columns: Mapping[str, NDArray[np.float64]]

    def pick_rows(self, ids: Sequence[str]) -> ScoreTable:
        """Return the scores of some of the images, in the order of `ids`."""
        places = {image_id: place for place, image_id in enumerate(self.ids)}
        rows = np.array([places[image_id] for image_id in ids])
        return ScoreTable(self.path.name, {label: column[rows] for label, column in self.columns.items()})


def read_scores(path: Path, encoding: str = UTF8) -> ScoreFile:
    """Read a table of scores.

    Parameters
    ----------
    path : Path
        CSV with ``image_id`` and one column a label.
    encoding : str
        Of the file.

    Returns
    -------
    ScoreFile

    Raises
    ------
    FileError
        The file cannot be read, repeats an image or a label, or holds a score that is no finite number.
    """
    with open_rows(path, encoding, f"{IMAGE_ID} and one column a label") as file:
        at = find_id_column(file)
        labels = [name for name in file.names if name != IMAGE_ID]
        _check_labels(path, labels)
        ids, values = [], []
        for line, row in file.rows:
            ids.append(row[at])
            values.append([_read_score(file, line, name, cell) for name, cell in zip(file.names, row, strict=True)])
    check_ids(path, ids)
    matrix = np.delete(np.array(values, dtype=np.float64), at, axis=1)
    columns = {label: np.ascontiguousarray(matrix[:, place]) for place, label in enumerate(labels)}
    return ScoreFile(path, tuple(ids), columns)


def _check_labels(path: Path, labels: Sequence[str]) -> None:
    if not labels:
        raise FileError(f"{path} has no column of a label beside {IMAGE_ID}.")
    folded = [fold_text(label) for label in labels]
    for place, label in enumerate(labels):
        if folded.index(folded[place]) != place:
            raise FileError(f'{path}: the label "{label}" occurs more than once in the head line.')


def _read_score(file: Rows, line: int, name: str, cell: str) -> float:
    if name == IMAGE_ID:
        return 0.0
    try:
        score = float(cell)
    except ValueError:
        score = float("nan")
    if not isfinite(score):
        raise FileError(f'{file.path}: line {line} has "{cell}" under "{name}"; expected a finite number.')
    return score


def write_scores(path: Path, table: ScoreTable) -> None:
    """Write a table of scores; the same scores give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [str(place) for place in range(len(table.columns))]  # a label's text is in the manifest, whatever it holds
    batch = pa.record_batch([pa.array(column, pa.float64()) for column in table.columns.values()], names=names)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)


def map_scores(buffer: Any, name: str, labels: tuple[str, ...], rows: int) -> Mapping[str, NDArray[np.float64]]:
    """Return the columns over the mapped bytes of the file; nothing is copied.

    Raises
    ------
    DamageError
        The bytes are not such a file, or hold other columns or rows than the manifest promises.
    """
    schema = pa.schema([(str(place), pa.float64()) for place in range(len(labels))])
    try:
        table = pa.ipc.open_file(pa.BufferReader(buffer)).read_all()
        table.validate(full=True)
        fits = table.schema == schema and table.num_rows == rows and not any(c.null_count for c in table.columns)
        columns = [column.combine_chunks().to_numpy(zero_copy_only=False) for column in table.columns] if fits else []
    except UNREADABLE:
        raise DamageError(f"{name} is not an Arrow file that can be read") from None
    if not fits:
        raise DamageError(f"{name} does not hold {len(labels)} scores for each of the {rows} images")
    return dict(zip(labels, columns, strict=True))
