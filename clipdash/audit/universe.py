"""The images of a question that is asked many times over, and their answers under every combination of choices."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from clipdash.audit.carrying import decide_states, mark_states
from clipdash.audit.choices import Choices
from clipdash.audit.outcome import check_claims, decide_outcomes, find_judged
from clipdash.audit.reach import allow_moves
from clipdash.audit.rule import Rule
from clipdash.audit.selection import (
    Selection,
    check_value,
    list_values,
    read_filter,
    read_grouping,
    select_images,
)
from clipdash.audit.table import Table
from clipdash.audit.tally import list_groups
from clipdash.errors import QueryError
from clipdash.labels import Label, LabelSet, Mode, fold_text

if TYPE_CHECKING:
    import pandas as pd

    from clipdash.zeroshot import LabelScores

    Read = Callable[[LabelSet, str | None], LabelScores]

__all__ = ["Universe", "open_universe"]


@dataclass(eq=False)
class Universe:
    """The M images that a question is about.

    Parameters
    ----------
    label_sets : tuple of LabelSet
        One or two.
    choices : Choices
        What is varied.
    by : tuple of str
        The attributes grouped by.
    where : mapping of str to tuple of str
        The filter.
    selection : Selection
        The M images, with every attribute that a label claims.
    member : ndarray of int64, shape (M,)
        Place of each image's group; all 0 where one group, or all images, are asked of.
    sizes : ndarray of int64, shape (G,)
        Images of each group.
    unjudged : int
        Images that some set cannot judge.
    first : LabelScores
        The first scores read, once the walk has begun.
    """

    label_sets: Sequence[LabelSet]
    choices: Choices
    by: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]]
    selection: Selection
    member: NDArray[np.int64]
    sizes: NDArray[np.int64]
    unjudged: int
    first: "LabelScores" = field(init=False)

    def __post_init__(self) -> None:
        codes = np.pad(self.selection.codes, ((0, 0), (0, 1)))  # a padding column lets there be no attribute
        self._cells, self._place = np.unique(codes, axis=0, return_inverse=True)
        self._ways: dict[tuple[Mode, Rule, bool], Literal["fixed", "broken"] | None] = {}
        self._marks: dict[tuple[int, Rule], NDArray[np.bool_]] = {}

    @property
    def images(self) -> int:
        """M."""
        return len(self.member)

    def walk(self, read: "Read") -> Iterator[tuple[tuple[int, ...], list[NDArray[np.bool_]]]]:
        """Yield every combination: the places of its options, and whether each image counts under each set.

        Parameters
        ----------
        read : callable
            As in `specify`.
        """
        choices, kept = self.choices, self._list_kept()
        for v, variant in enumerate(choices.variants):
            for t in range(1 + len(choices.templates)):
                columns = self._read_columns(read, variant, t)
                for w, words in choices.walk_words():
                    for m, mode in enumerate(choices.modes):
                        states = [self._label(side, columns[side], words, mode) for side in range(len(self.label_sets))]
                        for r, rule in enumerate(choices.rules):
                            places = (v, t, m, r, *w)
                            marks = [self._mark(side, state, mode, rule) for side, state in enumerate(states)]
                            yield tuple(place for place, has in zip(places, kept, strict=True) if has), marks

    def find_way(self, places: tuple[int, ...]) -> Literal["fixed", "broken"] | None:
        """Return the only way that a shift could go in a combination, None where both or neither are possible."""
        options = dict(zip(self.choices.options, places, strict=True))
        template, mode, rule = (options.get(name, 0) for name in ("template", "labelled by", "rule"))
        same = bool(template) or len({label_set.templates for label_set in self.label_sets}) == 1
        asked = (self.choices.modes[mode], self.choices.rules[rule], same)
        if asked not in self._ways:
            self._ways[asked] = self._look_for_way(*asked)
        return self._ways[asked]

    def _look_for_way(self, mode: Mode, rule: Rule, same: bool) -> Literal["fixed", "broken"] | None:
        width, labels = len(self.selection.attributes), sum(len(each.labels) for each in self.label_sets)
        empty = Table(
            attributes=self.selection.attributes,
            values=self.selection.values,
            by=self.by,
            label_sets=tuple(self.label_sets),
            cells=np.zeros((0, width), np.int32),
            states=np.zeros((0, 2), np.int32),
            counts=np.zeros(0, np.int64),
            where=self.where,
            same_scores=same,
            mode=mode,
            carried=None if mode.single else np.zeros((0, labels), np.int64),
        )
        fixed, broken = (bool(way.any()) for way in allow_moves(empty, rule, self._cells[:, :width]))
        if fixed == broken:
            return None
        return "fixed" if fixed else "broken"

    def _list_kept(self) -> list[bool]:
        choices = self.choices
        sizes = [len(choices.variants), 1 + len(choices.templates), len(choices.modes), len(choices.rules)]
        return [size > 1 for size in (*sizes, *(1 + len(others) for others in choices.labels.values()))]

    def _read_columns(self, read: "Read", variant: str | None, template: int) -> "list[_Columns]":
        """Read each label's scores once for a variant and a template; two sets with one prompt share them."""
        texts = self.choices.list_texts(self.label_sets)
        found: dict[tuple[str, ...], _Columns] = {}
        asked = [
            (self.choices.templates[template - 1],) if template else label_set.templates
            for label_set in self.label_sets
        ]
        for templates in asked:
            if templates not in found:
                labels = tuple(Label(text=text) for text in texts)
                scores = read(LabelSet(name="all", labels=labels, templates=templates), variant)
                if template and not scores.prompted:
                    raise QueryError(
                        f'Templates do not apply to the variant "{scores.variant}": its labels were embedded or scored '
                        "before they came here. Leave the templates out."
                    )
                found[templates] = _read_all(scores, self.selection.rows)
                if not hasattr(self, "first"):
                    self.first = scores
        return [found[templates] for templates in asked]

    def _label(self, side: int, columns: "_Columns", words: Mapping[str, str], mode: Mode) -> NDArray[np.generic]:
        """Return the best label of each image (M,), or which it carries (M, C)."""
        from clipdash.zeroshot import carry_labels  # noqa: PLC0415  (heavy; only this question needs it here)

        texts = [words.get(fold_text(text), text) for text in self.label_sets[side].texts]
        chosen = columns.scores[[columns.places[fold_text(text)] for text in texts]]
        if mode.single:
            return np.asarray(chosen.argmax(axis=0))
        return carry_labels(
            chosen, mode, columns.source.find_scale(mode.temperature) if mode.score == "probability" else None
        ).T

    def _mark(self, side: int, labelled: NDArray[np.generic], mode: Mode, rule: Rule) -> NDArray[np.bool_]:
        label_set = self.label_sets[side]
        if not mode.single:
            states = decide_states(label_set, self.selection, labelled.astype(bool), rule)
            return mark_states(states, rule)
        if (side, rule) not in self._marks:
            labels = np.arange(len(label_set.labels))
            cells = self._cells[:, np.newaxis, : len(self.selection.attributes)]
            outcomes = decide_outcomes(label_set, self.selection.attributes, self.selection.values, cells, labels)
            self._marks[side, rule] = rule.mark(label_set, labels, outcomes)
        return np.asarray(self._marks[side, rule][self._place.ravel(), labelled.astype(np.intp)])


