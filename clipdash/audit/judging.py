"""Which images label sets judge, so that every comparison among them is of the same; and one image alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import decide_outcomes, find_judged
from clipdash.audit.rule import OUTCOMES, Rule
from clipdash.audit.selection import list_values, read_filter, select_images

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet
    from clipdash.zeroshot import Predictions

__all__ = ["find_judged_rows", "judge_image", "pick_rows"]


def find_judged_rows(
    people: "pd.DataFrame",
    label_sets: "Sequence[LabelSet]",
    where: Mapping[str, str | Sequence[str]] | None,
    rule: Rule,
) -> NDArray[np.int64]:
    """Return the rows that a filter keeps and every set can judge under a rule.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations.
    label_sets : sequence of LabelSet
        All sets that will be compared.
    where : mapping, optional
        The filter, as in `tabulate`.
    rule : Rule
        Some rules need no annotation.

    Returns
    -------
    ndarray of int64, shape (M,)
        Ascending. A claim on what is not annotated is left for `tabulate` to refuse.
    """
    claimed = dict.fromkeys(attribute for label_set in label_sets for attribute in label_set.claimed)
    known = list_values(people)
    selection = select_images(people, [name for name in claimed if name in known], read_filter(where, known))
    if not rule.needs_annotation or set(claimed) - set(known):
        return selection.rows
    return selection.rows[find_judged(label_sets, selection.attributes, selection.codes)]


def pick_rows(predictions: "Predictions", rows: NDArray[np.int64]) -> "Predictions":
    """Return the predictions of some of the images, in the order of `rows`."""
    carried = None if predictions.carried is None else predictions.carried[rows]
    return replace(predictions, top=predictions.top[rows], margin=predictions.margin[rows], carried=carried)


def judge_image(people: "pd.DataFrame", row: int, label_set: "LabelSet", label: int) -> tuple[str, bool]:
    """Return the outcome that one image has under a label of a set, and whether all that the set claims is annotated.

    Parameters
    ----------
    people : DataFrame, N rows
        The annotations.
    row : int
        The image's place in them.
    label_set : LabelSet
        The set.
    label : int
        Index of the label that the image is given.
    """
    shown = select_images(people.iloc[[row]], label_set.claimed, {})
    (code,) = decide_outcomes(label_set, shown.attributes, shown.values, shown.codes, np.array([label]))
    return OUTCOMES[code], bool(find_judged([label_set], shown.attributes, shown.codes).all())
