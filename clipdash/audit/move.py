"""The images behind a flow: which moved, from which label to which, closest calls first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.outcome import check_claims, decide_outcomes, find_judged
from clipdash.audit.rule import OUTCOMES, Rule
from clipdash.audit.selection import Selection, list_values, read_filter, select_images
from clipdash.audit.tabulation import check_images
from clipdash.errors import QueryError, suggest

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.labels import LabelSet
    from clipdash.zeroshot import Predictions

__all__ = ["Move", "count_moves", "list_moves"]


@dataclass(frozen=True)
class Move:
    """One image and the labels that it was given before and after.

    Parameters
    ----------
    row : int
        The image's place in the store.
    image_id : str
        Its name.
    before, after : str
        The labels that it was given.
    outcome_before, outcome_after : str
        Their outcomes, of `OUTCOMES`.
    margin : float
        How near the closer of the two calls was: the smaller difference between best and next best cosine.
    annotations : mapping of str to str
        What the image is annotated as; attributes without an annotation are left out.
    """

    row: int
    image_id: str
    before: str
    after: str
    outcome_before: str
    outcome_after: str
    margin: float
    annotations: Mapping[str, str]


def list_moves(
    people: "pd.DataFrame",
    before: "Predictions",
    after: "Predictions",
    *,
    rule: Rule | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    group: Mapping[str, str] | None = None,
    from_label: str | None = None,
    to_label: str | None = None,
    change: Literal["fixed", "broken"] | None = None,
    start: int = 0,
    limit: int | None = None,
) -> tuple[Move, ...]:
    """List judged images whose label changed, closest calls first.

    Parameters
    ----------
    people : DataFrame, N rows
        Annotations, indexed by image id.
    before, after : Predictions
        The labels of the same images under both sets.
    rule : Rule, optional
        Decides which images are judged, and what `change` means.
    where : mapping, optional
        The filter, as in `tabulate`.
    group : mapping of str to str, optional
        Only images annotated so.
    from_label, to_label : str, optional
        Only images that moved from or to this label; the same text twice lists the images that stayed there.
    change : {"fixed", "broken"}, optional
        Only images that count as misclassified only before, or only after.
    start, limit : int, optional
        Which part of the list to return, for a page at a time.

    Returns
    -------
    tuple of Move
        Sorted by margin, then by row.

    Raises
    ------
    QueryError
        If a label, attribute or value does not exist; with the nearest that does.
    """
    rows = _find_rows(
        people, (before, after), rule or Rule(), where=where, group=group, labels=(from_label, to_label), change=change
    )
    margin = np.minimum(before.margin[rows], after.margin[rows])
    order = np.argsort(margin, kind="stable")[start : None if limit is None else start + limit]
    return _describe_rows(people, before, after, rows[order], margin[order])


def count_moves(
    people: "pd.DataFrame",
    before: "Predictions",
    after: "Predictions",
    *,
    rule: Rule | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    group: Mapping[str, str] | None = None,
    from_label: str | None = None,
    to_label: str | None = None,
    change: Literal["fixed", "broken"] | None = None,
) -> int:
    """Count the images that `list_moves` would list without a limit."""
    labels = (from_label, to_label)
    return len(
        _find_rows(people, (before, after), rule or Rule(), where=where, group=group, labels=labels, change=change)
    )


def _find_rows(
    people: "pd.DataFrame",
    pair: "tuple[Predictions, Predictions]",
    rule: Rule,
    *,
    where: Mapping[str, str | Sequence[str]] | None,
    group: Mapping[str, str] | None,
    labels: tuple[str | None, str | None],
    change: str | None,
) -> NDArray[np.int64]:
    """Return the rows of the images asked for, ascending."""
    check_images(len(people), pair)
    rule.check(predictions.label_set for predictions in pair)
    selection = _select_group(people, pair, where, group)
    tops = [predictions.top[selection.rows] for predictions in pair]
    matches = _match_labels(pair, tops, labels)
    if rule.needs_annotation:
        matches &= find_judged([p.label_set for p in pair], selection.attributes, selection.codes)
    if change is not None:
        before, after = (
            rule.mark(p.label_set, top, _decide(selection, p.label_set, top)) for p, top in zip(pair, tops, strict=True)
        )
        matches &= (before & ~after) if change == "fixed" else (~before & after)
    return selection.rows[matches]


def _select_group(
    people: "pd.DataFrame",
    pair: "Sequence[Predictions]",
    where: Mapping[str, str | Sequence[str]] | None,
    group: Mapping[str, str] | None,
) -> Selection:
    known = list_values(people)
    for predictions in pair:
        check_claims(predictions.label_set, known)
    chosen = read_filter(where, known)
    for attribute, values in read_filter(group, known).items():
        kept = chosen.get(attribute, values)
        chosen[attribute] = tuple(value for value in values if value in kept)
    claimed = dict.fromkeys(attribute for p in pair for attribute in p.label_set.claimed)
    return select_images(people, tuple(claimed), chosen)


def _decide(selection: Selection, label_set: "LabelSet", labels: NDArray[np.integer]) -> NDArray[np.int8]:
    return decide_outcomes(label_set, selection.attributes, selection.values, selection.codes, labels)


def _match_labels(
    pair: "Sequence[Predictions]", tops: Sequence[NDArray[np.integer]], texts: tuple[str | None, str | None]
) -> NDArray[np.bool_]:
    """Say which images moved from and to the labels asked for, or stayed where that is one label."""
    stayed = texts[0] is not None and texts[0] == texts[1]
    matches = np.ones(len(tops[0]), dtype=bool) if stayed else _has_changed(pair, tops)
    for predictions, top, text in zip(pair, tops, texts, strict=True):
        if text is not None:
            matches &= top == _find_label(predictions.label_set, text)
    return matches


def _has_changed(pair: "Sequence[Predictions]", tops: Sequence[NDArray[np.integer]]) -> NDArray[np.bool_]:
    """Whether the label's text differs; its place in the two sets says nothing."""
    places = {text: place for place, text in enumerate(pair[1].label_set.texts)}
    same = np.array([places.get(text, -1) for text in pair[0].label_set.texts])
    changed: NDArray[np.bool_] = same[tops[0]] != tops[1]
    return changed


def _find_label(label_set: "LabelSet", text: str) -> int:
    if text not in label_set.texts:
        raise QueryError(f'The label set "{label_set.name}" has no label "{text}". {suggest(text, label_set.texts)}')
    return label_set.texts.index(text)


def _describe_rows(
    people: "pd.DataFrame",
    before: "Predictions",
    after: "Predictions",
    rows: NDArray[np.int64],
    margin: NDArray[np.float32],
) -> tuple[Move, ...]:
    shown = select_images(people.iloc[rows], tuple(list_values(people)), {})
    tops = [predictions.top[rows] for predictions in (before, after)]
    outcomes = [_decide(shown, p.label_set, top) for p, top in zip((before, after), tops, strict=True)]
    return tuple(
        Move(
            row=int(row),
            image_id=str(people.index[row]),
            before=before.label_set.texts[tops[0][place]],
            after=after.label_set.texts[tops[1][place]],
            outcome_before=OUTCOMES[outcomes[0][place]],
            outcome_after=OUTCOMES[outcomes[1][place]],
            margin=float(margin[place]),
            annotations=_annotate(shown, place),
        )
        for place, row in enumerate(rows)
    )


def _annotate(shown: Selection, place: int) -> dict[str, str]:
    return {
        attribute: values[code]
        for attribute, values, code in zip(shown.attributes, shown.values, shown.codes[place], strict=True)
        if code >= 0
    }
