"""Predictions of any classifier: a file with one label an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clipdash.audit import Table, tabulate
from clipdash.errors import FileError, suggest
from clipdash.labels import LabelSet, fold_text
from clipdash.store import (
    IMAGE_ID,
    UTF8,
    About,
    Readable,
    Rows,
    check_ids,
    find_id_column,
    name_ids,
    open_rows,
    order_people,
    read_annotations,
)
from clipdash.zeroshot import Predictions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answers", "Matched", "assign_labels", "match_images", "read_answers", "read_matched"]

_LABEL = "label"


@dataclass(frozen=True)
class Answers:
    """What a file calls each image.

    Parameters
    ----------
    path : Path or Upload
        The file.
    labels : mapping of str to str
        Label by image_id, in the order of the file.
    lines : mapping of str to int
        The line that each image stands in.
    """

    path: Readable
    labels: dict[str, str]
    lines: dict[str, int]


@dataclass(frozen=True, eq=False)
class Matched:
    """Annotated images, and what one file, or each of the two of a comparison, calls them.

    Parameters
    ----------
    people : DataFrame, M rows
        Annotations of the images that every file names.
    answers : tuple of Answers
        The files.
    left_out : tuple of str
        Annotated images that no file names.
    """

    people: "pd.DataFrame"
    answers: tuple[Answers, ...]
    left_out: tuple[str, ...]

    def tabulate(
        self,
        label_sets: Sequence[LabelSet],
        by: str | Sequence[str],
        where: Mapping[str, Sequence[str]] | None = None,
        cluster: str | None = None,
    ) -> Table:
        """Return the Table under a label set for each file; errors as in `assign_labels` and `tabulate`."""
        pairs = zip(self.answers, label_sets, strict=True)
        predictions = [assign_labels(self.people, given, label_set) for given, label_set in pairs]
        return tabulate(self.people, by, *predictions, where=where, cluster=cluster)


def read_matched(
    metadata: Readable,
    files: Sequence[tuple[Readable, str | None]],
    *,
    order: Mapping[str, Sequence[str]] | None = None,
    schema: str | None = None,
    encoding: str = UTF8,
) -> Matched:
    """Read annotations and one file of predictions, or the two of a comparison.

    Parameters
    ----------
    metadata : Path or Upload
        Annotations; see `clipdash.store.read_annotations`, which takes `schema` too.
    files : sequence of (Path or Upload, str or None)
        Each with its column of labels, where it has to be named.
    order : mapping of str to sequence of str, optional
        Orders of values; natural sort without.
    encoding : str
        Of all files.

    Returns
    -------
    Matched

    Raises
    ------
    FileError
        A file cannot be read, or they do not fit each other; see `read_answers` and `match_images`.
    """
    read, known = read_annotations(metadata, schema, encoding)
    everyone = order_people(read, About(), {**known, **(order or {})})
    answers = tuple(read_answers(path, column=column, encoding=encoding) for path, column in files)
    people, left_out = match_images(everyone, answers)
    return Matched(people, answers, left_out)


def read_answers(path: Readable, *, column: str | None = None, encoding: str = UTF8) -> Answers:
    """Read a file of predictions.

    Parameters
    ----------
    path : Path or Upload
        CSV with ``image_id`` and ``label``, or one column a label set.
    column : str, optional
        The column of labels; by default ``label``, or the only one beside ``image_id``.
    encoding : str
        Of the file.

    Returns
    -------
    Answers

    Raises
    ------
    FileError
        The file cannot be read, repeats an image, or has a row without a label.
    """
    with open_rows(path, encoding, f"{IMAGE_ID} and {_LABEL}") as file:
        at, labelled = find_id_column(file), _find_labels(file, column)
        found = [(line, row[at], row[labelled]) for line, row in file.rows]
    check_ids(path, [image_id for _, image_id, _ in found])
    for line, image_id, label in found:
        if not image_id or not label.strip():
            missing = _LABEL if image_id else IMAGE_ID
            raise FileError(f"{path}: the row in line {line} has no {missing}; every image needs one.")
    return Answers(path, {i: label for _, i, label in found}, {i: line for line, i, _ in found})


def _find_labels(file: Rows, column: str | None) -> int:
    others = [name for name in file.names if name != IMAGE_ID]
    wanted = column or (_LABEL if _LABEL in others or len(others) != 1 else others[0])
    if wanted in others:
        return file.names.index(wanted)
    if column is None and others:
        raise FileError(
            f'{file.path} has no column "{_LABEL}" but {len(others)} others ({name_ids(others)}); '
            "name the one that holds the labels."
        )
    raise FileError(f'{file.path} has no column "{wanted}". {suggest(wanted, others)}')


def match_images(people: "pd.DataFrame", answers: Sequence[Answers]) -> "tuple[pd.DataFrame, tuple[str, ...]]":
    """Keep the annotated images that every file names.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations, indexed by image_id.
    answers : sequence of Answers
        One file, or two of a comparison.

    Returns
    -------
    people : DataFrame, M rows
        The images with a prediction, in the order of the annotations.
    left_out : tuple of str
        The ids of the N - M others.

    Raises
    ------
    FileError
        A file names an image without annotations, or the two files name different images.
    """
    known = set(people.index)
    for given in answers:
        strange = [image_id for image_id in given.labels if image_id not in known]
        if strange:
            raise FileError(
                f"{given.path} names {_count_ids(strange)} that the metadata do not have: {name_ids(strange)}. "
                "Annotations and predictions must use the same ids."
            )
    _check_same(answers[0], answers[-1])
    named = people.index.isin(list(answers[0].labels))
    return people[named], tuple(people.index[~named])


def _check_same(first: Answers, last: Answers) -> None:
    for here, there in ((first, last), (last, first)):
        alone = [image_id for image_id in here.labels if image_id not in there.labels]
        if alone:
            raise FileError(
                f"{here.path} names {_count_ids(alone)} that {there.path} does not: {name_ids(alone)}. "
                "A comparison needs the same images under both sets."
            )


def _count_ids(ids: Sequence[str]) -> str:
    return f"{len(ids):,} image{'' if len(ids) == 1 else 's'}"


def assign_labels(people: "pd.DataFrame", answers: Answers, label_set: LabelSet) -> Predictions:
    """Turn the labels of a file into predictions under a label set.

    Parameters
    ----------
    people : DataFrame, M rows
        The images, as `match_images` returned them.
    answers : Answers
        The label of each of them.
    label_set : LabelSet
        What each label says; texts are compared after trimming and Unicode NFC.

    Returns
    -------
    Predictions
        ``top`` (M,) int32; without a store, and ``margin`` is zero, since a file knows no scores.

    Raises
    ------
    FileError
        A label is not in the set; file, line and value are named, and the nearest label.
    """
    places = {fold_text(text): place for place, text in enumerate(label_set.texts)}
    top = np.array([places.get(fold_text(answers.labels[i]), -1) for i in people.index], dtype=np.int32)
    if (top < 0).any():
        first = people.index[int((top < 0).argmax())]
        raise FileError(say_unknown_label(answers.path, answers.lines[first], answers.labels[first], label_set))
    return Predictions(top, np.zeros(len(top), np.float32), label_set, None, "", comparable="", prompted=False)


def say_unknown_label(path: Readable, line: int, label: str, label_set: LabelSet) -> str:
    """Say that a file holds a label which its set does not have."""
    return (
        f'{path}: line {line} has the label "{label}", which the label set "{label_set.name}" does not have. '
        f"{suggest(label, label_set.texts)}"
    )
