"""The images behind a figure: those of a group, of a label or an outcome, and those that moved between two sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import check_claims, decide_outcomes, find_judged
from clipdash.audit.rule import OUTCOMES, Rule
from clipdash.audit.selection import Selection, list_values, read_filter, select_images
from clipdash.audit.tabulation import check_images
from clipdash.errors import QueryError, suggest
from clipdash.store import list_annotations

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet
    from clipdash.zeroshot import Predictions

__all__ = ["Cell", "CellImages", "Change", "LabelledImage", "Order", "find_cell"]

#: What became of an image: of two sets whether its label's text changed, and whether it counts as misclassified only
#: before (fixed) or only after (broken); of one set whether it counts.
Change = Literal["moved", "stayed", "fixed", "broken", "counted"]
Order = Literal["closest", "surest", "store"]


@dataclass(frozen=True)
class Cell:
    """Which images are asked for: those for which all that is given holds.

    Parameters
    ----------
    group : mapping of str to str
        What they are annotated as.
    before, after : str, optional
        Their label under the only, or the first, set; and under the second.
    outcome_before, outcome_after : str, optional
        Their outcome likewise, of `OUTCOMES`.
    change : {"moved", "stayed", "fixed", "broken", "counted"}, optional
        The last one of one set alone, the others of two.

    Raises
    ------
    QueryError
        If there is no such outcome or change.
    """

    group: Mapping[str, str] = field(default_factory=dict)
    before: str | None = None
    after: str | None = None
    outcome_before: str | None = None
    outcome_after: str | None = None
    change: Change | None = None

    def __post_init__(self) -> None:
        for outcome in self.outcomes:
            if outcome is not None and outcome not in OUTCOMES:
                raise QueryError(f'There is no outcome "{outcome}". {suggest(outcome, OUTCOMES)}')
        if self.change is not None and self.change not in get_args(Change):
            raise QueryError(f'There is no change "{self.change}". {suggest(self.change, get_args(Change))}')

    @property
    def labels(self) -> tuple[str | None, str | None]:
        """The label asked for under each set."""
        return self.before, self.after

    @property
    def outcomes(self) -> tuple[str | None, str | None]:
        """The outcome asked for under each set."""
        return self.outcome_before, self.outcome_after

    def check(self, sets: int) -> None:
        """Refuse what cannot be asked of one set, or of two; `QueryError`."""
        if sets == 1 and (self.after is not None or self.outcome_after is not None):
            raise QueryError("One label set has no label or outcome after; name the one that it gave.")
        if self.change is not None and (self.change == "counted") != (sets == 1):
            known = [change for change in get_args(Change) if (change == "counted") == (sets == 1)]
            raise QueryError(f'Of {sets} label set{"s" * (sets > 1)} nothing is "{self.change}"; ask for {known[0]}.')


@dataclass(frozen=True)
class LabelledImage:
    """One image and the label that each set gave it.

    Parameters
    ----------
    row : int
        The image's place in the store.
    image_id : str
        Its name.
    labels, outcomes : tuple of str
        Its label and that label's outcome, one a set.
    margin : float
        How near the closest of the calls was: the smallest difference between best and next best cosine.
    annotations : mapping of str to str
        What the image is annotated as; attributes without an annotation are left out.
    """

    row: int
    image_id: str
    labels: tuple[str, ...]
    outcomes: tuple[str, ...]
    margin: float
    annotations: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class CellImages:
    """The M images of a cell under S sets, not yet described.

    Parameters
    ----------
    predictions : tuple of S Predictions
        What labelled them.
    rows : ndarray of int64, shape (M,)
        Their rows in the store, ascending.
    codes : ndarray of int8, shape (S, M)
        Code of each image's outcome under each set.
    """

    predictions: "tuple[Predictions, ...]"
    rows: NDArray[np.int64]
    codes: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.rows)

    def count_outcomes(self) -> tuple[dict[str, int], ...]:
        """Count the images of each outcome, zeros too, one mapping a set."""
        counts = [np.bincount(codes, minlength=len(OUTCOMES)).tolist() for codes in self.codes]
        return tuple(dict(zip(OUTCOMES, found, strict=True)) for found in counts)

    def keep_outcome(self, outcome: str) -> "CellImages":
        """Return the images that have an outcome under the last set."""
        kept = self.codes[-1] == OUTCOMES.index(outcome)
        return replace(self, rows=self.rows[kept], codes=self.codes[:, kept])

    def describe(
        self, people: "pd.DataFrame", *, order: Order = "closest", start: int = 0, limit: int | None = None
    ) -> tuple[LabelledImage, ...]:
        """Describe the images, or a part of them for a page at a time.

        Parameters
        ----------
        people : DataFrame, N rows
            The annotations that the images were picked by.
        order : {"closest", "surest", "store"}
            Closest calls first, those first of which the closest call was surest, or as they stand in the store.
        start, limit : int, optional
            Which part of that order.

        Returns
        -------
        tuple of LabelledImage
            Images of equal margins as they stand in the store.
        """
        margin = np.minimum.reduce([predictions.margin[self.rows] for predictions in self.predictions])
        keys = {"closest": margin, "surest": -margin, "store": self.rows}[order]
        places = np.argsort(keys, kind="stable")[start : None if limit is None else start + limit]
        rows = self.rows[places]
        labels = [
            [predictions.label_set.texts[top] for top in predictions.top[rows]] for predictions in self.predictions
        ]
        outcomes = [[OUTCOMES[code] for code in codes] for codes in self.codes[:, places]]
        said = list_annotations(people, rows.tolist())
        return tuple(
            LabelledImage(
                row=int(row),
                image_id=str(people.index[row]),
                labels=tuple(found[place] for found in labels),
                outcomes=tuple(found[place] for found in outcomes),
                margin=float(margin[places[place]]),
                annotations={attribute: value for attribute, value in said[place].items() if value is not None},
            )
            for place, row in enumerate(rows)
        )


def find_cell(
    people: "pd.DataFrame",
    before: "Predictions",
    after: "Predictions | None" = None,
    cell: Cell | None = None,
    *,
    rule: Rule | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
) -> CellImages:
    """Find the judged images behind a figure of one label set, or of two.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations, indexed by image id.
    before : Predictions
        The labels under the only, or the first, set: one label an image.
    after : Predictions, optional
        The labels of the same images under the second set.
    cell : Cell, optional
        Which images; by default all.
    rule : Rule, optional
        Decides which images are judged, and which count.
    where : mapping, optional
        The filter, as in `tabulate`.

    Returns
    -------
    CellImages
        As many as the figure says: those that a rule leaves unjudged are in none.

    Raises
    ------
    QueryError
        If a label, attribute or value does not exist, with the nearest that does; or the cell cannot be asked of so
        many sets.

    Notes
    -----
    Time is linear in N.
    """
    cell, rule, sets = cell or Cell(), rule or Rule(), (before,) if after is None else (before, after)
    cell.check(len(sets))
    check_images(len(people), sets)
    rule.check(predictions.label_set for predictions in sets)
    selection = _select_group(people, sets, where, cell.group)
    tops = [selection.pick(predictions.top) for predictions in sets]
    matches = _match_labels(sets, tops, cell)
    if rule.needs_annotation:
        matches &= find_judged([p.label_set for p in sets], selection.attributes, selection.codes)
    codes = np.stack([_decide(selection, p.label_set, top) for p, top in zip(sets, tops, strict=True)])
    for found, outcome in zip(codes, cell.outcomes, strict=False):
        if outcome is not None:
            matches &= found == OUTCOMES.index(outcome)
    if cell.change in ("fixed", "broken", "counted"):
        marks = [rule.mark(p.label_set, top, found) for p, top, found in zip(sets, tops, codes, strict=True)]
        matches &= {"fixed": marks[0] & ~marks[-1], "broken": ~marks[0] & marks[-1], "counted": marks[0]}[cell.change]
    return CellImages(sets, selection.rows[matches], codes[:, matches])


def _select_group(
    people: "pd.DataFrame",
    sets: "Sequence[Predictions]",
    where: Mapping[str, str | Sequence[str]] | None,
    group: Mapping[str, str],
) -> Selection:
    known = list_values(people)
    for predictions in sets:
        check_claims(predictions.label_set, known)
    chosen = read_filter(where, known)
    for attribute, values in read_filter(group, known).items():
        kept = chosen.get(attribute, values)
        chosen[attribute] = tuple(value for value in values if value in kept)
    claimed = dict.fromkeys(attribute for p in sets for attribute in p.label_set.claimed)
    return select_images(people, tuple(claimed), chosen)


def _decide(selection: Selection, label_set: "LabelSet", labels: NDArray[np.integer]) -> NDArray[np.int8]:
    return decide_outcomes(label_set, selection.attributes, selection.values, selection.codes, labels)


def _match_labels(sets: "Sequence[Predictions]", tops: Sequence[NDArray[np.integer]], cell: Cell) -> NDArray[np.bool_]:
    """Say which images have the labels asked for, and changed or kept them as asked."""
    matches = np.ones(len(tops[0]), dtype=bool)
    if cell.change in ("moved", "stayed"):
        matches = _has_changed(sets, tops) == (cell.change == "moved")
    for predictions, top, text in zip(sets, tops, cell.labels, strict=False):
        if text is not None:
            matches &= top == _find_label(predictions.label_set, text)
    return matches


def _has_changed(sets: "Sequence[Predictions]", tops: Sequence[NDArray[np.integer]]) -> NDArray[np.bool_]:
    """Whether the label's text differs; its place in the two sets says nothing."""
    places = {text: place for place, text in enumerate(sets[1].label_set.texts)}
    same = np.array([places.get(text, -1) for text in sets[0].label_set.texts])
    changed: NDArray[np.bool_] = same[tops[0]] != tops[1]
    return changed


def _find_label(label_set: "LabelSet", text: str) -> int:
    if text not in label_set.texts:
        raise QueryError(f'The label set "{label_set.name}" has no label "{text}". {suggest(text, label_set.texts)}')
    return label_set.texts.index(text)