@dataclass(frozen=True, eq=False)
class _Columns:
    scores: NDArray[np.floating]
    places: Mapping[str, int]
    source: "LabelScores"


def _read_all(scores: "LabelScores", rows: NDArray[np.int64]) -> _Columns:
    blocks = [block[:, rows[(rows >= start) & (rows < start + block.shape[1])] - start] for start, block in
              scores.split_blocks()]  # fmt: skip
    places = {fold_text(text): place for place, text in enumerate(scores.label_set.texts)}
    return _Columns(np.concatenate(blocks, axis=1), places, scores)


def open_universe(
    people: "pd.DataFrame",
    by: str | Sequence[str],
    label_sets: Sequence[LabelSet],
    choices: Choices,
    *,
    where: Mapping[str, str | Sequence[str]] | None,
    group: Mapping[str, str] | None,
    min_n: int,
) -> Universe:
    """Find the images that a question is about; parameters and errors are those of `specify`."""
    known = list_values(people)
    # Two sets may be asked of all images; one is asked of the gap, which needs groups.
    grouped = read_grouping(by, list(known)) if by or len(label_sets) == 1 else ()
    chosen = read_filter(where, known)
    for attribute, value in (group or {}).items():
        read_grouping([attribute], list(known))
        check_value(attribute, value, known[attribute])
    for label_set in label_sets:
        check_claims(label_set, known)
    claimed = [attribute for label_set in label_sets for attribute in label_set.claimed]
    attributes = tuple(dict.fromkeys([*grouped, *(group or {}), *claimed]))
    selection = select_images(people, attributes, chosen)
    kept = np.ones(len(selection.rows), dtype=bool)
    if any(rule.needs_annotation for rule in choices.rules):
        kept = find_judged(label_sets, selection.attributes, selection.codes)
    unjudged = int((~kept).sum())
    for attribute, value in (group or {}).items():
        place = attributes.index(attribute)
        values = selection.values[place]
        kept &= selection.codes[:, place] == (values.index(value) if value in values else -2)
    member, sizes = np.zeros(len(kept), np.int64), np.array([kept.sum()])
    if len(label_sets) == 1:
        _, member = list_groups(selection.attributes, selection.values, grouped, selection.codes)
        kept, member, sizes = _keep_groups(member, kept, min_n)
    elif kept.sum() < min_n:
        raise QueryError(f"{kept.sum():,} images can be judged here, fewer than {min_n:,}; ask of more of them.")
    picked = Selection(selection.rows[kept], attributes, selection.values, selection.codes[kept])
    return Universe(label_sets, choices, grouped, chosen, picked, member[kept], sizes, unjudged)


def _keep_groups(
    member: NDArray[np.int64], kept: NDArray[np.bool_], min_n: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Keep the images of groups that are large enough, and number these from 0."""
    kept = kept & (member >= 0)
    sizes = np.bincount(member[kept], minlength=1)
    shown = np.flatnonzero(sizes >= min_n)
    if len(shown) < 2:
        raise QueryError(
            f"A gap needs two groups of at least {min_n:,} judged images; there {_say_groups(len(shown))}."
        )
    kept = kept & np.isin(member, shown)
    return kept, np.searchsorted(shown, member), sizes[shown]


def _say_groups(groups: int) -> str:
    return "is one" if groups else "is none"
